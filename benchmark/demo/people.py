"""Who can sign in to the demonstration. Only ever made by `manage.py demo`; one password for all, shown on screen."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.roles import FoundationRole, MemberRole

PASSWORD = "klantcontact-2026"  # noqa: S105  shown on the sign-in page of the demonstration
FIRST, SECOND = "gemeente-zomerveen", "contact-luisterend-oor"


@dataclass(frozen=True)
class DemoPerson:
    """An invented person: `memberships` are (code of the organisation, role)."""

    email: str
    name: str
    label: str | Promise
    memberships: tuple[tuple[str, MemberRole], ...] = ()
    foundation_role: FoundationRole | None = None
    language: str = "nl"


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        "coordinator@example.org",
        "Coby Kordaat",
        _("Coordinator of Gemeente Zomerveen, questionnaire half filled in"),
        ((FIRST, MemberRole.COORDINATOR),),
    ),
    DemoPerson(
        "contributor@example.org",
        "Menno Meeschrijver",
        _("Contributor of Gemeente Zomerveen"),
        ((FIRST, MemberRole.CONTRIBUTOR),),
    ),
    DemoPerson(
        "viewer@example.org",
        "Kiki Kijker",
        _("Viewer of Gemeente Zomerveen: results only"),
        ((FIRST, MemberRole.VIEWER),),
    ),
    DemoPerson(
        "coordinator2@example.org",
        "Otto Oor",
        _("Coordinator of Het Luisterend Oor, an outsourcer"),
        ((SECOND, MemberRole.COORDINATOR),),
    ),
    DemoPerson(
        "both@example.org",
        "Tineke Tweepetten",
        _("Works for two organisations"),
        ((FIRST, MemberRole.VIEWER), (SECOND, MemberRole.CONTRIBUTOR)),
    ),
    DemoPerson(
        "researcher@example.org",
        "Rein Rekenaar",
        _("Researcher at the foundation: runs the rounds"),
        foundation_role=FoundationRole.RESEARCHER,
    ),
    DemoPerson(
        "publisher@example.org",
        "Petra Publicist",
        _("Publisher at the foundation: second pair of eyes"),
        foundation_role=FoundationRole.PUBLISHER,
    ),
    DemoPerson(
        "administrator@example.org",
        "Ada Beheer",
        _("Administrator at the foundation"),
        foundation_role=FoundationRole.ADMINISTRATOR,
    ),
)
