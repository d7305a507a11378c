"""Who has access to an organisation's data: people with their roles, factors and last sign-in, invitations, keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from portal.models import ApiKey, Invitation, Membership, Organisation
from portal.tenancy import worker_scope

FACTORS = ("totp", "webauthn")


@dataclass(frozen=True)
class PersonAccess:
    """One member of the organisation."""

    user_id: int
    name: str
    email: str
    role: str
    since: datetime
    factors: tuple[str, ...]
    last_sign_in: datetime | None
    may_sign_in: bool


@dataclass(frozen=True)
class AccessReport:
    """Everybody and everything that can reach an organisation's data, the foundation's staff left aside."""

    people: list[PersonAccess]
    invitations: list[Invitation]
    keys: list[ApiKey]


def access_report(organisation: Organisation) -> AccessReport:
    """The report of one organisation, for staff and for its own coordinator."""
    members = list(
        Membership.objects.filter(organisation=organisation).select_related("user").order_by("role", "user__name")
    )
    factors = factors_of(one.user_id for one in members)
    people = [
        PersonAccess(
            user_id=one.user_id,
            name=one.user.name,
            email=one.user.email,
            role=one.get_role_display(),
            since=one.created_at,
            factors=factors.get(one.user_id, ()),
            last_sign_in=one.user.last_login,
            may_sign_in=one.user.is_active,
        )
        for one in members
    ]
    waiting = Invitation.objects.filter(
        organisation=organisation, accepted_at=None, withdrawn_at=None, expires_at__gt=Now()
    )
    return AccessReport(people, list(waiting.order_by("email")), list(keys_of(organisation)))


def factors_of(users: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Which kinds of second factor people have set, `totp` or `webauthn`; read as the worker, and no more than that."""
    with worker_scope():
        found = Authenticator.objects.filter(user__in=set(users), type__in=FACTORS)
        pairs = list(found.values_list("user_id", "type").distinct().order_by("type"))
    kinds: dict[int, tuple[str, ...]] = {}
    for user_id, kind in pairs:
        kinds[user_id] = (*kinds.get(user_id, ()), kind)
    return kinds


def keys_of(organisation: Organisation | None) -> QuerySet[ApiKey]:
    """The keys of an organisation, or with None all that the scope may see; those that were not revoked first."""
    keys = ApiKey.objects.select_related("organisation", "created_by").order_by("-revoked_at", "-pk")
    return keys if organisation is None else keys.filter(organisation=organisation)


def organisations_with_access(search: str) -> QuerySet[Organisation]:
    """Organisations with the number of their people, by name."""
    found = Organisation.objects.annotate(people=Count("memberships")).order_by("name", "code")
    return found.filter(name__icontains=search) if search else found
