"""Working together on answers: who does which theme, what changed, files under way. Part of `surveys.models`."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.models import Organisation
from portal.tenancy import Tenancy


class AnswerChange(models.Model):
    """One change of one answer: who, when, from what to what. Written with the change, never edited."""

    tenancy = Tenancy.OWNED

    class Way(models.TextChoices):
        """How the answer came in."""

        PAGE = "page", _("on the page")
        WORKBOOK = "workbook", _("from a workbook")
        TABLE = "table", _("from a file of a system")
        API = "api", _("from a program")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey("surveys.Submission", on_delete=models.CASCADE, related_name="changes")
    question = models.CharField(max_length=80)
    version = models.PositiveIntegerField(_("version of the answer that this made"))
    before = models.JSONField(_("typed before"), null=True, blank=True)
    status_before = models.PositiveSmallIntegerField(null=True, blank=True)
    typed = models.JSONField(_("typed"), default=str)
    status = models.PositiveSmallIntegerField()
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.PAGE)
    program = models.CharField(_("name of the key that a program used"), max_length=100, blank=True, db_default="")
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        # No uniqueness: an import may start an answer's versions anew, and history must never refuse an answer.
        indexes = (models.Index(fields=["submission", "question"], name="changes_by_question"),)

    def __str__(self) -> str:
        return f"{self.question} {self.version}"


class ReasonChange(models.Model):
    """One change of the reason given at a question's soft edits: who, when, from what to what. Never edited."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey("surveys.Submission", on_delete=models.CASCADE, related_name="reason_changes")
    question = models.CharField(max_length=80)
    findings = models.JSONField(_("soft edits that it explains"), default=list)
    before = models.TextField(_("reason before"), blank=True)
    reason = models.TextField(_("reason"), blank=True)
    changed_at = models.DateTimeField(db_default=Now())
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=["submission", "question"], name="reasons_by_question"),)

    def __str__(self) -> str:
        return f"{self.question}: {self.reason[:40]}"


class Receipt(models.Model):
    """What was handed in, or stands after a correction, kept byte for byte: the hash is that of `content`."""

    tenancy = Tenancy.OWNED

    class Kind(models.TextChoices):
        """What made it."""

        SUBMITTED = "submitted", _("Submitted")
        CORRECTED = "corrected", _("Corrected")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey("surveys.Submission", on_delete=models.CASCADE, related_name="receipts")
    number = models.PositiveIntegerField(_("first, second … of the submission"))
    kind = models.CharField(max_length=10, choices=Kind.choices)
    question = models.CharField(_("question that was corrected"), max_length=80, blank=True)
    content = models.TextField(_("answers and reasons, as they were hashed"))
    content_hash = models.CharField(_("SHA-256 of the content"), max_length=64)
    made_at = models.DateTimeField(db_default=Now())
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=["submission", "number"], name="receipts_are_numbered"),)

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.number}"


class ThemeAssignment(models.Model):
    """A colleague who was asked to do a theme. It says who does what; everybody who may answer still can."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    round = models.ForeignKey("surveys.Round", on_delete=models.CASCADE, related_name="+")
    section = models.CharField(_("theme"), max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    assigned_at = models.DateTimeField(auto_now_add=True)
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "round", "section", "user"], name="theme_is_assigned_to_a_colleague_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.section}: {self.user_id}"


class AnswerUpload(models.Model):
    """A file with answers that was read and not stored yet: its typings wait until somebody saw what they change."""

    tenancy = Tenancy.OWNED

    class Kind(models.TextChoices):
        """What was uploaded."""

        WORKBOOK = "workbook", _("workbook of the questionnaire")
        TABLE = "table", _("file of a system")
        API = "api", _("sent by a program")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    round = models.ForeignKey("surveys.Round", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(_("name of the file"), max_length=200)
    size = models.PositiveIntegerField(_("bytes"))
    content = models.JSONField(_("what was read"), default=dict)
    uploaded_at = models.DateTimeField(auto_now_add=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


class ColumnMapping(models.Model):
    """Which columns of an organisation's own system go to which questions; remembered for the next export."""

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    questionnaire = models.ForeignKey("surveys.Questionnaire", on_delete=models.CASCADE, related_name="+")
    columns = models.CharField(_("fingerprint of the names of the columns"), max_length=64)
    mapping = models.JSONField(_("question and way of adding up, by column"), default=dict)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "questionnaire", "columns"], name="columns_are_mapped_once_per_organisation"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.columns[:8]}"
