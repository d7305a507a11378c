"""One's own account: sessions seen and ended, and one's own data taken along without an administrator."""

import io
import json
import re
import time
import zipfile
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from portal.browsers import browser_name
from portal.models import AuditEntry, Invitation, Membership, OpenSession, Organisation, User
from portal.roles import MemberRole
from portal.second_step import FRESH_SECONDS
from portal.sign_in_settings import RATE_LIMITS
from portal.tenancy import staff_scope
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
PASSWORD = "een-lang-wachtwoord"
PAGE, END, DATA = (f"/en/account/security/{part}/" for part in ("sessions", "sessions/end", "data"))
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1 Version/17.5 Mobile/15E148 Safari/604.1"
)


def somebody(email: str = "ann@example.org") -> User:
    with staff_scope():
        return User.objects.create_user(email, PASSWORD, name="Ann", language="en")


def browser(user: User, agent: str, **more: Any) -> Client:
    """A browser in which this person is signed in and has seen a page."""
    client = Client(headers={"User-Agent": agent})
    sign_in(client, user, **more)
    assert client.get(PAGE).status_code == 200
    return client


def marks(page: Any) -> list[str]:
    return re.findall(r'name="session" value="(\w+)"', page.content.decode())


def is_in(client: Client) -> bool:
    return bool(client.get(PAGE).status_code == 200)


def test_browsers_are_named_roughly() -> None:
    assert [browser_name(agent) for agent in (FIREFOX, EDGE, PHONE, "curl/8")] == [
        ("Firefox", "Linux"),
        ("Edge", "Windows"),
        ("Safari", "iPhone"),
        ("", ""),
    ]


def test_a_person_sees_where_they_are_signed_in_and_nobody_elses() -> None:
    ann, bob = somebody(), somebody("bob@example.org")
    here = browser(ann, FIREFOX)
    browser(ann, EDGE)
    browser(bob, PHONE)
    text = here.get(PAGE).content.decode()
    assert text.index("Firefox on Linux") < text.index("This browser") < text.index("Edge on Windows")
    assert "Safari" not in text
    keys = OpenSession.objects.values_list("session_key", flat=True)
    assert [key for key in keys if key in text] == []


def test_one_session_ends_at_once_and_the_others_stay() -> None:
    ann = somebody()
    here, there, elsewhere = browser(ann, FIREFOX), browser(ann, EDGE), browser(ann, PHONE)
    page = here.get(PAGE)
    chosen = page.content.decode().split("Edge on Windows")[1]
    (mark, *_more) = re.findall(r'name="session" value="(\w+)"', chosen)
    answer = here.post(END, {"session": mark}, follow=True)
    assert "Signed out in 1 other browser." in answer.content.decode()
    assert [is_in(client) for client in (here, there, elsewhere)] == [True, False, True]
    assert "not signed in there any more" in here.post(END, {"session": mark}, follow=True).content.decode()
    with staff_scope():
        entry = AuditEntry.objects.get(action="sign_in.sessions_ended")
        assert (entry.actor_id, entry.detail) == (ann.pk, {"count": 1})


def test_all_others_end_together() -> None:
    ann = somebody()
    here, there, elsewhere = browser(ann, FIREFOX), browser(ann, EDGE), browser(ann, PHONE)
    here.post(END, {"others": "yes"})
    assert [is_in(client) for client in (here, there, elsewhere)] == [True, False, False]
    assert marks(here.get(PAGE)) == []


def test_somebody_elses_session_cannot_be_ended() -> None:
    ann, bob = somebody(), somebody("bob@example.org")
    foreign, second = browser(bob, FIREFOX), browser(bob, EDGE)
    (mark,) = marks(foreign.get(PAGE))
    browser(ann, PHONE).post(END, {"session": mark})
    assert is_in(second)


def test_sessions_of_before_another_password_are_not_listed() -> None:
    ann = somebody()
    here = browser(ann, FIREFOX)
    browser(ann, EDGE)
    new = "vier blauwe fietsen"
    here.post("/en/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert marks(here.get(PAGE)) == []


@pytest.mark.parametrize("address", [END, DATA])
def test_who_did_not_confirm_lately_is_asked_first(address: str) -> None:
    client = browser(somebody(), FIREFOX, proven_at=time.time() - FRESH_SECONDS - 5)
    answer = client.post(address, {"others": "yes"})
    assert answer["Location"].startswith("/en/account/confirm/")


def test_a_person_takes_their_own_data_along_and_nobody_elses(settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = RATE_LIMITS
    cache.clear()
    ann = somebody()
    somebody("bob@example.org")
    with staff_scope():
        house = Organisation.objects.create(code="left", name="An organisation that Ann has left")
        told = {"organisation": house, "role": "viewer", "token_hash": "x" * 64, "sent_at": timezone.now()}
        told["expires_at"] = timezone.now()
        Invitation.objects.create(email="cy@example.org", invited_by=ann, **told)
    client = browser(ann, FIREFOX)
    answer = client.post(DATA)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        found = json.loads(pack.read("person.json"))
    assert found["person"]["email"] == "ann@example.org"
    assert found["sessions"] == 1
    assert "bob@example.org" not in json.dumps(found)
    assert "cy@example.org" not in json.dumps(found), "whom Ann invited is not about Ann"
    with staff_scope():
        assert AuditEntry.objects.get(action="person.exported").actor_id == ann.pk
    assert [client.post(DATA).status_code for _turn in range(5)] == [200] * 4 + [429]
    assert client.get(DATA).status_code == 405


def test_own_data_ask_for_the_second_step_that_an_organisation_wants() -> None:
    """Mails in it speak of the organisation."""
    person = somebody()
    with staff_scope():
        strict = Organisation.objects.create(code="strict", name="Strict", second_step_required=True)
        Membership.objects.create(organisation=strict, user=person, role=MemberRole.COORDINATOR)
    answer = browser(person, FIREFOX).post(DATA)
    assert answer.status_code == 302
    assert "second-step" in answer["Location"]
