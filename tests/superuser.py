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


# The audit trail and whatever was released refuse to be emptied, also by the owner, who may take that trigger away.
EMPTY = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT tgrelid::regclass AS place FROM pg_trigger WHERE tgname = 'never_emptied' LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER never_emptied', one.place);
    END LOOP;
    EXECUTE 'TRUNCATE {tables} CASCADE';
    FOR one IN SELECT tgrelid::regclass AS place FROM pg_trigger WHERE tgname = 'never_emptied' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER never_emptied', one.place);
    END LOOP;
END $$
"""


def empty(*tables: str) -> None:
    """Empty these tables and all that refer to them, as the owner or above: only tests ever do."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY.format(tables=", ".join(tables)))
