"""Participants' second step: theirs to set up, and their organisation's to ask of everybody who works there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as PROOFS
from allauth.mfa.models import Authenticator
from django.db import ProgrammingError, transaction
from django.test import Client

from portal.errors import NotAllowed, NotPossibleNow
from portal.models import AuditEntry, Organisation, User
from portal.roles import MemberRole
from portal.services.people import add_member
from portal.services.second_step_rule import require_second_step
from portal.tenancy import participant_scope, staff_scope
from tests.portal.test_second_step import PASSWORD, by_password, code, outbox
from tests.sign_in import give_factor, sign_in

pytestmark = pytest.mark.django_db
RULE, MINE, SET_UP = "/en/my/colleagues/second-step/", "/en/my/rounds/", "/en/account/security/app/"


class House:
    """An organisation with a coordinator and a contributor, and another organisation."""

    def __init__(self) -> None:
        with staff_scope():
            self.a, self.b = (Organisation.objects.create(code=code, name=code.title()) for code in ("alfa", "bravo"))
            self.coordinator, self.contributor, self.other = (
                User.objects.create_user(f"{name}@x.example", PASSWORD, name=name.title(), language="en")
                for name in ("cora", "carl", "otto")
            )
            add_member(self.a, self.coordinator, role=MemberRole.COORDINATOR, by=None)
            add_member(self.a, self.contributor, role=MemberRole.CONTRIBUTOR, by=None)
            add_member(self.b, self.other, role=MemberRole.COORDINATOR, by=None)

    def ask(self, *, required: bool = True) -> int:
        """The coordinator decides; returns how many were told by mail."""
        give_factor(self.coordinator)
        with participant_scope(self.a.pk, self.coordinator.pk):
            return require_second_step(self.a, required=required, by=self.coordinator, link="https://portal.example/x")

    def asks(self) -> bool:
        with staff_scope():
            return Organisation.objects.get(pk=self.a.pk).second_step_required


@pytest.fixture
def house() -> House:
    return House()


@contextmanager
def as_if_committed() -> Iterator[None]:
    """allauth announces a change when its transaction is committed, which a test's never is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.db.transaction.on_commit", lambda run, *args, **kwargs: run())
        yield


def trail(action: str) -> list[tuple[int | None, dict[str, Any]]]:
    with staff_scope():
        found = AuditEntry.objects.filter(action=action).order_by("pk")
        return [(entry.actor_id, entry.detail) for entry in found]


def test_a_participant_sets_up_uses_renews_and_removes_a_second_step(house: House) -> None:
    """Each change ends the other sessions, is in the trail, and is told by mail."""
    user, here = house.contributor, Client()
    by_password(here, user.email)
    there = Client()
    by_password(there, user.email)
    secret = re.findall(r"<code data-secret>(\w+)<", here.get(SET_UP).content.decode())[0]
    assert there.get(MINE).status_code == 200
    steps = (
        lambda: here.post(SET_UP, {"code": code(secret)}),
        lambda: here.post("/en/account/security/codes/new/"),
        lambda: here.post("/en/account/security/app/remove/"),
    )
    for number, step in enumerate(steps):
        with as_if_committed():
            assert step().status_code == 302
        assert here.get(MINE).status_code == 200
        assert there.get(MINE)["Location"].startswith("/en/sign-in/"), f"still in after step {number}"
        there = Client()
        sign_in(there, User.objects.get(pk=user.pk))
        assert there.get(MINE).status_code == 200
    kinds = {what: [one["type"] for _who, one in trail(f"sign_in.factor_{what}")] for what in ("added", "renewed")}
    assert kinds == {"added": ["totp", "recovery_codes"], "renewed": ["recovery_codes"]}
    assert sorted(one["type"] for _who, one in trail("sign_in.factor_removed")) == ["recovery_codes", "totp"]
    assert {who for who, _detail in trail("sign_in.factor_added")} == {user.pk}
    assert {one.to for one in outbox()} == {user.email}
    assert not Authenticator.objects.filter(user=user).exists()


def test_who_has_none_is_led_to_set_one_up_and_sees_nothing_before(house: House) -> None:
    client = Client()
    by_password(client, house.contributor.email)
    assert client.get(MINE).status_code == 200
    house.ask()
    for address in (MINE, "/en/my/results/", "/en/my/reports/"):
        asked = client.get(address)
        assert asked["Location"] == "/en/account/second-step/?next=" + address.replace("/", "%2F")
    page = client.get(asked["Location"]).content.decode()
    assert "Alfa asks a second step of everybody who works there" in page
    assert client.get("/en/after-sign-in/", follow=True).redirect_chain[-1][0].startswith("/en/account/second-step/")
    client.get(f"/en/account/second-step/?next={MINE}")
    secret = re.findall(r"<code data-secret>(\w+)<", client.get(SET_UP).content.decode())[0]
    with as_if_committed():
        client.post(SET_UP, {"code": code(secret)})
    assert client.get("/en/account/second-step/")["Location"] == MINE
    assert client.get(MINE).status_code == 200


def test_who_removes_it_is_asked_again_at_once_and_others_are_left_alone(house: House) -> None:
    house.ask()
    client, other = Client(), Client()
    sign_in(client, house.coordinator)
    session = client.session
    factor = Authenticator.objects.get(user=house.coordinator)
    session[PROOFS] = [*session[PROOFS], {"method": "mfa", "at": session[PROOFS][0]["at"], "id": factor.pk}]
    session.save()
    sign_in(other, house.other)
    assert [one.get(MINE).status_code for one in (client, other)] == [200, 200]
    client.post("/en/account/security/app/remove/")
    assert client.get(MINE)["Location"].startswith("/en/account/second-step/")
    assert other.get(MINE).status_code == 200


def test_an_operator_can_ask_it_of_everybody(house: House, settings: Any) -> None:
    settings.PORTAL_SECOND_STEP_FOR_ALL = True
    client = Client()
    sign_in(client, house.other)
    asked = client.get(MINE)
    assert asked["Location"].startswith("/en/account/second-step/")
    assert "Everybody who takes part in the benchmark" in client.get(asked["Location"]).content.decode()


def test_a_coordinator_decides_on_a_page_that_says_what_it_means(house: House) -> None:
    client = Client()
    sign_in(client, house.coordinator)
    page = client.get(RULE).content.decode()
    assert ("carl@x.example" in page, "otto@x.example" in page) == (True, False)
    assert "Set up your own second step first" in page
    assert client.post(RULE, {"required": "yes", "confirm": "yes"}).status_code == 422
    give_factor(house.coordinator)
    assert "Ask it of everybody" in client.get(RULE).content.decode()
    assert client.post(RULE, {"required": "yes"}).status_code == 422
    assert not house.asks()
    assert client.post(RULE, {"required": "yes", "confirm": "yes"})["Location"] == "/en/my/colleagues/"
    assert house.asks()
    (mail,) = outbox()
    assert mail.to == "carl@x.example"
    assert "http://testserver/en/account/security/" in mail.body
    assert client.post(RULE, {"required": "no"})["Location"].startswith("/en/account/confirm/code/"), "now of them too"
    house.ask(required=False)
    assert not house.asks()
    for action in ("organisation.second_step_required", "organisation.second_step_optional"):
        assert trail(action) == [(house.coordinator.pk, {})]


def test_colleagues_without_one_are_told_by_mail_in_their_own_language(house: House) -> None:
    """Not who has one, who left, who decided, or who works elsewhere; and not twice a day."""
    with staff_scope():
        names = {"nel": "nl", "hans": "en", "away": "en"}
        people = {who: User.objects.create_user(f"{who}@x.example", name=who.title(), language=language)
                  for who, language in names.items()}  # fmt: skip
        for person in people.values():
            add_member(house.a, person, role=MemberRole.CONTRIBUTOR, by=None)
        Organisation.objects.filter(pk=house.a.pk).update(name="Alfa {sender}\nBcc: eve@x.example")
        User.objects.filter(pk=people["away"].pk).update(is_active=False)
        house.a.refresh_from_db()
    give_factor(people["hans"])
    assert house.ask() == 2
    mails = {one.to: one for one in outbox()}
    assert set(mails) == {"carl@x.example", "nel@x.example"}
    carl, nel = mails["carl@x.example"], mails["nel@x.example"]
    assert carl.subject == "Alfa {sender} Bcc: eve@x.example asks you for a second step"
    assert carl.body.startswith(
        "Dear Carl,\n\nCora decided that everybody who works on the benchmark for Alfa {sender}"
    )
    assert "\nhttps://portal.example/x\n" in carl.body
    assert nel.subject.endswith("vraagt u om een tweede stap")
    assert nel.body.startswith("Beste Nel,")
    assert {one.organisation_id for one in mails.values()} == {house.a.pk}
    house.ask(required=False)
    assert house.ask() == 0
    assert len(outbox()) == 2


def test_nobody_is_told_of_what_the_operator_asks_of_everybody_already(house: House, settings: Any) -> None:
    settings.PORTAL_SECOND_STEP_FOR_ALL = True
    assert (house.ask(), outbox()) == (0, [])


def test_nobody_else_decides(house: House) -> None:
    give_factor(house.contributor)
    for organisation, by in ((house.a, house.contributor), (house.b, house.coordinator)):
        with participant_scope(organisation.pk, by.pk), pytest.raises(NotAllowed):
            require_second_step(organisation, required=True, by=by)
    with participant_scope(house.a.pk, house.coordinator.pk), pytest.raises(NotPossibleNow):
        require_second_step(house.a, required=True, by=house.coordinator)
    give_factor(house.coordinator)
    with participant_scope(house.a.pk, house.coordinator.pk):
        assert Organisation.objects.filter(pk=house.b.pk).update(second_step_required=True) == 0
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Organisation.objects.filter(pk=house.a.pk).update(name="Another name")
