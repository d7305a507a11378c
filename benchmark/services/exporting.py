"""Every released cell of an edition as CSV or JSON, from the stored documents: the same release, the same bytes."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, astuple, fields
from typing import Literal

from django.utils.translation import gettext as _

from benchmark.selectors.releases import ReleaseView, published_release
from benchmark.stats.release import CellRow, canonical_json, cell_rows
from portal.errors import InvalidInput

Format = Literal["csv", "json"]
COLUMNS = tuple(field.name for field in fields(CellRow))
FIGURES = frozenset({"edition", "value", "n"})  # made by us from numbers: a minus sign there is a minus sign


def export_release(round_code: str, *, edition: int | None = None, format: Format = "csv") -> bytes:
    """All cells of the newest (or the named) published edition; raises InvalidInput when there is none."""
    release = published_release(round_code, edition)
    if release is None:
        raise InvalidInput(
            _("Round “%(round)s” has no published results of that edition.") % {"round": round_code}
            if edition is not None
            else _("Round “%(round)s” has no published results.") % {"round": round_code}
        )
    cells = cell_rows(release.tables.values())
    return cells_as_csv(cells) if format == "csv" else cells_as_json(release, cells)


def cells_as_csv(cells: Iterable[CellRow]) -> bytes:
    """UTF-8 CSV with a header and lines that end in CRLF (RFC 4180); texts cannot become formulas in a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cell in cells:
        pairs = zip(COLUMNS, astuple(cell), strict=True)
        writer.writerow(given if name in FIGURES else safe_text(str(given)) for name, given in pairs)
    return text.getvalue().encode("utf-8")


def cells_as_json(release: ReleaseView, cells: Iterable[CellRow]) -> bytes:
    """Canonical JSON: the release's hash and its cells, in the order of the documents."""
    return canonical_json(
        {
            "round": release.round.code,
            "edition": release.edition,
            "content_hash": release.content_hash,
            "cells": [asdict(cell) for cell in cells],
        }
    )


def safe_text(text: str) -> str:
    """A text that a spreadsheet shows and does not calculate: an apostrophe goes before `=`, `+`, `-`, `@` or a tab."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
