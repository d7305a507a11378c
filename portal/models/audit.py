"""The audit trail and the chain that seals it."""

from django.conf import settings
from django.db import models

from portal.models.organisations import Organisation
from portal.tenancy import Tenancy


class AuditEntry(models.Model):
    """Who saw or did what to which thing; append-only, by grants as well as by code, and sealed when it is committed.

    It holds no names and no addresses: a person is a number, whose name stands with the person and can be erased there.
    """

    tenancy = Tenancy.MIXED

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)  # the database's clock overrules it

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=["organisation", "-at", "-id"], name="audit_by_organisation"),
            models.Index(fields=["actor", "-at", "-id"], name="audit_by_person"),
            models.Index(fields=["action", "-at", "-id"], name="audit_by_action"),
            # For who never did what: without it the search walks through all that they did.
            models.Index(fields=["actor", "action", "-at", "-id"], name="audit_by_person_and_action"),
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
        )

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"


class AuditSeal(models.Model):
    """One link of the chain over the audit trail (docs/adr/0014): written by the database itself, at commit.

    `entry_hash` is the SHA-256 of the entry's content, `chain_hash` that of the previous `chain_hash` and `entry_hash`.
    """

    tenancy = Tenancy.PLATFORM

    number = models.BigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap, in the order of commits
    entry_id = models.BigIntegerField(unique=True)  # a foreign key in the database; a seal tells of no organisation
    entry_hash = models.BinaryField()
    chain_hash = models.BinaryField()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"seal {self.number}"
