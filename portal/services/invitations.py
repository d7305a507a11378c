"""Invitations: who may invite whom, the mail with its link, and the one moment in which it is used.

A link is worth what its inviter is worth: whoever may not invite any more, has invited nobody. The token is known to
the mail's reader alone (256 bits; its hash is kept), and GET changes nothing, because mail scanners follow links.
"""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotAllowed, NotPossibleNow
from portal.models import Invitation, Membership, Organisation, User
from portal.roles import MANAGING_MEMBERS, MANAGING_PEOPLE, FoundationRole, MemberRole, role_label
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from portal.tenancy import worker_scope

DAYS = 7
TOKEN = "TOKEN"  # noqa: S105  where the token goes in the link that a view gives
RESEND_AFTER = timedelta(minutes=2)
MOST_OPEN = 50  # per organisation: nobody mails the whole country through the portal


def hash_of(token: str) -> str:
    """What is kept of a token. It has 256 bits of its own, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def may_invite(by: User | None, organisation: Organisation | None) -> bool:
    """Administrators of the foundation invite everywhere; coordinators into their own organisation."""
    if by is None or not by.is_active:
        return False
    if by.foundation_role in MANAGING_PEOPLE:
        return True
    return (
        organisation is not None
        and Membership.objects.filter(organisation=organisation, user=by, role__in=MANAGING_MEMBERS).exists()
    )


@transaction.atomic
def invite(
    email: str, *, role: MemberRole | FoundationRole, organisation: Organisation | None, by: User, link: str
) -> Invitation:
    """Invite an address, or send an open invitation of that address anew with this role. `link` contains TOKEN.

    Runs in the inviter's scope. Raises NotAllowed, InvalidInput (a member already) and NotPossibleNow (too many).
    """
    email = email.strip().lower()
    _check_may(by, organisation)
    if organisation is not None and organisation.merged_into_id is not None:
        raise NotPossibleNow(_("This organisation has merged into another one."))
    if _belongs_already(email, organisation):
        raise InvalidInput(_("This address belongs here already."))
    mine = Invitation.objects.filter(organisation=organisation, accepted_at=None, withdrawn_at=None)
    found = mine.select_for_update().filter(email=email).first()
    if found is None and mine.count() >= MOST_OPEN:
        raise NotPossibleNow(_("There are many open invitations already. Withdraw some first."))
    if found is not None:
        found.role = role
        return _send(found, by=by, link=link)
    made = Invitation(organisation=organisation, email=email, role=role, language=translation.get_language() or "nl")
    return _send(made, by=by, link=link)


@transaction.atomic
def resend(invitation: Invitation, *, by: User, link: str) -> Invitation:
    """A new link, good for seven days more; the old one ends. The sender answers for it from now on."""
    held = Invitation.objects.select_for_update().get(pk=invitation.pk)
    _check_may(by, held.organisation)
    if held.accepted_at or held.withdrawn_at:
        raise NotPossibleNow(_("This invitation has been used or withdrawn."))
    return _send(held, by=by, link=link)


@transaction.atomic
def withdraw(invitation: Invitation, *, by: User) -> None:
    """End an invitation; its link does nothing any more."""
    held = Invitation.objects.select_for_update().get(pk=invitation.pk)
    _check_may(by, held.organisation)
    if held.accepted_at:
        raise NotPossibleNow(_("This invitation has been used or withdrawn."))
    if held.withdrawn_at is None:
        Invitation.objects.filter(pk=held.pk).update(withdrawn_at=Now())
        record("invitation.withdrawn", subject=held, by=by, organisation=held.organisation_id)


def usable(token: str) -> Invitation | None:
    """The invitation of a token that can be used now, with its organisation and inviter; None for all others."""
    with worker_scope():
        found = (
            Invitation.objects.select_related("organisation", "invited_by")
            .filter(token_hash=hash_of(token), accepted_at=None, withdrawn_at=None, expires_at__gt=Now())
            .first()
        )
        return found if found is not None and may_invite(found.invited_by, found.organisation) else None


def accept(token: str, *, user: User | None = None, name: str = "", password: str = "") -> User:
    """Use an invitation, once: by the signed-in `user` with its address, or by somebody new with a name.

    Without a password one signs in with a mailed code or, later, a passkey. Raises NotPossibleNow when the link is
    not good (any more), NotAllowed for another address, InvalidInput for a name or password that cannot be used.
    """
    with worker_scope():
        Invitation.objects.select_for_update().filter(token_hash=hash_of(token)).first()  # one at a time
        invitation = usable(token)
        if invitation is None:
            raise NotPossibleNow(_("This invitation no longer works."))
        person = _newcomer(invitation, name, password) if user is None else user
        if person.email != invitation.email:
            raise NotAllowed(_("This invitation is for another e-mail address."))
        _take_role(invitation, person)
        Invitation.objects.filter(pk=invitation.pk).update(accepted_at=Now(), accepted_by=person)
        record(
            "invitation.accepted",
            subject=invitation,
            by=person,
            organisation=invitation.organisation_id,
            role=invitation.role,
            invited_by=invitation.invited_by_id,
        )
        return person


def _newcomer(invitation: Invitation, name: str, password: str) -> User:
    if User.objects.filter(email=invitation.email).exists():
        raise NotPossibleNow(_("There is already an account with this address. Sign in first."))
    if not name.strip():
        raise InvalidInput(_("Fill in your name."))
    person = User(email=invitation.email, name=name.strip(), language=invitation.language)
    if password:
        try:
            validate_password(password, person)
        except ValidationError as error:
            raise InvalidInput(_("This password cannot be used."), error.messages) from None
    made = User.objects.create_user(invitation.email, password or None, name=name.strip(), language=invitation.language)
    record("user.created", subject=made, by=made, foundation_role="")
    return made


def _take_role(invitation: Invitation, person: User) -> None:
    """Give the role; who has one already keeps what is theirs when that is more."""
    if invitation.organisation is None:
        User.objects.filter(pk=person.pk, foundation_role="").update(foundation_role=invitation.role)
        person.refresh_from_db(fields=["foundation_role"])
        return
    Membership.objects.get_or_create(
        organisation=invitation.organisation, user=person, defaults={"role": invitation.role}
    )


def _belongs_already(email: str, organisation: Organisation | None) -> bool:
    if organisation is None:
        return User.objects.filter(email=email).exclude(foundation_role="").exists()
    return Membership.objects.filter(organisation=organisation, user__email=email).exists()


def _check_may(by: User, organisation: Organisation | None) -> None:
    if not may_invite(by, organisation):
        raise NotAllowed(_("Your role does not allow this."))


def _send(invitation: Invitation, *, by: User, link: str) -> Invitation:
    just_sent = Invitation.objects.filter(pk=invitation.pk, sent_at__gt=Now() - RESEND_AFTER)
    if invitation.pk and just_sent.exists():
        raise NotPossibleNow(_("This invitation was sent a moment ago. Wait a few minutes."))
    token = secrets.token_urlsafe(32)
    invitation.token_hash, invitation.invited_by = hash_of(token), by
    invitation.sent_at, invitation.expires_at = Now(), Now() + timedelta(days=DAYS)  # the database's clock
    invitation.save()
    invitation.refresh_from_db(fields=["sent_at", "expires_at"])
    record("invitation.sent", subject=invitation, by=by, organisation=invitation.organisation_id, role=invitation.role)
    with translation.override(invitation.language):
        put_in_outbox(
            to=invitation.email,
            subject=_("Invitation to %(house)s") % {"house": house_of(invitation)},
            body=_mail(invitation, by, link.replace(TOKEN, token)),
            organisation=invitation.organisation,
            secret=True,
        )
    return invitation


def house_of(invitation: Invitation) -> str:
    """The organisation that one is invited to, or the foundation."""
    return invitation.organisation.name if invitation.organisation else str(_("the foundation"))


def _mail(invitation: Invitation, by: User, address: str) -> str:
    return _(
        "Hello,\n\n%(person)s invites you to work for %(house)s in the benchmark portal, as: %(role)s.\n\n"
        "Open this page and press the button to accept:\n\n%(address)s\n\n"
        "The invitation is for this e-mail address only and works once, until %(date)s.\n\n"
        "You do not know about this? Then do nothing."
    ) % {
        "person": str(by),
        "house": house_of(invitation),
        "role": role_label(invitation.role),
        "address": address,
        "date": timezone.localtime(invitation.expires_at).strftime("%d-%m-%Y %H:%M"),
    }
