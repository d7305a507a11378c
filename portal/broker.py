"""Installs the message queues in the database: the SQL of pgmq that its PyPI client carries, no extension needed.

Called as the owner by a migration (and harmless to repeat); docs/adr/0002 tells why.
"""

from typing import Protocol

from pgmq.install import get_embedded_install_sql
from psycopg import sql

from portal.celery_settings import QUEUES

# kombu asks for the queue before each first send and each consume, and the packaged function then takes table locks and
# needs the right to create tables. Ours leaves at once when the queue is there, so the login role needs no such right.
CREATE_WHEN_MISSING = """
CREATE OR REPLACE FUNCTION pgmq.create(queue_name TEXT) RETURNS void LANGUAGE plpgsql AS $function$
BEGIN
    IF EXISTS (SELECT FROM pgmq.meta m WHERE m.queue_name = $1) THEN
        RETURN;
    END IF;
    PERFORM pgmq.create_non_partitioned(queue_name);
END
$function$
"""


class Cursor(Protocol):
    """What a Django or psycopg cursor has in common."""

    def execute(self, query: object, /) -> object:
        """Run one statement or a script."""

    def fetchone(self) -> object:
        """The next row."""


def install_queues(cursor: Cursor) -> None:
    """Create schema pgmq and our queues; a database that has them already keeps its messages."""
    cursor.execute("SELECT to_regclass('pgmq.meta') IS NOT NULL")
    if cursor.fetchone() != (True,):
        cursor.execute(get_embedded_install_sql())
    cursor.execute(CREATE_WHEN_MISSING)
    for queue in QUEUES:
        cursor.execute(sql.SQL("SELECT pgmq.create({})").format(sql.Literal(queue)))


def grant_queues(cursor: Cursor, role: str) -> None:
    """Let a database role send and receive messages; it may not create or drop queues."""
    name = sql.Identifier(role)
    cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA pgmq TO {}").format(name))
    cursor.execute(sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgmq TO {}").format(name))
    cursor.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA pgmq TO {}").format(name))
    cursor.execute(sql.SQL("REVOKE INSERT, UPDATE, DELETE ON pgmq.meta FROM {}").format(name))
