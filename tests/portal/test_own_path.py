"""`?next=` leads to a path of this portal and nowhere else: one function, and every page that reads it."""

import re

import pytest
from django.test import Client

from portal.own_path import own_path
from portal.services.people import create_user
from portal.tenancy import staff_scope
from tests.sign_in import sign_in
from tests.world import World

AWAY = [
    "//evil.example/", "///evil.example/", "/\t/evil.example/", "/\n/evil.example/", "/\r\n/evil.example/",
    "\t//evil.example/", " //evil.example/", "/\\evil.example/", "\\\\evil.example/", "/\\/evil.example",
    "https://evil.example/", "https:evil.example", "http://localhost/abc", "http://testserver/my/rounds/",
    "HTTPS://testserver/", "/\x00/evil.example",
    "javascript:alert(1)", "evil.example", "my/rounds/", "", "/\x7f/evil.example", "/\x85/evil.example",
    "/" + "a" * 3_000, "/my/rounds/\r\nSet-Cookie: a=b", "/a/\\../x",
]  # fmt: skip
OURS = ["/", "/my/rounds/", "/en/staff/rounds/x/?q=a%20b&at=c#d", "/?next=//evil.example/", "/a//b/", "/é"]


@pytest.mark.parametrize("given", AWAY)
def test_anything_but_a_path_of_ours_is_nothing(given: str) -> None:
    assert own_path(given) == ""


def test_a_path_of_ours_stays_as_it_is() -> None:
    assert [own_path(one) for one in OURS] == OURS


def test_a_job_leads_on_to_pages_of_ours_only(world: World) -> None:
    for role, path in (("administrator", "/staff/jobs/"), ("coordinator of A", "/my/jobs/")):
        client = Client()
        sign_in(client, world.person(role))
        page = client.get(f"{path}{world.jobs['A'].pk}/", {"next": "/my/rounds/?ours"})
        assert page.context["next_url"] == "/my/rounds/?ours"
        for given in AWAY:
            page = client.get(f"{path}{world.jobs['A'].pk}/", {"next": given})
            assert page.status_code == 400 or page.context["next_url"] == ""
            assert not re.search(r"href=\"[^\"?]*evil", page.content.decode())


@pytest.mark.django_db
def test_signing_in_a_second_step_and_confirming_lead_to_pages_of_ours_only(client: Client) -> None:
    word = "long enough for once 7"
    with staff_scope():
        create_user(email="ann@world.invalid", name="Ann", password=word, by=None)
    for given in ("/\t/evil.example/", "http://localhost/abc", "http://testserver/abc", "https://testserver/abc"):
        fields = {"login": "ann@world.invalid", "password": word, "next": given}
        assert client.post("/sign-in/", fields)["Location"] == "/after-sign-in/"
        client.get("/account/second-step/", {"next": given})
        assert "after_second_step" not in client.session
        assert client.post("/account/confirm/", {"password": word, "next": given})["Location"] == "/after-sign-in/"
        assert client.post("/sign-out/", {"next": given})["Location"] == "/"
