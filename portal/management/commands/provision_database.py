"""`provision_database`: create the database roles and set the login role's password, as the owner."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection
from psycopg import sql

from portal.owner_connection import as_owner
from portal.rls import create_role_statements


class Command(BaseCommand):
    """Create roles participant, staff, api, worker and login; safe to repeat."""

    help = "Create the portal's database roles (needs an owner who may create roles)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Create the roles and give the login role the password that DATABASE_URL carries."""
        with as_owner(), connection.cursor() as cursor:
            for statement in create_role_statements():
                cursor.execute(statement)
            login = settings.DATABASES["default"]
            if login["PASSWORD"] and login["USER"] == f"{settings.PORTAL_ROLE_PREFIX}_login":
                connection.ensure_connection()
                password = sql.SQL("ALTER ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
                    sql.Identifier(login["USER"]), sql.Literal(login["PASSWORD"])
                )
                cursor.execute(password)
        self.stdout.write("Database roles are ready.")
