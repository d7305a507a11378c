"""Jobs, audit trail, outgoing mail and API keys."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models.organisations import Organisation
from portal.tenancy import Tenancy


class Job(models.Model):
    """A piece of long work. The row is the truth; the broker's message is only the wake-up (DESIGN §5)."""

    tenancy = Tenancy.MIXED

    class State(models.TextChoices):
        """Where the work is."""

        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    task = models.CharField(max_length=100)
    key = models.CharField(_("idempotency key"), max_length=200)
    arguments = models.JSONField(default=dict)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=40, blank=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["task", "key"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="same_work_is_under_way_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.task} {self.key} ({self.state})"

    @property
    def percent(self) -> int:
        """Progress in whole percent."""
        if self.state == self.State.DONE:
            return 100
        return int(100 * self.progress_done / self.progress_total) if self.progress_total else 0

    @property
    def is_under_way(self) -> bool:
        """Whether the job still waits or runs."""
        return self.state in (self.State.WAITING, self.State.RUNNING)


class AuditEntry(models.Model):
    """Who did what to which thing; append-only, by grants as well as by code."""

    tenancy = Tenancy.MIXED

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["organisation", "-id"], name="audit_by_organisation"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.subject}"


class OutboxMail(models.Model):
    """A mail to be sent; written in the transaction that causes it, sent and retried by a task."""

    tenancy = Tenancy.MIXED

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"


class ApiKey(models.Model):
    """A key for API clients: only its hash is kept; it raises the throttle and can be revoked."""

    tenancy = Tenancy.PLATFORM

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
