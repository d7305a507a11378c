"""Running the checks: what is stored, in which words, what a second run keeps, and that submitting asks for it."""

import pytest
from django.utils import translation

from portal.models import Job, Organisation
from portal.tenancy import staff_scope
from surveys.models import CheckFinding, Review, Round, Submission
from surveys.questionnaire import parse_answer
from surveys.selectors.findings import FindingTexts
from surveys.services.checking import check_all, request_round_check
from surveys.services.imports import ImportedAnswer, ImportedSubmission, hold_round_for_import, store_submissions
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.validating import dismiss_finding
from surveys.tasks import check_round, check_submission
from tests.surveys.answering_case import build_case
from tests.surveys.validating_case import ValidatingCase, validating_case

pytestmark = pytest.mark.django_db
COUNT = 24
SLIPPED = 3  # answered in thousands


def brought_in(current: Round, year: int, *, only: range = range(COUNT)) -> None:
    """Answers of two dozen organisations: steady, but for one unit slip this year and one impossible pair."""
    with staff_scope():
        rows = [OrganisationRow(f"many-{i}", f"Veel {i}", "", {}) for i in range(COUNT)]
        save_organisations(rows, by=None)
        ids = dict(Organisation.objects.filter(code__startswith="many-").values_list("code", "pk"))
        held = hold_round_for_import(current.pk)
        file = held.version.file
        submissions = []
        for i in only:
            calls = (2000 + 37 * i) * (1.02 if year == 2026 else 1)
            answered = calls * (0.8 + 0.005 * i)
            if i == SLIPPED and year == 2026:
                calls, answered = calls / 1000, answered / 1000
            if i == 5 and year == 2026:
                answered = calls + 100  # more than there were: an import may bring that
            given = {"calls": f"{calls:.0f}", "answered": f"{answered:.0f}", "outsources": "no"}
            answers = tuple(ImportedAnswer(c, t, parse_answer(file.question(c), t, "nl")) for c, t in given.items())
            submissions.append(ImportedSubmission(ids[f"many-{i}"], answers))
        store_submissions(held, submissions, [one.code for one in file.questions], by=None)


@pytest.fixture
def full_round() -> Round:
    case = build_case()
    with staff_scope():
        Round.objects.filter(pk=case.closed.pk).update(state="closed")
    brought_in(case.closed, 2025)
    brought_in(case.open, 2026)
    return case.open


def found(current: Round) -> dict[tuple[str, str], CheckFinding]:
    with staff_scope():
        rows = CheckFinding.objects.filter(submission__round=current).select_related("organisation")
        return {(row.organisation.code, row.column): row for row in rows}


def sentences(current: Round, language: str) -> dict[tuple[str, str], str]:
    with staff_scope(), translation.override(language):
        texts = FindingTexts(current.version.file, language)
        return {key: texts.view(row).sentence for key, row in found(current).items()}


def test_a_round_is_checked_and_each_finding_says_why(full_round: Round) -> None:
    assert check_all(full_round.pk) > 0
    rows = found(full_round)
    kinds = {(code, row.kind) for (code, _column), row in rows.items()}
    assert kinds == {("many-3", "unit"), ("many-5", "consistency"), ("many-5", "history")}
    slip = rows["many-3", "calls"]
    assert slip.figures["factor"] == 0.001
    assert slip.figures["before"] == 2111
    english = sentences(full_round, "en")
    assert english["many-3", "calls"] == (
        "2 calls is about 1/1,000 of last round's 2,111 calls. In another unit: 2,000 calls?"
    )
    assert english["many-5", "check:answered_within_calls"] == "More answered than there were."
    with staff_scope(), translation.override("en"):
        shown = FindingTexts(full_round.version.file, "en").view(slip)
    median = dict(shown.figures)["Median of all answers"].removesuffix(" calls").replace(",", "")
    assert float(median) == float(f"{slip.figures['median']:.4g}")  # computed, so with four digits
    with staff_scope():
        assert Review.objects.filter(submission__round=full_round, checked_at__isnull=False).count() == COUNT


def test_a_second_run_keeps_what_was_decided_until_the_answer_changes(full_round: Round) -> None:
    check_all(full_round.pk)
    row = found(full_round)["many-3", "calls"]
    with staff_scope():
        dismiss_finding(row, by=None)
    check_all(full_round.pk)
    again = found(full_round)["many-3", "calls"]
    assert (again.pk, again.dismissed_at is None) == (row.pk, False)
    with staff_scope():
        changed = row.submission.answers.get(question="calls")
        changed.number = 3.0
        changed.save()
    check_all(full_round.pk)
    changed_row = found(full_round)["many-3", "calls"]
    assert (changed_row.pk, changed_row.dismissed_at, changed_row.figures["value"]) == (row.pk, None, 3.0)
    with staff_scope():
        changed.number = 2150.0
        changed.save()
    check_all(full_round.pk)
    assert ("many-3", "calls") not in found(full_round)


def test_the_job_runs_the_checks_and_says_that_it_is_done(full_round: Round) -> None:
    with staff_scope():
        job = request_round_check(full_round, by=None)
    check_round(job.pk)
    with staff_scope():
        job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert found(full_round)


def test_handing_in_asks_for_the_checks_of_that_submission_among_its_peers() -> None:
    case: ValidatingCase = validating_case()
    brought_in(case.case.open, 2026, only=range(20))
    with staff_scope():
        answer = case.reload().answers.get(question="calls")
        answer.number, answer.typed = 1_000_000.0, "1000000"  # a thousand times last year's
        answer.save()
        job = Job.objects.get(task="surveys.check_submission", organisation=case.case.mine)
    check_submission(job.pk)
    with staff_scope():
        job.refresh_from_db()
        rows = list(CheckFinding.objects.values_list("organisation__code", "kind", "column"))
    assert job.state == Job.State.DONE, job.error
    assert rows[0] == ("zilver", "unit", "calls")
    assert {organisation for organisation, _kind, _column in rows} == {"zilver"}  # the others were its peers only


def test_a_submission_that_was_reopened_meanwhile_has_nothing_to_find() -> None:
    case: ValidatingCase = validating_case()
    with staff_scope():
        Submission.objects.filter(pk=case.submission.pk).update(state="started", submitted_at=None)
        job = Job.objects.get(task="surveys.check_submission")
    check_submission(job.pk)
    with staff_scope():
        assert not CheckFinding.objects.exists()
