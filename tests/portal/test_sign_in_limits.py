"""Attempts are limited per address, account and network, and an attacker never locks the owner out."""

import re
from typing import Any

import pytest
from allauth.core.internal import ratelimit
from django.core.cache import cache
from django.test import Client

from portal.known_device import COOKIE
from portal.models import OutboxMail, User
from portal.sign_in_settings import LINKS_LAST, RATE_LIMITS
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


CODE, LINK = "/en/sign-in/code/", "/en/password/reset/"
TOO_OFTEN = "Mail was asked for too often"


def ask(path: str, address: str, client: Client | None = None, email: str = OWNER) -> str:
    """Ask for a mail from a network address: `sent`, `refused`, or `quiet` when the page says yes and none goes."""
    with worker_scope():
        before = OutboxMail.objects.filter(to=email).count()
    answer = (client or Client()).post(path, {"email": email}, REMOTE_ADDR=address)
    with worker_scope():
        sent = OutboxMail.objects.filter(to=email).count() - before
    if answer.status_code == 302:
        return "sent" if sent else "quiet"
    assert (answer.status_code, sent, TOO_OFTEN in answer.content.decode()) == (200, 0, True)
    return "refused"


def test_one_stranger_does_not_shut_an_owner_out_of_mail() -> None:
    for path, then in ((CODE, "refused"), (LINK, "quiet")):
        asked = [ask(path, "203.0.113.66") for _turn in range(7)]
        assert asked == ["sent"] * 5 + [then] * 2
        assert ask(path, "198.51.100.7") == "sent", "the owner, elsewhere and in a new browser"
        cache.clear()


def test_many_strangers_flood_no_mailbox_and_the_owner_gets_through(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**RATE_LIMITS, "mail_by_strangers": "12/h/key"}  # sooner
    home = Client()
    assert attempt("198.51.100.7", PASSWORD, client=home) == "in"
    home.post("/en/sign-out/")
    for path, then in ((CODE, "refused"), (LINK, "quiet")):
        asked = [ask(path, f"203.0.113.{number}") for number in range(15)]
        assert asked == ["sent"] * 12 + [then] * 3
        assert ask(path, "203.0.113.1", home) == "sent", "a browser that is known, even in a network of theirs"
        home.post("/en/sign-out/")


def test_whoever_is_sent_no_more_links_has_one_that_works_and_its_browser_is_known() -> None:
    for number in range(25):
        attempt(f"203.0.113.{number}")
    for _turn in range(6):
        ask(LINK, "203.0.113.66")
    assert attempt("192.0.2.9", PASSWORD) == "limited", "many networks tried passwords"
    owner = Client()
    assert ask(LINK, "203.0.113.66", owner) == "quiet", "in the very network of a stranger"
    with worker_scope():
        mail = OutboxMail.objects.filter(to=OWNER).earliest("pk").body
    (link,) = re.findall(r"http://testserver(/\S+)", mail)
    page = owner.get(link, follow=True, REMOTE_ADDR="203.0.113.66")
    new = {"password1": "een-heel-ander-woord", "password2": "een-heel-ander-woord"}
    assert owner.post(page.request["PATH_INFO"], new, REMOTE_ADDR="203.0.113.66").status_code == 302
    assert attempt("203.0.113.66", "een-heel-ander-woord", client=owner) == "in"


def test_links_work_longer_than_an_address_is_counted() -> None:
    counted = [RATE_LIMITS[name].split("/")[1] for name in ("mail_from_here", "mail_by_known", "mail_by_strangers")]
    assert max(ratelimit.parse_duration("1h" if one == "h" else one) for one in counted) < LINKS_LAST


def test_one_network_that_asks_for_many_addresses_is_refused() -> None:
    for path in (CODE, LINK):
        asked = [ask(path, "203.0.113.9", email=f"somebody-{number}@example.org") for number in range(12)]
        assert asked == ["sent"] * 10 + ["refused"] * 2
        cache.clear()


def test_a_code_that_waits_stands_in_nobodys_way() -> None:
    """In that browser one signs in by password, or asks for another address; the same one gets no second mail."""
    for waiting in ("stranger@example.org", OWNER):
        client = Client()
        assert ask(CODE, "198.51.100.7", client, email=waiting) == "sent"
        assert ask(CODE, "198.51.100.7", client, email=waiting) == "quiet"
        wrong = client.post("/en/sign-in/", {"login": OWNER, "password": "wrong"})
        assert wrong.status_code == 200
        assert client.get("/en/sign-in/code/confirm/").status_code == 200, "the code still waits"
        answer = client.post("/en/sign-in/", {"login": OWNER, "password": PASSWORD})
        assert (answer.status_code, answer["Location"]) == (302, "/en/after-sign-in/")
        assert client.get("/en/account/security/").status_code == 200
        cache.clear()
    client = Client()
    ask(CODE, "198.51.100.7", client, email="mistyped@example.org")
    assert ask(CODE, "198.51.100.7", client) == "sent"
    with worker_scope():
        code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}", OutboxMail.objects.latest("pk").body)
    assert code is not None
    assert client.post("/en/sign-in/code/confirm/", {"code": code[0]}).status_code == 302
    assert client.get("/en/account/security/").status_code == 200
