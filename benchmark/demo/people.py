"""Who can sign in to the demonstration. Only ever made by `manage.py demo`; one password for all, shown on screen."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.roles import FoundationRole, MemberRole
from portal.tenancy import staff_scope, worker_scope

PASSWORD = "kijk-gerust-even-rond"  # noqa: S105  shown on the sign-in page of the demonstration
SECRET = "KLANTCONTACTBENCHMARKDEMO2345672"  # noqa: S105  of the staff's authenticator app; as public as the password
FIRST, SECOND = "gemeente-zomerveen", "contact-luisterend-oor"
ASKED = "webwinkel-pakjesberg"  # has submitted, and the foundation asks about an answer


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
        "coordinator3@example.org",
        "Wies Winkel",
        _("Coordinator of Webwinkel Pakjesberg: submitted, and asked about an answer"),
        ((ASKED, MemberRole.COORDINATOR),),
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


def code_now() -> str:
    """What the authenticator app of the demonstration's staff shows at this moment."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def give_passwords() -> None:
    """What the screen says is true for a demonstration of before, too, when the password was another one."""
    for user in User.objects.filter(email__in=[person.email for person in PEOPLE]):
        if not user.check_password(PASSWORD):  # outside every scope: only the login role reads it
            with staff_scope():
                User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))


def give_factors() -> None:
    """Staff of the demonstration pass the second step like everybody; only is their app no secret."""
    from allauth.mfa.adapter import get_adapter
    from allauth.mfa.models import Authenticator

    staff = [person.email for person in PEOPLE if person.foundation_role]
    with worker_scope():
        for user in User.objects.filter(email__in=staff):
            if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
                data = {"secret": get_adapter().encrypt(SECRET)}
                Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)
