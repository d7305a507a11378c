"""How long a session lasts: an hour unused, twelve hours in all, not after a change of password or factor. Times
are the database's, for a web server's clock may be wrong.

Password and `User.sessions_version` are part of what Django compares at each request, so ending the other sessions of a
person is one number, at once, on every web process.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout, update_session_auth_hash
from django.db.models import F
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.browsers import browser_name
from portal.models import User

BEGAN, SEEN, BROWSER = "session_began", "session_seen", "session_browser"
SEEN_EVERY = 60  # seconds: so often at most is a session written just because it is used


class SessionLimitsMiddleware:
    """Signs out who was idle too long or signed in too long ago, before anything else looks at the person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """End the session or note that it was used."""
        if request.user.is_authenticated:
            limit_session(request, request.session.now())  # type: ignore[attr-defined]  # our own store
        return self.get_response(request)


def limit_session(request: HttpRequest, now: float) -> None:
    """End the session when its time is over; else remember this moment."""
    session = request.session
    began, seen = float(session.get(BEGAN, now)), float(session.get(SEEN, now))
    if now - seen > settings.SESSION_IDLE_SECONDS or now - began > settings.SESSION_COOKIE_AGE:
        logout(request)
        return
    if BEGAN not in session:
        session[BROWSER] = browser_name(request.headers.get("User-Agent", ""))
    if BEGAN not in session or now - seen > SEEN_EVERY:
        session[BEGAN], session[SEEN] = began, now


def end_other_sessions(user: User, request: HttpRequest | None = None) -> None:
    """End all sessions of this person, except the one of `request` when it is theirs."""
    User.objects.filter(pk=user.pk).update(sessions_version=F("sessions_version") + 1)
    user.refresh_from_db(fields=["sessions_version"])
    if request is not None and request.user.pk == user.pk:
        request.user.sessions_version = user.sessions_version
        update_session_auth_hash(request, user)
