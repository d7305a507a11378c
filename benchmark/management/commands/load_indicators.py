"""`load_indicators FILE`: check a reviewed file of KPI definitions and store it as an immutable version."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from benchmark.services.indicators import check_indicators, store_indicators
from benchmark.stats.indicators import IndicatorErrors
from portal.errors import PortalError
from portal.tenancy import staff_scope


class Command(BaseCommand):
    """Check against the questionnaire, and store unless --dry-run."""

    help = "Check a file of indicators against its questionnaire and store it as a version that never changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE and --dry-run."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only check")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """Store the file, or say every problem with its line."""
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from None
        try:
            with staff_scope():
                if dry_run:
                    checked, version = check_indicators(text, source=str(file))
                    self.stdout.write(f"{file}: {len(checked.items)} indicators fit {version}; nothing was stored.")
                    return
                stored, is_new = store_indicators(text, by=None, source=str(file))
        except (IndicatorErrors, PortalError) as error:
            raise CommandError(str(error)) from None
        what = "stored" if is_new else "was stored already, with the same content"
        self.stdout.write(f"Indicators {stored.file.indicators} {stored.version}: {len(stored.file.items)} {what}.")
