"""What no page can read is refused before any page sees it, on a page of ours or in JSON; nothing of it is an error."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from portal.readable import Utf8Request
from portal.views import errors
from tests.sign_in import sign_in
from tests.world import World

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
CANNOT_BE_READ = ["Dit verzoek kon niet worden gelezen"]


def heading(answer: HttpResponse) -> list[str]:
    return re.findall("<h1[^>]*>([^<]*)</h1>", answer.content.decode())


def client_of(world: World, role: str) -> Client:
    client = Client(raise_request_exception=False)
    sign_in(client, world.person(role))
    return client


@pytest.mark.parametrize("charset", ["latin-1", "utf-16", "utf-7", "no-such"])
@pytest.mark.parametrize("kind", [FORM, MULTIPART])
def test_a_form_in_another_charset_is_refused_on_a_page_of_ours(charset: str, kind: str) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for path in ("/sign-in/", "/no-such-page/"):
        answer = client.generic("POST", path, b"a=b", f"{kind}; charset={charset}")
        assert answer.status_code == 415
        assert heading(answer) == CANNOT_BE_READ  # type: ignore[arg-type]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
    answer = client.generic("POST", "/en/sign-in/", b"", f"{kind}; charset={charset}")
    assert b'<html lang="en"' in answer.content
    assert (
        client.get("/sign-in/", {"q": "é"}, headers={"Content-Type": f"{kind}; charset={charset}"}).status_code == 200
    )


@pytest.mark.parametrize("name", ["utf-8", "UTF8", '"utf-8"'])
def test_the_same_charset_by_another_name_is_read(name: str) -> None:
    answer = Client().generic("POST", "/sign-in/", b"login=%C3%A9", f"{FORM}; charset={name}")
    assert (answer.status_code, "é" in answer.content.decode()) == (200, True)


@pytest.mark.parametrize("path", ["/sign-in/", "/no-such-page/", "/api/v1/rounds/"])
def test_a_form_that_is_cut_off_is_no_error_of_ours(path: str) -> None:
    for body, kind in ((b"--x\r\nContent-", MULTIPART), (b"x", "multipart/form-data")):
        answer = Client(raise_request_exception=False).generic("POST", path, body, kind)
        assert answer.status_code < 500


TYPES = [*(f"{FORM}; charset={name}" for name in ("hex", "undefined", "idna", "latin-1")), f"{FORM}; x*=no-such'x'y"]
WITHIN = ["name*=hex'x'41", "name*=no-such'x'41", "name*=utf-8'x'%ff", "name*=x", "name=\"a\"; filename*=hex'x'41"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_type_that_nobody_can_read_gets_a_page_of_ours_from_the_web_server_on(method: str) -> None:
    """Asked of the application as gunicorn asks it: Django reads this header before any middleware."""
    wsgi = Path(__file__).resolve().parents[2] / "portal/wsgi.py"
    assert "application.request_class = Utf8Request\n" in wsgi.read_text()
    for kind in TYPES:
        for path in ("/sign-in/?q=%C3%A9", "/no-such-page/"):
            status = _served(method, path, b"a=b", kind)
            assert status == 415 if method == "POST" else status in (200, 404)
    for disposition in WITHIN if method == "POST" else ():
        body = f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n1\r\n--x--\r\n".encode()
        assert _served("POST", "/sign-in/", body, MULTIPART) < 500


def _served(method: str, path: str, body: bytes, kind: str) -> int:
    told: list[str] = []
    environ = RequestFactory().generic(method, path, body).environ | {"CONTENT_TYPE": kind, "HTTP_HOST": "127.0.0.1"}
    application = WSGIHandler()
    application.request_class = Utf8Request
    answer = application(environ, lambda status, _headers: told.append(status))  # type: ignore[arg-type]
    assert b"portal.css" in b"".join(answer)
    return int(told[0].split()[0])


def test_nul_in_an_address_is_refused_in_the_readers_language(world: World) -> None:
    client = client_of(world, "administrator")
    pages = ("/staff/people/", "/staff/organisations/", "/staff/oversight/", "/staff/rounds/world-2026/response/")
    for path in pages:
        for query in ("?q=%00", "?%00=1", "?page=1%00"):
            answer = client.get(path + query)
            assert (answer.status_code, heading(answer)) == (400, CANNOT_BE_READ)  # type: ignore[arg-type]
    assert "could not be read" in client.get("/en/?q=%00").content.decode()
    assert client.get("/password/reset/key/1-a%00b/").status_code == 400
    for name in ("kpi", "peer_group", "statistic"):
        told = Client().get(f"/api/v1/rounds/world-2025/observations/?{name}=%00")
        assert (told.status_code, list(told.json())) == (400, ["detail"])


def test_nul_in_a_form_becomes_a_mark_and_finds_nothing(world: World) -> None:
    coordinator, staff = client_of(world, "coordinator of A"), client_of(world, "administrator")
    assert coordinator.post("/my/reports/create/", {"round": "a\0", "language": "nl"}).status_code == 404
    reports = "/staff/rounds/world-2025/reports/create/"
    assert staff.post(reports, {"organisation": "\0"}).status_code == 404
    assert staff.post(reports, {"language": "\0"}).status_code == 302
    assert staff.post("/staff/questionnaire-drafts/start/", {"code": "\0"}).status_code < 500
    ask = f"/staff/rounds/world-2025/submissions/{world.a.pk}/ask/"
    assert staff.post(ask, {"question": "\0", "text": "Klopt dit? \0"}).status_code < 500
    page = staff.post("/staff/organisations/new/", {"code": "", "name": "typed\0here"})
    assert "typed\ufffdhere" in page.content.decode()


def test_a_cookie_with_nul_is_no_cookie() -> None:
    for name in ("sessionid", "language", "csrftoken", "messages", "known_device"):
        client = Client(raise_request_exception=False)
        answer = client.get("/sign-in/", headers={"Cookie": f'{name}="\\000aaaaaaaaaa"'})
        assert answer.status_code == 200


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "10000-01-01", "2026-02-31"])
def test_a_day_at_the_end_of_the_calendar_can_be_searched_for(world: World, day: str) -> None:
    for role, path in (("coordinator of A", "/my/access/log/"), ("administrator", "/staff/oversight/audit/")):
        client = client_of(world, role)
        for name in ("since", "until"):
            for page in (path, f"{path}csv/"):
                assert client.get(page, {name: day}).status_code in (200, 400)
        for moment in (f"{day}T00:00:00+23:59", f"{day}T23:59:59-23:59"):
            assert client.get(path, {"before": f"{moment},1"}).status_code == 200


def test_the_page_about_an_error_never_fails_itself(settings: Any) -> None:
    request = RequestFactory().post("/", b"x", content_type=f"{FORM}; charset=latin-1")
    kinds: list[tuple[Exception, int]] = [(ValueError("x"), 500), (OSError(28, "full"), 503)]
    for templates in (settings.TEMPLATES, [{**settings.TEMPLATES[0], "DIRS": [], "APP_DIRS": False}]):
        settings.TEMPLATES = templates
        for error, status in kinds:
            answer = _failed_by(error, request)
            assert answer.status_code == (status if templates[0]["DIRS"] else 500)
            assert "went wrong" in answer.content.decode() or templates[0]["DIRS"]


def _failed_by(error: Exception, request: HttpRequest) -> HttpResponse:
    try:
        raise error
    except Exception:
        return errors.failed(request)
