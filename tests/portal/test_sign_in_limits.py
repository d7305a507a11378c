"""Attempts are limited per address, account and network, and an attacker never locks the owner out."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from portal.known_device import COOKIE
from portal.models import OutboxMail, User
from portal.sign_in_settings import RATE_LIMITS
from portal.tenancy import staff_scope, worker_scope

pytestmark = pytest.mark.django_db
PASSWORD = "een-lang-wachtwoord"
OWNER = "owner@example.org"
TOO_MANY = "Too many failed login attempts"


@pytest.fixture(autouse=True)
def limited(settings: Any) -> None:
    """The limits as installed, but one."""
    assert RATE_LIMITS["login_failed_by_strangers"] == "100/h/key"
    settings.ACCOUNT_RATE_LIMITS = {**RATE_LIMITS, "login_failed_by_strangers": "20/h/key"}  # sooner
    cache.clear()
    with staff_scope():
        User.objects.create_user(OWNER, PASSWORD, language="en")


def attempt(address: str, password: str = "", email: str = OWNER, client: Client | None = None) -> str:
    """Try to sign in from a network address: `in`, `wrong` or `limited`."""
    answer = (client or Client()).post(
        "/en/sign-in/", {"login": email, "password": password or "wrong"}, REMOTE_ADDR=address
    )
    if answer.status_code == 302:
        return "in"
    return "limited" if answer.status_code == 429 or TOO_MANY in answer.content.decode() else "wrong"


def test_an_attacker_on_one_network_is_stopped_and_the_owner_on_another_gets_in() -> None:
    outcomes = [attempt("203.0.113.66") for _turn in range(9)]
    assert outcomes[:5] == ["wrong"] * 5
    assert set(outcomes[5:]) == {"limited"}
    assert attempt("203.0.113.66", PASSWORD) == "limited"
    assert attempt("198.51.100.7", PASSWORD) == "in"


def test_one_network_that_tries_many_accounts_is_stopped() -> None:
    outcomes = [attempt("203.0.113.66", email=f"somebody-{number}@example.org") for number in range(25)]
    assert outcomes[:20] == ["wrong"] * 20
    assert set(outcomes[20:]) == {"limited"}


def test_many_networks_on_one_account_are_stopped_and_a_browser_that_is_known_gets_in() -> None:
    home = Client()
    assert attempt("198.51.100.7", PASSWORD, client=home) == "in"
    home.post("/en/sign-out/")
    outcomes = [attempt(f"203.0.113.{number}", email=OWNER) for number in range(21)]
    assert outcomes[:20] == ["wrong"] * 20
    assert outcomes[20] == "limited"
    assert attempt("192.0.2.9", PASSWORD) == "limited"  # a stranger, even with the password
    assert attempt("192.0.2.9", PASSWORD, client=home) == "in"


def test_a_known_browser_is_known_for_its_own_account_only_and_cannot_be_forged() -> None:
    home = Client()
    attempt("198.51.100.7", PASSWORD, client=home)
    home.post("/en/sign-out/")
    value = home.cookies[COOKIE].value
    assert OWNER not in value
    assert home.cookies[COOKIE]["httponly"]
    for cookie, email in ((value, "other@example.org"), (value[:-2] + "xx", OWNER)):
        thief = Client()
        thief.cookies[COOKIE] = cookie
        outcomes = [attempt("203.0.113.66", email=email, client=thief) for _turn in range(7)]
        assert outcomes[-1] == "limited"
        cache.clear()


def test_a_known_browser_in_wrong_hands_is_limited_too() -> None:
    home = Client()
    attempt("198.51.100.7", PASSWORD, client=home)
    home.post("/en/sign-out/")
    assert [attempt("203.0.113.1", client=home) for _turn in range(12)][-1] == "limited"


def test_a_good_sign_in_uses_up_no_attempt() -> None:
    assert [attempt("198.51.100.7", PASSWORD) for _turn in range(8)] == ["in"] * 8


def test_a_network_that_is_stopped_reads_why_in_our_words(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**RATE_LIMITS, "login": "1/m/ip"}
    attempt("203.0.113.66")
    answer = Client().post("/en/sign-in/", {"login": OWNER, "password": "wrong"}, REMOTE_ADDR="203.0.113.66")
    assert answer.status_code == 429
    assert "Too many attempts" in answer.content.decode()


def test_an_address_gets_so_many_codes_and_mails() -> None:
    for path in ("/en/sign-in/code/", "/en/password/reset/"):
        for number in range(12):
            Client().post(path, {"email": OWNER}, REMOTE_ADDR=f"203.0.113.{number}")
    with worker_scope():
        assert OutboxMail.objects.filter(to=OWNER).count() == 10
