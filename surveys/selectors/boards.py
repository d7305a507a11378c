"""What staff see of a round: response, jobs, editions, values that ask for attention. Read in the staff scope."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from portal.models import Job, Organisation
from surveys.models import Answer, Edition, QuestionnaireVersion, Round, Submission
from surveys.questionnaire import (
    AnswerStatus,
    AnswerValue,
    QuestionnaireFile,
    check_submission,
    format_answer,
    piped,
)
from surveys.questionnaire.lineage import answers_then
from surveys.selectors.previous import lineage
from surveys.selectors.rounds import all_rounds, previous_round
from surveys.selectors.stored import VALUE_FIELDS, stored_value
from surveys.selectors.withdrawals import withdrawals_from

SUBMITTED = Q(submissions__state=Submission.State.SUBMITTED)
SCANNED = 600  # organisations that one page looks at: bounds the time of a page in a round of thousands


@dataclass(frozen=True)
class ResponseCounts:
    """How far a round's response is. `organisations` are all that the portal knows and could take part."""

    organisations: int
    started: int
    submitted: int
    imported: int


@dataclass(frozen=True)
class FlaggedValue:
    """One soft edit on submitted answers: whose, about what, why, and the reason that was given."""

    organisation_id: int
    organisation: str
    questions: tuple[str, ...]
    values: str
    message: str
    explanation: str


def rounds_with_response() -> QuerySet[Round]:
    """Every round with `submitted_count` and `started_count`."""
    return all_rounds().annotate(
        submitted_count=Count("submissions", filter=SUBMITTED),
        started_count=Count("submissions", filter=Q(submissions__state=Submission.State.STARTED)),
    )


def response_counts(current: Round) -> ResponseCounts:
    """Counts for the round's page, in two queries."""
    counts = Submission.objects.filter(round=current).aggregate(
        started=Count("pk", filter=Q(state=Submission.State.STARTED)),
        submitted=Count("pk", filter=Q(state=Submission.State.SUBMITTED)),
        imported=Count("pk", filter=Q(source=Submission.Source.IMPORT)),
    )
    return ResponseCounts(organisations=Organisation.objects.count(), **counts)


def response_rows(current: Round) -> QuerySet[Submission]:
    """The submissions of a round with their organisation and `answers_given`: how many questions have an answer.

    `is_withdrawn`: the organisation left the round, or everything.
    """
    given = Answer.objects.filter(submission=OuterRef("pk"), is_valid=True).exclude(status=AnswerStatus.NONRESPONSE)
    count = given.order_by().values("submission").annotate(count=Count("pk")).values("count")
    rows = Submission.objects.filter(round=current).select_related("organisation__group", "submitted_by")
    left = withdrawals_from(current).filter(organisation=OuterRef("organisation"))
    return rows.annotate(
        answers_given=Coalesce(Subquery(count, output_field=IntegerField()), 0), is_withdrawn=Exists(left)
    )


def round_jobs(current: Round, limit: int = 6) -> QuerySet[Job]:
    """The latest background work of a round, newest first."""
    return Job.objects.filter(key__startswith=f"round-{current.pk}-").select_related("created_by")[:limit]


def round_editions(current: Round) -> QuerySet[Edition]:
    """The frozen editions of a round, newest first, without their bytes."""
    return Edition.objects.filter(round=current).defer("panel").order_by("-number")


def latest_versions() -> QuerySet[QuestionnaireVersion]:
    """The version of each questionnaire that was loaded last."""
    newest = QuestionnaireVersion.objects.order_by("questionnaire_id", "-id").distinct("questionnaire_id")
    return QuestionnaireVersion.objects.filter(pk__in=newest.values("pk")).select_related("questionnaire")


def organisations_with_members(search: str = "") -> QuerySet[Organisation]:
    """All organisations with their group, `member_count` and `withdrawal_count`; `search` narrows by name or code."""
    rows = Organisation.objects.select_related("group").annotate(
        member_count=Count("memberships", distinct=True), withdrawal_count=Count("withdrawals", distinct=True)
    )
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(code__iexact=search) | Q(group__name__icontains=search))
    return rows.order_by(F("name").asc(), "code")


def dimension_labels(language: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Dimension code → (label, option code → label), from the latest version of each questionnaire."""
    labels: dict[str, tuple[str, dict[str, str]]] = {}
    for version in latest_versions():
        for one in version.file.dimensions:
            options = labels.get(one.code, ("", {}))[1]
            options |= one.labels(language)
            labels[one.code] = (one.label.text(language), options)
    return labels


@dataclass(frozen=True)
class FlaggedPage:
    """Some flagged values; `next_after` is where to go on looking, None at the end."""

    values: tuple[FlaggedValue, ...]
    next_after: int | None


def flagged_values(current: Round, language: str, *, after: int = 0, limit: int = 50) -> FlaggedPage:
    """Soft edits on submitted answers of the next organisations by id, until `limit` are found or `SCANNED` were seen.

    They are worked out from the answers when asked for, so they are never out of date.
    """
    file = current.version.file
    before = previous_round(current)
    rows = Submission.objects.filter(round=current, state=Submission.State.SUBMITTED, organisation__gt=after)
    batch = list(rows.select_related("organisation").order_by("organisation_id")[:SCANNED])
    owners = [one.organisation_id for one in batch]
    answers = _answers(current, file, owners)
    compared = [one for one in file.questions if one.bounds_change]
    joined = lineage(before.version, current.version) if before else {}
    codes = [joined[one.code][0] for one in compared if one.code in joined]
    previous = _answers(before, before.version.file, owners, codes) if before and codes else {}
    found: list[FlaggedValue] = []
    for one in batch:
        given = answers.get(one.organisation_id, {})
        findings = check_submission(file, given, answers_then(joined, previous.get(one.organisation_id, {})), language)
        found += [
            _flagged(one, file, given, finding.code, finding.questions, finding.message, language)
            for finding in findings
            if finding.kind == "soft"
        ]
        if len(found) >= limit:
            return FlaggedPage(tuple(found), one.organisation_id)
    return FlaggedPage(tuple(found), owners[-1] if len(batch) == SCANNED else None)


def _answers(
    current: Round, file: QuestionnaireFile, owners: list[int], codes: list[str] | None = None
) -> dict[int, dict[str, AnswerValue]]:
    found: dict[int, dict[str, AnswerValue]] = defaultdict(dict)
    rows = Answer.objects.filter(submission__round=current, organisation__in=owners)
    if codes is not None:
        rows = rows.filter(question__in=codes)
    for owner, code, *stored in rows.values_list("organisation_id", "question", *VALUE_FIELDS):
        if file.has_question(code):
            found[owner][code] = stored_value(file.question(code), *stored)
    return found


def _flagged(
    submission: Submission,
    file: QuestionnaireFile,
    answers: dict[str, AnswerValue],
    code: str,
    questions: tuple[str, ...],
    message: str,
    language: str,
) -> FlaggedValue:
    values = [format_answer(file.question(one), answers[one], language) for one in questions if one in answers]
    return FlaggedValue(
        submission.organisation_id,
        submission.organisation.name,
        tuple(piped(file.question(one).text, file, answers, language) for one in questions),
        " · ".join(values),
        message,
        str(submission.explanations.get(code, "")),
    )
