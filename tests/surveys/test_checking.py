"""Running the checks: what is stored, in which words, what a second run keeps, and that submitting asks for it."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.utils import translation

from portal.models import Job, Organisation
from portal.tenancy import staff_scope
from surveys.models import CheckFinding, Review, Round, Submission
from surveys.questionnaire import Typed, load_questionnaire, parse_answer
from surveys.selectors.findings import FindingTexts
from surveys.services.checking import check_all, request_round_check
from surveys.services.imports import ImportedAnswer, ImportedSubmission, hold_round_for_import, store_submissions
from surveys.services.organisations import OrganisationRow, save_organisations
from surveys.services.validating import dismiss_finding
from surveys.tasks import check_round, check_submission
from tests.surveys.answering_case import SMALL, build_case
from tests.surveys.validating_case import ValidatingCase, validating_case

pytestmark = pytest.mark.django_db
COUNT = 24
SLIPPED = 3  # answered in thousands


def brought_in(
    current: Round, year: int, *, only: range = range(COUNT), other: Mapping[int, Mapping[str, Typed]] | None = None
) -> None:
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
            given: dict[str, Typed] = {"calls": f"{calls:.0f}", "answered": f"{answered:.0f}", "outsources": "no"}
            given |= (other or {}).get(i, {})
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


COPIED: Mapping[str, Typed] = {
    "calls": "2345",
    "answered": "1987",
    "channels": {"phone": "61,3", "mail": "38,7"},
    "goals": ["faster", "better"],
    "remark": "In mei ging de centrale over naar de cloud.",
}


def test_a_copied_questionnaire_is_told_with_what_is_the_same_and_what_chance_would_give() -> None:
    case = build_case()
    brought_in(case.open, 2026, other={6: COPIED, 7: COPIED | {"outsources": "yes", "reason": "cost"}})
    check_all(case.open.pk)
    rows = [row for row in found(case.open).values() if row.kind == "duplicate"]
    assert {row.organisation.code for row in rows} == {"many-6", "many-7"}
    (row,) = [row for row in rows if row.organisation.code == "many-6"]
    figures = {key: row.figures[key] for key in ("columns", "both", "choices", "asked", "usual")}
    assert figures == {
        "columns": ["calls", "answered", "channels.phone", "channels.mail", "remark"],
        "both": 5,
        "choices": ["goals"],  # outsources: one says no, the other yes
        "asked": 2,
        "usual": 1.9,  # 23 of 24 say no (0.92), and all who answered chose these goals
    }
    english, dutch = sentences(case.open, "en"), sentences(case.open, "nl")
    assert english["many-6", row.column] == (
        "5 of 5 exact figures and texts (100 %) are the same as at Veel 7, and hardly anybody else has them."
        " Of 2 choices 1 (50 %) are the same; by chance that would be 1.9."
    )
    assert dutch["many-6", row.column].startswith("5 van de 5 precieze cijfers en teksten (100 %) zijn gelijk")


def written(kind: str, column: str, figures: dict[str, Any], language: str) -> tuple[str, dict[str, str]]:
    """What the page says of a finding."""
    file = load_questionnaire(SMALL.format(year=2026))
    row = CheckFinding(kind=kind, column=column, question=column, figures=figures)
    with translation.override(language):
        shown = FindingTexts(file, language).view(row)
    return shown.sentence, dict(shown.figures)


def test_a_finding_among_peers_names_the_median_of_all() -> None:
    """It is of all answers, this one among them: not of "the others"."""
    figures = {"value": 9.0, "median": 1200.0, "low": 300.0, "high": 4000.0, "others": 24, "distance": -6.5}
    assert written("peers", "calls", figures, "en")[0] == (
        "9 calls lies far below the median of all answers, 1,200 calls."
    )
    figures |= {"value": 90_000.0, "distance": 6.5}
    assert written("peers", "calls", figures, "nl")[0] == (
        "90.000 gesprekken ligt ver boven de mediaan van alle antwoorden, 1.200 gesprekken."
    )


def test_a_finding_about_size_shows_every_column_that_it_was_held_against() -> None:
    usual = {"median": 2.0, "low": 1.5, "high": 2.7, "others": 24}
    lead = {"beside": "answered", "other": 900.0, "ratio": 10.0, **usual}
    other = {"beside": "channels.phone", "other": 60.0, "ratio": 150.0, **usual}
    figures: dict[str, Any] = {"value": 9000.0, **lead}
    sentence, before = written("size", "calls", figures, "en")  # as they were stored before there were several
    assert sentence.startswith("9,000 calls does not go with 900 at “How many answered?”: the ratio is 10, mostly 2.")
    assert before["How many answered?"] == "900; ratio 10, usually 1.5 to 2.7"
    _sentence, shown = written("size", "calls", figures | {"partners": [lead, other], "distance": 5.0}, "en")
    assert shown["Mix (Phone)"] == "60 %; ratio 150, usually 1.5 to 2.7"
    assert "24" in shown["Organisations compared, this one among them"]


def test_a_change_of_ten_times_and_more_is_said_in_times_as_on_the_page() -> None:
    figures: dict[str, Any] = {"value": 7719298.0, "before": 100.0}
    sentence, _facts = written("history", "calls", figures, "en")
    assert sentence == "7,719,298 calls is more than 77,000 times as much as last round's 100 calls."
    sentence, _facts = written("history", "calls", figures, "nl")
    assert sentence == "7.719.298 gesprekken is ruim 77.000 keer zoveel als de 100 gesprekken van vorige ronde."


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
