"""`verify_audit [--expect NUMBER:HASH …]`: replay the chain over the audit trail; fails when anything is wrong."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.errors import InvalidInput
from portal.services.audit_chain import Anchor, verify_chain
from portal.tenancy import staff_scope


class Command(BaseCommand):
    """Verify the audit trail."""

    help = "Replay the chain over the audit trail; finds what was altered, removed or put in between."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ends of the chain that were printed earlier and kept elsewhere."""
        parser.add_argument(
            "--expect", action="append", default=[], metavar="NUMBER:HASH", help="an end that was printed earlier"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the end of the chain, or what is wrong."""
        try:
            anchors = [Anchor.parse(text) for text in options["expect"]]
        except InvalidInput as error:
            raise CommandError(str(error)) from None
        with staff_scope():
            report = verify_chain(anchors)
        for fault in report.faults:
            self.stderr.write(fault)
        if report.faults:
            raise CommandError("The audit trail was tampered with.")
        expired = f" after {report.starts_after} that expired" if report.starts_after else ""
        self.stdout.write(f"{report.entries} entries{expired}, the chain is whole. It ends at {report.end}")
