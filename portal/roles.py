"""Who may do what, on one page.

Participants hold a role in an organisation (a membership); foundation staff hold a foundation role.
Everything that a view or a service asks about rights is one of the functions at the bottom.
"""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class MemberRole(StrEnum):
    """A person's role inside one participating organisation."""

    COORDINATOR = "coordinator"  # answers, invites colleagues, submits
    CONTRIBUTOR = "contributor"  # answers the themes
    VIEWER = "viewer"  # reads results and reports


class FoundationRole(StrEnum):
    """A staff member's role at the foundation."""

    RESEARCHER = "researcher"  # designs, runs rounds, validates, computes, reviews
    PUBLISHER = "publisher"  # second pair of eyes: publishes a reviewed release
    ADMINISTRATOR = "administrator"  # organisations, people, keys


MEMBER_ROLE_LABELS = {
    MemberRole.COORDINATOR: _("Coordinator"),
    MemberRole.CONTRIBUTOR: _("Contributor"),
    MemberRole.VIEWER: _("Viewer"),
}
FOUNDATION_ROLE_LABELS = {
    FoundationRole.RESEARCHER: _("Researcher"),
    FoundationRole.PUBLISHER: _("Publisher"),
    FoundationRole.ADMINISTRATOR: _("Administrator"),
}

ANSWERING = frozenset({MemberRole.COORDINATOR, MemberRole.CONTRIBUTOR})
SUBMITTING = frozenset({MemberRole.COORDINATOR})
READING_RESULTS = frozenset(MemberRole)
RUNNING_ROUNDS = frozenset({FoundationRole.RESEARCHER, FoundationRole.ADMINISTRATOR})
VALIDATING = RUNNING_ROUNDS
PUBLISHING = frozenset({FoundationRole.PUBLISHER})
ANY_STAFF = frozenset(FoundationRole)
MANAGING_MEMBERS = frozenset({MemberRole.COORDINATOR})
MANAGING_PEOPLE = frozenset({FoundationRole.ADMINISTRATOR})
PREVIEWING = frozenset({FoundationRole.RESEARCHER, FoundationRole.ADMINISTRATOR})  # look along, with a reason


def role_label(role: str) -> str:
    """A role of either kind in the reader's language."""
    if role in set(MemberRole):
        return str(MEMBER_ROLE_LABELS[MemberRole(role)])
    return str(FOUNDATION_ROLE_LABELS[FoundationRole(role)]) if role in set(FoundationRole) else role
