"""Where the middleware leads somebody who has more to show before a page opens: a second factor, or who they are.

Where they were going is kept: in the address while they confirm, in the session while they set up a factor.
"""

from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from portal.kept_post import SESSION_KEY as KEPT
from portal.models import User
from portal.own_path import own_path
from portal.second_step import has_second_factor


def ask_second_step(request: HttpRequest) -> HttpResponse:
    """To the page that sets up a second factor, or that asks for the one that there is."""
    user = request.user
    name = "mfa_reauthenticate" if isinstance(user, User) and _has_codes(user) else "second_step"
    return _lead(reverse(name), _page_that_was_kept(request) or page_of(request))


def _page_that_was_kept(request: HttpRequest) -> str:
    """The page that posted itself and is kept (portal/kept_post.py): opening it carries the post out."""
    kept = request.session.get(KEPT, {}).get("path") == request.path
    return request.path if kept and urlsplit(request.headers.get("Referer", "")).path == request.path else ""


def ask_again(request: HttpRequest, user: User) -> HttpResponse:
    """To the page where the person confirms who they are; without a password or factor that is signing in again."""
    if request.method == "POST":
        messages.warning(request, _("Confirm first that it is you. After that, press the button again."))
    methods = get_adapter().get_reauthentication_methods(user)
    wanted = page_of(request)
    if not methods:
        logout(request)
        return _lead(reverse("account_login"), wanted)
    return _lead(methods[0]["url"], wanted)


def page_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or for a form the page that the form stood on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return reverse("after_sign_in")
    parts = urlsplit(came_from)
    if parts.path == request.path:  # a form that came as the answer to a form: there is no such page to come back to
        return reverse("after_sign_in")
    wanted = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return own_path(wanted) or reverse("after_sign_in")


def _has_codes(user: User) -> bool:
    return has_second_factor(user) and any(
        method["id"] == "mfa_reauthenticate" for method in get_adapter().get_reauthentication_methods(user)
    )


def _lead(address: str, wanted: str) -> HttpResponseRedirect:
    return redirect(f"{address}?{urlencode({REDIRECT_FIELD_NAME: wanted})}")
