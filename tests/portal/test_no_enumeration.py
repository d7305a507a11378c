"""Whether an address is known shows nowhere: the same answer to the byte, the same hashing, the same rows written.

`make sign-in-times` measures the times, 200 + 200 per page, in a running portal (tests/campaigns/sign_in_times.py).
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.models import OutboxMail, User
from portal.services.mail import send_outbox
from portal.tenancy import staff_scope, worker_scope

pytestmark = pytest.mark.django_db
PASSWORD = "een-lang-wachtwoord"
PEOPLE = {
    "known": {"password": PASSWORD},
    "without password": {"password": None},
    "closed": {"password": PASSWORD, "is_active": False},
    "staff": {"password": PASSWORD, "foundation_role": "researcher"},
}
COMPARED = ("statuses", "bodies", "headers", "cookies", "hashes", "rows written")
MOMENT = ("X-Request-ID", "Expires")  # of every request its own
NOISE = re.compile(rb'value="[\w-]{64}"')


@pytest.fixture
def addresses() -> dict[str, str]:
    """One address of each kind of person, and one of nobody, all as long."""
    found = {"unknown": "address-0@example.org"}
    with staff_scope():
        for number, (kind, fields) in enumerate(PEOPLE.items(), start=1):
            found[kind] = f"address-{number}@example.org"
            User.objects.create_user(found[kind], **fields)
    return found


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How often Argon2 ran, whoever called it."""
    ran: list[str] = []
    for name in ("encode", "verify"):
        real = getattr(Argon2PasswordHasher, name)

        def counted(self: Any, *args: Any, real: Callable[..., Any] = real, **kwargs: Any) -> Any:
            ran.append("argon2")
            return real(self, *args, **kwargs)

        monkeypatch.setattr(Argon2PasswordHasher, name, counted)
    return ran


def seen(path: str, fields: dict[str, str], email: str, hashes: list[str]) -> tuple[Any, ...]:
    """All that a stranger gets of a request and of the page that follows, and what the server did."""
    client = Client()
    hashes.clear()
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(path, fields)
    written = [one["sql"].split()[:3] for one in queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    pages = [answer]
    if answer.status_code == 302:
        pages.append(client.get(answer["Location"]))
    bodies = [NOISE.sub(b"", page.content).replace(email.encode(), b"ADDRESS") for page in pages]
    cookies = sorted((name, len(morsel.value)) for name, morsel in client.cookies.items())
    headers = [{key: sorted(page[key].split("; ")) for key in page.headers if key not in MOMENT} for page in pages]
    return ([page.status_code for page in pages], bodies, headers, cookies, len(hashes), written)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/en/sign-in/", {"login": "ADDRESS", "password": "niet-het-wachtwoord"}),
        ("/en/sign-in/code/", {"email": "ADDRESS"}),
        ("/en/password/reset/", {"email": "ADDRESS"}),
    ],
)
def test_known_and_unknown_addresses_get_the_same(
    path: str, fields: dict[str, str], addresses: dict[str, str], hashes: list[str], settings: Any
) -> None:
    settings.ACCOUNT_RATE_LIMITS = False
    results = {
        kind: seen(path, {key: value.replace("ADDRESS", email) for key, value in fields.items()}, email, hashes)
        for kind, email in addresses.items()
    }
    for kind, result in results.items():
        for what, mine, unknown in zip(COMPARED, result, results["unknown"], strict=True):
            assert mine == unknown, (kind, what)


def test_a_wrong_code_is_answered_alike(addresses: dict[str, str]) -> None:
    answers = {}
    for kind, email in addresses.items():
        client = Client()
        client.post("/en/sign-in/code/", {"email": email})
        page = client.post("/en/sign-in/code/confirm/", {"code": "ABCD-EFGH"})
        answers[kind] = (page.status_code, NOISE.sub(b"", page.content).replace(email.encode(), b"ADDRESS"))
    assert len(set(answers.values())) == 1


def test_unknown_addresses_get_no_mail(addresses: dict[str, str], mailoutbox: list[Any]) -> None:
    for email in addresses.values():
        Client().post("/en/sign-in/code/", {"email": email})
        Client().post("/en/password/reset/", {"email": email})
    with worker_scope():
        assert OutboxMail.objects.filter(to=addresses["unknown"], is_decoy=True).count() == 2
    send_outbox()
    assert {mail.to[0] for mail in mailoutbox} == {addresses[kind] for kind in ("known", "without password", "staff")}
    with worker_scope():
        assert not OutboxMail.objects.filter(to=addresses["unknown"]).exists()
        assert set(OutboxMail.objects.values_list("body", flat=True)) == {""}


def test_signing_up_is_closed_for_all_alike(addresses: dict[str, str]) -> None:
    bodies = set()
    for email in addresses.values():
        page = Client().post("/en/sign-up/", {"email": email, "password1": PASSWORD})
        bodies.add(NOISE.sub(b"", page.content))
    assert len(bodies) == 1
    with staff_scope():
        assert User.objects.count() == len(PEOPLE)
