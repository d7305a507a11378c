"""Running the checks on submitted answers: of one submission when it comes in, of a whole round when staff ask.

What is found is stored with the figures that prove it; a finding that is found again stays as it is, with what a
validator said about it, unless its figures changed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.models import Job, User
from portal.services.audit import record
from portal.services.jobs import start_job
from portal.tenancy import worker_scope
from surveys.models import CheckFinding, Review, Round, Submission
from surveys.questionnaire import LANGUAGES, Finding, QuestionnaireFile, check_submission
from surveys.selectors.measured import BATCH, RoundValues, round_values
from surveys.selectors.panels import answers_of_organisations, panel_rows
from surveys.services.validating import check_validator
from surveys.validation import Twin, check_measured, find_twins

Progress = Callable[[int, int], None]
PEERS = 1000  # organisations that one submission is held against when it comes in
CHECK_ROUND = "surveys.check_round"
UNEXPLAINED, EXPLAINED = 8.0, 1.0


@dataclass(frozen=True)
class _Finding:
    """One row of CheckFinding to be."""

    organisation: int
    kind: str
    question: str
    column: str
    weight: float
    figures: dict[str, Any]


def request_round_check(current: Round, *, by: User | None) -> Job:
    """Have all submissions of a round checked."""
    check_validator(by)
    job = start_job(
        CHECK_ROUND,
        key=f"round-{current.pk}-check",
        title=_("Checking the answers of “%(round)s”") % {"round": current.title},
        by=by,
        arguments={"round": current.pk},
    )
    record("round.check.requested", subject=current, by=by, code=current.code, job=job.pk)
    return job


def check_one(submission_id: int, *, finishing: Callable[[], AbstractContextManager[Any]] = worker_scope) -> int:
    """Check one submission against its peers of the moment; the number of findings. Withdrawn or reopened: none."""
    with worker_scope():
        one = Submission.objects.select_related("round__version__questionnaire").get(pk=submission_id)
        organisations = [row[0] for row in panel_rows(one.round)]
        if one.organisation_id not in organisations:
            organisations = []
        mine = set(organisations[:PEERS]) | ({one.organisation_id} if organisations else set())
        values = round_values(one.round, sorted(mine))
        found = _findings(one.round, values, [one.organisation_id] if organisations else [])
    with finishing():
        return _store(one.round, found, [one.organisation_id])


def check_all(
    round_id: int,
    *,
    progress: Progress = lambda done, total: None,
    finishing: Callable[[], AbstractContextManager[Any]] = worker_scope,
) -> int:
    """Check all submissions of a round; the number of findings."""
    with worker_scope():
        current = Round.objects.select_related("version__questionnaire").get(pk=round_id)
        organisations = [row[0] for row in panel_rows(current)]
        values = round_values(current, organisations)
    progress(1, 3)
    with worker_scope():
        found = _findings(current, values, organisations)
    progress(2, 3)
    with finishing():
        return _store(current, found, organisations)


def _findings(current: Round, values: RoundValues, wanted: Sequence[int]) -> list[_Finding]:
    file = current.version.file
    place = {organisation: index for index, organisation in enumerate(values.organisations)}
    places = [place[one] for one in wanted]
    columns = {one.code: one for one in file.columns()}
    found = [
        _Finding(
            values.organisations[one.place],
            one.kind,
            columns[one.column].question,
            one.column,
            one.weight,
            _plain(one.figures),
        )
        for one in check_measured(values.columns, places)
    ]
    found += _twins(values, set(places), {code: one.question for code, one in columns.items()})
    return found + _edits(current, file, wanted)


def _plain(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures as they are stored: twelve digits, which is more than anybody typed."""
    plain: dict[str, Any] = {}
    for key, value in figures.items():
        listed = [_plain(one) for one in value] if isinstance(value, list) else value
        plain[key] = float(f"{value:.12g}") if isinstance(value, float) else listed
    return plain


def _twins(values: RoundValues, places: set[int], questions: Mapping[str, str]) -> list[_Finding]:
    found = []
    for twin in find_twins({one.column: one.now for one in values.columns}, values.texts, values.choices):
        for mine, other in ((twin.first, twin.second), (twin.second, twin.first)):
            if mine in places:
                found.append(_twin(values, twin, mine, other, questions))
    return found


def _twin(values: RoundValues, twin: Twin, mine: int, other: int, questions: Mapping[str, str]) -> _Finding:
    figures = {
        "organisation": values.organisations[other],
        "columns": list(twin.exact.same),
        "both": twin.exact.both,
        "choices": list(twin.choices.same),
        "asked": twin.choices.both,
        "usual": round(twin.usual, 1),
    }
    column = f"same as {values.organisations[other]}"
    first = (*twin.exact.same, *twin.choices.same)[0]
    weight = 20.0 + len(twin.exact.same) + len(twin.choices.same) / 10
    return _Finding(values.organisations[mine], "duplicate", questions.get(first, first), column, weight, figures)


def _edits(current: Round, file: QuestionnaireFile, wanted: Sequence[int]) -> list[_Finding]:
    """The questionnaire's own edits across questions, and hard ones, which an import may have brought in."""
    order = {question.code: index for index, question in enumerate(file.questions)}
    rows = Submission.objects.filter(round=current, organisation__in=wanted)
    explained = dict(rows.values_list("organisation_id", "explanations"))
    found = []
    for start in range(0, len(wanted), BATCH):
        for organisation, answers in answers_of_organisations(current, wanted[start : start + BATCH]).items():
            for one in check_submission(file, answers):
                if one.code.startswith("check:") or (one.kind == "hard" and not one.code.startswith("required:")):
                    reason = explained.get(organisation, {}).get(one.code, "")
                    last = max(one.questions, key=order.__getitem__)
                    found.append(_edit(organisation, one, last, reason))
    return found


def _edit(organisation: int, one: Finding, question: str, reason: str) -> _Finding:
    figures: dict[str, Any] = {"edit": one.code, "questions": list(one.questions), "reason": reason}
    figures |= {language: one.text(language) for language in LANGUAGES}
    weight = EXPLAINED if reason else UNEXPLAINED
    return _Finding(organisation, "consistency", question, one.code[:120], weight, figures)


def _store(current: Round, found: Iterable[_Finding], organisations: Sequence[int]) -> int:
    submissions = dict(
        Submission.objects.filter(round=current, organisation__in=organisations).values_list("organisation_id", "pk")
    )
    stored = {
        (row.submission_id, row.kind, row.column): row
        for row in CheckFinding.objects.select_for_update().filter(submission__in=submissions.values())
    }
    new, changed, seen = [], [], set()
    for one in found:
        key = (submissions[one.organisation], one.kind, one.column)
        if key in seen:
            continue
        seen.add(key)
        row = stored.get(key)
        fields = {"question": one.question, "weight": one.weight, "figures": one.figures}
        if row is None:
            new.append(
                CheckFinding(
                    organisation_id=one.organisation, submission_id=key[0], kind=key[1], column=key[2], **fields
                )
            )
        elif row.figures != one.figures:
            if row.figures.get("value") != one.figures.get("value") or "value" not in one.figures:
                row.dismissed_at = row.dismissed_by = None
            row.question, row.weight, row.figures = one.question, one.weight, one.figures
            changed.append(row)
    CheckFinding.objects.bulk_create(new, batch_size=1000)
    if changed:
        fields_changed = ["question", "weight", "figures", "dismissed_at", "dismissed_by"]
        CheckFinding.objects.bulk_update(changed, fields_changed, batch_size=500)
    gone = [row.pk for key, row in stored.items() if key not in seen]
    CheckFinding.objects.filter(pk__in=gone).delete()
    _mark_checked(submissions)
    return len(seen)


def _mark_checked(submissions: Mapping[int, int]) -> None:
    Review.objects.bulk_create(
        [Review(organisation_id=organisation, submission_id=pk) for organisation, pk in submissions.items()],
        ignore_conflicts=True,
    )
    Review.objects.filter(submission__in=submissions.values()).update(checked_at=Now())
