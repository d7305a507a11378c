"""A kept query keeps its text and nothing else: values, scope and answers are those of each call."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.active import MEMBERSHIPS
from portal.kept_queries import KeptQuery
from portal.models import Membership, Organisation, User
from portal.roles import MemberRole
from portal.tenancy import participant_scope, staff_scope

pytestmark = pytest.mark.django_db

BY_CODE = KeptQuery(lambda place: Organisation.objects.filter(code=place("code")))


@pytest.fixture
def people() -> dict[str, User]:
    """One coordinator of each of two organisations."""
    found = {}
    with staff_scope():
        for code in ("a", "b"):
            one = Organisation.objects.create(code=code, name=f"Organisation {code}", dimensions={"sector": code})
            found[code] = User.objects.create_user(f"{code}@example.org", None, name=code)
            Membership.objects.create(organisation=one, user=found[code], role=MemberRole.COORDINATOR)
    return found


def test_each_call_gets_its_own_rows_as_a_queryset_makes_them(people: dict[str, User]) -> None:
    for code in ("a", "b", "a"):
        user = people[code]
        with participant_scope(0, user.pk):
            (kept,) = MEMBERSHIPS(user=user.pk)
            (fresh,) = Membership.objects.filter(user=user).select_related("organisation")
            assert {**vars(kept), "_state": None} == {**vars(fresh), "_state": None}
            assert vars(kept.organisation)["dimensions"] == {"sector": code}
            assert (kept._state.adding, kept._state.db) == (False, "default")


def test_it_is_one_statement_with_its_related_objects(people: dict[str, User]) -> None:
    with staff_scope(), CaptureQueriesContext(connection) as asked:
        assert [one.organisation.code for one in MEMBERSHIPS(user=people["b"].pk)] == ["b"]
    assert sum("portal_membership" in one["sql"] for one in asked) == 1
    assert sum("portal_organisation" in one["sql"] for one in asked) == 1


def test_the_scope_of_the_call_decides_what_it_sees(people: dict[str, User]) -> None:
    with staff_scope():
        own = {one.user.name: one.organisation_id for one in Membership.objects.select_related("user")}
        assert BY_CODE.one(code="b") is not None
    with participant_scope(own["a"], people["a"].pk):
        assert BY_CODE.one(code="a") is not None
        assert BY_CODE.one(code="b") is None
    with participant_scope(own["b"], people["b"].pk):
        assert BY_CODE.one(code="b") is not None
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        BY_CODE.one(code="b")


def test_values_are_parameters_and_never_part_of_the_text(people: dict[str, User]) -> None:
    with staff_scope():
        assert BY_CODE(code="a' OR 'a' = 'a") == []
        assert [one.code for one in BY_CODE(code="a")] == ["a"]
