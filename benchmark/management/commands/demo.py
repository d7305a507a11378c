"""`manage.py demo`: invented content to look around in. Called by `make demo`; a second run finds it there."""

import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from benchmark.demo.filling import fill
from benchmark.demo.people import PASSWORD, PEOPLE, SECRET, give_factors, give_passwords

WHAT_TO_SEE = """\
What to look at:
  /                      national overview of 2025, with the trend from 2024
  sign in as coordinator: “Vragenlijsten”, the half-filled questionnaire of 2026; “Resultaten”, own place in 2025
  sign in as coordinator3: “Navraag”, a question of the foundation about a submitted answer
  sign in as researcher:  “Rondes”, close the round of 2026 and freeze it; the publisher publishes"""


class Command(BaseCommand):
    """Fills the database once."""

    help = "Fill the database with invented organisations, three rounds and people to sign in as (demonstration only)."

    def add_arguments(self, parser: CommandParser) -> None:
        """A smaller one is there sooner."""
        quicker = "of the last finished round only these indicators, which is quicker to make"
        parser.add_argument("--only", nargs="+", default=(), metavar="CODE", help=quicker)

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, then say who can sign in."""
        if not settings.DEMO_MODE:
            raise CommandError("This makes accounts with a known password; set PORTAL_DEMO=1 in a demonstration only.")
        logging.getLogger("kombu.connection").setLevel(logging.ERROR)  # it warns that pgmq:// names no host
        started = time.monotonic()
        made = fill(lambda step: self.stderr.write(f"demo: {step}"), options["only"])
        give_passwords()  # one that was filled by an earlier version gets what this one says
        give_factors()
        seconds = time.monotonic() - started
        self.stdout.write(f"Demo content made in {seconds:.0f} s." if made else "The demo content was already there.")
        self.stdout.write("Everything in it is invented.\n")
        self.stdout.write(f"Sign in with the password  {PASSWORD}  as:")
        with translation.override("en"):
            for person in PEOPLE:
                self.stdout.write(f"  {person.email:28} {person.label}")
        self.stdout.write(
            "The foundation's people also need a code. The page that asks for it shows it, or put this key"
        )
        self.stdout.write(f"key into an authenticator app:  {SECRET}")
        self.stdout.write(f"\n{WHAT_TO_SEE}")
