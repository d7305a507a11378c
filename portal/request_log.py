"""The outermost middleware: gives each request a name, logs one line about it and counts it for the metrics."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.logs import request_id, route_of
from portal.metrics import count_request

log = logging.getLogger("portal.request")
GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
UNLOGGED = {"health_live", "health_ready", "metrics"}


class RequestLogMiddleware:
    """Who, where from and what was asked for stays unsaid; the page's name, the outcome and the time are said."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Name, answer, log."""
        token = request_id.set(name_of(request))
        started = time.monotonic()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            seconds, route = time.monotonic() - started, route_of(request)
            count_request(route, request.method or "", response.status_code, seconds)
            if route not in UNLOGGED:
                told = {
                    "route": route,
                    "method": request.method,
                    "status": response.status_code,
                    "milliseconds": round(1000 * seconds),
                }
                log.info("%(method)s %(route)s %(status)s %(milliseconds)s ms", told, extra={"told": told})
            return response
        finally:
            request_id.reset(token)


def name_of(request: HttpRequest) -> str:
    """The proxy's name for this request when we trust one, else a new one."""
    given = request.headers.get("X-Request-ID", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return given if GIVEN.fullmatch(given) else secrets.token_hex(8)
