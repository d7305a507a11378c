"""Invitations: how people come to the portal. Nobody signs up by themselves."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.organisations import Organisation
from portal.roles import FOUNDATION_ROLE_LABELS, MEMBER_ROLE_LABELS, FoundationRole, MemberRole
from portal.tenancy import Tenancy

MEMBER_ROLES = [(role.value, label) for role, label in MEMBER_ROLE_LABELS.items()]
STAFF_ROLES = [(role.value, label) for role, label in FOUNDATION_ROLE_LABELS.items()]


class Invitation(models.Model):
    """One address may take one role, in one organisation or (without one) at the foundation, once, for seven days.

    Only the token's hash is kept. Organisation, role and address are these, whatever a browser sends.
    """

    tenancy = Tenancy.MIXED

    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20, choices=[*MEMBER_ROLES, *STAFF_ROLES])
    language = models.CharField(_("language"), max_length=2, default="nl")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("email", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                nulls_distinct=False,
                name="address_has_one_open_invitation_per_organisation",
            ),
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=False, role__in=list(MemberRole))
                | models.Q(organisation=None, role__in=list(FoundationRole)),
                name="invitation_gives_a_role_of_its_house",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None) | models.Q(withdrawn_at=None),
                name="accepted_invitation_is_not_withdrawn",
            ),
        )

    def __str__(self) -> str:
        return f"{self.email}: {self.role} @ {self.organisation_id or 'foundation'}"
