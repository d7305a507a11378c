"""Dropping a database that another role is still connected to, as the server's own cleaning may be."""

import os
import threading

import psycopg
import pytest
from psycopg import sql

from scripts.live_portal import administer, drop_database, recreate_database, with_database

pytestmark = pytest.mark.slow


def test_database_is_dropped_though_a_foreign_role_is_still_in_it() -> None:
    """An owner who is no superuser may not end the other's connection: it waits until that one leaves."""
    server = with_database(os.environ["DATABASE_URL"], "postgres")
    name = f"dropped_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}{os.environ.get('TEST_DATABASE_SUFFIX', '')}"
    recreate_database(server, name)
    with psycopg.connect(server, autocommit=True) as owner:
        role = sql.Identifier(name)
        owner.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'for-this-test-only'").format(role))
        guest = psycopg.connect(
            host=owner.info.host, port=owner.info.port, user=name, password="for-this-test-only", dbname=name
        )
        leaves = threading.Timer(1.0, guest.close)
        leaves.start()
        try:
            drop_database(server, name)
            assert not owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        finally:
            leaves.join()
            guest.close()
            administer(server, f'DROP ROLE "{name}"')
