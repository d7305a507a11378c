"""Explaining, handing in once, reopening, and the race between handing in and closing."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import OutboxMail
from portal.owner_connection import as_owner
from portal.tenancy import participant_scope, staff_scope
from surveys.models import Submission
from surveys.services.answers import Typing, save_answers
from surveys.services.rounds import lock_round
from surveys.services.submissions import (
    blocking_sentences,
    content_hash,
    explain_findings,
    reopen_submission,
    sheet_of,
    submit_submission,
)
from tests.superuser import empty
from tests.surveys.answering_case import Case, build_case


@pytest.fixture
def inside(db: None) -> Iterator[Case]:
    case = build_case()
    with participant_scope(case.mine.pk, case.people["coordinator"].pk):
        yield case


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[Case]:
    """The case for two connections: committed, and emptied by the owner afterwards; but policies refer to people, and
    the shipped ones must be there for the tests that follow.
    """
    with django_db_blocker.unblock():
        yield build_case()
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE shipped AS TABLE benchmark_policyversion")
            empty("portal_organisation", "portal_user", "surveys_questionnaire")
            cursor.execute("INSERT INTO benchmark_policyversion TABLE shipped")
            cursor.execute("DROP TABLE shipped")


def save(case: Case, **typed: str) -> Submission:
    submission = case.submission()
    typings = [Typing(code, text) for code, text in typed.items()]
    save_answers(submission, typings, by=case.people["coordinator"], language="nl")
    return submission


def submit(case: Case, submission: Submission) -> Submission:
    return submit_submission(submission, by=case.people["coordinator"], language="nl")


def test_complete_answers_are_handed_in_with_hash_and_receipt(inside: Case) -> None:
    done = submit(inside, save(inside, calls="1200", answered="900", outsources="no"))
    assert done.state == "submitted"
    assert done.submitted_by == inside.people["coordinator"]
    assert done.content_hash == content_hash(done)
    (mail,) = OutboxMail.objects.all()
    assert mail.to == "coordinator@example.org"
    assert done.content_hash in mail.body
    assert "Zilverstroom" in mail.body


def test_handing_in_twice_changes_nothing_and_sends_one_receipt(inside: Case) -> None:
    submission = save(inside, calls="1200", outsources="no")
    first = submit(inside, submission)
    second = submit(inside, submission)
    assert (first.submitted_at, first.content_hash) == (second.submitted_at, second.content_hash)
    assert OutboxMail.objects.count() == 1


def test_each_obstacle_is_a_sentence_with_its_question(inside: Case) -> None:
    submission = save(inside, calls="veel", answered="10")
    with pytest.raises(InvalidInput) as refused:
        submit(inside, submission)
    assert [text.split("?")[0].split(" ")[0] for text in refused.value.problems] == ["Hoeveel", "Besteedt"]
    assert "“veel”" in refused.value.problems[0]


def test_a_hard_check_across_questions_stands_in_the_way(inside: Case) -> None:
    submission = save(inside, calls="1000", answered="1001", outsources="no")
    assert blocking_sentences(sheet_of(submission, "nl")) == ["Hoeveel beantwoord? Meer beantwoord dan er waren."]


def test_a_soft_edit_waits_for_a_reason_and_then_lets_through(inside: Case) -> None:
    submission = save(inside, calls="2000", outsources="no")
    assert len(blocking_sentences(sheet_of(submission, "nl"))) == 1
    explain_findings(submission, {"soft_change:calls": " overname "}, by=inside.people["coordinator"])
    assert submission.explanations == {"soft_change:calls": "overname"}
    assert submit(inside, submission).state == "submitted"


def test_a_reason_can_be_taken_back(inside: Case) -> None:
    submission = save(inside, calls="2000")
    explain_findings(submission, {"soft_change:calls": "overname"}, by=None)
    explain_findings(submission, {"soft_change:calls": " "}, by=None)
    assert submission.explanations == {}


def test_an_unreadable_answer_to_a_question_that_is_no_longer_asked_is_no_obstacle(inside: Case) -> None:
    submission = save(inside, calls="1200", outsources="yes", reason="geen optie")
    assert blocking_sentences(sheet_of(submission, "nl"))
    save(inside, outsources="no")
    assert blocking_sentences(sheet_of(submission, "nl")) == []


def test_reopening_makes_it_open_again_and_handing_in_anew_gives_a_new_hash(inside: Case) -> None:
    first = submit(inside, save(inside, calls="1200", outsources="no"))
    reopened = reopen_submission(first, by=inside.people["coordinator"])
    assert (reopened.state, reopened.submitted_at, reopened.content_hash) == ("started", None, "")
    second = submit(inside, save(inside, calls="1300"))
    assert second.content_hash not in ("", first.content_hash)


def test_reasons_are_not_changed_after_handing_in(inside: Case) -> None:
    submission = save(inside, calls="1200", outsources="no")
    submit(inside, submission)
    with pytest.raises(NotPossibleNow):
        explain_findings(submission, {"soft_change:calls": "toch"}, by=None)


def test_handing_in_while_the_round_closes_is_refused_and_not_lost_halfway(committed: Case) -> None:
    """The closer holds the round's row; handing in waits for it and then sees the closed round."""
    case = committed
    case.fill_all()
    outcome: list[object] = []

    def hand_in() -> None:
        try:
            with participant_scope(case.mine.pk, case.people["coordinator"].pk):
                submission = case.submission()
                started.set()
                submit(case, submission)
                outcome.append("submitted")
        except NotPossibleNow as error:
            outcome.append(error)
        finally:
            connection.close()

    started = threading.Event()
    thread = threading.Thread(target=hand_in)
    with staff_scope():
        current = lock_round(case.open.pk)
        thread.start()
        assert started.wait(20)
        thread.join(0.5)
        assert outcome == []  # waits
        current.state = "closed"
        current.save(update_fields=["state"])
    thread.join(20)
    assert [type(one) for one in outcome] == [NotPossibleNow]
    with staff_scope():
        assert Submission.objects.get(round=case.open).state == "started"
