"""Queries: a validator asks about an answer, the organisation replies or corrects, the validator resolves."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import User
from portal.services.audit import record
from surveys.models import CheckFinding, Query, QueryMessage, Round, Submission, Withdrawal
from surveys.selectors.asked import asked_as
from surveys.services.validating import (
    check_validator,
    coordinators,
    exclude_answer,
    hold_submitted,
    require_question,
    said,
    tell,
)

REMIND_AFTER = timedelta(days=7)
MOST_REMINDERS = 3


@transaction.atomic
def ask_query(
    submission: Submission, question: str, *, text: str, by: User | None, findings: Iterable[CheckFinding] = ()
) -> Query:
    """Ask the organisation about one of its submitted answers; its coordinators get a mail.

    Raises NotPossibleNow when a query about that answer is under way or the answers are not submitted.
    """
    check_validator(by)
    require_question(submission, question)
    words = said(text)
    current = hold_submitted(submission)
    try:
        with transaction.atomic():
            query = Query.objects.create(
                organisation_id=current.organisation_id, submission=current, question=question, asked_by=by
            )
    except IntegrityError:
        raise NotPossibleNow(_("There is a query about this answer already.")) from None
    _write(query, words, by=by, from_staff=True)
    CheckFinding.objects.filter(pk__in=[one.pk for one in findings], submission=current).update(query=query)
    _note("query.asked", query, by)
    _tell_organisation(query, words)
    return query


@transaction.atomic
def reply_to_query(query: Query, *, text: str, by: User | None) -> Query:
    """The organisation's answer to a query; more than one is possible until it is resolved."""
    words = said(text)
    current = _locked(query)
    if current.state == Query.State.RESOLVED:
        raise NotPossibleNow(_("This query was resolved; there is nothing to reply to any more."))
    _write(current, words, by=by, from_staff=False)
    _to(current, Query.State.REPLIED)
    _note("query.replied", current, by)
    return current


@transaction.atomic
def ask_further(query: Query, *, text: str, by: User | None) -> Query:
    """Go on asking after a reply: it is the organisation's turn again."""
    check_validator(by)
    words = said(text)
    current = _locked(query)
    if current.state == Query.State.RESOLVED:
        raise NotPossibleNow(_("This query was resolved; ask a new one."))
    _write(current, words, by=by, from_staff=True)
    _to(current, Query.State.OPEN)
    _note("query.asked_further", current, by)
    _tell_organisation(current, words)
    return current


@transaction.atomic
def resolve_query(query: Query, *, resolution: str, by: User | None, text: str = "") -> Query:
    """End a query. `excluded` leaves the value out and needs `text` as its reason; again changes nothing."""
    check_validator(by)
    if resolution not in Query.Resolution.values:
        raise InvalidInput(_("Choose how the query ended."))
    excludes = resolution == Query.Resolution.EXCLUDED
    words = said(text) if excludes or text.strip() else ""
    current = _locked(query)
    if current.state == Query.State.RESOLVED:
        return current
    if excludes:
        exclude_answer(current.submission, current.question, reason=words, by=by)
    if words:
        _write(current, words, by=by, from_staff=True)
    Query.objects.filter(pk=current.pk).update(
        state=Query.State.RESOLVED, resolution=resolution, resolved_at=Now(), resolved_by=by
    )
    if resolution == Query.Resolution.EXPLAINED:
        CheckFinding.objects.filter(query=current, dismissed_at=None).update(dismissed_at=Now(), dismissed_by=by)
    _note("query.resolved", current, by, resolution=resolution)
    current.refresh_from_db()
    return current


@transaction.atomic
def remind_of_queries(round_: Round | None = None, *, by: User | None, at_once: bool = False) -> int:
    """Remind organisations of queries that wait for them, one mail an organisation; returns how many were reminded.

    Not within a week of asking or of the last reminder, and at most three times; `at_once`: now, when staff ask for it.
    """
    check_validator(by)
    rows = Query.objects.select_for_update(of=("self",)).filter(state=Query.State.OPEN)
    rows = rows.filter(submission__round__state__in=(Round.State.OPEN, Round.State.CLOSED))
    left = Q(round=OuterRef("submission__round")) | Q(round=None)
    rows = rows.exclude(Exists(Withdrawal.objects.filter(left, organisation=OuterRef("organisation"))))
    if round_ is not None:
        rows = rows.filter(submission__round=round_)
    if not at_once:
        long_ago = Now() - REMIND_AFTER
        rows = rows.filter(Q(reminded_at=None) | Q(reminded_at__lte=long_ago), asked_at__lte=long_ago)
        rows = rows.filter(reminders__lt=MOST_REMINDERS)
    by_submission: dict[int, list[Query]] = {}
    for query in rows.select_related("submission__round__version", "organisation").order_by("id"):
        by_submission.setdefault(query.submission_id, []).append(query)
    for queries in by_submission.values():
        _remind(queries)
    found = [query.pk for queries in by_submission.values() for query in queries]
    Query.objects.filter(pk__in=found).update(reminded_at=Now(), reminders=F("reminders") + 1)
    if found:
        record("queries.reminded", subject=round_ or "queries", by=by, queries=len(found))
    return len(by_submission)


def _remind(queries: list[Query]) -> None:
    first = queries[0]
    for person in coordinators(first.organisation):
        with translation.override(person.language):
            listed = "\n".join(f"- {_about(query, person.language)}" for query in queries)
            subject = ngettext(
                "Reminder: %(n)s question about your answers to %(round)s",
                "Reminder: %(n)s questions about your answers to %(round)s",
                len(queries),
            ) % {"n": len(queries), "round": first.submission.round.title}
            body = _("We asked you about these answers of %(organisation)s:\n\n%(questions)s\n\n%(how)s") % {
                "organisation": first.organisation.name,
                "questions": listed,
                "how": _how(),
            }
            tell(person, first.organisation, subject, body)


def _tell_organisation(query: Query, words: str) -> None:
    for person in coordinators(query.organisation):
        with translation.override(person.language):
            subject = _("A question about your answers to %(round)s") % {"round": query.submission.round.title}
            body = _("Question: %(question)s\n\n%(text)s\n\n%(how)s") % {
                "question": _about(query, person.language),
                "text": words,
                "how": _how(),
            }
            tell(person, query.organisation, subject, body)


def _how() -> str:
    return _(
        "Sign in to the portal: the question stands beside the answer and under “Queries”. There you can reply, or"
        " correct the answer."
    )


def _about(query: Query, language: str) -> str:
    return asked_as(query.submission, query.question, language)


def _locked(query: Query) -> Query:
    rows = Query.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("submission__round__version", "organisation").get(pk=query.pk)


def _to(query: Query, state: str) -> None:
    Query.objects.filter(pk=query.pk).update(state=state)
    query.state = state


def _write(query: Query, text: str, *, by: User | None, from_staff: bool) -> None:
    QueryMessage.objects.create(
        organisation_id=query.organisation_id, query=query, from_staff=from_staff, text=text, written_by=by
    )


def _note(action: str, query: Query, by: User | None, **detail: object) -> None:
    record(action, subject=query, by=by, organisation=query.organisation_id, question=query.question, **detail)
