"""Every sign-in that worked and every one that failed is in the audit trail, whichever way it was tried."""

import json
import re
import time
from typing import Any

import pytest
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from fido2.utils import websafe_encode

from portal.models import AuditEntry, FailedSignIn, OutboxMail, User
from portal.services.personal_data import erase_person, person_data
from portal.services.sign_in_trail import tell_failures
from portal.sign_in_settings import RATE_LIMITS
from portal.tenancy import staff_scope, worker_scope
from tests.sign_in import SECRET, give_factor, sign_in

pytestmark = pytest.mark.django_db
PASSWORD = "een-lang-wachtwoord"
CURSOR = re.compile(r"_django_curs_\w+")
KNOWN, UNKNOWN = "somebody@example.org", "nobody-at-all@example.org"


@pytest.fixture
def person() -> User:
    """Somebody with a password."""
    with staff_scope():
        return User.objects.create_user(KNOWN, PASSWORD, name="Somebody", language="en")


def told(action: str = "sign_in.failed") -> list[tuple[User | None, dict[str, Any]]]:
    """What the trail says of an action, once the task has run: whose, and the detail."""
    tell_failures()
    with staff_scope():
        found = AuditEntry.objects.filter(action=action).select_related("actor").order_by("pk")
        return [(entry.actor, entry.detail) for entry in found]


def by_password(client: Client, email: str = KNOWN, word: str = "not the password") -> Any:
    return client.post("/en/sign-in/", {"login": email, "password": word})


def passkey_of(user: User) -> str:
    """What a browser could send that has no such passkey."""
    key, handle = websafe_encode(b"k" * 16), websafe_encode(user_pk_to_url_str(user).encode())
    data = websafe_encode(
        json.dumps({"type": "webauthn.get", "challenge": "x", "origin": "http://testserver"}).encode()
    )
    response = {
        "clientDataJSON": data,
        "authenticatorData": websafe_encode(bytes(37)),
        "signature": websafe_encode(b"s"),
        "userHandle": handle,
    }
    return json.dumps({"id": key, "rawId": key, "type": "public-key", "response": response})


def test_a_wrong_password_is_told_of_the_person_and_nothing_of_who_is_nobody(person: User) -> None:
    for _turn in range(3):
        by_password(Client())
    by_password(Client(), UNKNOWN)
    by_password(Client(), "another-nobody@example.org")
    (whose, failed), (nobody, strangers) = told()
    assert (whose, nobody) == (person, None)
    assert (failed["way"], failed["attempts"], failed["networks"]) == ("password", 3, 1)
    assert (strangers["attempts"], strangers["addresses"], strangers["networks"]) == (2, 2, 1)
    with staff_scope():
        everything = str(list(AuditEntry.objects.values()))
    assert "nobody" not in everything
    with worker_scope():
        assert not FailedSignIn.objects.exists()


def test_a_wrong_mailed_code_is_told(person: User) -> None:
    for email in (KNOWN, UNKNOWN):
        client = Client()
        client.post("/en/sign-in/code/", {"email": email})
        client.post("/en/sign-in/code/confirm/", {"code": "ABCD-EFGH"})
    assert [(whose, detail["way"]) for whose, detail in told()] == [(person, "code"), (None, "code")]


def test_a_wrong_passkey_is_told_of_whom_it_names(person: User) -> None:
    for credential in (passkey_of(person), passkey_of(User(pk=987_654_321)), '"nonsense"'):
        client = Client()
        client.get("/en/sign-in/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
        assert client.post("/en/sign-in/passkey/", {"credential": credential}).status_code == 302
    found = told()
    assert [(whose, one["way"], one["attempts"]) for whose, one in found] == [
        (person, "passkey", 1),
        (None, "passkey", 2),
    ]


def test_a_wrong_second_step_is_told(person: User) -> None:
    give_factor(person)
    client = Client()
    assert by_password(client, word=PASSWORD)["Location"] == "/en/sign-in/second-step/"
    client.post("/en/sign-in/second-step/", {"code": "123456"})
    client.post("/en/sign-in/second-step/", {"credential": passkey_of(person)})
    assert [(whose, one["way"], one["attempts"]) for whose, one in told()] == [(person, "second_step", 2)]


def test_confirming_who_one_is_is_told_wrong_and_right(person: User) -> None:
    give_factor(person)
    client = Client()
    sign_in(client, person)
    client.post("/en/account/confirm/", {"password": "not the password"})
    client.post("/en/account/confirm/code/", {"code": "123456"})
    assert [(whose, one["way"], one["attempts"]) for whose, one in told()] == [(person, "confirm", 2)]
    client.post("/en/account/confirm/", {"password": PASSWORD})
    assert [(whose, one["proof"]) for whose, one in told("sign_in.confirmed")] == [(person, "password")]


def test_attempts_that_are_refused_unseen_are_told_too(person: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = RATE_LIMITS
    cache.clear()
    for _turn in range(7):
        by_password(Client())
    assert [(whose, one["way"], one["attempts"]) for whose, one in told()] == [
        (person, "password", 5),
        (person, "too_many", 2),
    ]


def test_a_closed_account_whose_password_is_known_is_told(person: User) -> None:
    with staff_scope():
        User.objects.filter(pk=person.pk).update(is_active=False)
    by_password(Client(), word=PASSWORD)
    assert [(whose.pk if whose else 0, one["way"]) for whose, one in told()] == [(person.pk, "closed_account")]


def test_each_way_in_is_told_with_its_proofs(person: User) -> None:
    by_password(Client(), word=PASSWORD)
    client = Client()
    client.post("/en/sign-in/code/", {"email": KNOWN})
    with worker_scope():
        body = OutboxMail.objects.get(to=KNOWN).body
    mailed = next(line.strip() for line in body.splitlines() if len(line.strip()) == 9 and line.strip()[4] == "-")
    client.post("/en/sign-in/code/confirm/", {"code": mailed})
    give_factor(person)
    client = Client()
    by_password(client, word=PASSWORD)
    client.post("/en/sign-in/second-step/", {"code": format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))})
    assert [(whose, one["proofs"]) for whose, one in told("sign_in.done")] == [
        (person, ["password"]),
        (person, ["code"]),
        (person, ["password", "totp"]),
    ]


def test_a_failure_costs_the_same_statements_for_known_and_unknown(person: User) -> None:
    asked = []
    for email in (KNOWN, UNKNOWN):
        with CaptureQueriesContext(connection) as queries:
            by_password(Client(), email)
        asked.append([CURSOR.sub("", one["sql"]).split(" WHERE ")[0].split(" VALUES ")[0] for one in queries])
    assert asked[0] == asked[1]
    assert any(one.startswith('INSERT INTO "portal_failedsignin"') for one in asked[0])


def test_many_attempts_are_few_lines(person: User) -> None:
    with worker_scope():
        FailedSignIn.objects.bulk_create(
            FailedSignIn(user=None, way=way, address_mark=f"{number}", network_mark=f"{number % 7}")
            for number in range(600)
            for way in ("password", "code", "passkey")
        )
    found = told()
    assert [one["attempts"] for _whose, one in found] == [600, 600, 600]
    assert {one["networks"] for _whose, one in found} == {7}


def test_a_person_takes_their_failed_attempts_along_and_is_forgotten(person: User) -> None:
    by_password(Client())
    with staff_scope():
        assert len(person_data(person)["about"]["portal.FailedSignIn"]) == 1
        erase_person(person, by=None)
    with worker_scope():
        assert not FailedSignIn.objects.exists()
