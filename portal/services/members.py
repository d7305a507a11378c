"""Who works for an organisation: roles and leaving; and what an administrator changes about people of the foundation.

Each request reads memberships and roles anew, so a change holds from the next request on.
"""

from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import NotAllowed, NotPossibleNow
from portal.models import Membership, User
from portal.roles import MANAGING_MEMBERS, MANAGING_PEOPLE, FoundationRole, MemberRole
from portal.services.audit import record
from portal.sessions import end_other_sessions


@transaction.atomic
def change_member_role(membership: Membership, role: MemberRole, *, by: User) -> Membership:
    """Give a member another role. By a coordinator of the organisation or an administrator.

    Raises NotAllowed, and NotPossibleNow when the organisation would be left without a coordinator.
    """
    held = _hold(membership)
    _check_may(by, held)
    if held.role == role:
        return held
    _check_successor(held)
    before, held.role = held.role, role
    held.save(update_fields=["role"])
    record(
        "member.role_changed",
        subject=held,
        by=by,
        organisation=held.organisation_id,
        person=held.user_id,
        before=before,
        role=str(role),
    )
    return held


@transaction.atomic
def remove_member(membership: Membership, *, by: User) -> None:
    """End a membership: by a coordinator, an administrator, or the member. The person's open invitations die with it.

    Raises NotAllowed, and NotPossibleNow for the last coordinator: somebody has to succeed first.
    """
    held = _hold(membership)
    if by.pk != held.user_id:
        _check_may(by, held)
    _check_successor(held)
    record(
        "member.removed", subject=held, by=by, organisation=held.organisation_id, person=held.user_id, role=held.role
    )
    held.delete()


@transaction.atomic
def set_foundation_role(user: User, role: FoundationRole | None, *, by: User) -> None:
    """Give or take a role at the foundation. By another administrator, so that one always stays. Raises NotAllowed."""
    _check_other_administrator(user, by)
    before = user.foundation_role
    User.objects.filter(pk=user.pk).update(foundation_role=role or "")
    user.refresh_from_db(fields=["foundation_role"])
    record("user.foundation_role_changed", subject=user, by=by, before=before, role=str(role or ""))


@transaction.atomic
def set_active(user: User, active: bool, *, by: User) -> None:
    """Close an account, whose sessions end at once, or open it again. By another administrator. Raises NotAllowed."""
    _check_other_administrator(user, by)
    User.objects.filter(pk=user.pk).update(is_active=active)
    user.refresh_from_db(fields=["is_active"])
    if not active:
        end_other_sessions(user)
    record("user.opened" if active else "user.closed", subject=user, by=by)


def _hold(membership: Membership) -> Membership:
    """The membership, with all coordinators of its organisation locked: two cannot leave at the same moment."""
    organisation = membership.organisation_id
    list(
        Membership.objects.select_for_update()
        .filter(organisation=organisation, role__in=MANAGING_MEMBERS)
        .order_by("pk")
        .values_list("pk")
    )
    return Membership.objects.select_for_update().get(pk=membership.pk)


def _check_may(by: User, membership: Membership) -> None:
    if by.foundation_role in MANAGING_PEOPLE:
        return
    mine = Membership.objects.filter(organisation=membership.organisation_id, user=by, role__in=MANAGING_MEMBERS)
    if not mine.exists():
        raise NotAllowed(_("Your role does not allow this."))


def _check_successor(membership: Membership) -> None:
    if membership.role not in MANAGING_MEMBERS:
        return
    others = Membership.objects.filter(organisation=membership.organisation_id, role__in=MANAGING_MEMBERS)
    if not others.exclude(pk=membership.pk).filter(user__is_active=True).exists():
        raise NotPossibleNow(_("This is the only coordinator. Make somebody else coordinator first."))


def _check_other_administrator(user: User, by: User) -> None:
    if by.foundation_role not in MANAGING_PEOPLE or by.pk == user.pk:
        raise NotAllowed(_("Only another administrator of the foundation may do this."))
