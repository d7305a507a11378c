"""What administrators do with organisations: make, rename, transfer between groups, merge; and what stays as it was."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.errors import NotAllowed, NotPossibleNow
from portal.models import AuditEntry, Membership, Organisation, OrganisationGroup, User
from portal.roles import FoundationRole, MemberRole
from portal.services.people import add_member, create_user
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Submission
from surveys.services.answers import start_submission
from surveys.services.mergers import meaning_of, merge_organisations
from surveys.services.organisations import change_organisation, create_organisation, save_group
from tests.sign_in import sign_in
from tests.surveys.fielding import bring, field_round, staff_member, to_state

pytestmark = pytest.mark.django_db


def admin() -> User:
    return staff_member(FoundationRole.ADMINISTRATOR)


def known(code: str) -> Organisation:
    return Organisation.objects.select_related("group").get(code=code)


def test_only_administrators_make_and_change_organisations_and_groups() -> None:
    field_round()
    by, researcher = admin(), staff_member(FoundationRole.RESEARCHER)
    with staff_scope():
        group = save_group(None, code="holding", name="Holding", by=by)
        made = create_organisation(code="delta", name="Delta", group=group, by=by)
        assert change_organisation(made, name="Delta BV", group=None, by=by).group is None
        assert save_group(group, name="New name", by=by).name == "New name"
        for wrong in (
            lambda: create_organisation(code="x", name="X", group=None, by=researcher),
            lambda: change_organisation(made, name="X", group=None, by=researcher),
            lambda: save_group(None, code="y", name="Y", by=researcher),
            lambda: merge_organisations(made, known("alpha"), by=researcher),
        ):
            with pytest.raises(NotAllowed):
                wrong()
        changes = AuditEntry.objects.filter(action="organisation.changed").values_list("detail", flat=True)
        assert [one["before"]["name"] for one in changes] == ["Delta"]


def test_a_merger_makes_one_contributor_moves_people_and_keeps_answers() -> None:
    current = field_round()
    bring(current, "month,code,calls\n2026-01,alpha,2000\n2026-01,gamma,3000\n")
    by = admin()
    with staff_scope():
        goes, stays = known("gamma"), known("alpha")
        people: dict[str, User] = {}
        for name, organisation, role in (
            ("c", goes, MemberRole.COORDINATOR),
            ("v", goes, MemberRole.VIEWER),
            ("both", goes, MemberRole.COORDINATOR),
            ("both", stays, MemberRole.VIEWER),
        ):
            if name not in people:
                people[name] = create_user(email=f"{name}@x.example", name=name, by=None)
            add_member(organisation, people[name], role=role, by=None)
        answers = set(Submission.objects.values_list("pk", "organisation_id", "state"))
        meaning = meaning_of(goes, stays)
        assert (meaning.people, meaning.group, [one.code for one in meaning.both]) == (3, "G", [])
        merge_organisations(goes, stays, by=by)
        goes, stays = known("gamma"), known("alpha")
        assert (goes.merged_into_id, goes.group_id) == (stays.pk, stays.group_id)
        assert set(Submission.objects.values_list("pk", "organisation_id", "state")) == answers
        roles = {(one.user.name, one.organisation.code): one.role for one in Membership.objects.select_related()}
        assert roles == {
            ("c", "alpha"): "coordinator",
            ("v", "alpha"): "viewer",
            ("both", "alpha"): "viewer",
            ("c", "gamma"): "viewer",
            ("v", "gamma"): "viewer",
            ("both", "gamma"): "viewer",
        }
        with pytest.raises(NotPossibleNow):
            merge_organisations(goes, stays, by=by)
        with pytest.raises(NotPossibleNow):
            merge_organisations(known("beta"), goes, by=by)
        assert AuditEntry.objects.filter(action="organisation.merged").count() == 2


def test_two_without_a_group_get_one_so_that_they_count_once() -> None:
    field_round()
    by = admin()
    with staff_scope():
        goes, stays = (create_organisation(code=code, name=code, group=None, by=by) for code in ("one", "two"))
        merge_organisations(goes, stays, by=by)
        assert known("one").group == known("two").group == OrganisationGroup.objects.get(code="two-group")


def test_who_is_filling_in_does_not_merge_away_and_who_merged_away_starts_nothing() -> None:
    current = field_round()
    to_state(current, "open")
    by = admin()
    with staff_scope():
        goes, stays = known("gamma"), known("alpha")
    with participant_scope(goes.pk):
        start_submission(goes, current, by=None)
    with staff_scope():
        assert [one.code for one in meaning_of(goes, stays).unfinished] == [current.code]
        with pytest.raises(NotPossibleNow):
            merge_organisations(goes, stays, by=by)
        Submission.objects.filter(organisation=goes).delete()
        merge_organisations(goes, stays, by=by)
        goes = known("gamma")
    with participant_scope(goes.pk), pytest.raises(NotPossibleNow):
        start_submission(goes, current, by=None)


def test_the_pages_show_the_meaning_first_and_ask_for_a_tick() -> None:
    field_round()
    with staff_scope():
        goes, stays = known("gamma"), known("beta")
    client = Client()
    sign_in(client, admin())
    address = reverse("staff_organisation_merge", args=[goes.pk])
    shown = client.get(address, {"into": stays.pk}).content.decode()
    assert "Released figures stay as they are" in shown
    assert client.post(address, {"into": stays.pk}).status_code == 422
    with staff_scope():
        assert known("gamma").merged_into is None
    assert client.post(address, {"into": stays.pk, "confirm": "yes"}).status_code == 302
    with staff_scope():
        assert known("gamma").merged_into == stays
    assert "Merged on" in client.get(reverse("staff_organisation", args=[goes.pk])).content.decode()
    assert client.post(reverse("staff_organisation_change", args=[goes.pk]), {"name": "x"}).status_code == 422
    made = client.post(reverse("staff_organisation_create"), {"name": "Delta", "code": "delta"})
    with staff_scope():
        assert made["Location"] == reverse("staff_organisation_people", args=[known("delta").pk])
    assert client.post(reverse("staff_groups"), {"name": "Holding", "code": "holding"}).status_code == 302
    for name in ("staff_organisations", "staff_groups", "staff_people"):
        assert client.get(reverse(name)).status_code == 200
