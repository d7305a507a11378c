"""The pages of validating: for staff, and for the organisation that is asked."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.models import AuditEntry, Organisation, OutboxMail
from portal.tenancy import participant_scope, staff_scope
from surveys.models import CheckFinding, Exclusion, Participation, Query, Review, Round, Submission
from surveys.services.answers import Typing, save_answers
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.submissions import reopen_submission, submit_submission
from tests.surveys.validating_case import ValidatingCase, validating_case

pytestmark = pytest.mark.django_db
ROUND = "/en/staff/rounds/small-2026"
NOW = timezone.now()


@pytest.fixture
def case() -> ValidatingCase:
    return validating_case()


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def address_of(case: ValidatingCase, action: str = "") -> str:
    return f"{ROUND}/submissions/{case.case.mine.pk}/" + (f"{action}/" if action else "")


def decide(case: ValidatingCase, action: str, **data: str) -> str:
    """Post a decision and return the page that follows."""
    response = case.staff().post(address_of(case, action), data, follow=True)
    return response.content.decode()


def finding(case: ValidatingCase, column: str = "calls", **figures: object) -> CheckFinding:
    with staff_scope():
        return CheckFinding.objects.create(
            organisation=case.case.mine,
            submission=case.submission,
            kind="unit",
            question=column,
            column=column,
            weight=104,
            figures={"value": 1200.0, "factor": 1000.0, "unslipped": 1.2, "before": 1.1, "others": 30.0} | figures,
        )


def test_the_whole_dialogue_in_two_browsers(case: ValidatingCase) -> None:
    finding(case)
    shown = page(case.staff(), address_of(case))
    assert "1,200 calls is about 1,000 times last round&#x27;s 1.1 calls" in shown
    assert "last round:</span> 1" not in shown
    assert "1 to look at" in shown
    opened = page(case.staff(), address_of(case) + "?at=calls")
    assert "Do not write what other organisations answered" in opened
    assert "The query was sent." in decide(case, "ask", question="calls", text="Is this a year?")
    participant = case.case.client("coordinator")
    theme = page(participant, "/en/my/rounds/small-2026/work/")
    assert "Is this a year?" in theme
    with staff_scope():
        query = Query.objects.get()
        assert CheckFinding.objects.get().query == query
    assert "Is this a year?" in page(participant, "/en/my/queries/")
    mine = page(participant, f"/en/my/queries/{query.pk}/")
    assert "Correct the answer instead" in mine
    assert "1,000 times" not in mine
    assert participant.post(f"/en/my/queries/{query.pk}/", {"text": ""}).status_code == 422
    assert participant.post(f"/en/my/queries/{query.pk}/", {"text": "Yes, a year."}).status_code == 302
    assert "Yes, a year." in page(case.staff(), address_of(case) + "?at=calls")
    told = decide(case, "resolve", question="calls", query=str(query.pk), resolution="explained")
    assert "The query was resolved." in told
    assert "The submission was accepted." in decide(case, "accept", seen=case.reload().content_hash)
    with staff_scope():
        assert Review.objects.get().accepted_by == case.researcher
    assert "The value is right" in page(participant, f"/en/my/queries/{query.pk}/")


def test_a_coordinator_corrects_through_the_page_of_a_query(case: ValidatingCase) -> None:
    query = case.ask()
    client = case.case.client("coordinator")
    address = "/en/my/corrections/small-2026/calls/"
    assert 'name="a-calls"' in page(client, address)
    refused = client.post(address, {"v-calls": "1.x", "a-calls": "much", "reason": "Because."})
    assert refused.status_code == 422
    assert "much" in refused.content.decode()
    done = client.post(address, {"v-calls": "1.x", "a-calls": "1250", "reason": "A week was missing."}, follow=True)
    assert "A week was missing." not in done.content.decode()
    assert "1250" in done.content.decode()
    shown = page(case.staff(), address_of(case))
    assert "A week was missing." in shown
    with staff_scope():
        query.refresh_from_db()
    assert query.state == "replied"
    assert case.case.client("contributor").get(address).status_code == 403
    assert case.case.client("stranger").get(address).status_code == 404


def test_another_organisation_finds_no_query(case: ValidatingCase) -> None:
    query = case.ask()
    stranger = case.case.client("stranger")
    assert stranger.get(f"/en/my/queries/{query.pk}/").status_code == 404
    assert stranger.post(f"/en/my/queries/{query.pk}/", {"text": "x"}).status_code == 404
    assert "Klopt dit?" not in page(stranger, "/en/my/queries/")
    viewer = case.case.client("viewer")
    assert viewer.post(f"/en/my/queries/{query.pk}/", {"text": "x"}).status_code == 403


def test_decisions_on_the_page(case: ValidatingCase) -> None:
    finding(case)
    assert "Noted that the answer is in order." in decide(case, "in-order", question="calls")
    with participant_scope(case.case.mine.pk):
        assert not AuditEntry.objects.filter(action__startswith="finding").exists()
    assert "Write a few words first." in decide(case, "exclude", question="calls", text="")
    assert "does not count any more" in decide(case, "exclude", question="calls", text="In hours.")
    assert "In hours." in page(case.case.client("viewer"), "/en/my/corrections/small-2026/")
    case.ask()
    case.correct("calls", "1250")
    assert "The answer was changed since." in page(case.staff(), address_of(case))
    assert "counts again" in decide(case, "count-again", question="calls")
    assert "Saved." in decide(case, "assign", validator=str(case.researcher.pk))
    assert "background" in decide(case, "check")
    assert "opened again" in decide(case, "reopen", text="Look once more.")
    assert "not submitted now" in decide(case, "exclude", question="calls", text="Too late.")
    with staff_scope():
        assert Exclusion.objects.get().lifted_at is not None
        assert Review.objects.get().validator == case.researcher
        assert case.reload().state == Submission.State.STARTED
    publisher = case.staff(case.publisher)
    assert page(publisher, address_of(case))
    assert publisher.post(address_of(case, "accept")).status_code == 403
    assert case.staff().post(address_of(case, "fly")).status_code == 404


def test_several_submissions_are_given_to_one_validator_at_once(case: ValidatingCase) -> None:
    with staff_scope():
        save_organisations([OrganisationRow(f"more-{i}", f"Meer {i}", "", {}) for i in range(3)], by=None)
        many = list(Organisation.objects.filter(code__startswith="more-").order_by("code"))
        for one in many[:2]:
            Submission.objects.create(organisation=one, round=case.case.open, state="submitted", submitted_at=NOW)
        Submission.objects.create(organisation=many[0], round=case.case.closed, state="submitted", submitted_at=NOW)
    client, board = case.staff(), f"{ROUND}/response/?show=submitted&q="
    shown = page(client, board)
    assert {one.pk for one in (*many[:2], case.case.mine)} == set(
        map(int, re.findall(r'"organisation" value="(\d+)"', shown))
    )
    everybody = {"organisation": [case.case.mine.pk, *(one.pk for one in many)], "validator": case.researcher.pk}
    for told in ("3 submissions have another", "0 submissions have another"):
        answer = client.post(f"{ROUND}/response/assign/?show=submitted&q=", everybody)
        assert answer["Location"] == board
        assert told in page(client, board)
    assert client.post(f"{ROUND}/response/assign/", everybody | {"validator": "nobody"}).status_code == 302
    assert "Tick organisations and choose" in _after(client, {"validator": str(case.researcher.pk)})
    assert "Tick organisations and choose" in _after(client, {"organisation": str(many[0].pk)})
    with staff_scope():
        assert set(Review.objects.values_list("validator", "submission__round__code")) == {(None, "small-2026")}
        entries = AuditEntry.objects.filter(action="submission.assigned").order_by("pk")
        noted = [(one.organisation_id, one.actor_id, one.detail["validator"]) for one in entries]
    in_order = [case.case.mine.pk, many[0].pk, many[1].pk]
    by = case.researcher.pk
    assert noted == [(one, by, by) for one in in_order] + [(one, by, None) for one in in_order]
    outsider = everybody | {"validator": case.publisher.pk}
    assert client.post(f"{ROUND}/response/assign/", outsider).status_code == 403
    publisher = case.staff(case.publisher)
    assert publisher.post(f"{ROUND}/response/assign/", everybody).status_code == 403
    assert 'name="organisation"' not in page(publisher, board)


def _after(client: Client, data: dict[str, str]) -> str:
    return client.post(f"{ROUND}/response/assign/", data, follow=True).content.decode()


def test_the_board_counts_filters_and_exports(case: ValidatingCase) -> None:
    with staff_scope():
        save_organisations([OrganisationRow("odd", "=Odd & <Sons>", "", {})], by=None)
    case.ask()
    client = case.staff()
    shown = page(client, f"{ROUND}/response/")
    assert "Zilverstroom" in shown
    assert "Anders" in shown
    assert shown.count("100 %") == 1  # Zilver's first theme; nothing of the second was answered
    assert "No earlier round was answered online" in shown or "No closing time is set" in shown
    for show, names in (
        ("submitted", {"Zilverstroom"}),
        ("queried", {"Zilverstroom"}),
        ("not_started", {"Anders", "Odd"}),
        ("accepted", set()),
    ):
        listed = page(client, f"{ROUND}/response/?show={show}")
        found = {name for name in ("Zilverstroom", "Anders", "Odd") if f"{name}" in listed.split("<tbody", 1)[-1]}
        assert found == names, show
    lines = client.get(f"{ROUND}/response.csv").content.decode().splitlines()
    assert len(lines) == 4
    assert any(",'=Odd & <Sons>," in line for line in lines)
    mine = next(line for line in lines if line.startswith("zilver"))
    assert ",Submitted," in mine
    assert ",100," in mine


def test_looking_at_a_round_is_noted_once(case: ValidatingCase) -> None:
    stranger = case.case.client("stranger")
    page(stranger, "/en/my/rounds/small-2026/")
    with staff_scope():
        first = Participation.objects.get().opened_at
    page(stranger, "/en/my/rounds/small-2026/")
    with staff_scope():
        assert Participation.objects.get().opened_at == first
    assert "Looked" in page(case.staff(), f"{ROUND}/response/?q=anders")


def mail_data(**other: str) -> dict[str, str]:
    texts = {f"{part}_{language}": "{organisation}" for part in ("subject", "body") for language in ("nl", "en")}
    return {"kind": "reminder", "to": "not_submitted"} | texts | other


def test_reminders_reach_who_has_not_submitted_once_an_hour(case: ValidatingCase) -> None:
    with staff_scope():
        Round.objects.filter(pk=case.case.open.pk).update(closes_at=timezone.now() + timedelta(days=5, hours=-1))
        OutboxMail.objects.all().delete()
    client = case.staff()
    assert "{days_left}" in page(client, f"{ROUND}/mail/?kind=reminder")
    wrong = client.post(f"{ROUND}/mail/", mail_data(body_nl="{organisation.group} {nothing}"))
    assert wrong.status_code == 422
    assert "There is no placeholder" in wrong.content.decode()
    body = "Beste {person}: {organisation}, {days_left} dagen, {answered}/{to_answer}, {address}"
    for _press in range(2):
        assert client.post(f"{ROUND}/mail/", mail_data(body_nl=body)).status_code == 302
    with staff_scope():
        (mail,) = OutboxMail.objects.all()
        participation = Participation.objects.get(organisation=case.case.other)
    assert mail.to == "stranger@example.org"
    assert mail.body.startswith("Beste Stranger: Anders, 5 dagen, 0/")
    assert mail.body.endswith("/my/rounds/small-2026/")
    assert ", http://testserver/" in mail.body
    assert participation.reminders == 1
    assert case.staff(case.publisher).get(f"{ROUND}/mail/").status_code == 403


def test_lists_of_findings_and_queries(case: ValidatingCase) -> None:
    finding(case)
    client = case.staff()
    assert "is about 1,000 times" in page(client, f"{ROUND}/findings/")
    assert "is about 1,000 times" not in page(client, f"{ROUND}/findings/?kind=peers")
    case.ask()
    shown = page(client, f"{ROUND}/queries/")
    assert "How many calls" in shown
    assert "Remind of 1 query now" in shown
    assert (
        "1 organisation was reminded."
        in client.post(f"{ROUND}/queries/", {"remind": "yes"}, follow=True).content.decode()
    )
    assert "How many calls" not in page(client, f"{ROUND}/queries/?state=resolved")
    response = client.post(f"{ROUND}/check/")
    assert response.status_code == 302
    assert "/jobs/" in response["Location"]


def test_the_time_for_corrections_is_set_and_shown_to_both(case: ValidatingCase) -> None:
    case.round_to("close")
    client = case.staff()
    until = timezone.localtime() + timedelta(days=2)
    done = client.post(f"{ROUND}/corrections/", {"until": f"{until:%Y-%m-%dT%H:%M}"}, follow=True)
    assert "Saved." in done.content.decode()
    participant = case.case.client("coordinator")
    assert "Corrections are possible until" in page(participant, "/en/my/corrections/small-2026/")
    assert 'name="a-calls"' in page(participant, "/en/my/corrections/small-2026/calls/")
    assert client.post(f"{ROUND}/corrections/", {"until": "2001-01-01T00:00"}).status_code == 422
    assert case.staff(case.publisher).post(f"{ROUND}/corrections/", {"until": ""}).status_code == 403


def test_a_correction_after_the_freeze_says_that_it_waits(case: ValidatingCase) -> None:
    case.round_to("close", "freeze")
    with staff_scope():
        Round.objects.filter(pk=case.case.open.pk).update(state="published")
    client = case.case.client("coordinator")
    assert "waits for the next edition" in page(client, "/en/my/corrections/small-2026/calls/")
    done = client.post(
        "/en/my/corrections/small-2026/calls/", {"v-calls": "1.x", "a-calls": "1250", "reason": "So."}, follow=True
    )
    assert "Kept for the next edition." in done.content.decode()
    assert "A correction waits" in page(client, "/en/my/rounds/small-2026/work/")
    shown = page(case.staff(), f"{ROUND}/corrections/")
    assert "1 organisation, 1 answers" in shown
    assert "no, it waits" in shown
    assert "Zilverstroom" in shown


PAGES = ("response/", "findings/", "queries/", "corrections/")


def test_pages_take_as_many_queries_for_three_organisations_as_for_one(case: ValidatingCase) -> None:
    client = case.staff()

    def counts() -> dict[str, int]:
        found = {}
        for one in (*PAGES, f"submissions/{case.case.mine.pk}/"):
            with CaptureQueriesContext(connection) as captured:
                page(client, f"{ROUND}/{one}")
            found[one] = len(captured)
        return found

    finding(case)
    case.ask()
    counts()  # what is read once by a process is read
    before = counts()
    finding(case, "answered")
    case.ask("answered")
    with staff_scope():
        save_organisations([OrganisationRow(f"more-{i}", f"Meer {i}", "", {}) for i in range(3)], by=None)
        for one in Organisation.objects.filter(code__startswith="more-"):
            submission = Submission.objects.create(
                organisation=one, round=case.case.open, state="submitted", submitted_at=timezone.now()
            )
            CheckFinding.objects.create(
                organisation=one, submission=submission, kind="peers", question="calls", column="calls",
                figures={"value": 1.0, "median": 2.0, "distance": 4.0},
            )  # fmt: skip
    counts()  # that somebody looked is noted once
    assert counts() == before
    assert max(before.values()) <= 35, before


def test_participants_have_no_way_to_findings(case: ValidatingCase) -> None:
    finding(case)
    for role in ("coordinator", "stranger"):
        client = case.case.client(role)
        for one in (*PAGES, f"submissions/{case.case.mine.pk}/"):
            assert client.get(f"{ROUND}/{one}").status_code == 404
    with participant_scope(case.case.mine.pk):
        assert Query.objects.count() == 0


def test_what_was_accepted_is_what_was_seen(case: ValidatingCase) -> None:
    shown = page(case.staff(), address_of(case))
    seen = re.findall(r'name="seen" value="([0-9a-f]{64})"', shown)[0]
    assert "Open the answers first" in decide(case, "accept")
    person = case.case.people["coordinator"]
    with participant_scope(case.case.mine.pk, person.pk):
        reopen_submission(case.reload(), by=person)
        save_answers(case.reload(), [Typing("calls", "1300")], by=person, language="nl")
        submit_submission(case.reload(), by=person, language="nl")
    told = decide(case, "accept", seen=seen)
    assert "changed after you opened this page" in told
    assert "Changed: How many calls" in told
    with staff_scope():
        assert not Review.objects.filter(accepted_at__isnull=False).exists()
    assert "The submission was accepted." in decide(case, "accept", seen=case.reload().content_hash)


def test_a_text_that_is_too_long_is_refused_and_stays(case: ValidatingCase) -> None:
    long = "Is this a year? " + "x" * 4000
    client = case.staff()
    answer = client.post(address_of(case, "ask"), {"question": "calls", "text": long}, follow=True)
    assert f"{long}</textarea>" in answer.content.decode()
    assert "4016 characters, and at most 4000 fit" in answer.content.decode()
    assert long not in page(client, address_of(case) + "?at=calls")  # once
    with staff_scope():
        assert not Query.objects.exists()
    query = case.ask()
    reply = case.case.client("coordinator").post(f"/en/my/queries/{query.pk}/", {"text": long})
    assert reply.status_code == 422
    assert long in reply.content.decode()
    assert f"{long}</textarea>" in decide(case, "reopen", text=long)
