"""The response board of a round: every organisation with how far it is, for staff; and what earlier rounds foretell."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from portal.models import AuditEntry, Organisation
from surveys.models import Answer, CheckFinding, Query, Round, Submission
from surveys.questionnaire import AnswerValue, QuestionnaireFile, progress
from surveys.selectors.stored import VALUE_FIELDS, stored_value
from surveys.selectors.withdrawals import withdrawals_from
from surveys.validation import Forecast, Response, forecast_response
from surveys.validation.forecasting import FEWEST

DAY = 86_400
# What can be looked for: code → (label, condition on the rows of `board_rows`).
SUBMITTED = Q(state=Submission.State.SUBMITTED)
ACCEPTED = SUBMITTED & Q(accepted_at__isnull=False, accepted_hash=F("content_hash"))
SHOWN: dict[str, tuple[object, Q]] = {
    "not_invited": (_("Not invited"), Q(state=None, invited_at=None, reminded_at=None, opened_at=None)),
    "not_opened": (_("Not looked yet"), Q(state=None, opened_at=None)),
    "not_started": (_("Not begun"), Q(state=None)),
    "not_submitted": (_("Not submitted"), Q(state=None) | Q(state=Submission.State.STARTED)),
    "started": (_("Being filled in"), Q(state=Submission.State.STARTED)),
    "submitted": (_("Submitted"), SUBMITTED),
    "to_accept": (_("Submitted, not accepted yet"), SUBMITTED & ~ACCEPTED),
    "queried": (_("Query waits for the organisation"), Q(queries_open__gt=0)),
    "replied": (_("Query waits for the foundation"), Q(queries_replied__gt=0)),
    "found": (_("With findings"), Q(findings__gt=0)),
    "accepted": (_("Accepted"), ACCEPTED),
    "withdrawn": (_("Withdrawn"), Q(is_withdrawn=True)),
}
SILENT = ("not_invited", "not_opened", "not_started", "not_submitted", "started")  # withdrawn ones are left out


def board_rows(current: Round) -> QuerySet[Any]:
    """Every organisation with what is known of it in this round, as annotations; one query.

    `state` None: nothing was answered. `queries_open`, `queries_replied`, `findings` (not looked at) are counts.
    """
    mine = Q(submissions__round=current)
    taking = Q(participations__round=current)
    rows = Organisation.objects.filter(merged_into=None).annotate(
        mine=FilteredRelation("submissions", condition=mine), part=FilteredRelation("participations", condition=taking)
    )
    rows = rows.annotate(
        submission=F("mine__pk"),
        state=F("mine__state"),
        source=F("mine__source"),
        submitted_at=F("mine__submitted_at"),
        content_hash=F("mine__content_hash"),
        invited_at=F("part__invited_at"),
        opened_at=F("part__opened_at"),
        reminded_at=F("part__reminded_at"),
        reminders=F("part__reminders"),
        accepted_at=F("mine__review__accepted_at"),
        accepted_hash=F("mine__review__accepted_hash"),
        validator=F("mine__review__validator"),
        validator_name=F("mine__review__validator__name"),
        is_withdrawn=Exists(withdrawals_from(current).filter(organisation=OuterRef("pk"))),
    )
    queries = Query.objects.filter(submission__round=current, organisation=OuterRef("pk"))
    found = CheckFinding.objects.filter(
        submission__round=current, organisation=OuterRef("pk"), dismissed_at=None, query=None
    )
    return rows.annotate(
        queries_open=_count(queries.filter(state=Query.State.OPEN)),
        queries_replied=_count(queries.filter(state=Query.State.REPLIED)),
        findings=_count(found),
    )


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.order_by().values("organisation").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def filtered(rows: QuerySet[Any], *, show: str = "", search: str = "", validator: int | None = None) -> QuerySet[Any]:
    """The rows that staff look for."""
    if show in SHOWN:
        rows = rows.filter(SHOWN[show][1])
        if show in SILENT:
            rows = rows.filter(is_withdrawn=False)
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(code__iexact=search) | Q(group__name__icontains=search))
    return rows if validator is None else rows.filter(validator=validator)


def not_submitted(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the rows that can be reminded: who has not submitted and did not withdraw."""
    return filtered(rows, show="not_submitted")


@dataclass(frozen=True)
class BoardCounts:
    """How far the response is."""

    organisations: int
    invited: int
    opened: int
    started: int
    submitted: int
    queried: int
    accepted: int


def board_counts(current: Round) -> BoardCounts:
    """Counts over everybody who did not withdraw; one query."""
    rows = board_rows(current).filter(is_withdrawn=False)
    totals = rows.aggregate(
        organisations=Count("pk"),
        invited=Count("pk", filter=Q(invited_at__isnull=False) | Q(reminded_at__isnull=False)),  # either asks them
        opened=Count("pk", filter=Q(opened_at__isnull=False) | Q(submission__isnull=False)),
        started=Count("pk", filter=Q(submission__isnull=False)),
        submitted=Count("pk", filter=SUBMITTED),
        queried=Count("pk", filter=Q(queries_open__gt=0) | Q(queries_replied__gt=0)),
        accepted=Count("pk", filter=ACCEPTED),
    )
    return BoardCounts(**totals)


def theme_progress(current: Round, submissions: Iterable[int]) -> dict[int, dict[str, tuple[int, int]]]:
    """Submission id → section → (answered, due); one query."""
    file = current.version.file
    wanted = [pk for pk in submissions if pk is not None]
    answers: dict[int, dict[str, AnswerValue]] = defaultdict(dict)
    rows = Answer.objects.filter(submission__in=wanted).values_list("submission_id", "question", *VALUE_FIELDS)
    for submission, code, *fields in rows:
        if file.has_question(code):
            answers[submission][code] = stored_value(file.question(code), *fields)
    return {pk: progress(file, answers[pk]) for pk in wanted}


def percentage(done: tuple[int, int]) -> int:
    """Answered of due in whole percent, 100 only when nothing is left."""
    answered, due = done
    return 100 if answered >= due else min(99, round(100 * answered / due))


def section_titles(file: QuestionnaireFile, language: str) -> list[tuple[str, str]]:
    """(code, title) of the themes."""
    return [(section.code, section.title.text(language)) for section in file.sections]


@dataclass(frozen=True)
class ForecastView:
    """The forecast with what it rests on; `reason` says why there is none."""

    forecast: Forecast | None
    days_left: int | None
    rounds: tuple[str, ...]
    reason: object = ""


def response_forecast(current: Round, counts: BoardCounts) -> ForecastView:
    """How many will have submitted at the closing, from earlier rounds of the same questionnaire answered online."""
    now, closes = Round.objects.filter(pk=current.pk).annotate(now=Now()).values_list("now", "closes_at").get()
    if current.state != Round.State.OPEN:
        return ForecastView(None, None, (), _("The round is not open."))
    if closes is None or closes <= now:
        return ForecastView(None, None, (), _("No closing time is set, so there is nothing to count down to."))
    left = (closes - now).total_seconds() / DAY
    earlier = _earlier_responses(current)
    names = tuple(name for name, _response in earlier)
    if not earlier:
        reason = _("No earlier round was answered online, so nothing is known of when organisations answer.")
        return ForecastView(None, round(left), (), reason)
    if all(len(one.days_before) < FEWEST for _name, one in earlier):
        too_few = _("Too few organisations answered earlier rounds online to say when organisations answer.")
        return ForecastView(None, round(left), names, too_few)
    found = forecast_response(counts.submitted, left, [one for _name, one in earlier], counts.organisations)
    too_early = _("It is too early: so long before the closing nobody had answered in earlier rounds.")
    return ForecastView(found, round(left), names, "" if found else too_early)


def _earlier_responses(current: Round) -> list[tuple[str, Response]]:
    same = Round.objects.filter(
        version__questionnaire=current.version.questionnaire_id, reference_period__lt=current.reference_period
    ).exclude(state__in=(Round.State.DRAFT, Round.State.OPEN))
    found = []
    for one in same.order_by("-reference_period")[:3]:
        closed = closing_moment(one)
        online = Submission.objects.filter(
            round=one, state=Submission.State.SUBMITTED, source=Submission.Source.ONLINE, submitted_at__isnull=False
        )
        moments = list(online.values_list("submitted_at", flat=True))
        if closed is not None and moments:
            days = (max(0.0, (closed - moment).total_seconds() / DAY) for moment in moments if moment is not None)
            found.append((one.title, Response(tuple(days))))
    return found


def closing_moment(current: Round) -> datetime | None:
    """When a round closed for answers: as planned, else when somebody closed it first."""
    if current.closes_at is not None:
        return current.closes_at
    rows = AuditEntry.objects.filter(action="round.close", subject=f"surveys.round:{current.pk}").order_by("id")
    return rows.values_list("at", flat=True).first()
