"""When a corrected answer counts: at once, in the next edition, or not; and what waits for that edition."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from surveys.models import Correction, Query, Round, Submission

FROZEN = (Round.State.FROZEN, Round.State.COMPUTED, Round.State.REVIEWED, Round.State.PUBLISHED)
UNDER_WAY = (Query.State.OPEN, Query.State.REPLIED)


class Counting(StrEnum):
    """When a correction made now counts."""

    REOPEN = "reopen"  # the round still takes answers: take the submission back and submit it again
    NOW = "now"  # in the figures that are still to be made
    NEXT_EDITION = "next"  # what was frozen stays: it waits for the next edition
    CLOSED = "closed"  # the round is closed and no corrections are taken


COUNTING_TEXTS = {
    Counting.REOPEN: _("The round is open: take the submission back to change answers, and submit again."),
    Counting.NOW: _("A correction counts in the figures that are still to be made."),
    Counting.NEXT_EDITION: _(
        "The answers of this round were frozen. A correction is kept and waits for the next edition; a figure is made"
        " anew only when enough organisations have corrections, so that nobody's change can be worked out."
    ),
    Counting.CLOSED: _("This round is closed and takes no corrections now."),
}


@dataclass(frozen=True)
class RoundMoment:
    """How a round stands at this moment, by the database's clock."""

    state: str
    taking: bool
    correcting: bool
    edition: int

    def counting(self, *, asked: bool) -> Counting:
        """When a correction of a submitted answer counts; `asked`: a query about that answer is under way."""
        if self.state in FROZEN:
            return Counting.NEXT_EDITION
        if self.correcting or asked:
            return Counting.NOW
        if self.taking:
            return Counting.REOPEN
        return Counting.CLOSED


def round_moment(current: Round) -> RoundMoment:
    """How the round stands now; stays true until commit for who holds the round."""
    rows = Round.objects.filter(pk=current.pk)
    row = rows.annotate(now=Now()).values("state", "closes_at", "corrections_until", "edition", "now").get()
    now, until = row["now"], row["corrections_until"]
    taking = row["state"] == Round.State.OPEN and (row["closes_at"] is None or row["closes_at"] > now)
    may = row["state"] in (Round.State.OPEN, Round.State.CLOSED)
    return RoundMoment(row["state"], taking, may and until is not None and until > now, row["edition"])


def counting_of(submission: Submission, question: str) -> Counting:
    """When a correction of this answer made now counts."""
    asked = Query.objects.filter(submission=submission, question=question, state__in=UNDER_WAY).exists()
    return round_moment(submission.round).counting(asked=asked)


def corrections_of(submission: Submission) -> QuerySet[Correction]:
    """All corrections of a submission, the latest first."""
    return Correction.objects.filter(submission=submission).select_related("made_by").order_by("-id")


def waiting_correction(submission: Submission, question: str) -> Correction | None:
    """The correction of an answer that waits for the next edition, if there is one."""
    rows = Correction.objects.filter(submission=submission, question=question, state=Correction.State.WAITING)
    return rows.select_related("made_by").first()


def corrections_in(current: Round) -> QuerySet[Correction]:
    """All corrections in a round with their organisations, the latest first."""
    rows = Correction.objects.filter(submission__round=current)
    return rows.select_related("organisation", "made_by").order_by("-id")


@dataclass(frozen=True)
class WaitingCorrections:
    """What waits for the next edition: answers, organisations, and organisations by question."""

    answers: int
    organisations: int
    by_question: dict[str, int]


def waiting_corrections(current: Round) -> WaitingCorrections:
    """What waits for the next edition of a round; for staff, since it counts everybody's."""
    rows = Correction.objects.filter(submission__round=current, state=Correction.State.WAITING)
    counts = rows.order_by().values("question").annotate(number=Count("organisation", distinct=True))
    by_question = {row["question"]: row["number"] for row in counts}
    totals = rows.aggregate(answers=Count("pk"), organisations=Count("organisation", distinct=True))
    return WaitingCorrections(totals["answers"], totals["organisations"], by_question)
