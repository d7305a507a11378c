"""Who acts in a request, and for which organisation."""

from dataclasses import dataclass, field

from django.http import HttpRequest

from portal.kept_queries import KeptQuery
from portal.models import Membership, Organisation, User
from portal.tenancy import participant_scope

SESSION_KEY = "organisation"
MEMBERSHIPS = KeptQuery(lambda place: Membership.objects.filter(user=place("user")).select_related("organisation"))


@dataclass(frozen=True)
class Actor:
    """The signed-in person with the active organisation and both kinds of role; empty for the anonymous public."""

    user: User | None = None
    organisation: Organisation | None = None
    member_role: str = ""
    foundation_role: str = ""
    memberships: tuple[Membership, ...] = field(default=())
    previewing: bool = False  # staff who look along with the organisation (portal/preview.py)


def actor_for(request: HttpRequest) -> Actor:
    """The actor of this request; the active organisation must be one that the person belongs to today."""
    user = request.user
    if not user.is_authenticated or not isinstance(user, User):
        return Actor()
    with participant_scope(0, user.pk):
        rows = MEMBERSHIPS(user=user.pk)
        memberships = tuple(sorted(rows, key=lambda one: (one.organisation.name.casefold(), one.pk)))
    chosen = request.session.get(SESSION_KEY)
    active = next((one for one in memberships if one.organisation_id == chosen), None)
    if active is None and len(memberships) == 1:
        active = memberships[0]
    return Actor(
        user=user,
        organisation=active.organisation if active else None,
        member_role=active.role if active else "",
        foundation_role=user.foundation_role,
        memberships=memberships,
    )


def actor_of(request: HttpRequest) -> Actor:
    """The actor that the middleware found for this request; nobody when it did not run."""
    return getattr(request, "actor", None) or Actor()
