"""A page that was sent after the session had ended, or before a second step that is asked, is carried out after it.

With JavaScript the page itself keeps what was typed; this is for the page that was simply posted. The post is kept in
the (still anonymous) session, only when its CSRF token is right, for two hours, and used once, at the same address.
Nobody has signed in, so there is a quota: so many per network, and so many in all, in two hours. What is not kept is
only not kept: the person still comes to the sign-in page.
"""

import ipaddress
import secrets
import time

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware

SESSION_KEY = "kept_post"
LARGEST = 200_000
SECONDS = 2 * 60 * 60
PER_NETWORK = 40
IN_ALL = 500  # of at most LARGEST each: a hundred megabytes
TRIES = 8


def keep_post(request: HttpRequest) -> None:
    """Keep a form that a browser posted; scripts' requests and forged or huge posts are not kept."""
    if request.method != "POST" or "text/html" not in request.headers.get("Accept", ""):
        return
    checker = CsrfViewMiddleware(lambda _request: HttpResponse())
    if checker.process_view(request, None, (), {}) is not None:  # type: ignore[arg-type]
        return
    request.session.pop(SESSION_KEY, None)  # never an older one in place of this one
    data = request.POST.urlencode()
    if len(data) <= LARGEST and _within_quota(request):
        request.session[SESSION_KEY] = {"path": request.path, "data": data, "at": time.time()}
        if not request.user.is_authenticated:
            request.session.set_expiry(SECONDS)  # after that the retention job removes it


def take_kept_post(request: HttpRequest) -> QueryDict | None:
    """What was kept for this address, once; None when there is nothing or it is too old."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["path"] != request.path or request.method != "GET":
        return None
    del request.session[SESSION_KEY]
    request.session.set_expiry(None)
    return QueryDict(kept["data"]) if time.time() - kept["at"] < SECONDS else None


def _within_quota(request: HttpRequest) -> bool:
    """Take a place of this network and one of all; False when there is none.

    A place is a key that only one request can add, so no number of requests at once gets more places than there are.
    """
    return _take_place(network_of(request), PER_NETWORK) and _take_place("all", IN_ALL)


def _take_place(whose: str, places: int) -> bool:
    """Some places are tried and not all: when most are taken, a few more may look full, and the work stays small."""
    return any(cache.add(f"kept:{whose}:{secrets.randbelow(places)}", 1, SECONDS) for _try in range(TRIES))


def network_of(request: HttpRequest) -> str:
    """Who sends this: the address, or of IPv6 the network of which one household has all addresses."""
    try:
        address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    except (PermissionDenied, ValueError):
        return "unknown"
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)
