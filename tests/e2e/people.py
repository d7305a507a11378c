"""Somebody new at the foundation, an invitation, and a round with repeated questions, for the browser."""

from datetime import timedelta

from django.utils import timezone

from portal.models import Invitation, Organisation, User
from portal.roles import FoundationRole, MemberRole
from portal.services.invitations import hash_of
from portal.services.people import create_user
from portal.tenancy import staff_scope
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round
from tests.surveys.questionnaire.test_asking import INSIDE_TEXT

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


def build_repeated() -> None:
    """An open round that asks “how many?” and then some questions for each, in the same theme."""
    text = INSIDE_TEXT.replace("sum(fte_*) <= all_fte", "sum(fte_*) <= 12")
    with staff_scope():
        version = load_questionnaire_file(text, "asking.yaml", by=None).version
        assert version is not None
        made = create_round(
            code="repeated", title_nl="Herhaald", title_en="Repeated", version=version, reference_period="2026", by=None
        )
        advance_round(made.pk, "open", by=None)
