"""A page that was sent after the session had ended is kept and carried out after signing in again.

With JavaScript the page itself keeps what was typed; this is for the page that was simply posted. The post is kept in
the (still anonymous) session, only when its CSRF token is right, for two hours, and used once, at the same address.
"""

import time

from django.http import HttpRequest, HttpResponse, QueryDict
from django.middleware.csrf import CsrfViewMiddleware

SESSION_KEY = "kept_post"
LARGEST = 200_000
SECONDS = 2 * 60 * 60


def keep_post(request: HttpRequest) -> None:
    """Keep a form that a browser posted; scripts' requests and forged or huge posts are not kept."""
    if request.method != "POST" or "text/html" not in request.headers.get("Accept", ""):
        return
    checker = CsrfViewMiddleware(lambda _request: HttpResponse())
    if checker.process_view(request, None, (), {}) is not None:  # type: ignore[arg-type]
        return
    data = request.POST.urlencode()
    if len(data) <= LARGEST:
        request.session[SESSION_KEY] = {"path": request.path, "data": data, "at": time.time()}


def take_kept_post(request: HttpRequest) -> QueryDict | None:
    """What was kept for this address, once; None when there is nothing or it is too old."""
    kept = request.session.get(SESSION_KEY)
    if not kept or kept["path"] != request.path or request.method != "GET":
        return None
    del request.session[SESSION_KEY]
    return QueryDict(kept["data"]) if time.time() - kept["at"] < SECONDS else None
