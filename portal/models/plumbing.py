"""Jobs, outgoing mail and API keys."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.models.organisations import Organisation
from portal.tenancy import Tenancy


def only_reading() -> list[str]:
    """The scopes of a key that was given none."""
    return ["read"]


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
    created_at = models.DateTimeField(db_default=Now(), editable=False)
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


class OutboxMail(models.Model):
    """A mail to be sent; written in the transaction that causes it, sent and retried by a task."""

    tenancy = Tenancy.MIXED

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    next_try_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True)
    is_held_up = models.BooleanField(default=False, db_default=False)  # by the mail server, whoever it is for
    is_secret = models.BooleanField(default=False)  # a code or a link that lets somebody in: forgotten once sent
    is_decoy = models.BooleanField(default=False)  # to an unknown address: written to take the same time, never sent

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=["next_try_at"], name="mail_that_waits", condition=models.Q(sent_at=None, given_up_at=None)
            ),
            models.Index(fields=["next_try_at"], name="mail_that_is_held_up", condition=models.Q(is_held_up=True)),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(given_up_at=None), name="mail_is_sent_or_given_up_not_both"
            ),
        )

    def __str__(self) -> str:
        return f"{self.to}: {self.subject}"


class ApiKey(models.Model):
    """A key for API clients: only its hash is kept; what it may do is its scopes, for one organisation or for none."""

    tenancy = Tenancy.MIXED

    class Scope(models.TextChoices):
        """What a key may do. A key without an organisation can only read what is published."""

        READ = "read", _("Read published figures")
        UPLOAD = "upload", _("Send the organisation's own answers")

    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    key_hash = models.CharField(max_length=64)
    scopes = models.JSONField(_("may"), default=only_reading)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(organisation__isnull=False) | ~models.Q(scopes__contains=["upload"]),
                name="key_that_sends_answers_belongs_to_an_organisation",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=["read", "upload"]), name="key_has_known_scopes"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def may(self, scope: "ApiKey.Scope") -> bool:
        """Whether the key carries this scope."""
        return str(scope) in self.scopes
