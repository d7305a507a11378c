"""Staff of a demonstration pass the second step like everybody; only there a page shows their code."""

import re
from typing import Any

import pytest
from django.test import Client

from benchmark.demo.people import PASSWORD, PEOPLE, code_now, give_factors, give_passwords
from portal import context
from portal.services.people import create_user
from portal.tenancy import staff_scope

pytestmark = pytest.mark.django_db
ROUNDS = "/en/staff/rounds/"


def at_second_step(monkeypatch: pytest.MonkeyPatch, settings: Any, demo: bool) -> tuple[Client, str]:
    """A researcher of the demonstration who gave the password, and the page that asks for the code."""
    settings.DEMO_MODE = demo
    monkeypatch.setattr(context, "DEMO_CODES", [code_now])
    person = next(one for one in PEOPLE if one.foundation_role == "researcher")
    with staff_scope():
        create_user(
            email=person.email, name=person.name, password=PASSWORD, foundation_role=person.foundation_role, by=None
        )
    give_factors()
    client = Client()
    answer = client.post(f"/en/sign-in/?next={ROUNDS}", {"login": person.email, "password": PASSWORD})
    assert answer["Location"] == "/en/sign-in/second-step/"
    assert client.get(ROUNDS).status_code == 302
    return client, client.get(answer["Location"]).content.decode()


def test_a_demonstration_shows_the_code_and_it_opens_the_staff_pages(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client, page = at_second_step(monkeypatch, settings, demo=True)
    shown = re.search(r"data-demo-code>(\d{6})<", page)
    assert shown is not None
    answer = client.post("/en/sign-in/second-step/", {"code": shown.group(1)})
    if answer.status_code == 200:  # the half minute was over just then
        answer = client.post("/en/sign-in/second-step/", {"code": code_now()})
    assert answer["Location"] == ROUNDS
    assert client.get(ROUNDS).status_code == 200


def test_outside_a_demonstration_no_page_shows_a_code(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    client, page = at_second_step(monkeypatch, settings, demo=False)
    assert "data-demo-code" not in page
    assert code_now() not in page
    assert client.get(ROUNDS).status_code == 302


def test_the_password_on_screen_works_in_a_demonstration_of_an_earlier_version(client: Client) -> None:
    person = PEOPLE[0]
    with staff_scope():
        create_user(email=person.email, name=person.name, password="waterval-zonder-naam-12", by=None)
    give_passwords()
    answer = client.post("/en/sign-in/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
