"""Whether an organisation asks a second step of everybody who works for it: its coordinators decide."""

from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import NotAllowed, NotPossibleNow
from portal.models import Membership, Organisation, User
from portal.roles import MANAGING_MEMBERS
from portal.selectors.people import who_have_a_factor
from portal.services.audit import record


@transaction.atomic
def require_second_step(organisation: Organisation, *, required: bool, by: User) -> None:
    """Ask a second step of every member from their next click on, or leave it to each of them.

    By a coordinator of the organisation. Raises NotAllowed, and NotPossibleNow for a coordinator who asks of others
    what they have not set up themself: nobody would be left who knows that it works.
    """
    if not Membership.objects.filter(organisation=organisation, user=by, role__in=MANAGING_MEMBERS).exists():
        raise NotAllowed(_("Your role does not allow this."))
    if required and by.pk not in who_have_a_factor([by.pk]):
        raise NotPossibleNow(_("Set up your own second step first."))
    changed = Organisation.objects.filter(pk=organisation.pk, second_step_required=not required)
    if changed.update(second_step_required=required):
        record(
            "organisation.second_step_required" if required else "organisation.second_step_optional",
            subject=organisation,
            by=by,
            organisation=organisation,
        )
