"""Queries as both sides see them, and what stands beside an answer on the organisation's own pages."""

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet, TextField, Value
from django.utils.translation import gettext as _

from portal.models import Organisation
from surveys.models import Correction, Exclusion, Query, QueryMessage, Round, Submission
from surveys.selectors.corrections import UNDER_WAY

KINDS = {Query.State.OPEN: "warn", Query.State.REPLIED: "busy", Query.State.RESOLVED: "good"}


@dataclass(frozen=True)
class BesideAnswer:
    """What a validator says about an answer, shown beside it; `query` is the id where one can reply."""

    question: str
    kind: str
    title: str
    text: str
    query: int | None = None


def _with_messages() -> QuerySet[Query]:
    messages = QueryMessage.objects.select_related("written_by").order_by("id")
    rows = Query.objects.select_related("submission__round__version", "organisation", "asked_by", "resolved_by")
    return rows.prefetch_related(Prefetch("messages", queryset=messages))


def queries_of_organisation(organisation: Organisation) -> QuerySet[Query]:
    """All queries about its answers, those that wait for it first."""
    return _with_messages().filter(organisation=organisation).order_by("state", "-id")


def query_of(organisation: Organisation, query_id: int) -> Query | None:
    """One of its queries."""
    return _with_messages().filter(organisation=organisation, pk=query_id).first()


def queries_of_submission(submission: Submission) -> QuerySet[Query]:
    """All queries about a submission, the latest first."""
    return _with_messages().filter(submission=submission).order_by("-id")


def queries_in(current: Round, state: str = "") -> QuerySet[Query]:
    """All queries of a round for staff, those that wait for the foundation first."""
    rows = _with_messages().filter(submission__round=current)
    return (rows.filter(state=state) if state else rows).order_by("-state", "asked_at")


def open_queries(organisation: Organisation, current: Round | None = None) -> int:
    """How many queries wait for the organisation; in one round only."""
    rows = Query.objects.filter(organisation=organisation, state=Query.State.OPEN)
    return (rows.filter(submission__round=current) if current else rows).count()


def beside_answers(submission: Submission | None) -> list[BesideAnswer]:
    """Queries under way, what is left out and corrections that wait, for the pages that show the answers. Two queries,
    three where there is a dialogue."""
    if submission is None:
        return []
    found = []
    rows = _with_messages().filter(submission=submission, state__in=UNDER_WAY)
    for query in rows:
        last = next((one for one in reversed(query.messages.all()) if one.from_staff), None)
        title = _("The foundation asks") if query.state == Query.State.OPEN else _("You replied; the foundation looks")
        kind = "warn" if query.state == Query.State.OPEN else ""
        found.append(BesideAnswer(query.question, kind, title, last.text if last else "", query.pk))
    left_out = Exclusion.objects.filter(submission=submission, lifted_at=None).values_list("question", "reason")
    waiting = Correction.objects.filter(submission=submission, state=Correction.State.WAITING)
    for question, reason in left_out.union(waiting.values_list("question", Value("", TextField())), all=True):
        if reason:
            found.append(BesideAnswer(question, "warn", _("This answer does not count"), reason))
        else:
            text = _("It will be counted in the next edition, when enough organisations have corrections.")
            found.append(BesideAnswer(question, "", _("A correction waits"), text))
    return found
