"""A person can have one PDF made at a time, whichever web process makes it."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver, reverse

from portal.one_at_a_time import LOCK, one_at_a_time
from tests.house.walk import Walker
from tests.world import World

HERE = Path(__file__).resolve().parents[2]


@pytest.mark.django_db
def test_a_second_one_is_refused_until_the_first_is_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.views.answers_pdf.render_pdf", lambda *args, **kwargs: pytest.fail("was made"))
    walker = Walker(world, "viewer of A")
    assert walker.user is not None
    page = reverse("my_answers_pdf", args=[world.finished.code])
    with psycopg.connect(**connection.get_connection_params()) as elsewhere:
        elsewhere.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, walker.user.pk])
        answer = walker.call("GET", page)
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "10")
        assert "still being made" in answer.content.decode()
        with transaction.atomic():
            assert asked_by(walker.user) == 429
            assert asked_by(world.person("viewer of A")) == 429
            assert asked_by(world.person("coordinator of A")) == 200
    with transaction.atomic():
        assert asked_by(walker.user) == 200


def asked_by(user: Any) -> int:
    @one_at_a_time
    def page(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    from portal.active import Actor

    request = HttpRequest()
    request.user, request.actor = user, Actor(user=user)  # type: ignore[attr-defined]
    return page(request).status_code


def test_every_page_that_makes_a_pdf_takes_turns() -> None:
    makers = {path.name for room in ("portal", "surveys", "benchmark") for path in (HERE / room / "views").glob("*.py")
              if "render_pdf" in path.read_text(encoding="utf-8")}  # fmt: skip
    assert makers == {"answers_pdf.py", "questionnaire_pdf.py"}
    names = ("my_answers_pdf", "staff_questionnaire_pdf", "staff_draft_pdf")
    views = [one for one in _views() if one.__module__.endswith("_pdf")]
    assert {one.__name__ for one in views} == set(names)
    assert all(getattr(one, "one_at_a_time", False) for one in views)


def _views() -> list[Any]:
    found: list[Any] = []
    waiting = list(get_resolver().url_patterns)
    while waiting:
        pattern = waiting.pop()
        waiting += getattr(pattern, "url_patterns", [])
        if callback := getattr(pattern, "callback", None):
            found.append(callback)
    return found
