"""Heavy pages, one at a time per person: who asks for a second while the first is being made is told so, with 429.

    @participant(READING_RESULTS)
    @one_at_a_time
    def my_pdf(request): …

The database holds the turn until the request's transaction ends, whatever becomes of the process; so it counts for all
web processes together. Only for views that run in a scope.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.active import actor_of

LOCK = 1_702_060_387  # a number of our own; the person is the second one
RETRY_SECONDS = 10
View = Callable[..., HttpResponse]


def one_at_a_time(view: View) -> View:
    """Let each person have one of these made at a time, of all views that are marked so."""

    @wraps(view)
    def taking_turns(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = actor_of(request).user
        if user is None or _take_turn(user.pk):
            return view(request, *args, **kwargs)
        answer = render(request, "portal/one_at_a_time.html", status=429)
        answer["Retry-After"] = str(RETRY_SECONDS)
        return answer

    taking_turns.one_at_a_time = True  # type: ignore[attr-defined]
    return taking_turns


def _take_turn(person: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, person % 2**31])
        return bool((cursor.fetchone() or (False,))[0])
