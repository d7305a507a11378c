"""Queries: asked, replied to, resolved; who may, what is sent, and what a participant's database role can reach."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import AuditEntry, OutboxMail
from portal.tenancy import participant_scope, staff_scope
from surveys.models import CheckFinding, Exclusion, Query, QueryMessage
from surveys.services.queries import ask_further, ask_query, remind_of_queries, resolve_query
from surveys.services.submissions import reopen_submission, submit_submission
from surveys.services.validating import accept_submission, exclude_answer, lift_exclusion, send_back
from surveys.services.withdrawals import withdraw_organisation
from tests.surveys.validating_case import ValidatingCase, validating_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> ValidatingCase:
    return validating_case()


def mails() -> list[tuple[str, str]]:
    with staff_scope():
        return list(OutboxMail.objects.order_by("id").values_list("to", "subject"))


def state(query: Query) -> str:
    with staff_scope():
        return Query.objects.get(pk=query.pk).state


def test_a_query_goes_back_and_forth_until_it_is_resolved(case: ValidatingCase) -> None:
    query = case.ask(text="Is dit per week?")
    assert state(query) == "open"
    to, subject = mails()[-1]
    assert (to, "Klein 2026" in subject) == ("coordinator@example.org", True)
    case.reply(query, "Per jaar.", role="contributor")
    assert state(query) == "replied"
    with staff_scope():
        ask_further(query, text="Weet u het zeker?", by=case.researcher)
    assert state(query) == "open"
    case.reply(query, "Ja.")
    case.resolve(query, "explained")
    assert state(query) == "resolved"
    with staff_scope():
        said = list(QueryMessage.objects.filter(query=query).values_list("from_staff", "text"))
        actions = set(AuditEntry.objects.filter(action__startswith="query.").values_list("action", flat=True))
    assert said == [(True, "Is dit per week?"), (False, "Per jaar."), (True, "Weet u het zeker?"), (False, "Ja.")]
    assert actions == {"query.asked", "query.replied", "query.asked_further", "query.resolved"}
    with pytest.raises(NotPossibleNow):
        case.reply(query, "Toch niet.")


def test_one_query_an_answer_at_a_time_and_another_after_it(case: ValidatingCase) -> None:
    first = case.ask()
    with pytest.raises(NotPossibleNow):
        case.ask()
    assert case.ask("answered").pk != first.pk
    case.resolve(first, "withdrawn")
    assert case.ask().pk != first.pk


@pytest.mark.parametrize(("question", "text"), [("calls", "  "), ("nothing", "Klopt dit?")])
def test_a_query_needs_words_and_a_question(case: ValidatingCase, question: str, text: str) -> None:
    with pytest.raises(InvalidInput):
        case.ask(question, text)
    with staff_scope():
        assert not Query.objects.exists()


def test_only_validators_decide(case: ValidatingCase) -> None:
    query = case.ask()
    with staff_scope():
        submission = case.reload()
        for decide in (
            lambda by: ask_query(submission, "answered", text="?", by=by),
            lambda by: resolve_query(query, resolution="explained", by=by),
            lambda by: exclude_answer(submission, "calls", reason="nee", by=by),
            lambda by: accept_submission(submission, by=by),
            lambda by: send_back(submission, reason="nee", by=by),
        ):
            for by in (case.publisher, case.case.people["coordinator"]):
                with pytest.raises(NotAllowed):
                    decide(by)
    assert state(query) == "open"


def test_answers_that_are_not_submitted_are_not_asked_about(case: ValidatingCase) -> None:
    with staff_scope():
        send_back(case.reload(), reason="Kijk nog eens.", by=case.researcher)
    assert mails()[-1][0] == "coordinator@example.org"
    with pytest.raises(NotPossibleNow):
        case.ask()


def test_the_overview_of_a_round_says_that_the_foundation_waits_for_a_reply(case: ValidatingCase) -> None:
    client, hub = case.case.client("coordinator"), "/en/my/rounds/small-2026/"
    asks = "The foundation has a question about one of your answers."
    assert asks not in client.get(hub).text
    query = case.ask()
    assert asks in client.get(hub).text
    assert asks not in client.get("/en/my/rounds/small-2025/").text  # it is about another round
    case.reply(query)
    assert asks not in client.get(hub).text


def test_what_the_foundation_asked_for_stands_where_one_answers_until_one_opens_the_answers_oneself(
    case: ValidatingCase,
) -> None:
    note = "Kijk nog eens naar <b>de gesprekken</b>.\nZijn het er 1.200?"
    client, hub = case.case.client("coordinator"), "/en/my/rounds/small-2026/"
    assert "de gesprekken" not in client.get(hub).text
    with staff_scope():
        send_back(case.reload(), reason=note, by=case.researcher)
    for address in (hub, f"{hub}review/"):
        shown = client.get(address).text
        assert "The foundation opened your answers again on" in shown
        assert "Kijk nog eens naar &lt;b&gt;de gesprekken&lt;/b&gt;.<br>Zijn het er 1.200?" in shown
    assert "Opened again by the foundation" in client.get("/en/my/rounds/").text
    staff = case.staff().get(f"/en/staff/rounds/small-2026/submissions/{case.case.mine.pk}/").text
    assert "Zijn het er 1.200?" in staff
    person = case.case.people["coordinator"]
    with participant_scope(case.case.mine.pk, person.pk):
        submit_submission(case.case.submission(), by=person, language="nl")
    assert "de gesprekken" not in client.get(hub).text  # done
    with participant_scope(case.case.mine.pk, person.pk):
        reopen_submission(case.case.submission(), by=person)
    assert "de gesprekken" not in client.get(hub).text  # their own wish, not the foundation's


def test_a_value_is_left_out_with_a_reason_and_can_count_again(case: ValidatingCase) -> None:
    query = case.ask()
    with pytest.raises(InvalidInput):
        case.resolve(query, "excluded")
    assert state(query) == "open"
    case.resolve(query, "excluded", "In uren opgegeven.")
    with staff_scope():
        one = Exclusion.objects.get()
        assert (one.question, one.reason, one.lifted_at) == ("calls", "In uren opgegeven.", None)
        again = exclude_answer(case.reload(), "calls", reason="Nog eens.", by=case.researcher)
        assert again == one
        assert lift_exclusion(case.reload(), "calls", by=case.researcher)
        assert not lift_exclusion(case.reload(), "calls", by=case.researcher)
        one.refresh_from_db()
        assert one.lifted_by == case.researcher


def test_acceptance_holds_for_the_answers_as_they_were(case: ValidatingCase) -> None:
    query = case.ask()
    with staff_scope(), pytest.raises(NotPossibleNow):
        accept_submission(case.reload(), by=case.researcher)
    case.correct("calls", "1300")
    case.resolve(query, "corrected")
    with staff_scope():
        review = accept_submission(case.reload(), by=case.researcher)
        assert review.accepted_hash == case.reload().content_hash
    other = case.ask("answered")
    case.correct("answered", "950")
    case.resolve(other, "corrected")
    assert case.reload().content_hash != review.accepted_hash


def test_reminders_go_out_after_a_week_three_times_at_most(case: ValidatingCase) -> None:
    query = case.ask()
    case.ask("answered")
    before = len(mails())
    with staff_scope():
        assert remind_of_queries(by=None) == 0
    for _again in range(5):
        with staff_scope():
            long_ago = timezone.now() - timedelta(days=8)
            Query.objects.update(asked_at=long_ago, reminded_at=long_ago)
            remind_of_queries(by=None)
            assert remind_of_queries(by=None) == 0  # the same day
    with staff_scope():
        query.refresh_from_db()
    assert query.reminders == 3
    assert len(mails()) - before == 3  # one an organisation, whatever its queries
    case.reply(query)
    with staff_scope():
        assert remind_of_queries(case.case.open, by=case.researcher, at_once=True) == 1
        query.refresh_from_db()
    assert query.reminders == 3


def test_who_withdrew_is_not_reminded(case: ValidatingCase) -> None:
    case.ask()
    with staff_scope():
        withdraw_organisation(case.case.mine, round_=case.case.open, by=case.researcher)
        assert remind_of_queries(case.case.open, by=case.researcher, at_once=True) == 0


def test_participants_reach_their_own_dialogue_and_nothing_that_was_found(case: ValidatingCase) -> None:
    query = case.ask()
    with staff_scope():
        CheckFinding.objects.create(
            organisation=case.case.mine, submission=case.submission, kind="peers", question="calls", column="calls"
        )
    with participant_scope(case.case.other.pk):
        assert not Query.objects.exists()
        assert not QueryMessage.objects.exists()
    for forbidden in (
        lambda: list(CheckFinding.objects.all()),
        lambda: Query.objects.filter(pk=query.pk).update(resolution="explained"),
        lambda: QueryMessage.objects.update(text="anders"),
        lambda: Exclusion.objects.create(organisation=case.case.mine, submission=case.submission, question="calls"),
    ):
        with participant_scope(case.case.mine.pk), pytest.raises(ProgrammingError), transaction.atomic():
            forbidden()
