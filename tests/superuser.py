"""A connection that may do anything, for tests that break the protection on purpose."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from portal.owner_connection import as_owner
from scripts.keep_postgres import ADMINISTRATOR


@contextmanager
def as_superuser() -> Iterator[None]:
    """As the owner where it is a superuser; on the embedded server, where it is none, as the server's administrator."""
    with as_owner():
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER")
            row = cursor.fetchone()
        if not (row and row[0]):
            connection.close()
            connection.settings_dict["USER"] = ADMINISTRATOR
        yield
