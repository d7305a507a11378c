"""Which submission a validator looks at, which comes before and after it, and who the validators are."""

from dataclasses import dataclass

from django.db.models import QuerySet

from portal.models import User
from portal.roles import VALIDATING
from surveys.models import Review, Round, Submission


def submission_in(current: Round, organisation_id: int) -> Submission | None:
    """One organisation's submission to a round, with what its page needs."""
    rows = Submission.objects.filter(round=current, organisation=organisation_id)
    submission = rows.select_related("organisation__group", "submitted_by").first()
    if submission is not None:
        submission.round = current
    return submission


@dataclass(frozen=True)
class Neighbours:
    """Organisation ids of the submitted submissions before and after one, and its place among them, from 1."""

    before: int | None
    after: int | None
    place: int
    total: int


def neighbours(current: Round, organisation_id: int, *, validator: int | None = None) -> Neighbours:
    """By name of the organisation; `validator`: only among the submissions that are somebody's."""
    rows = Submission.objects.filter(round=current, state=Submission.State.SUBMITTED)
    if validator is not None:
        rows = rows.filter(review__validator=validator)
    ids = list(rows.order_by("organisation__name", "organisation_id").values_list("organisation_id", flat=True))
    if organisation_id not in ids:
        return Neighbours(None, ids[0] if ids else None, 0, len(ids))
    at = ids.index(organisation_id)
    return Neighbours(ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None, at + 1, len(ids))


def review_or_none(submission: Submission) -> Review | None:
    """The review of a submission, when somebody began one."""
    return Review.objects.filter(submission=submission).select_related("validator", "accepted_by").first()


def validators() -> QuerySet[User]:
    """Who may validate."""
    return User.objects.filter(foundation_role__in=list(VALIDATING), is_active=True).order_by("name", "email")
