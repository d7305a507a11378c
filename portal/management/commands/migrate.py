"""`migrate` as the database owner; the login role may not change tables."""

from typing import Any

from django.core.management.commands.migrate import Command as MigrateCommand

from portal.owner_connection import as_owner


class Command(MigrateCommand):
    """Django's migrate, connected as the owner."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Without a look at the database: it is not yet what this version declares."""
        return super().get_check_kwargs(options) | {"databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the migrations as the owner."""
        with as_owner():
            super().handle(*args, **options)
