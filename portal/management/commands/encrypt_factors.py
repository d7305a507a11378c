"""`encrypt_factors`: encrypt every second factor anew with the present SECRET_KEY, after it was changed."""

from typing import Any

from django.core.management.base import BaseCommand

from portal.services.factor_keys import encrypt_factors_anew


class Command(BaseCommand):
    """Run it with the old key in SECRET_KEY_FALLBACKS; when it is done, no factor needs the old key."""

    help = "Encrypt second factors anew, so that an old SECRET_KEY is no longer needed for them."

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many."""
        self.stdout.write(f"{encrypt_factors_anew()} second factors are encrypted with the present key")
