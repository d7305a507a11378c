"""Row-level security as the login role meets it: the database lets nothing foreign through, and is loud."""

from dataclasses import dataclass

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from portal.models import AuditEntry, Membership, Organisation, User
from portal.roles import MemberRole
from portal.services.audit import record
from portal.tenancy import api_scope, current_scope, participant_scope, staff_scope, worker_scope

pytestmark = pytest.mark.django_db


@dataclass
class Two:
    """Two organisations with a coordinator each."""

    a: Organisation
    b: Organisation
    ann: User
    bob: User


@pytest.fixture
def two() -> Two:
    with staff_scope():
        a = Organisation.objects.create(code="a", name="Organisation A")
        b = Organisation.objects.create(code="b", name="Organisation B")
        ann = User.objects.create_user("ann@example.org", "x" * 12)
        bob = User.objects.create_user("bob@example.org", "x" * 12)
        Membership.objects.create(organisation=a, user=ann, role=MemberRole.COORDINATOR)
        Membership.objects.create(organisation=b, user=bob, role=MemberRole.COORDINATOR)
    return Two(a, b, ann, bob)


def test_a_participant_sees_its_own_organisation_only(two: Two) -> None:
    with participant_scope(two.a.pk):
        assert list(Organisation.objects.values_list("code", flat=True)) == ["a"]
        assert list(Membership.objects.values_list("user__email", flat=True)) == ["ann@example.org"]
        assert list(User.objects.values_list("email", flat=True)) == ["ann@example.org"]


def test_a_person_finds_own_memberships_before_an_organisation_is_chosen(two: Two) -> None:
    with participant_scope(0, two.bob.pk):
        assert [m.organisation.code for m in Membership.objects.select_related("organisation")] == ["b"]


def test_a_participant_cannot_write_into_another_organisation(two: Two) -> None:
    with participant_scope(two.a.pk, two.ann.pk):
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            AuditEntry.objects.create(organisation=two.b, actor=two.ann, action="x", subject="x")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            Membership.objects.create(organisation=two.b, user=two.ann, role=MemberRole.COORDINATOR)
        assert Membership.objects.filter(organisation=two.b).update(role=MemberRole.VIEWER) == 0


def test_without_a_scope_the_login_role_is_refused(two: Two) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        list(Organisation.objects.all())


def test_a_participant_without_a_tenant_is_an_error_and_not_an_empty_list(two: Two) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('role', 'portal_test_participant', true)")
        cursor.execute("SELECT set_config('portal.organisation', '', true)")
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("SELECT count(*) FROM portal_organisation")
        cursor.execute("SELECT set_config('role', 'none', true)")


def test_leaving_an_inner_scope_puts_the_outer_one_back(two: Two) -> None:
    with staff_scope():
        assert Organisation.objects.count() == 2
        with participant_scope(two.a.pk):
            assert Organisation.objects.count() == 1
        assert Organisation.objects.count() == 2
        with pytest.raises(ValueError), participant_scope(two.a.pk):
            raise ValueError
        assert Organisation.objects.count() == 2
    assert current_scope() is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user = session_user")
        assert cursor.fetchone() == (True,)


def test_the_public_role_reads_no_tenant_table(two: Two) -> None:
    with api_scope(), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        list(Membership.objects.all())


def test_the_audit_trail_is_append_only(two: Two) -> None:
    with participant_scope(two.a.pk, two.ann.pk):
        record("test.done", subject="x", by=two.ann, organisation=two.a)
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditEntry.objects.update(action="other")
        with pytest.raises(DatabaseError), transaction.atomic():
            AuditEntry.objects.all().delete()
        assert AuditEntry.objects.count() == 1
    with participant_scope(two.b.pk, two.bob.pk):
        assert AuditEntry.objects.count() == 0


def test_the_login_role_and_its_roles_are_powerless() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bool_or(rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname LIKE 'portal\\_test\\_%%'")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT session_user")
        assert cursor.fetchone() == ("portal_test_login",)


def test_worker_sees_all(two: Two) -> None:
    with worker_scope():
        assert Organisation.objects.count() == 2


def test_organisation_codes_are_unique(two: Two) -> None:
    with staff_scope(), pytest.raises(IntegrityError), transaction.atomic():
        Organisation.objects.create(code="a", name="Again")
