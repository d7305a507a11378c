"""What is shown when no page can be made: a request that cannot be read (400) or is too large (413), our mistake (500),
or a machine that cannot at this moment (503).

Django's own handlers read the form once more, to make a token, which fails when the form is what is wrong; these do
not, and `failed` has an answer even when the page about it cannot be made. Programs are told the same in JSON.
"""

import errno
import logging
import sys
from contextlib import suppress

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from portal.readable import API

log = logging.getLogger(__name__)
FULL = {errno.ENOSPC, errno.EDQUOT}
LAST_WORDS = (
    "Er ging iets mis. Probeer het over enkele minuten opnieuw.\nSomething went wrong. Try again in a few minutes."
)

# The first sentence of each page.
SAID = {
    400: _("That request could not be read"),
    404: _("Page not found"),
    413: _("Too much at once"),
    500: _("Something went wrong"),
    503: _("Not possible at this moment"),
}


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler of requests that make no sense: tells who sent too much from whatever else was wrong."""
    status = 413 if isinstance(exception, RequestDataTooBig) else 400
    return _told(request, status)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler of addresses that do not exist; what was sent there is not looked at."""
    return _told(request, 404) if _by_program(request) else render(request, "404.html", status=404)


def failed(request: HttpRequest) -> HttpResponse:
    """The handler of unhandled errors: tells a full disk and a database that is away from mistakes of ours."""
    error = sys.exc_info()[1]
    is_full = isinstance(error, OSError) and error.errno in FULL
    try:
        if not is_full and not isinstance(error, OperationalError | InterfaceError):
            return _told(request, 500)
        _let_go_of_upload(request)
        response = _told(request, 503)
    except Exception:  # whatever it is, the reader gets an answer
        log.exception("The page about an error could not be made.")
        return HttpResponse(LAST_WORDS, status=500, content_type="text/plain; charset=utf-8")
    response["Retry-After"] = "30"
    return response


def _by_program(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)


def _told(request: HttpRequest, status: int) -> HttpResponse:
    """What is said of this status: a page, or in the API an object like its other refusals."""
    if _by_program(request):
        return JsonResponse({"detail": str(SAID[status])}, status=status)
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


def _let_go_of_upload(request: HttpRequest) -> None:
    """Remove the part of a file that was received: it may be what fills the disk."""
    for handler in request.upload_handlers:
        for _attempt in (1, 2):  # closing writes what is left in memory, which fails once more
            with suppress(OSError):
                handler.upload_interrupted()
