"""`issue_api_key NAME [--days 365]`: make a key for an API client; its text is printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from portal.services.api_keys import issue_api_key
from portal.tenancy import staff_scope


class Command(BaseCommand):
    """Issue one key."""

    help = "Make a key for an API client."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name and life of the key."""
        parser.add_argument("name", help="who will use it")
        parser.add_argument("--days", type=int, default=365, help="how long it works (default 365)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the key, once."""
        with staff_scope():
            _key, text = issue_api_key(options["name"], days=options["days"], by=None)
        self.stdout.write(text)
        self.stderr.write("Keep it: it is not shown again. Send it as “Authorization: Api-Key <key>”.")
