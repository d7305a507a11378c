"""Two organisations become one: what that means, and doing it. Released figures stay as they are.

The one that goes keeps its history: its answers were its own. From now on the two count as one contributor (one group),
its people work for the other and may still read what was, and it starts nothing new.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import Invitation, Membership, Organisation, OrganisationGroup, User
from portal.roles import MANAGING_PEOPLE, MemberRole
from portal.services.audit import record
from surveys.models import Round, Submission

# A round in one of these states still takes in, or makes something of, what the two hand in.
UNDER_WAY = (Round.State.OPEN, Round.State.CLOSED, Round.State.FROZEN, Round.State.COMPUTED, Round.State.REVIEWED)


@dataclass(frozen=True)
class Meaning:
    """What a merger does, in numbers, before it is confirmed."""

    released: tuple[Round, ...]  # rounds with released figures in which one of them took part
    both: tuple[Round, ...]  # … in which both did
    under_way: tuple[Round, ...]  # rounds that are not published yet, with answers of the one that goes
    unfinished: tuple[Round, ...]  # … that it has not handed in, in an open round: these stand in the way
    people: int
    invitations: int
    group: str  # in which the two count as one; empty: one is made


def meaning_of(goes: Organisation, stays: Organisation) -> Meaning:
    """Look, change nothing. Needs the staff scope."""
    rows = Submission.objects.filter(organisation__in=[goes, stays]).select_related("round")
    seen = [(one.organisation_id, one.state, one.round) for one in rows.order_by("round__reference_period")]
    mine = [(state, round_) for owner, state, round_ in seen if owner == goes.pk]
    published = {round_ for _owner, _state, round_ in seen if round_.state == Round.State.PUBLISHED}
    with_both = {round_ for round_ in published if len({owner for owner, _s, one in seen if one == round_}) == 2}
    return Meaning(
        released=_sorted(published),
        both=_sorted(with_both),
        under_way=_sorted({round_ for _state, round_ in mine if round_.state in UNDER_WAY}),
        unfinished=_sorted(
            {
                round_
                for state, round_ in mine
                if round_.state == Round.State.OPEN and state != Submission.State.SUBMITTED
            }
        ),
        people=Membership.objects.filter(organisation=goes).count(),
        invitations=Invitation.objects.filter(organisation=goes, accepted_at=None, withdrawn_at=None).count(),
        group=stays.group.name if stays.group else "",
    )


@transaction.atomic
def merge_organisations(goes: Organisation, stays: Organisation, *, by: User) -> Organisation:
    """Let `goes` become part of `stays`. By an administrator; it cannot be undone.

    Raises NotAllowed; InvalidInput for an organisation with itself; NotPossibleNow when one of them merged away
    already, or when the one that goes is still filling in an open round.
    """
    if by.foundation_role not in MANAGING_PEOPLE:
        raise NotAllowed(_("Only an administrator of the foundation may do this."))
    if goes.pk == stays.pk:
        raise InvalidInput(_("Choose another organisation."))
    pair = Organisation.objects.select_for_update(of=("self",)).filter(pk__in=[goes.pk, stays.pk]).order_by("pk")
    held = {one.pk: one for one in pair}
    goes, stays = held[goes.pk], held[stays.pk]
    if goes.merged_into_id is not None or stays.merged_into_id is not None:
        raise NotPossibleNow(_("This organisation has merged into another one."))
    if meaning_of(goes, stays).unfinished:
        raise NotPossibleNow(_("It is still filling in an open round. Let it hand in or withdraw first."))
    stays.group = stays.group or goes.group or _group_of(stays)
    stays.save(update_fields=["group"])
    Organisation.objects.filter(pk=goes.pk).update(group=stays.group, merged_into=stays, merged_at=Now())
    people = _move_people(goes, stays)
    open_ones = Invitation.objects.filter(organisation=goes, accepted_at=None, withdrawn_at=None)
    withdrawn = open_ones.update(withdrawn_at=Now())
    for one, other, role in ((goes, stays, "goes"), (stays, goes, "stays")):
        detail = {"other": other.pk, "role": role, "people": people, "invitations": withdrawn}
        record("organisation.merged", subject=one, by=by, organisation=one, **detail)
    stays.refresh_from_db()
    return stays


def _move_people(goes: Organisation, stays: Organisation) -> int:
    """Who worked for the one works for the other, in the same role, and reads what was."""
    members = list(Membership.objects.select_for_update().filter(organisation=goes))
    for member in members:
        Membership.objects.get_or_create(organisation=stays, user_id=member.user_id, defaults={"role": member.role})
    Membership.objects.filter(organisation=goes).update(role=MemberRole.VIEWER)
    return len(members)


def _group_of(stays: Organisation) -> OrganisationGroup:
    code = f"{stays.code}-group"[:60]
    return OrganisationGroup.objects.get_or_create(code=code, defaults={"name": stays.name})[0]


def _sorted(rounds: set[Round]) -> tuple[Round, ...]:
    return tuple(sorted(rounds, key=lambda one: (one.reference_period, one.code)))
