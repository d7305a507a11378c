"""Observations as CSV, the same rows as JSON."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer

from benchmark.services.exporting import cells_as_csv
from benchmark.stats.release import CellRow


class CsvRenderer(BaseRenderer):
    """RFC 4180 CSV with a header line; error answers stay readable as one line."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The rows under `results` of a page of observations."""
        if not isinstance(data, dict) or "results" not in data:
            return JSONRenderer().render(data)
        return cells_as_csv(CellRow(**row) for row in data["results"])
