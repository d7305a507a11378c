"""`issue_api_key NAME [--days 365] [--organisation CODE] [--upload]`: make a key; its text is printed once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal.errors import PortalError
from portal.models import ApiKey, Organisation
from portal.services.api_keys import issue_api_key
from portal.tenancy import staff_scope


class Command(BaseCommand):
    """Issue one key."""

    help = "Make a key for an API client."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Name and life of the key."""
        parser.add_argument("name", help="who will use it")
        parser.add_argument("--days", type=int, default=365, help="how long it works (default 365)")
        parser.add_argument("--organisation", help="code of the organisation that it belongs to")
        parser.add_argument("--upload", action="store_true", help="it may also send that organisation's answers")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the key, once."""
        scopes = [ApiKey.Scope.READ, *([ApiKey.Scope.UPLOAD] if options["upload"] else [])]
        try:
            with staff_scope():
                code = options["organisation"]
                organisation = Organisation.objects.get(code=code) if code else None
                _key, text = issue_api_key(
                    options["name"], days=options["days"], by=None, organisation=organisation, scopes=scopes
                )
        except (Organisation.DoesNotExist, PortalError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(text)
        self.stderr.write("Keep it: it is not shown again. Send it as “Authorization: Api-Key <key>”.")
