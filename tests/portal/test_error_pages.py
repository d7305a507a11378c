"""Whatever goes wrong is said on a page of ours, in the reader's language, with what to do; none is Django's own."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from portal.sign_in_settings import RATE_LIMITS
from portal.views import errors

pytestmark = pytest.mark.django_db
PROJECT = Path(__file__).resolve().parents[2]


def refused(status: int, settings: Any) -> HttpResponse:
    """A request that ends like that."""
    client = Client(enforce_csrf_checks=status == 403, raise_request_exception=False)
    if status == 400:
        return client.get("/", headers={"Host": "evil.example"})  # type: ignore[return-value]
    if status == 404:
        return client.get("/no-such-page/")  # type: ignore[return-value]
    if status == 413:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        return client.post("/sign-in/", {"login": "x" * 2000}, "application/x-www-form-urlencoded")  # type: ignore[return-value]
    if status == 429:
        settings.ACCOUNT_RATE_LIMITS = RATE_LIMITS
        cache.clear()
        for _turn in range(31):
            answer = client.post("/sign-in/", {"login": "a@example.org", "password": "x"})
        cache.clear()
        return answer  # type: ignore[return-value]
    return client.post("/sign-in/", {"login": "a@example.org", "password": "x"})  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("status", "heading"),
    [
        (400, "Dit verzoek kon niet worden gelezen"),
        (403, "Deze pagina was te lang open"),
        (404, "Pagina niet gevonden"),
        (413, "Te veel in één keer"),
        (429, "Te veel pogingen"),
    ],
)
def test_each_refusal_is_a_page_of_ours(status: int, heading: str, settings: Any) -> None:
    answer = refused(status, settings)
    page = answer.content.decode()
    assert answer.status_code == status
    assert re.findall("<h1[^>]*>([^<]*)</h1>", page) == [heading]
    assert '<html lang="nl"' in page
    assert "portal.css" in page
    assert "csrfmiddlewaretoken" not in page


def test_what_the_web_server_says_itself_is_there_and_needs_nothing_of_ours() -> None:
    """nginx shows these when a body is too large for it, or nobody answers behind it (deploy/nginx.conf)."""
    served = set(re.findall(r"error_page [\d ]+ /(\d+\.html);", (PROJECT / "deploy/nginx.conf").read_text()))
    folder = PROJECT / "portal/static/portal/errors"
    assert served == {path.name for path in folder.iterdir()} == {"413.html", "503.html"}
    for path in folder.iterdir():
        page = path.read_text(encoding="utf-8")
        assert '<html lang="nl">' in page
        assert 'lang="en"' in page
        assert re.findall(r'(?:src|href)="(?!/")', page) == [], "it may be asked for when nothing else is there"


@pytest.mark.parametrize(("status", "headers"), [(400, {"Host": "evil.example"}), (404, {})])
def test_programs_are_told_in_json(status: int, headers: dict[str, str]) -> None:
    """A program reads what went wrong as it reads everything else, whichever part of the portal found it."""
    answer = Client(raise_request_exception=False).get("/api/v1/rounds/Ω/answers/", headers=headers)
    assert (answer.status_code, told(answer)) == (status, {"detail"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "status"), [(ValueError("ours"), 500), (OperationalError("away"), 503), (RequestDataTooBig("x"), 413)]
)
def test_programs_are_told_in_json_that_it_failed(error: Exception, status: int) -> None:
    request = RequestFactory().get("/api/v1/rounds/")
    try:
        raise error
    except RequestDataTooBig:
        answer = errors.unreadable(request, error)
    except Exception:
        answer = errors.failed(request)
    assert (answer.status_code, told(answer)) == (status, {"detail"})
    assert answer.get("Retry-After") == ("30" if status == 503 else None)


def told(answer: HttpResponse) -> set[str]:
    assert answer["Content-Type"] == "application/json"
    return set(json.loads(answer.content))
