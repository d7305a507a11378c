"""The one door to the database: which role acts, and for which organisation.

PostgreSQL enforces tenancy by row-level security (DESIGN §4). A scope opens a transaction, switches to one of our
database roles and names the tenant, all transaction-local, so that nothing survives in a pooled connection. Scopes
nest: leaving the inner one puts the outer role and tenant back, which a rolled-back savepoint does by itself.

    with participant_scope(organisation_id, user_id):   # sees that organisation only
    with staff_scope(user_id):                           # sees all organisations, through the staff role's policy
    with worker_scope():                                 # background work; may read all contributions
    with api_scope():                                    # published tables only: the public and API clients
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction


class Tenancy(StrEnum):
    """What a model's rows are to tenants; every model of ours declares one as `tenancy`."""

    OWNED = "owned"  # one organisation's data: organisation_id NOT NULL, visible to it and to staff
    MIXED = "mixed"  # as owned, but rows without an organisation exist, for staff and workers only
    SHARED = "shared"  # the instrument and the rounds: every signed-in reader may read, staff write
    RELEASED = "released"  # results: readable by all once published, written by the worker
    PLATFORM = "platform"  # sign-in and plumbing: reached by the login role, staff and workers


class Role(StrEnum):
    """Database roles, without the installation's prefix."""

    PARTICIPANT = "participant"
    STAFF = "staff"
    API = "api"
    WORKER = "worker"


@dataclass(frozen=True)
class Scope:
    """The acting role, tenant and person; 0 means none."""

    role: Role
    organisation_id: int = 0
    user_id: int = 0
    using: str = DEFAULT_DB_ALIAS  # the connection that it is on; a replica for some readers (portal/replica.py)


_current: ContextVar[Scope | None] = ContextVar("portal_scope", default=None)


def current_scope() -> Scope | None:
    """The scope that this code runs in, or None outside every scope."""
    return _current.get()


def database_role(role: Role | str) -> str:
    """The role's name in this installation's cluster, for example `portal_staff`."""
    return f"{settings.PORTAL_ROLE_PREFIX}_{role}"


def _apply(scope: Scope) -> None:
    with connections[scope.using].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', %s, true), set_config('portal.organisation', %s, true),"
            " set_config('portal.user', %s, true)",
            [database_role(scope.role), str(scope.organisation_id), str(scope.user_id)],
        )


def _leave(scope: Scope, outer: Scope | None) -> None:
    connection = connections[scope.using]
    if not connection.in_atomic_block or connection.needs_rollback:
        return
    if outer is not None and outer.using == scope.using:
        _apply(outer)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', 'none', true)")


@contextmanager
def enter_scope(scope: Scope) -> Iterator[Scope]:
    """Run the block in one transaction as `scope`; rolls back when the block raises."""
    outer = _current.get()
    # The end of the outermost transaction puts everything back by itself.
    outermost = not connections[scope.using].in_atomic_block
    with transaction.atomic(using=scope.using):
        _apply(scope)
        token = _current.set(scope)
        try:
            yield scope
        finally:
            _current.reset(token)
        if not outermost:
            _leave(scope, outer)


def participant_scope(organisation_id: int, user_id: int = 0) -> AbstractContextManager[Scope]:
    """Act for one organisation: its rows only."""
    return enter_scope(Scope(Role.PARTICIPANT, int(organisation_id), int(user_id)))


def staff_scope(user_id: int = 0) -> AbstractContextManager[Scope]:
    """Act as foundation staff: all organisations, through the staff role's own policy."""
    return enter_scope(Scope(Role.STAFF, 0, int(user_id)))


def worker_scope() -> AbstractContextManager[Scope]:
    """Act as background work: may read all contributions and write results."""
    return enter_scope(Scope(Role.WORKER))


def api_scope() -> AbstractContextManager[Scope]:
    """Act as the public: published tables only."""
    return enter_scope(Scope(Role.API))
