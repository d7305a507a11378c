"""What a participant's role may do when somebody makes it run SQL of their own: what a participant needs, no more."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from portal.models import AuditEntry, Job, Membership
from portal.roles import MemberRole
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Submission
from tests.world import World

pytestmark = pytest.mark.django_db
Sql = Callable[..., int]
AS_MEMBER = (
    "INSERT INTO portal_membership (organisation_id, user_id, role, created_at)"
    " SELECT %s, one, 'viewer', now() FROM generate_series(1, 30) one ON CONFLICT DO NOTHING"
)
ENTRY = (
    "INSERT INTO portal_auditentry (action, subject, organisation_id, actor_id, detail) VALUES ('x', 'x', %s, %s, '{}')"
)
JOB = (
    "INSERT INTO portal_job (organisation_id, task, key, arguments, title, state, progress_done, progress_total,"
    " attempt, lease_token, error) VALUES (%s, %s, 'x', %s, 'x', 'waiting', 0, 0, 0, '', '')"
)


@pytest.fixture
def as_a(world: World) -> Iterator[Sql]:
    """Runs a statement as the coordinator of A; how many rows it touched. Raises DatabaseError."""

    def run(statement: str, *values: Any) -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)

    with participant_scope(world.a.pk, world.person("coordinator of A").pk):
        yield run


def count(model: Any, **which: Any) -> int:
    with worker_scope():
        return int(model.objects.filter(**which).count())


def test_nobody_makes_members_and_so_sees_people(world: World, as_a: Sql) -> None:
    before = as_a("SELECT id FROM portal_user")
    with pytest.raises(DatabaseError, match="permission denied"):
        as_a(AS_MEMBER, world.a.pk)
    assert as_a("SELECT id FROM portal_user") == before


def test_a_membership_stays_with_its_person_and_organisation(world: World, as_a: Sql) -> None:
    for column in ("user_id", "organisation_id"):
        with pytest.raises(DatabaseError, match="permission denied"):
            as_a(f"UPDATE portal_membership SET {column} = {column}")  # noqa: S608  two names above


def test_roles_are_changed_and_members_leave_in_the_organisation_of_the_moment_only(world: World) -> None:
    """One person in two organisations: what is done in one leaves the other as it is."""
    person = world.person("coordinator of A")
    with staff_scope():
        Membership.objects.create(organisation=world.b, user=person, role=MemberRole.COORDINATOR)
    with participant_scope(world.a.pk, person.pk):
        assert Membership.objects.filter(user=person).count() == 2, "one sees where else one works"
        assert Membership.objects.filter(user=person, organisation=world.b).update(role=MemberRole.VIEWER) == 0
        assert Membership.objects.filter(user=person, organisation=world.a).update(role=MemberRole.VIEWER) == 1
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM portal_membership WHERE user_id = %s", [person.pk])
            assert cursor.rowcount == 1
    with staff_scope():
        kept = Membership.objects.get(user=person)
    assert (kept.organisation_id, kept.role) == (world.b.pk, MemberRole.COORDINATOR)


def test_the_trail_is_written_in_ones_own_name(world: World, as_a: Sql) -> None:
    me, other = world.person("coordinator of A"), world.person("researcher")
    for somebody in (other.pk, None):
        with pytest.raises(DatabaseError, match="row-level security"):
            as_a(ENTRY, world.a.pk, somebody)
    with pytest.raises(DatabaseError, match="row-level security"):
        as_a(ENTRY, world.b.pk, me.pk)
    assert as_a(ENTRY, world.a.pk, me.pk) == 1


def test_without_a_person_the_trail_names_nobody(world: World) -> None:
    """A key that sends answers, or a worker that makes a report."""
    with participant_scope(world.a.pk):
        AuditEntry.objects.create(action="x", subject="x", organisation=world.a)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            AuditEntry.objects.create(
                action="x", subject="x", organisation=world.a, actor=world.person("coordinator of A")
            )


def test_participants_start_their_own_work_only(world: World, as_a: Sql) -> None:
    submissions = {}
    with staff_scope():
        for name, organisation in (("A", world.a), ("B", world.b)):
            submissions[name] = Submission.objects.filter(organisation=organisation).first()
    refused = [
        ("surveys.freeze_round", "{}"),
        ("benchmark.compute_release", f'{{"round": {world.finished.pk}}}'),
        ("benchmark.render_report", f'{{"report": 1, "organisation": {world.b.pk}}}'),
        ("benchmark.render_report", "{}"),
        ("surveys.check_submission", f'{{"submission": {submissions["B"].pk}}}'),
        ("surveys.check_submission", "{}"),
    ]
    for task, arguments in refused:
        with pytest.raises(DatabaseError, match="row-level security"):
            as_a(JOB, world.a.pk, task, arguments)
    allowed = [
        ("benchmark.render_report", f'{{"report": 1, "organisation": {world.a.pk}}}'),
        ("surveys.check_submission", f'{{"submission": {submissions["A"].pk}}}'),
    ]
    for task, arguments in allowed:
        assert as_a(JOB, world.a.pk, task, arguments) == 1
    with pytest.raises(DatabaseError, match="permission denied"):
        as_a("UPDATE portal_job SET task = 'surveys.freeze_round'")
    assert count(Job, task="surveys.freeze_round", organisation=world.a) == 0
