"""`manage.py help_compute ROUND EDITION`: work along at a computation under way, where no Celery worker does."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from benchmark.services.computing import help_compute

WAIT_SECONDS = 0.5


class Command(BaseCommand):
    """Makes KPIs until none is left."""

    help = "Work along at the computation of a round, until nothing is left to do."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which round, and how long to wait for its computation to begin."""
        parser.add_argument("round", type=int, help="the round's id")
        parser.add_argument("edition", type=int)
        parser.add_argument("--wait", type=float, default=30.0, help="seconds to wait for the work to begin")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take KPI after KPI."""
        end, made = time.monotonic() + options["wait"], 0
        while time.monotonic() < end or made:
            done = help_compute(options["round"], options["edition"])
            if made and not done:
                break
            made += done
            time.sleep(0 if done else WAIT_SECONDS)
        self.stdout.write(f"{made} indicators made")
