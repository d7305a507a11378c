"""A page posted after the session had ended is kept, and saved once its sender has signed in again."""

import re

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as PROOFS
from django.core.cache import cache
from django.test import Client

from portal import kept_post
from portal.kept_post import SESSION_KEY
from portal.models import Organisation
from portal.tenancy import staff_scope
from tests.sign_in import give_factor
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db
WORK = "/my/rounds/small-2026/work/"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
PASSWORD = "welkom-in-de-test"


@pytest.fixture
def case() -> Case:
    return build_case(PASSWORD)


def posted(client: Client, case: Case, **headers: str) -> None:
    fields = {**case.marks("calls"), "go": "stay", "a-calls": "1234"}
    if client.handler.enforce_csrf_checks:
        page = client.get("/sign-in/").content.decode()
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found is not None
        fields["csrfmiddlewaretoken"] = found.group(1)
    answer = client.post(WORK, fields, headers=BROWSER | headers)
    assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={WORK}")


def sign_in(client: Client, role: str) -> None:
    page = client.get("/sign-in/").content.decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    token = {"csrfmiddlewaretoken": found.group(1)} if found else {}
    answer = client.post(f"/sign-in/?next={WORK}", {"login": f"{role}@example.org", "password": PASSWORD, **token})
    assert answer.status_code == 302, answer.content.decode()[-2000:]


def test_what_was_posted_without_a_session_is_saved_after_signing_in(case: Case) -> None:
    client = Client(enforce_csrf_checks=True)
    posted(client, case)
    sign_in(client, "coordinator")
    answer = client.get(WORK)
    assert answer.status_code == 302
    stored = case.stored("calls")
    assert stored is not None
    assert stored.typed == "1234"
    assert SESSION_KEY not in client.session


def test_what_was_posted_without_a_second_step_that_is_asked_is_saved_after_it(case: Case) -> None:
    client = case.client("contributor")
    with staff_scope():
        Organisation.objects.filter(pk=case.mine.pk).update(second_step_required=True)
    fields = {**case.marks("calls"), "go": "stay", "a-calls": "1234"}
    came_from = {"Referer": f"http://testserver{WORK}"}
    answer = client.post(WORK, fields, headers=BROWSER | came_from)
    assert answer["Location"].startswith("/account/second-step/?next=%2Fmy%2Frounds")
    assert case.stored("calls") is None
    factor = give_factor(case.people["contributor"])
    session = client.session
    (proof,) = session[PROOFS]
    session[PROOFS] = [proof, {"method": "mfa", "at": proof["at"], "id": factor.pk, "type": "totp"}]
    session.save()
    assert client.get(answer["Location"])["Location"] == WORK
    assert client.get(WORK).status_code == 302
    stored = case.stored("calls")
    assert stored is not None
    assert stored.typed == "1234"


def test_it_is_used_once_and_at_its_own_address_only(case: Case) -> None:
    client = Client()
    posted(client, case)
    sign_in(client, "coordinator")
    client.get("/my/rounds/small-2026/rest/")
    assert SESSION_KEY in client.session
    assert client.get(WORK).status_code == 302
    assert client.get(WORK).status_code == 200


def test_somebody_of_another_organisation_saves_nothing_with_it(case: Case) -> None:
    client = Client()
    posted(client, case)
    sign_in(client, "stranger")
    client.get(WORK)
    assert case.stored("calls") is None


def test_forged_and_scripted_posts_are_not_kept(case: Case) -> None:
    forged = Client(enforce_csrf_checks=True)
    forged.post(WORK, {"a-calls": "1"}, headers=BROWSER)
    scripted = Client()
    scripted.post(WORK, {"a-calls": "1"}, headers={"Accept": "*/*"})
    huge = Client()
    huge.post(WORK, {"a-calls": "1" * 300_000}, headers=BROWSER)
    assert all(SESSION_KEY not in client.session for client in (forged, scripted, huge))


def keeping(address: str) -> bool:
    """Whether a post from this address is kept."""
    client = Client(REMOTE_ADDR=address)
    client.post(WORK, {"a-calls": "1"}, headers=BROWSER)
    return SESSION_KEY in client.session


def test_a_network_gets_so_many_places_and_others_still_get_theirs(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_post, "PER_NETWORK", 3)
    cache.clear()
    assert sum(keeping(f"2001:db8:0:1::{number:x}") for number in range(1, 25)) == 3
    assert keeping("2001:db8:0:2::1")
    assert keeping("192.0.2.7")


def test_all_together_get_so_many_places(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_post, "IN_ALL", 4)
    cache.clear()
    assert sum(keeping(f"192.0.2.{number}") for number in range(1, 30)) == 4


def test_a_kept_post_ends_with_its_session_after_two_hours(case: Case) -> None:
    client = Client()
    posted(client, case)
    assert client.session.get_expiry_age() == kept_post.SECONDS
    sign_in(client, "coordinator")
    client.get(WORK)
    assert "_session_expiry" not in client.session
