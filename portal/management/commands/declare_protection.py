"""`declare_protection`: write portal/protection.txt anew, after a migration that changes who may do what."""

from typing import Any

from django.core.management.base import BaseCommand

from portal import protection


class Command(BaseCommand):
    """Declare what the connected database has; for developers, whose diff a reviewer reads."""

    help = "Write portal/protection.txt from this (freshly migrated) database."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        protection.write()
        self.stdout.write(f"Written: {protection.FILE.name}. Read what changed before you commit it.")
