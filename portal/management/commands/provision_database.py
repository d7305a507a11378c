"""`provision_database`: create the database roles and set the login role's password, as the owner."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from psycopg import sql

from portal.owner_connection import as_owner
from portal.rls import create_role_statements

# A web host or worker that is gone without a word gives back its locks within half a minute. A socket ignores these.
KEEPALIVES = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}


class Command(BaseCommand):
    """Create roles participant, staff, api, worker and login; safe to repeat."""

    help = "Create the portal's database roles (needs an owner who may create roles)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the roles and give the login role the password that DATABASE_URL carries."""
        login = dict(connection.settings_dict)  # inside `as_owner` these are the owner's
        with as_owner(), connection.cursor() as cursor:
            for statement in create_role_statements():
                cursor.execute(statement)
            if login["PASSWORD"] and login["USER"] == f"{settings.PORTAL_ROLE_PREFIX}_login":
                connection.ensure_connection()
                password = sql.SQL("ALTER ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
                    sql.Identifier(login["USER"]), sql.Literal(login["PASSWORD"])
                )
                cursor.execute(password)
                for setting, value in KEEPALIVES.items():  # the server's side; portal/database.py sets the client's
                    names = sql.Identifier(login["USER"]), sql.Identifier(setting)
                    cursor.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(*names, sql.Literal(value)))
        self.stdout.write("Database roles are ready.")
