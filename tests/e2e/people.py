"""Somebody new at the foundation, and an invitation, for the browser."""

from datetime import timedelta

from django.utils import timezone

from portal.models import Invitation, Organisation, User
from portal.roles import FoundationRole, MemberRole
from portal.services.invitations import hash_of
from portal.services.people import create_user
from portal.tenancy import staff_scope

TOKEN = "an-invitation-for-the-browser"
INVITED = "nieuw@example.org"


def build_people(password: str) -> None:
    """A researcher and an administrator without a second step yet; the coordinator invited somebody."""
    with staff_scope():
        for role in (FoundationRole.RESEARCHER, FoundationRole.ADMINISTRATOR):
            create_user(
                email=f"{role}@example.org", name=f"Nieuwe {role}", password=password, foundation_role=role, by=None
            )
        coordinator = User.objects.get(email="coordinator@example.org")
        Invitation.objects.create(
            organisation=Organisation.objects.get(memberships__user=coordinator),
            email=INVITED,
            role=MemberRole.CONTRIBUTOR,
            token_hash=hash_of(TOKEN),
            invited_by=coordinator,
            sent_at=timezone.now(),
            expires_at=timezone.now() + timedelta(days=7),
        )
