"""Lets a management command act as the database owner instead of the login role."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

CREDENTIALS = ("USER", "PASSWORD", "HOST", "PORT")


@contextmanager
def as_owner() -> Iterator[None]:
    """Connect as the owner inside the block; the database name stays what it is (tests use another)."""
    before = {key: connection.settings_dict[key] for key in CREDENTIALS}
    connection.close()
    connection.settings_dict.update({key: settings.OWNER_DATABASE[key] for key in CREDENTIALS})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
