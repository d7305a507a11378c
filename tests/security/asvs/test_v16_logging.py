"""ASVS V16: refusals are told, each on one line that nobody can break."""

import json
import logging

import pytest
from django.test import Client

from portal.logs import JsonFormatter
from tests.world import World


@pytest.mark.django_db
def test_refusals_are_logged_with_page_and_status(world: World, caplog: pytest.LogCaptureFixture) -> None:
    client = Client(enforce_csrf_checks=True)
    with caplog.at_level(logging.INFO, logger="portal.request"):
        client.get("/en/staff/rounds/")
        client.get("/en/no-such-page/")
        client.post("/en/sign-in/", {"login": "somebody@x.example", "password": "wrong"})
        client.post(
            "/api/v1/rounds/world-2026/answers/", b"{}", "application/json", headers={"Authorization": "Api-Key x"}
        )
    told = [one.told for one in caplog.records if hasattr(one, "told")]
    assert [one["status"] for one in told] == [302, 404, 403, 401]
    assert told[2]["route"] == "account_login"


@pytest.mark.parametrize(
    "text", ["two\nlines", '"}\n{"level": "INFO"', "\r\n2026 INFO portal all is well", "\x1b[2J\x00\u2028"]
)
def test_whatever_is_logged_stays_in_one_line_of_json(text: str) -> None:
    record = logging.LogRecord("portal.test", logging.WARNING, __file__, 1, "said: %s", (text,), None)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    assert "\r" not in line
    assert json.loads(line)["message"] == f"said: {text}"
    assert json.loads(line)["level"] == "WARNING"
