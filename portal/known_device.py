"""Browsers that somebody signed in with before: attempts of strangers on an account do not count against them.

A signed cookie per browser names the account by a hash and has a number of its own; it proves nothing but that, and
lets nobody in.
"""

import secrets

from allauth.core import context
from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

COOKIE = f"{settings.COOKIE_PREFIX}known_device"
SALT = "portal.known-device"
SECONDS = 180 * 24 * 60 * 60
MOST = 5  # accounts that one browser is remembered for


def device_of(request: HttpRequest, email: str) -> str:
    """The number of this browser if `email` signed in with it before; empty otherwise."""
    return _known(request).get(_name(email), "")


def remember_device(response: HttpResponseBase, email: str) -> None:
    """Let the browser keep that `email` signed in with it, or chose a password by a link from its mailbox."""
    known = _known(context.request)
    name = _name(email)
    known = {name: known.pop(name, "") or secrets.token_hex(12), **known}
    kept = dict(list(known.items())[:MOST])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=SECONDS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def _known(request: HttpRequest) -> dict[str, str]:
    try:
        return dict(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS))
    except (signing.BadSignature, ValueError, TypeError):
        return {}


def _name(email: str) -> str:
    return salted_hmac(SALT, email.lower(), algorithm="sha256").hexdigest()[:24]
