"""Who works where: members, open invitations, the foundation's people. Read in the scope of who looks."""

from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Now

from portal.models import Invitation, Membership, Organisation, User
from portal.second_step import FACTORS
from portal.tenancy import worker_scope


def members_of(organisation: Organisation) -> QuerySet[Membership]:
    """Members with their person, coordinators first."""
    first = Case(When(role="coordinator", then=Value(0)), When(role="contributor", then=Value(1)), default=Value(2))
    rows = Membership.objects.filter(organisation=organisation).select_related("user")
    return rows.order_by(first, "user__name", "user__email")


def who_have_a_factor(user_ids: Iterable[int]) -> set[int]:
    """Which of these people set up a second factor. Read as the worker: a participant's role reads none of them, and
    the caller names people that it may know of.
    """
    with worker_scope():
        found = Authenticator.objects.filter(user__in=user_ids, type__in=FACTORS)
        return set(found.values_list("user_id", flat=True))


def open_invitations(organisation: Organisation | None) -> QuerySet[Invitation]:
    """Invitations that were not used or withdrawn, with their inviter; `is_over`: the seven days are."""
    rows = Invitation.objects.filter(organisation=organisation, accepted_at=None, withdrawn_at=None)
    over = Case(When(expires_at__lt=Now(), then=True), default=False, output_field=BooleanField())
    return rows.select_related("invited_by").annotate(is_over=over)


def people(search: str = "", *, staff_only: bool = False) -> QuerySet[User]:
    """Accounts by name or address, with `has_factor`; the foundation's own with `staff_only`. Needs the staff scope."""
    factors = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    rows = User.objects.annotate(has_factor=Exists(factors)).order_by("name", "email")
    if staff_only:
        rows = rows.exclude(foundation_role="")
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(email__icontains=search))
    return rows
