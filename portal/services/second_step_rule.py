"""Whether an organisation asks a second step of everybody who works for it: its coordinators decide."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from portal.errors import NotAllowed, NotPossibleNow
from portal.mail_texts import fill_subject, fill_text
from portal.models import AuditEntry, Membership, Organisation, User
from portal.roles import MANAGING_MEMBERS
from portal.selectors.people import members_of, who_have_a_factor
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from portal.tenancy import worker_scope

REQUIRED = "organisation.second_step_required"
TOLD_AGAIN_AFTER = timedelta(days=1)  # a rule that goes on and off and on fills nobody's mailbox


@transaction.atomic
def require_second_step(organisation: Organisation, *, required: bool, by: User, link: str = "") -> int:
    """Ask a second step of every member from their next click on, or leave it to each of them.

    By a coordinator of the organisation. Colleagues who have none get a mail with `link`, the address of the page where
    one is set up, which asks to sign in; returns how many. Raises NotAllowed, and NotPossibleNow for a coordinator who
    asks of others what they have not set up themself: nobody would be left who knows that it works.
    """
    if not Membership.objects.filter(organisation=organisation, user=by, role__in=MANAGING_MEMBERS).exists():
        raise NotAllowed(_("Your role does not allow this."))
    if required and by.pk not in who_have_a_factor([by.pk]):
        raise NotPossibleNow(_("Set up your own second step first."))
    changed = Organisation.objects.filter(pk=organisation.pk, second_step_required=not required)
    if not changed.update(second_step_required=required):
        return 0
    # Where the operator asks it of everybody, the organisation's wish changes nothing for anybody.
    tell = required and not settings.PORTAL_SECOND_STEP_FOR_ALL and not _told_lately(organisation)
    record(
        "organisation.second_step_required" if required else "organisation.second_step_optional",
        subject=organisation,
        by=by,
        organisation=organisation,
    )
    return _tell_colleagues(organisation, by, link) if tell else 0


def _told_lately(organisation: Organisation) -> bool:
    with worker_scope():
        asked = AuditEntry.objects.filter(organisation=organisation, action=REQUIRED)
        return asked.filter(at__gt=Now() - TOLD_AGAIN_AFTER).exists()


def _tell_colleagues(organisation: Organisation, by: User, link: str) -> int:
    """A mail to each colleague who has no second step yet: for the others nothing changes."""
    colleagues = [one.user for one in members_of(organisation) if one.user.is_active and one.user_id != by.pk]
    protected = who_have_a_factor([one.pk for one in colleagues])
    without = [one for one in colleagues if one.pk not in protected]
    for person in without:
        values = {"person": str(person), "organisation": organisation.name, "sender": str(by), "address": link}
        with translation.override(person.language):
            subject = fill_subject(_("{organisation} asks you for a second step"), values)
            body = fill_text(
                _(
                    "Dear {person},\n\n"
                    "{sender} decided that everybody who works on the benchmark for {organisation} signs in with a"
                    " second step from now on. You have none yet.\n\n"
                    "Set one up, with an authenticator app or a passkey:\n{address}\n\n"
                    "Until then you see and change nothing of {organisation}; what you were typing is kept. So somebody"
                    " who learns your password, or reads your mailbox, sees nothing of your organisation.\n\n"
                    "If you would rather not follow a link: sign in as always, and the portal asks you by itself."
                ),
                values,
            )
        put_in_outbox(to=person.email, subject=subject, body=body, organisation=organisation)
    return len(without)
