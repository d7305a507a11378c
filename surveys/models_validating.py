"""Validating: who was invited and looked, what was found, asked, replied, corrected and left out. Part of
`surveys.models`."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.models import Organisation
from portal.tenancy import Tenancy

PERSON = settings.AUTH_USER_MODEL


class Participation(models.Model):
    """What is known of an organisation and a round before there are answers: invited, reminded, looked."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="participations")
    round = models.ForeignKey("surveys.Round", on_delete=models.CASCADE, related_name="participations")
    invited_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(_("first looked at by a member"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("last reminded"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organisation", "round"], name="organisation_is_invited_to_a_round_once"),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} in {self.round_id}"


class Review(models.Model):
    """A validator's work on one submission. Acceptance holds for the answers with `accepted_hash` and no others."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    submission = models.OneToOneField("surveys.Submission", on_delete=models.CASCADE, related_name="review")
    validator = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField(_("checks last run"), null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    accepted_hash = models.CharField(_("hash of what was accepted"), max_length=64, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, accepted_hash="") | models.Q(accepted_at__isnull=False),
                name="accepted_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"review of {self.submission_id}"


class Query(models.Model):
    """A validator's question to the participant about one answer, with its state."""

    tenancy = Tenancy.OWNED

    class State(models.TextChoices):
        """Whose turn it is."""

        OPEN = "open", _("Waits for the organisation")
        REPLIED = "replied", _("Waits for the foundation")
        RESOLVED = "resolved", _("Resolved")

    class Resolution(models.TextChoices):
        """How it ended."""

        EXPLAINED = "explained", _("The value is right")
        CORRECTED = "corrected", _("The value was corrected")
        EXCLUDED = "excluded", _("The value does not count")
        WITHDRAWN = "withdrawn", _("The question was taken back")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    submission = models.ForeignKey("surveys.Submission", on_delete=models.CASCADE, related_name="queries")
    question = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField(auto_now_add=True)
    asked_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reminded_at = models.DateTimeField(null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    resolution = models.CharField(max_length=10, choices=Resolution.choices, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["submission", "question"],
                condition=models.Q(state__in=["open", "replied"]),
                name="answer_has_one_query_under_way",
            ),
            models.CheckConstraint(
                condition=models.Q(state="resolved", resolved_at__isnull=False)
                | (~models.Q(state="resolved") & models.Q(resolved_at=None, resolution="")),
                name="resolved_query_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.submission_id} {self.question} ({self.state})"


class QueryMessage(models.Model):
    """One message of a query's dialogue; written once, never changed."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="messages")
    from_staff = models.BooleanField()
    text = models.TextField()
    written_at = models.DateTimeField(auto_now_add=True)
    written_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.query_id}: {self.text[:40]}"


class CheckFinding(models.Model):
    """What a check found at one answer, with the figures that prove it. For staff only: peers' figures are raw."""

    tenancy = Tenancy.OWNED

    class Kind(models.TextChoices):
        """Which check, the most telling first."""

        UNIT = "unit", _("Unit")
        HISTORY = "history", _("Own history")
        SIZE = "size", _("Ratio to size")
        PEERS = "peers", _("Peers")
        CONSISTENCY = "consistency", _("Consistency")
        DUPLICATE = "duplicate", _("Duplicate")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    submission = models.ForeignKey("surveys.Submission", on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    question = models.CharField(max_length=80)
    column = models.CharField(max_length=120)
    weight = models.FloatField(_("how unusual: the most unusual first"), default=0)
    figures = models.JSONField(_("the figures that prove it"), default=dict)
    found_at = models.DateTimeField(auto_now_add=True)
    query = models.ForeignKey(Query, null=True, blank=True, on_delete=models.SET_NULL, related_name="findings")
    dismissed_at = models.DateTimeField(_("seen and found in order"), null=True, blank=True)
    dismissed_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("-weight", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["submission", "kind", "column"], name="check_finds_something_once_per_answer"
            ),
        )

    def __str__(self) -> str:
        return f"{self.submission_id} {self.column}: {self.kind}"


class Exclusion(models.Model):
    """An answer that does not count, with the reason; kept when it is lifted."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    submission = models.ForeignKey("surveys.Submission", on_delete=models.CASCADE, related_name="exclusions")
    question = models.CharField(max_length=80)
    reason = models.TextField()
    excluded_at = models.DateTimeField(auto_now_add=True)
    excluded_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["submission", "question"],
                condition=models.Q(lifted_at=None),
                name="answer_is_excluded_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.submission_id} {self.question}"


class Correction(models.Model):
    """A changed value of a submitted answer: counted at once, or waiting for the next edition when it was frozen."""

    tenancy = Tenancy.OWNED

    class State(models.TextChoices):
        """Whether it counts."""

        WAITING = "waiting", _("Waits for the next edition")
        APPLIED = "applied", _("Taken over")
        REPLACED = "replaced", _("Replaced by a later correction")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    submission = models.ForeignKey("surveys.Submission", on_delete=models.CASCADE, related_name="corrections")
    question = models.CharField(max_length=80)
    before = models.JSONField(_("typed before"), null=True, blank=True)
    status_before = models.PositiveSmallIntegerField(default=0)
    typed = models.JSONField(_("typed"), default=str)
    status = models.PositiveSmallIntegerField(default=0)
    language = models.CharField(_("language that it was typed in"), max_length=2, default="nl")
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["submission", "question"],
                condition=models.Q(state="waiting"),
                name="answer_has_one_correction_waiting",
            ),
            models.CheckConstraint(
                condition=models.Q(state="applied", applied_at__isnull=False)
                | (~models.Q(state="applied") & models.Q(applied_at=None)),
                name="applied_correction_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.submission_id} {self.question} ({self.state})"
