"""A web or worker process does not start on a database that would not keep organisations apart.

    guard_connections()      # in wsgi.py and when a worker starts, never in management commands, which may be the owner

The first connection that a process makes is looked at, and the process ends when a check of `portal/checks.py` fails.
A database that is away at that moment is no reason to end: the first connection after it came back is looked at.
"""

import logging
from contextlib import suppress
from typing import Any

from django.core.checks import Tags, run_checks
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

log = logging.getLogger(__name__)
NAME = "portal.guard"


class UnsafeDatabase(SystemExit):
    """The database does not keep organisations apart; the process must end, whoever catches exceptions."""


def guard_connections() -> None:
    """Look at the database now, or as soon as there is one; raises UnsafeDatabase."""
    connection.close()
    connection_created.connect(_look, dispatch_uid=NAME)
    with suppress(OperationalError):
        connection.ensure_connection()
    connection.close()  # a process that forks after this must not share it


def _look(sender: type[BaseDatabaseWrapper], connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    connection_created.disconnect(dispatch_uid=NAME)
    try:
        refuse_unsafe_database()
    except OperationalError:  # gone again: the next connection is looked at
        connection_created.connect(_look, dispatch_uid=NAME)
        raise


def refuse_unsafe_database() -> None:
    """Run the checks on the database; raises UnsafeDatabase with what they found."""
    found = [message for message in run_checks(tags=[Tags.database], databases=["default"]) if message.is_serious()]
    if not found:
        return
    for message in found:
        log.critical("%s (%s)", message.msg, message.id)
    raise UnsafeDatabase("The portal does not start: " + " ".join(str(message.msg) for message in found))
