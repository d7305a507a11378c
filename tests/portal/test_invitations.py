"""Invitations: bound on the server, used once by POST, dead with the inviter's rights; the last coordinator stays."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import AuditEntry, Invitation, Membership, Organisation, OutboxMail, User
from portal.owner_connection import as_owner
from portal.roles import FoundationRole, MemberRole
from portal.services.invitations import accept, hash_of, invite, may_invite, resend, usable, withdraw
from portal.services.members import change_member_role, remove_member, set_active, set_foundation_role
from portal.services.people import add_member, create_user
from portal.tenancy import participant_scope, staff_scope, worker_scope
from tests.sign_in import sign_in
from tests.superuser import empty

LINK = "http://testserver/invitation/TOKEN/"
NEW = "newcomer@alpha.example"


class House:
    """Two organisations; A with two coordinators, the foundation with an administrator."""

    def __init__(self) -> None:
        with staff_scope():
            self.a, self.b = (Organisation.objects.create(code=code, name=code.title()) for code in ("alfa", "bravo"))
            self.coordinator, self.second, self.viewer, self.other = (
                create_user(email=f"{name}@x.example", name=name, by=None, language="en")
                for name in ("coordinator", "second", "viewer", "other")
            )
            self.admin = create_user(
                email="admin@x.example", name="Admin", foundation_role=FoundationRole.ADMINISTRATOR, by=None
            )
            for user, organisation, role in (
                (self.coordinator, self.a, MemberRole.COORDINATOR),
                (self.second, self.a, MemberRole.COORDINATOR),
                (self.viewer, self.a, MemberRole.VIEWER),
                (self.other, self.b, MemberRole.COORDINATOR),
            ):
                add_member(organisation, user, role=role, by=None)

    def invited(self, email: str = NEW, role: MemberRole = MemberRole.CONTRIBUTOR) -> str:
        """Invite by A's coordinator; the token from the mail."""
        with participant_scope(self.a.pk, self.coordinator.pk):
            invite(email, role=role, organisation=self.a, by=self.coordinator, link=LINK)
        return token_in_mail(email.lower())

    def member(self, user: User) -> Membership:
        return Membership.objects.get(organisation=self.a, user=user)

    def role_of(self, email: str) -> str:
        with staff_scope():
            found = Membership.objects.filter(organisation=self.a, user__email=email).first()
            return found.role if found else ""


def token_in_mail(email: str) -> str:
    with worker_scope():
        body = OutboxMail.objects.filter(to=email).latest("pk").body
    found = re.search(r"/invitation/([\w-]+)/", body)
    assert found is not None
    return found.group(1)


@pytest.fixture
def house(db: None) -> House:
    return House()


def test_newcomer_accepts_by_post_with_name_and_password_and_is_in(house: House) -> None:
    token = house.invited()
    client = Client()
    address = reverse("invitation", args=[token])
    for _look in range(3):
        assert client.get(address).status_code == 200
    assert house.role_of(NEW) == ""
    assert client.post(address, {"name": "New", "password": "short"}).status_code == 422
    answer = client.post(address, {"name": "New", "password": "een-lang-wachtwoord"})
    assert answer.status_code == 302
    assert house.role_of(NEW) == MemberRole.CONTRIBUTOR
    assert client.get(reverse("choose_organisation")).status_code == 200
    assert client.get(address).status_code == 404
    with staff_scope():
        assert AuditEntry.objects.get(action="sign_in.done").detail == {"proofs": ["invitation"]}
    assert Client().post("/en/sign-in/", {"login": NEW, "password": "een-lang-wachtwoord"}).status_code == 302


def test_organisation_role_and_address_come_from_the_server(house: House) -> None:
    token = house.invited(role=MemberRole.VIEWER)
    body = {"name": "N", "role": "coordinator", "organisation": house.b.pk, "email": "evil@x.example"}
    Client().post(reverse("invitation", args=[token]), body)
    assert house.role_of(NEW) == MemberRole.VIEWER
    assert not User.objects.filter(email="evil@x.example").exists()


def test_existing_person_joins_only_after_signing_in_with_that_address(house: House) -> None:
    token = house.invited("other@x.example")
    address = reverse("invitation", args=[token])
    anonymous, stranger, right = Client(), Client(), Client()
    assert f"?next={address}" in anonymous.get(address).content.decode()
    assert anonymous.post(address, {"name": "x", "password": "een-lang-wachtwoord"}).status_code == 422
    sign_in(stranger, house.viewer)
    stranger.post(address)
    assert house.role_of("other@x.example") == ""
    sign_in(right, house.other)
    assert right.post(address).status_code == 302
    assert house.role_of("other@x.example") == MemberRole.CONTRIBUTOR


def test_only_the_hash_is_kept_and_the_mail_forgets_the_link(house: House) -> None:
    token = house.invited()
    with staff_scope():
        kept = Invitation.objects.get()
        assert kept.token_hash == hash_of(token)
        assert token not in str(vars(kept))
        assert OutboxMail.objects.get(to=NEW).is_secret


@pytest.mark.parametrize("end", ["withdrawn", "expired", "resent", "removed", "demoted", "closed", "used"])
def test_an_invitation_ends(house: House, end: str) -> None:
    token = house.invited()
    assert usable(token) is not None
    with staff_scope():
        one = Invitation.objects.get()
        if end == "withdrawn":
            withdraw(one, by=house.second)
        elif end == "expired":
            Invitation.objects.update(expires_at=F("expires_at") - timedelta(days=7, seconds=1))
        elif end == "resent":
            Invitation.objects.update(sent_at=F("sent_at") - timedelta(hours=1))
            resend(one, by=house.second, link=LINK)
        elif end == "removed":
            remove_member(house.member(house.coordinator), by=house.second)
        elif end == "demoted":
            change_member_role(house.member(house.coordinator), MemberRole.VIEWER, by=house.second)
        elif end == "closed":
            set_active(house.coordinator, False, by=house.admin)
    if end == "used":
        accept(token, name="New")
    assert usable(token) is None
    with pytest.raises(NotPossibleNow):
        accept(token, name="New again")
    if end == "resent":
        assert usable(token_in_mail(NEW)) is not None
    gone = Client().get(reverse("invitation", args=[token]))
    never = Client().get(reverse("invitation", args=["x" * len(token)]))
    assert (gone.status_code, never.status_code) == (404, 404)
    assert gone.content.replace(token.encode(), b"") == never.content.replace(b"x" * len(token), b"")


def test_inviting_again_changes_the_role_and_not_the_number(house: House) -> None:
    house.invited()
    with staff_scope():
        Invitation.objects.update(sent_at=F("sent_at") - timedelta(hours=1))
    token = house.invited(NEW.upper(), MemberRole.VIEWER)
    with staff_scope():
        assert [(one.role, one.email) for one in Invitation.objects.all()] == [("viewer", NEW)]
    accept(token, name="New")
    assert house.role_of(NEW) == MemberRole.VIEWER


def test_who_may_invite(house: House) -> None:
    with staff_scope():
        assert may_invite(house.coordinator, house.a)
        assert may_invite(house.admin, house.a)
        assert may_invite(house.admin, None)
        for user, organisation in ((house.viewer, house.a), (house.other, house.a), (house.coordinator, None)):
            assert not may_invite(user, organisation)
            with pytest.raises(NotAllowed):
                invite(NEW, role=MemberRole.VIEWER, organisation=organisation, by=user, link=LINK)
        with pytest.raises(InvalidInput):
            invite("viewer@x.example", role=MemberRole.VIEWER, organisation=house.a, by=house.admin, link=LINK)


def test_staff_are_invited_by_an_administrator_and_meet_the_second_step(house: House) -> None:
    with staff_scope():
        invite(NEW, role=FoundationRole.RESEARCHER, organisation=None, by=house.admin, link=LINK)
    client = Client()
    client.post(reverse("invitation", args=[token_in_mail(NEW)]), {"name": "New"})
    assert client.get("/en/staff/rounds/")["Location"].startswith("/en/account/second-step/")


def test_the_last_coordinator_stays_until_somebody_succeeds(house: House) -> None:
    with participant_scope(house.a.pk, house.coordinator.pk):
        remove_member(house.member(house.second), by=house.coordinator)
        mine = house.member(house.coordinator)
        with pytest.raises(NotPossibleNow):
            remove_member(mine, by=house.coordinator)
        with pytest.raises(NotPossibleNow):
            change_member_role(mine, MemberRole.VIEWER, by=house.coordinator)
        change_member_role(house.member(house.viewer), MemberRole.COORDINATOR, by=house.coordinator)
        remove_member(mine, by=house.coordinator)
    assert house.role_of("coordinator@x.example") == ""


def test_removal_holds_from_the_next_request_on(house: House) -> None:
    client = Client()
    sign_in(client, house.second)
    page = reverse("my_colleagues")
    assert client.get(page).status_code == 200
    with staff_scope():
        change_member_role(house.member(house.second), MemberRole.VIEWER, by=house.coordinator)
    assert client.get(page).status_code == 403
    with staff_scope():
        remove_member(house.member(house.second), by=house.coordinator)
    assert client.get(page).status_code == 404


def test_administrators_do_not_change_themselves(house: House) -> None:
    with staff_scope():
        for wrong in (
            lambda: set_foundation_role(house.admin, None, by=house.admin),
            lambda: set_active(house.admin, False, by=house.admin),
            lambda: set_foundation_role(house.viewer, FoundationRole.ADMINISTRATOR, by=house.coordinator),
        ):
            with pytest.raises(NotAllowed):
                wrong()


def test_coordinator_manages_colleagues_in_the_browser(house: House) -> None:
    client = Client()
    sign_in(client, house.coordinator)
    page = reverse("my_colleagues")
    assert client.post(page, {"email": "nobody", "role": "viewer"}).status_code == 422
    assert client.post(page, {"email": NEW, "role": "viewer"}).status_code == 302
    shown = client.get(page).content.decode()
    assert NEW in shown
    assert "other@x.example" not in shown
    with staff_scope():
        one, member = Invitation.objects.get(), house.member(house.viewer)
        foreign = Membership.objects.get(user=house.other)
    assert client.post(reverse("my_invitation", args=[one.pk, "withdraw"])).status_code == 302
    assert "can be accepted until" not in client.get(page).content.decode()
    assert client.get(reverse("my_colleague", args=[foreign.pk])).status_code == 404
    assert client.post(reverse("my_colleague", args=[member.pk]), {"role": "contributor"}).status_code == 302
    assert house.role_of("viewer@x.example") == MemberRole.CONTRIBUTOR
    assert client.post(reverse("my_colleague", args=[member.pk]), {"remove": "yes"}).status_code == 422
    assert (
        client.post(reverse("my_colleague", args=[member.pk]), {"remove": "yes", "confirm": "yes"}).status_code == 302
    )
    assert house.role_of("viewer@x.example") == ""


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[House]:
    """For several connections: committed, and emptied by the owner afterwards; shipped policies stay."""
    with django_db_blocker.unblock():
        yield House()
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE shipped AS TABLE benchmark_policyversion")
            empty("portal_organisation", "portal_user")
            cursor.execute("INSERT INTO benchmark_policyversion TABLE shipped")
            cursor.execute("DROP TABLE shipped")


def test_two_presses_at_once_make_one_account(committed: House) -> None:
    token = committed.invited()

    def press(_number: int) -> Any:
        try:
            return accept(token, name="New")
        except NotPossibleNow:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = [one for one in pool.map(press, range(4)) if one is not None]
    assert len(made) == 1
    with staff_scope():
        assert User.objects.filter(email=NEW).count() == 1
