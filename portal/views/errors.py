"""What is shown when no page can be made: a request that cannot be read (400) or is too large (413), our mistake (500),
or a machine that cannot at this moment (503).
"""

import errno
import sys
from contextlib import suppress

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.defaults import bad_request, server_error

FULL = {errno.ENOSPC, errno.EDQUOT}


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The handler of requests that make no sense: tells who sent too much from whatever else was wrong."""
    if isinstance(exception, RequestDataTooBig):
        return HttpResponse(render_to_string("413.html"), status=413)
    return bad_request(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """The handler of unhandled errors: tells a full disk and a database that is away from mistakes of ours."""
    error = sys.exc_info()[1]
    is_full = isinstance(error, OSError) and error.errno in FULL
    if not is_full and not isinstance(error, OperationalError | InterfaceError):
        return server_error(request)
    _let_go_of_upload(request)
    response = render(request, "503.html", status=503)
    response["Retry-After"] = "30"
    return response


def _let_go_of_upload(request: HttpRequest) -> None:
    """Remove the part of a file that was received: it may be what fills the disk."""
    for handler in request.upload_handlers:
        for _attempt in (1, 2):  # closing writes what is left in memory, which fails once more
            with suppress(OSError):
                handler.upload_interrupted()
