"""The audit trail is a chain: whole under parallel writers, and every way to tamper with it is found."""

# ruff: noqa: S608  statements are put together from constants of this module

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.errors import InvalidInput
from portal.models import AuditEntry, AuditSeal, Organisation, OutboxMail
from portal.owner_connection import as_owner
from portal.services.audit import record
from portal.services.audit_chain import Anchor, ChainReport, verify_chain
from portal.tenancy import Role as DatabaseRole
from portal.tenancy import Scope as DatabaseScope
from portal.tenancy import enter_scope, staff_scope, worker_scope
from tests.superuser import as_superuser, empty

ENTRIES = 9
TABLES = ("portal_auditentry", "portal_auditseal")


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def write(count: int) -> None:
    for number in range(count):
        record("test.done", subject=f"thing:{number}", by=None, number=number, text="é “quoted”")


@pytest.fixture
def tampering(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Nine sealed entries, and a connection that may do anything; all of it is undone."""
    with django_db_blocker.unblock(), as_superuser(), transaction.atomic():
        write(ENTRIES)
        run("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED")
        run(*(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in TABLES))
        yield
        transaction.set_rollback(True)


def entry_ids() -> list[int]:
    return list(AuditSeal.objects.order_by("-number").values_list("entry_id", flat=True)[:ENTRIES])[::-1]


def end() -> Anchor:
    return verify_chain().end


def test_what_is_written_is_sealed_and_whole(tampering: None) -> None:
    report = verify_chain()
    assert report.faults == []
    assert report.entries >= ENTRIES
    assert report.end.number == AuditSeal.objects.order_by("number").last().number  # type: ignore[union-attr]


WAYS = {
    "altered": ("UPDATE portal_auditentry SET detail = '{}' WHERE id = %(fifth)s", "entry {fifth} ", "altered"),
    "redated": ("UPDATE portal_auditentry SET at = at - '1 us'::interval WHERE id = %(fifth)s", "entry {fifth} ", ""),
    "renamed": ("UPDATE portal_auditentry SET action = 'test.don' WHERE id = %(fifth)s", "entry {fifth} ", "altered"),
    "entry removed": ("DELETE FROM portal_auditentry WHERE id = %(fifth)s", "entry {fifth} ", "removed"),
    "both removed": (
        "DELETE FROM portal_auditseal WHERE entry_id = %(fifth)s; DELETE FROM portal_auditentry WHERE id = %(fifth)s",
        "seals ", "removed",
    ),
    "put in": (
        "INSERT INTO portal_auditentry (action, subject, detail, at) VALUES ('test.forged', 'x', '{}', now())",
        "entry ", "put in",
    ),
    "swapped": (
        "UPDATE portal_auditseal SET entry_id = CASE entry_id WHEN %(fifth)s THEN -1 ELSE %(fifth)s END"
        " WHERE entry_id IN (%(fifth)s, %(sixth)s);"
        " UPDATE portal_auditseal SET entry_id = %(sixth)s WHERE entry_id = -1",
        "entry ", "altered",
    ),
    "resealed": (
        "UPDATE portal_auditentry SET detail = '{}' WHERE id = %(fifth)s; UPDATE portal_auditseal s SET entry_hash ="
        " sha256(convert_to(jsonb_build_array(e.id, (extract(epoch FROM e.at) * 1000000)::bigint, e.action, e.subject,"
        " e.organisation_id, e.actor_id, e.detail)::text, 'UTF8'))"
        " FROM portal_auditentry e WHERE e.id = s.entry_id AND e.id = %(fifth)s",
        "seal ", "does not follow",
    ),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_tampering_is_found(way: str, tampering: None) -> None:
    statement, where, what = WAYS[way]
    ids = entry_ids()
    names = {"fifth": ids[4], "sixth": ids[5]}
    for part in statement.split("; "):
        run(part % names)
    (fault, *others) = verify_chain().faults
    assert fault.startswith(where.format(**names))
    assert what in fault
    assert len(others) <= 1


def test_a_chain_that_was_cut_off_or_made_anew_is_found_by_who_kept_its_end(tampering: None) -> None:
    before = end()
    last = entry_ids()[-1]
    with transaction.atomic():
        run(f"DELETE FROM portal_auditseal WHERE entry_id = {last}", f"DELETE FROM portal_auditentry WHERE id = {last}")
        assert verify_chain().faults == []
        assert "cut off" in verify_chain([before]).faults[0]
        transaction.set_rollback(True)
    run("UPDATE portal_auditseal SET chain_hash = sha256(chain_hash) WHERE number = (SELECT max(number)"
        " FROM portal_auditseal)")  # fmt: skip
    assert any("made anew" in fault for fault in verify_chain([before]).faults)


COLUMNS = {"action": "'x' || action", "subject": "subject || 'x'", "at": "at + interval '1 second'",
           "detail": "detail || '{\"number\": -1}'", "organisation_id": "77", "actor_id": "78"}  # fmt: skip


@given(place=st.integers(0, ENTRIES - 1), column=st.sampled_from(sorted(COLUMNS)), also=st.integers(0, ENTRIES - 1))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_of_any_column_is_found(tampering: None, place: int, column: str, also: int) -> None:
    ids = entry_ids()
    changed = {ids[place], ids[also]}
    with transaction.atomic():
        for entry_id in changed:
            run(f"UPDATE portal_auditentry SET {column} = {COLUMNS[column]} WHERE id = {entry_id}")
        faults = verify_chain().faults
        transaction.set_rollback(True)
    assert {int(fault.split()[1]) for fault in faults} == changed


def test_anchors_are_read_back() -> None:
    anchor = Anchor(12, "ab" * 32)
    assert Anchor.parse(f" {anchor}\n") == anchor
    for wrong in ("", "12", "12:ab", "x:" + "ab" * 32, "-1:" + "ab" * 32):
        with pytest.raises(InvalidInput):
            Anchor.parse(wrong)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(DatabaseRole))
def test_no_role_can_change_or_seal_anything(role: DatabaseRole) -> None:
    with staff_scope():
        write(1)
    changes = [
        change
        for table in TABLES
        for change in (f"UPDATE {table} SET entry_id = 1" if "seal" in table else f"UPDATE {table} SET action = 'x'",
                       f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    ]  # fmt: skip
    changes += [
        "INSERT INTO portal_auditseal (number, entry_id, entry_hash, chain_hash) VALUES (1, 1, '', '')",
        "INSERT INTO portal_auditqueue (entry_id, entry_hash) VALUES (1, '')",
        "SET session_replication_role = replica",
    ]
    for change in changes:
        with enter_scope(DatabaseScope(role)), pytest.raises(DatabaseError), transaction.atomic():
            run(change)


def test_the_owner_meets_a_trigger(django_db_setup: None, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), as_superuser(), transaction.atomic():
        write(1)
        run("SET CONSTRAINTS ALL IMMEDIATE")
        for change in ("UPDATE portal_auditentry SET action = 'x'", "DELETE FROM portal_auditentry",
                       "UPDATE portal_auditseal SET number = number", "DELETE FROM portal_auditseal"):  # fmt: skip
            with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
                run(change)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_database_dates_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    with worker_scope(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_auditentry (action, subject, detail, at) VALUES ('test.old', 'x', '{}', '2001-01-01')"
            " RETURNING at > now() - interval '1 minute'"
        )
        assert cursor.fetchone() == (True,)


@pytest.fixture
def committing(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Real commits; the trail is emptied by the owner afterwards."""
    with django_db_blocker.unblock():
        yield
        with as_owner():
            empty("portal_auditentry")


def replay() -> ChainReport:
    with staff_scope():
        return verify_chain()


def test_parallel_writers_leave_one_chain_without_a_gap(committing: None) -> None:
    writers, turns = 6, 12
    committed: list[int] = []

    def work(writer: int) -> None:
        for turn in range(turns):
            with suppress(ZeroDivisionError), worker_scope():
                write(1 + turn % 3)
                if (writer + turn) % 4 == 0:
                    raise ZeroDivisionError
                committed.append(1 + turn % 3)
        connection.close()

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = replay()
    assert report.faults == []
    assert report.entries == report.end.number == sum(committed)
    with staff_scope():
        assert list(AuditSeal.objects.values_list("number", flat=True)) == list(range(1, sum(committed) + 1))


def test_a_writer_that_takes_its_time_holds_up_nobody(committing: None) -> None:
    """The chain is locked while a transaction commits and not from its first entry on."""
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with worker_scope():
            write(1)
            inside.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert inside.wait(10)
    with worker_scope():
        run("SET LOCAL lock_timeout = '2s'")
        write(1)
    assert replay().entries == 1
    go_on.set()
    thread.join()
    assert (replay().entries, replay().faults) == (2, [])


def test_commits_that_wait_for_each_others_rows_do_not_lock_each_other_out(committing: None) -> None:
    """One holds a row and commits; the other refers to that row after its entry: the chain is locked last of all."""
    with staff_scope():
        organisation = Organisation.objects.create(code="row", name="Row")
    locked, referred, errors = threading.Event(), threading.Event(), []

    def holder() -> None:
        with staff_scope():
            Organisation.objects.select_for_update().get(pk=organisation.pk)
            write(1)
            locked.set()
            referred.wait(10)
            time.sleep(0.3)  # the other is committing, and waits for the row
        connection.close()

    def referrer() -> None:
        try:
            with staff_scope():
                locked.wait(10)
                write(1)
                OutboxMail.objects.create(to="a@example.org", subject="x", body="x", organisation=organisation)
                referred.set()
        except DatabaseError as error:
            errors.append(error)
        connection.close()

    threads = [threading.Thread(target=work) for work in (holder, referrer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with as_superuser():  # the owner sees no rows outside a scope
        run("TRUNCATE portal_outboxmail", "DELETE FROM portal_organisation WHERE code = 'row'")
    assert errors == []
    assert (replay().entries, replay().faults) == (2, [])


def test_the_command_tells_the_end_and_fails_on_another(committing: None, capsys: pytest.CaptureFixture[str]) -> None:
    with worker_scope():
        write(3)
    call_command("verify_audit")
    out = capsys.readouterr().out
    assert out.startswith("3 entries, the chain is whole.")
    anchor = out.split()[-1]
    with worker_scope():
        write(1)
    call_command("verify_audit", expect=[anchor])
    with pytest.raises(CommandError, match="tampered"):
        call_command("verify_audit", expect=["9:" + "ab" * 32])
    assert "its end was cut off" in capsys.readouterr().err
    with staff_scope():
        assert AuditEntry.objects.count() == 4
