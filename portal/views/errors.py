"""What is shown when a page cannot be made: our mistake (500), or a machine that cannot at this moment (503)."""

import errno
import sys
from contextlib import suppress

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import server_error

FULL = {errno.ENOSPC, errno.EDQUOT}


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
