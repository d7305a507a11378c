"""Sessions that ended are worth nothing, also as a copied cookie; codes that are mailed; whose address counts."""

import math

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context
from django.core.cache import cache
from django.test import Client, RequestFactory

from portal.models import OpenSession
from portal.services.members import set_active
from portal.tenancy import staff_scope
from tests.sign_in import sign_in
from tests.world import World

ROUNDS = "/my/rounds/"


def test_signing_out_removes_the_session_and_a_copy_of_its_cookie_opens_nothing(world: World) -> None:
    client, thief = Client(), Client()
    sign_in(client, world.person("coordinator of A"))
    thief.cookies["sessionid"] = client.cookies["sessionid"].value
    assert thief.get(ROUNDS).status_code == 200
    client.post("/sign-out/")
    assert not OpenSession.objects.filter(pk=thief.cookies["sessionid"].value).exists()
    assert thief.get(ROUNDS)["Location"].startswith("/sign-in/")


def test_closing_an_account_ends_its_sessions_at_the_next_request(world: World) -> None:
    client, person = Client(), world.person("coordinator of A")
    sign_in(client, person)
    assert client.get(ROUNDS).status_code == 200
    with staff_scope(world.person("administrator").pk):
        set_active(person, False, by=world.person("administrator"))
    assert client.get(ROUNDS)["Location"].startswith("/sign-in/")
    with staff_scope(world.person("administrator").pk):
        set_active(person, True, by=world.person("administrator"))
    assert client.get(ROUNDS)["Location"].startswith("/sign-in/"), "opening it again revives no session"


@pytest.mark.django_db
def test_a_mailed_code_is_of_more_than_twenty_bits() -> None:
    with context.request_context(RequestFactory().get("/")):
        codes = [get_adapter().generate_login_code().replace("-", "") for _turn in range(400)]
    letters = {letter for code in codes for letter in code}
    assert {len(code) for code in codes} == {8}
    assert 8 * math.log2(len(letters)) > 30
    assert len(set(codes)) == len(codes)


@pytest.mark.django_db
@pytest.mark.parametrize(("proxies", "limited"), [(0, True), (1, False)])
def test_an_address_in_a_header_counts_only_behind_a_proxy_of_ours(
    proxies: int, limited: bool, settings: pytest.FixtureRequest
) -> None:
    """Without one, whoever names another address in each request is counted as the one connection that it is."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies  # type: ignore[attr-defined]
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}  # type: ignore[attr-defined]
    cache.clear()
    statuses = [
        Client().post(
            "/sign-in/",
            {"login": "a@example.org", "password": "x"},
            headers={"X-Forwarded-For": f"6.6.6.6, 203.0.113.{number}"},
        ).status_code
        for number in range(5)
    ]  # fmt: skip
    assert (429 in statuses) is limited
    cache.clear()
