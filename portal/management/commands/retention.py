"""`retention [--dry-run] [--audit]`: remove what is past its time by the policy of portal/retention.py."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.errors import NotPossibleNow
from portal.services.audit_expiry import expire_audit
from portal.services.retention import carry_out_retention, log_end_of_chain


class Command(BaseCommand):
    """Carry out the retention policy."""

    help = "Remove what is past its time; beat does it each night, but for the audit log."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far to go."""
        parser.add_argument("--dry-run", action="store_true", help="only say how much it would be")
        parser.add_argument(
            "--audit", action="store_true", help="also shorten the audit log, as the owner of the database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One line per rule."""
        dry = options["dry_run"]
        verb = "would be removed" if dry else "removed"
        for one in carry_out_retention(dry_run=dry):
            self.stdout.write(f"{one.code:<14} {one.count:>8} {verb}, from before {one.before:%Y-%m-%d %H:%M}")
        if options["audit"]:
            try:
                count = expire_audit(dry_run=dry)
            except NotPossibleNow as error:
                raise CommandError(str(error)) from None
            self.stdout.write(f"{'audit':<14} {count:>8} {verb}")
        self.stdout.write(f"The audit chain ends at {log_end_of_chain() or 'nothing: it is empty'}")
