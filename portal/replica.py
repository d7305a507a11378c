"""Reading from a replica: the public API's GET requests, when DATABASE_REPLICA_URL names one.

The scope says which connection it is on (`Scope.using`): role and tenant are set there, so row-level security holds on
the replica as it does on the database that it follows. Whatever is written goes to that database. A replica that does
not answer is left alone for half a minute, and its readers go to the other.
"""

import logging
import time
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.http import HttpRequest

from portal.tenancy import current_scope

log = logging.getLogger(__name__)
REPLICA = "replica"
OURS = {"portal", "surveys", "benchmark"}
LEFT_ALONE_SECONDS = 30.0
_not_before = 0.0


def reading_place(request: HttpRequest) -> str:
    """The connection for this request of the public API: the replica when there is one that answers."""
    global _not_before
    is_reading = request.method in ("GET", "HEAD") and request.path_info.startswith("/api/")
    if REPLICA not in settings.DATABASES or not is_reading or time.monotonic() < _not_before:
        return DEFAULT_DB_ALIAS
    try:
        connections[REPLICA].ensure_connection()
        if connections[REPLICA].is_usable():
            return REPLICA
    except (OperationalError, InterfaceError):
        pass
    connections[REPLICA].close()
    _not_before = time.monotonic() + LEFT_ALONE_SECONDS
    log.warning("the replica does not answer; reading from the database itself")
    return DEFAULT_DB_ALIAS


class ScopeRouter:
    """Our models are read where the scope is, and written in one place only."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """The scope's connection, for our own tables."""
        scope = current_scope()
        return scope.using if scope is not None and model._meta.app_label in OURS else None

    def db_for_write(self, model: Any, **hints: Any) -> str:
        """The database that replicas follow."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool:
        """It is one database, twice."""
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """A replica gets its tables by replication."""
        return db != REPLICA
