"""`export_release ROUND`: every released cell of a published edition, as CSV or JSON."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from benchmark.services.exporting import export_release
from portal.errors import PortalError
from portal.tenancy import api_scope


class Command(BaseCommand):
    """Reads as the public does: only what is published can come out."""

    help = "Write every released cell of a round: round, edition, kpi, peer_group, statistic, value, status, n, reason."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """ROUND, --edition, --format, --output."""
        parser.add_argument("round", help="code of the round")
        parser.add_argument("--edition", type=int, help="default: the newest published edition")
        parser.add_argument("--format", choices=["csv", "json"], default="csv")
        parser.add_argument("--output", type=Path, help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the bytes to the file or to standard output, as they are."""
        try:
            with translation.override("en"), api_scope():
                data = export_release(options["round"], edition=options["edition"], format=options["format"])
        except PortalError as error:
            raise CommandError(str(error)) from None
        if options["output"]:
            options["output"].write_bytes(data)
        elif hasattr(self.stdout, "buffer"):
            self.stdout.buffer.write(data)  # type: ignore[attr-defined]
        else:
            self.stdout.write(data.decode("utf-8"), ending="")
