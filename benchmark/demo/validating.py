"""What a validator finds in the round under way: slips of the pen, one query that waits, one that was replied to."""

from collections.abc import Mapping

from django.db.models.functions import Now

from benchmark.demo.answers import LANGUAGE
from benchmark.demo.people import ASKED, PEOPLE
from portal.models import Job, Organisation, User
from portal.roles import FoundationRole
from portal.tenancy import participant_scope, staff_scope
from surveys.models import CheckFinding, Participation, Query, Round, Submission
from surveys.questionnaire import AnswerValue, format_number
from surveys.services.check_requests import CHECK_SUBMISSION
from surveys.services.checking import check_all
from surveys.services.queries import ask_query, reply_to_query
from surveys.services.validating import accept_submission, assign_validator

REPLIED = "telecom-echoput"
ACCEPTED = "waterschap-de-kromming"
# organisation → question → by what its answer is multiplied: hours in minutes, costs in thousands, digits too many
SLIPS: Mapping[str, Mapping[str, float]] = {
    ASKED: {"talk_hours": 60},
    REPLIED: {"contact_costs": 1 / 1000},
    "pakket-postduif": {"complaints": 100},
}
QUERIES = {
    ASKED: ("talk_hours", "Is dit in uren, of in minuten?", ""),
    REPLIED: ("contact_costs", "Zijn dit de kosten in euro's?", "In duizenden euro's; zo staan ze in de jaarrekening."),
}


def slipped(code: str, question: str, value: AnswerValue) -> str:
    """What an organisation types where its pen slips; empty where it does not."""
    factor = SLIPS.get(code, {}).get(question)
    if factor is None or value.number is None:
        return ""
    return format_number(round(value.number * factor), None, LANGUAGE)


def validate_open_round(current: Round) -> None:
    """Check what came in and ask about it; a second time changes nothing."""
    with staff_scope():
        if Query.objects.filter(submission__round=current).exists():
            return
        _invite(current)
    check_all(current.pk)
    emails = [person.email for person in PEOPLE if person.foundation_role == FoundationRole.RESEARCHER]
    with staff_scope():
        # The worker need not do again what was done here.
        waiting = Job.objects.filter(task=CHECK_SUBMISSION, state=Job.State.WAITING)
        waiting.update(state=Job.State.DONE, finished_at=Now())
        researcher = User.objects.get(email__in=emails)
        mine = {one.organisation.code: one for one in _submissions(current)}
        for code, (question, text, _reply) in QUERIES.items():
            found = CheckFinding.objects.filter(submission=mine[code], question=question)
            ask_query(mine[code], question, text=text, by=researcher, findings=list(found))
            assign_validator(mine[code], researcher, by=researcher)
        accept_submission(mine[ACCEPTED], by=researcher)
        replies = list(Query.objects.filter(submission=mine[REPLIED]))
    for query in replies:
        with participant_scope(query.organisation_id):
            reply_to_query(query, text=QUERIES[REPLIED][2], by=None)


def _submissions(current: Round) -> list[Submission]:
    rows = Submission.objects.filter(round=current, organisation__code__in=[*SLIPS, ACCEPTED])
    return list(rows.select_related("organisation", "round__version__questionnaire"))


def _invite(current: Round) -> None:
    """Everybody was invited; some have looked and not begun."""
    seen = set(Submission.objects.filter(round=current).values_list("organisation_id", flat=True))
    rest = Organisation.objects.filter(is_invented=True).exclude(pk__in=seen).order_by("pk")
    Participation.objects.bulk_create(
        [Participation(organisation=one, round=current) for one in Organisation.objects.filter(is_invented=True)],
        ignore_conflicts=True,
    )
    invited = Participation.objects.filter(round=current)
    invited.update(invited_at=current.opens_at)
    invited.filter(organisation__in=[one.pk for one in rest[::3]]).update(opened_at=Now())
