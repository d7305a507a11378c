"""Who takes part no more: in a round, or in anything."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from portal.models import Organisation
from surveys.models import Round, Submission, Withdrawal


def withdrawals_from(current: Round) -> QuerySet[Withdrawal]:
    """The withdrawals that keep somebody out of what is still to be made of this round."""
    return Withdrawal.objects.filter(Q(round=current) | Q(round=None))


def withdrawal_of(organisation: Organisation, current: Round | None) -> Withdrawal | None:
    """The organisation's withdrawal from this round, or from everything; the latter for None alone."""
    found = Withdrawal.objects.filter(organisation=organisation).filter(Q(round=current) | Q(round=None))
    return found.order_by("pk").first()


def withdrawals_of(organisation: Organisation) -> QuerySet[Withdrawal]:
    """All of them, with their rounds, the latest first."""
    rows = Withdrawal.objects.filter(organisation=organisation).select_related("round", "withdrawn_by")
    return rows.order_by("-withdrawn_at", "-pk")


def rounds_to_leave(organisation: Organisation) -> QuerySet[Round]:
    """The rounds that the organisation has a submission in and did not leave yet, newest first."""
    mine = Submission.objects.filter(organisation=organisation, round=OuterRef("pk"))
    left = Withdrawal.objects.filter(organisation=organisation, round=OuterRef("pk"))
    rows = Round.objects.filter(Exists(mine)).exclude(Exists(left)).exclude(state=Round.State.DRAFT)
    return rows.order_by("-reference_period", "code")


# States in which nothing was made of the answers yet, as long as no edition was published before.
BEFORE_FREEZE = (Round.State.OPEN, Round.State.CLOSED)


def is_frozen(current: Round) -> bool:
    """Whether results were made of the round's answers, or may be under way: readable in every scope."""
    return current.edition > 1 or current.state not in BEFORE_FREEZE
