"""A person's own sessions, for the person. Outside every scope: only the login role reads sessions."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY
from django.db.models.functions import Now
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from portal.models import OpenSession, User
from portal.sessions import BEGAN, BROWSER, SEEN

MOST = 100


@dataclass(frozen=True)
class OwnSession:
    """One place where a person is signed in; `mark` stands for its key, which a page must not show."""

    mark: str
    browser: str
    began: datetime
    seen: datetime
    is_this: bool


def sessions_of(user: User, this_key: str | None) -> list[OwnSession]:
    """Sessions that are still good, the one with `this_key` first, then the one that was used last."""
    found = []
    rows = OpenSession.objects.filter(user=user, expire_date__gt=Now()).annotate(read_at=Now())
    for row in rows.order_by("-expire_date")[:MOST]:
        data = row.get_decoded()
        if _is_good(user, data) and not _is_idle(data, row.read_at):
            found.append(_told(row, data, is_this=row.session_key == this_key))
    return sorted(found, key=lambda one: (not one.is_this, -one.seen.timestamp()))


def mark_of(key: str) -> str:
    """What a page calls a session."""
    return salted_hmac("portal.own-session", key, algorithm="sha256").hexdigest()[:24]


def _told(row: OpenSession, data: dict[str, Any], *, is_this: bool) -> OwnSession:
    """A session that has seen no page yet began when it was written."""
    written = row.expire_date - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    browser, system = (*data.get(BROWSER, ()), "", "")[:2]
    named = _("%(browser)s on %(system)s") % {"browser": browser, "system": system} if browser and system else ""
    return OwnSession(
        mark=mark_of(row.session_key),
        browser=named or browser or system or _("An unknown browser"),
        began=_moment(data.get(BEGAN)) or written,
        seen=_moment(data.get(SEEN)) or written,
        is_this=is_this,
    )


def _moment(seconds: Any) -> datetime | None:
    return datetime.fromtimestamp(float(seconds), UTC) if seconds else None


def _is_good(user: User, data: dict[str, Any]) -> bool:
    """Whether it was made since the last change of password or factor."""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(data.get(HASH_SESSION_KEY, ""), one) for one in hashes)


def _is_idle(data: dict[str, Any], now: datetime) -> bool:
    seen = _moment(data.get(SEEN))
    return seen is not None and now - seen > timedelta(seconds=settings.SESSION_IDLE_SECONDS)
