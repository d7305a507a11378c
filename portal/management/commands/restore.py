"""`restore FOLDER`: bring a backup back into an empty database and prove it (docs/operations/backup.md)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.errors import PortalError
from portal.services.backups import restore_backup


class Command(BaseCommand):
    """The restore."""

    help = "Bring a backup back into an empty database and data folder, and prove it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The folder of the backup."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and tell what it holds and how long each part took."""
        try:
            manifest = restore_backup(options["folder"])
        except PortalError as error:
            raise CommandError(str(error)) from None
        rows = sum(int(count) for count, _hash in manifest.tables.values())
        took = ", ".join(f"{name} {value:.1f} s" for name, value in manifest.seconds.items())
        self.stdout.write(f"{len(manifest.tables)} tables, {rows} rows, {len(manifest.files)} files; {took}")
