"""The tenants, the groups they belong to, and who belongs to them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.roles import MEMBER_ROLE_LABELS, MemberRole
from portal.tenancy import Tenancy


class OrganisationGroup(models.Model):
    """A holding or parent: all its organisations count as one contributor."""

    tenancy = Tenancy.PLATFORM

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """The tenant: the unit that contributes to a round."""

    tenancy = Tenancy.OWNED

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    group = models.ForeignKey(
        OrganisationGroup, null=True, blank=True, on_delete=models.PROTECT, related_name="organisations"
    )
    dimensions = models.JSONField(_("peer dimensions"), default=dict, blank=True)
    is_invented = models.BooleanField(_("invented, for demonstration"), default=False)
    second_step_required = models.BooleanField(_("everybody who works here needs a second step"), default=False)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    merged_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name", "code")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(merged_into=None, merged_at=None)
                | models.Q(merged_into__isnull=False, merged_at__isnull=False),
                name="merged_organisation_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in one organisation."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(
        _("role"), max_length=20, choices=[(role.value, label) for role, label in MEMBER_ROLE_LABELS.items()]
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organisation", "user"], name="person_is_member_of_an_organisation_once"),
            models.CheckConstraint(condition=models.Q(role__in=list(MemberRole)), name="membership_has_a_known_role"),
        )

    def __str__(self) -> str:
        return f"{self.user_id} @ {self.organisation_id}: {self.role}"
