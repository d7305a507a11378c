"""Oversight pages: the audit log, keys and access, for staff of all organisations and for coordinators of their own."""

import csv
import io
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.utils import timezone

from portal.models import ApiKey, AuditEntry
from portal.services.audit import record, record_seen
from portal.tenancy import staff_scope
from tests.sign_in import sign_in
from tests.world import World


def client_of(world: World, role: str, *, minutes_ago: float = 0) -> Client:
    client = Client()
    sign_in(client, world.person(role), proven_at=timezone.now().timestamp() - 60 * minutes_ago)
    return client


def entries(action: str) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(action=action)


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.fixture
def noted(world: World) -> World:
    """Three entries of interest: staff looked at A and at B, and A's coordinator did something."""
    with staff_scope():
        for organisation in (world.a, world.b):
            record_seen("answers.seen", subject="answers", by=world.person("researcher"), organisation=organisation)
        record("=cmd|' /C calc'!A0", subject="@SUM(1)", by=world.person("coordinator of A"), organisation=world.a)
    return world


def test_staff_search_by_organisation_person_action_and_period(noted: World) -> None:
    client = client_of(noted, "administrator")
    page = client.get("/staff/oversight/audit/").content.decode()
    assert "Alfa" in page
    assert "Bravo" in page
    today = f"{timezone.localdate():%Y-%m-%d}"
    tomorrow = f"{timezone.localdate() + timedelta(days=1):%Y-%m-%d}"
    asked = {"organisation": "alf", "person": "researcher", "action": "answers.seen", "since": today, "until": today}
    page = client.get("/staff/oversight/audit/", asked).content.decode()
    assert page.count("<time") == 1
    assert "Bravo" not in page
    for nothing in ({"since": tomorrow, "until": ""}, {"organisation": "no such"}, {"person": "nobody@example.org"}):
        assert "<time" not in client.get("/staff/oversight/audit/", asked | nothing).content.decode()
    with staff_scope():
        asked_for = entries("audit.searched").filter(detail__asked__has_key="person").order_by("id")
        numbers = [noted.person("researcher").pk]
        assert [one.detail["asked"]["person"] for one in asked_for] == [numbers, numbers, numbers, []]


def test_a_wrong_question_is_told(noted: World) -> None:
    client = client_of(noted, "administrator")
    for wrong in ({"since": "2026-13-01"}, {"since": "2026-02-01", "until": "2026-01-01"}, {"action": "x"}):
        answer = client.get("/staff/oversight/audit/", wrong)
        assert answer.status_code == 400
        assert "error-summary" in answer.content.decode()
    assert client.get("/staff/oversight/audit/", {"before": "x,y"}).status_code == 200


def test_pages_follow_each_other_without_a_gap_or_a_double(noted: World) -> None:
    with staff_scope():
        for number in range(120):
            record("test.many", subject=f"many:{number}", by=None, organisation=noted.a)
    client, seen = client_of(noted, "coordinator of A"), []
    address = "/my/access/log/?action=test.many"
    while address:
        page = client.get(address)
        seen += [one["line"].subject for one in page.context["lines"]]
        address = f"/my/access/log/?{page.context['older']}" if page.context["older"] else ""
    assert seen == [f"many:{number}" for number in reversed(range(120))]


def test_a_coordinator_sees_who_of_the_foundation_looked_at_the_own_organisation_only(noted: World) -> None:
    page = client_of(noted, "coordinator of A").get("/my/access/log/").content.decode()
    assert "Researcher (stichting)" in page or "Researcher (foundation)" in page
    assert "Bravo" not in page
    with staff_scope():
        of_a = AuditEntry.objects.filter(organisation=noted.a).count()
    rows = rows_of(client_of(noted, "coordinator of A").get("/my/access/log/csv/").content)
    assert len(rows) - 1 == of_a
    assert {row[6] for row in rows[1:]} == {"Alfa"}


def test_a_formula_in_the_log_stays_text_in_the_file(noted: World) -> None:
    rows = rows_of(client_of(noted, "administrator").get("/staff/oversight/audit/csv/").content)
    (attack,) = [row for row in rows if "calc" in row[4]]
    assert attack[4:6] == ["'=cmd|' /C calc'!A0", "'@SUM(1)"]
    with staff_scope():
        assert entries("audit.exported").count() == 1


def test_a_key_is_shown_once_works_and_is_ended_at_once(world: World) -> None:
    client = client_of(world, "coordinator of A")
    posted = {"name": "planning", "scopes": ["read"], "days": "30"}
    page = client.post("/my/access/keys/", posted)
    text = page.context["made"]
    assert text in page.content.decode()
    assert text not in client.get("/my/access/keys/").content.decode()
    header = {"Authorization": f"Api-Key {text}"}
    assert Client().get("/api/v1/rounds/", headers=header).status_code == 200
    with staff_scope():
        key = ApiKey.objects.get(name="planning")
        assert (key.organisation, key.scopes) == (world.a, ["read"])
    assert client.post(f"/my/access/keys/{key.pk}/revoke/").status_code == 302
    assert Client().get("/api/v1/rounds/", headers=header).status_code == 401


def test_a_coordinator_makes_no_key_for_another_organisation(world: World) -> None:
    posted = {"name": "planning", "scopes": ["upload"], "days": "30", "organisation": "b"}
    assert client_of(world, "coordinator of A").post("/my/access/keys/", posted).status_code == 200
    with staff_scope():
        assert ApiKey.objects.get(name="planning").organisation == world.a


def test_staff_make_keys_for_an_organisation_and_wrong_input_is_told(world: World) -> None:
    client = client_of(world, "administrator")
    posted = {"name": "x", "scopes": ["upload"], "days": "30", "organisation": "b"}
    assert client.post("/staff/oversight/keys/", posted).context["made"]
    wrongs: list[dict[str, str]] = [{"organisation": ""}, {"organisation": "zz"}, {"days": "5000"}]
    for wrong in wrongs:
        assert client.post("/staff/oversight/keys/", posted | wrong).status_code == 400
    with staff_scope():
        assert ApiKey.objects.filter(name="x").count() == 1


def test_making_a_key_asks_who_one_is_again(world: World) -> None:
    stale = client_of(world, "administrator", minutes_ago=30)
    answer = stale.post("/staff/oversight/keys/", {"name": "x", "scopes": ["read"], "days": "30"})
    assert answer.status_code == 302
    with staff_scope():
        assert not ApiKey.objects.filter(name="x").exists()


def test_the_access_report_names_people_factors_invitations_and_keys(world: World) -> None:
    page = client_of(world, "coordinator of A").get("/my/access/").content.decode()
    assert "coordinator-a@world.invalid" in page
    assert "machine of A" in page
    assert "machine of B" not in page
    rows = rows_of(client_of(world, "administrator").get(f"/staff/oversight/access/{world.a.pk}/csv/").content)
    assert "viewer-a@world.invalid" in {row[2] for row in rows}
    with staff_scope():
        assert entries("access_report.downloaded").get().organisation == world.a
