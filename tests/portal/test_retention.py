"""Old data goes by the policy, a dry run only counts, and the audit log is shortened without breaking its chain."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from portal.celery_settings import CONSTANTS
from portal.models import ApiKey, AuditEntry, AuditSeal, Invitation, Job, OpenSession, OutboxMail
from portal.owner_connection import as_owner
from portal.retention import RULES, days_kept
from portal.services import retention
from portal.services.api_keys import issue_api_key
from portal.services.audit import record
from portal.services.audit_chain import verify_chain
from portal.services.audit_expiry import expire_audit
from portal.services.mail import put_in_outbox
from portal.services.retention import SWEEPS, carry_out_retention, log_end_of_chain
from portal.session_store import SessionStore
from portal.tasks import carry_out_retention as nightly
from portal.tenancy import staff_scope, worker_scope
from tests.superuser import as_superuser, empty

NOW = timezone.now()


def ago(code: str, *, days_more: float) -> Any:
    """A moment that is just past the time of a rule, or with a negative number just within it."""
    return NOW - timedelta(days=days_kept(code) + days_more)


def fill() -> None:
    """Of each kind one that is past its time and one that is not, and work that is not done."""
    for more in (1, -1):
        SessionStore().save()
        key = SessionStore()
        key.create()
        OpenSession.objects.filter(session_key=key.session_key).update(expire_date=ago("sessions", days_more=more))
    with worker_scope():
        for more in (1, -1):
            sent = put_in_outbox(to="a@example.org", subject="x", body=f"sent {more}")
            OutboxMail.objects.filter(pk=sent.pk).update(sent_at=ago("mail", days_more=more))
            lost = put_in_outbox(to="a@example.org", subject="x", body=f"lost {more}")
            at = ago("lost_mail", days_more=more)
            OutboxMail.objects.filter(pk=lost.pk).update(given_up_at=at, created_at=at)
            Invitation.objects.create(
                email=f"a{more}@example.org", role="researcher", token_hash=str(more), sent_at=NOW,
                expires_at=ago("invitations", days_more=more),
            )  # fmt: skip
            Job.objects.create(
                task="t", key=str(more), title="t", state="done", finished_at=ago("jobs", days_more=more)
            )
            api_key, _text = issue_api_key(f"key {more}", days=1, by=None)
            ApiKey.objects.filter(pk=api_key.pk).update(expires_at=ago("api_keys", days_more=more))
        waiting = put_in_outbox(to="a@example.org", subject="x", body="waiting")
        OutboxMail.objects.filter(pk=waiting.pk).update(created_at=ago("lost_mail", days_more=99))
        Job.objects.create(task="t", key="old", title="t", state="running", created_at=ago("jobs", days_more=99))
    with connection.cursor() as cursor:
        for more in (1, -1):
            moment = ago("counters", days_more=more)
            cursor.execute("INSERT INTO portal_counters VALUES (%s, 'x', %s)", [f"counter {more}", moment])


def counted() -> dict[str, int]:
    return {one.code: one.count for one in carry_out_retention(dry_run=True)}


@pytest.fixture
def filled(db: None) -> None:
    OpenSession.objects.all().delete()
    before = counted()
    assert set(before.values()) == {0}, before
    fill()


def test_a_dry_run_counts_and_removes_nothing(filled: None) -> None:
    assert counted() == counted() == {rule.code: 1 for rule in RULES if rule.code != "audit"}
    with staff_scope():
        assert not AuditEntry.objects.filter(action="retention.carried_out").exists()


def test_what_is_past_its_time_goes_and_the_rest_stays(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    nightly()
    assert set(counted().values()) == {0}
    with worker_scope():
        assert sorted(OutboxMail.objects.values_list("body", flat=True)) == ["lost -1", "sent -1", "waiting"]
        assert [one.email for one in Invitation.objects.all()] == ["a-1@example.org"]
        assert {job.key for job in Job.objects.all()} >= {"-1", "old"}
        assert [key.name for key in ApiKey.objects.all()] == ["key -1"]
        (noted,) = AuditEntry.objects.filter(action="retention.carried_out")
    assert set(noted.detail["removed"]) == {rule.code for rule in RULES if rule.code != "audit"}
    nightly()
    with worker_scope():
        assert AuditEntry.objects.filter(action="retention.carried_out").count() == 1


def test_every_rule_is_carried_out_and_beat_asks_for_it() -> None:
    assert {rule.code for rule in RULES} - {"counters", "sessions", "audit"} == set(SWEEPS)
    assert all(rule.days >= 0 and rule.what and rule.why for rule in RULES)
    assert "portal.carry_out_retention" in {one["task"] for one in CONSTANTS["beat_schedule"].values()}


@pytest.fixture
def trail(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[int]]:
    """Six committed entries of which the first three are eight years old; emptied by the owner afterwards."""
    with django_db_blocker.unblock():
        with worker_scope():
            for number in range(6):
                record("test.done", subject=f"thing:{number}", by=None)
            numbers = list(AuditEntry.objects.order_by("id").values_list("pk", flat=True))
        yield numbers
        with as_owner():
            empty("portal_auditentry")


def age(numbers: list[int], days: int) -> None:
    """Make entries older, and the chain with them: as if they had been written then."""
    from portal.audit_sql import SEAL_EARLIER

    with as_superuser(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE portal_auditentry DISABLE TRIGGER audit_never_changes")
        cursor.execute("UPDATE portal_auditentry SET at = at - make_interval(days => %s) WHERE id = ANY(%s)",
                       [days, numbers])  # fmt: skip
        empty("portal_auditseal")
        cursor.execute(SEAL_EARLIER)
        cursor.execute("ALTER TABLE portal_auditentry ENABLE TRIGGER audit_never_changes")


def test_old_entries_go_from_the_front_and_the_chain_stays_whole(trail: list[int]) -> None:
    age([*trail[:3], trail[4]], days_kept("audit") + 1)
    assert expire_audit(dry_run=True) == 3
    assert expire_audit() == 3
    with worker_scope():
        assert list(AuditEntry.objects.order_by("id").values_list("pk", flat=True))[:3] == trail[3:]
        assert AuditSeal.objects.order_by("number").first().number == 4  # type: ignore[union-attr]
        report = verify_chain()
    assert report.faults == []
    assert (report.starts_after, report.entries) == (3, 4)
    assert log_end_of_chain() == str(report.end)
    assert expire_audit() == 0
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT relforcerowsecurity FROM pg_class WHERE relname = 'portal_auditentry'")
        assert cursor.fetchone() == (True,)
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE '%%never_change%%' AND tgenabled = 'O'"
                       " AND tgrelid IN ('portal_auditentry'::regclass, 'portal_auditseal'::regclass)")  # fmt: skip
        assert cursor.fetchone() == (2,)


def test_a_broken_chain_is_kept_as_evidence(trail: list[int]) -> None:
    age(trail, days_kept("audit") + 1)
    with as_superuser(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE portal_auditentry DISABLE TRIGGER audit_never_changes")
        cursor.execute("UPDATE portal_auditentry SET action = 'x' WHERE id = %s", [trail[1]])
        cursor.execute("ALTER TABLE portal_auditentry ENABLE TRIGGER audit_never_changes")
    with pytest.raises(CommandError, match="broken"):
        call_command("retention", audit=True)
    with worker_scope():
        assert AuditEntry.objects.filter(pk__in=trail).count() == 6


def test_the_command_tells_each_rule(trail: list[int], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("retention", dry_run=True, audit=True)
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines[:-1]} == {rule.code for rule in RULES}
    assert all("would be removed" in line for line in lines[:-1])
    assert lines[-1].startswith("The audit chain ends at 6:")
