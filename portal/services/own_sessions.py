"""A person signs out in another browser, or in all others. Outside every scope, as the login role."""

from portal.models import OpenSession, User
from portal.selectors.own_sessions import mark_of
from portal.services.audit import record
from portal.tenancy import worker_scope


def end_own_sessions(user: User, *, this_key: str, mark: str = "") -> int:
    """End the session with this mark, or without one all but that with `this_key`; returns how many there were.

    Somebody else's mark ends nothing. A request that is under way at that moment cannot bring its session back.
    """
    others = [
        row.session_key
        for row in OpenSession.objects.filter(user=user).exclude(session_key=this_key).only("session_key")
        if not mark or mark_of(row.session_key) == mark
    ]
    ended: int = OpenSession.objects.filter(session_key__in=others).delete()[0]
    if ended:
        with worker_scope():
            record("sign_in.sessions_ended", subject=user, by=user, count=ended)
    return ended
