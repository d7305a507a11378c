"""`health`: what an operator wants to know at a glance; exit status 1 when something is wrong."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from portal.selectors.health import health
from portal.services.virus_scan import scanner_answers


class Command(BaseCommand):
    """Database, migrations, heartbeat, what waits, and the virus scanner."""

    help = "Tell whether database, clock, broker and workers are alive and what waits."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line each."""
        now = health()
        beat = "never" if now.heartbeat_seconds is None else f"{now.heartbeat_seconds:.0f} s ago"
        lines = {"database": now.database, "migrations": now.migrations, "last heartbeat": beat, **now.measures}
        scanner = scanner_answers()
        if scanner is not None:
            lines["virus scanner"] = scanner
        for name, value in lines.items():
            shown = {True: "ok", False: "FAILED"}.get(value, value) if isinstance(value, bool) else value
            self.stdout.write(f"{name.replace('_', ' '):<32}{shown}")
        if not (now.is_ready and now.works):
            self.stdout.write("work is late" if now.is_ready else "the portal cannot answer")
            sys.exit(1)
        if scanner is False:
            self.stdout.write("uploaded files are refused: the virus scanner does not answer")
            sys.exit(1)
