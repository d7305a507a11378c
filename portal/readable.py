"""A request is made readable, or refused, before any page looks at it.

PostgreSQL keeps no NUL in a text, and JSON may hold half of a character (a lone surrogate) that no text can be written
with. Whoever sends such a thing is refused in the reader's language, and no page needs to think of it:

- another charset than UTF-8: 415 when there is a body to read; the address is always UTF-8;
- NUL in the address or its query: 400;
- NUL in a form: the visible mark U+FFFD, as everywhere in answers, so that nothing typed is lost;
- a cookie with NUL: as if it were not there.
"""

import codecs
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.http import parse_header_parameters
from django.utils.translation import activate, get_language_from_path
from django.utils.translation import gettext as _

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MARK = "\ufffd"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")
API = "/api/"


class Utf8Request(WSGIRequest):
    """A request that is read as UTF-8, whatever its Content-Type says (portal/wsgi.py).

    Django asks that header's charset for the address too, before any middleware: a codec that is none for text, or a
    header that cannot be taken apart, would end in the web server's own page.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (ValueError, LookupError):
            self.content_type, self.content_params = "", {"charset": "unreadable"}

    def _load_post_and_files(self) -> None:
        try:
            super()._load_post_and_files()
        except (ValueError, LookupError) as error:  # of a header within the form
            self._mark_post_parse_error()  # type: ignore[attr-defined]
            raise BadRequest("The form cannot be read.") from error


class ReadableRequestMiddleware:
    """Before sessions, so that not even a cookie gets to the database unread."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse what cannot be read; the rest goes on as UTF-8."""
        activate(get_language_from_path(request.path_info) or settings.LANGUAGE_CODE)  # of a refusal, also deeper
        if not _is_utf8(request) and request.method in WITH_BODY:
            return _refusal(request, 415, _("Send text as UTF-8."))
        request.encoding = "utf-8"
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if is_storable(name + value)}
        if not is_storable(request.path_info) or not _is_readable(request.GET):
            return _refusal(request, 400, _("The address holds a character that no text can hold."))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, _args: Any, _kwargs: Any) -> None:
        """Make a form readable. Views without form tokens read their body themselves (portal/access.py)."""
        if request.method == "POST" and not getattr(view, "csrf_exempt", False) and not _is_readable(request.POST):
            request.POST = _marked(request.POST)  # type: ignore[assignment]


def is_storable(text: str) -> bool:
    """Whether the database can hold this text."""
    return UNSTORABLE.search(text) is None


def storable(text: str) -> str:
    """The text with a visible mark for each character that the database cannot hold."""
    return UNSTORABLE.sub(MARK, text)


def _is_utf8(request: HttpRequest) -> bool:
    named = (request.content_params or {}).get("charset", "utf-8")
    try:
        return codecs.lookup(named).name == "utf-8"
    except (LookupError, ValueError):  # ValueError: a NUL in it
        return False


def _is_readable(given: QueryDict) -> bool:
    return all(is_storable(name) and all(is_storable(one) for one in values) for name, values in given.lists())


def _marked(given: QueryDict) -> QueryDict:
    marked = QueryDict(mutable=True)
    for name, values in given.lists():
        marked.setlist(storable(name), [storable(one) for one in values])
    marked._mutable = False
    return marked


def _refusal(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if request.path_info.startswith(API):
        return JsonResponse({"detail": detail}, status=status)
    return HttpResponse(render_to_string("400.html"), status=status)
