"""Signing in, in the audit trail: who got in and how, and every attempt that failed.

A success is an entry at once. A failure is first one row that is the same for known and unknown addresses, so that
neither the answer nor its time tells them apart. Every minute a task tells the trail: one entry per person and way,
and one per way for all addresses that nobody has, with the number of attempts, addresses and networks. So nothing is
left out, and whoever tries a million times adds at most 240 entries an hour for nobody's addresses (four ways), and 60
per way for each person whose address they know. The trail, which nobody can erase, holds nothing of an address that is
nobody's: not even a hash, because what was typed there may be a stranger's address, or a password.
"""

from collections import defaultdict
from typing import Any

from allauth.core.internal.ratelimit import get_ip
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from portal.models import FailedSignIn, User
from portal.services.audit import record
from portal.tenancy import worker_scope

AT_ONCE = 20_000


def note_sign_in(user: User, proofs: list[str]) -> None:
    """Somebody is in, by these proofs."""
    with worker_scope():
        record("sign_in.done", subject=user, by=user, proofs=proofs)


def note_failure(request: HttpRequest, way: FailedSignIn.Way, *, user: User | None = None, email: str = "") -> None:
    """Keep an attempt that failed: of this person, or of whoever has this address, perhaps nobody.

    Outside every scope: the login role writes it.
    """
    typed = email.strip().lower()
    user_id = user.pk if user else User.objects.filter(email=typed).values_list("pk", flat=True).first()
    FailedSignIn.objects.create(
        user_id=user_id, way=way, address_mark=_mark(typed or str(user_id)), network_mark=_mark(_network(request))
    )


def tell_failures() -> int:
    """Put the attempts that were kept into the audit trail and remove them; returns how many there were."""
    with worker_scope():
        rows = list(FailedSignIn.objects.select_for_update(skip_locked=True).order_by("pk")[:AT_ONCE])
        people = User.objects.in_bulk({row.user_id for row in rows if row.user_id is not None})
        alike: dict[tuple[User | None, str], list[FailedSignIn]] = defaultdict(list)
        for row in rows:
            alike[people.get(row.user_id or 0), row.way].append(row)
        for (user, way), some in alike.items():
            told: dict[str, Any] = {"way": way, "attempts": len(some)}
            told["networks"] = len({row.network_mark for row in some})
            if user is None:
                told["addresses"] = len({row.address_mark for row in some})
            told |= {"since": some[0].at.isoformat(), "until": some[-1].at.isoformat()}
            record("sign_in.failed", subject=user or "sign_in", by=user, **told)
        FailedSignIn.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def _network(request: HttpRequest) -> str:
    try:
        return str(get_ip(request))
    except PermissionDenied:
        return "unknown"


def _mark(text: str) -> str:
    return salted_hmac("portal.failed-sign-in", text, algorithm="sha256").hexdigest()[:16]
