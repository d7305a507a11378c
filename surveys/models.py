"""What is asked, when, and what was answered."""

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.models import Organisation
from portal.tenancy import Tenancy
from surveys.parsed import parsed_questionnaire
from surveys.questionnaire import QuestionnaireFile


class Questionnaire(models.Model):
    """An instrument; its versions hold the questions."""

    tenancy = Tenancy.SHARED

    code = models.SlugField(_("code"), max_length=60, unique=True)

    def __str__(self) -> str:
        return self.code


class QuestionnaireVersion(models.Model):
    """One reviewed file, stored whole; a version never changes."""

    tenancy = Tenancy.SHARED

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(_("version"), max_length=30)
    title_nl = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    source = models.TextField(_("file as loaded"))
    content_hash = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(auto_now_add=True)
    loaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("questionnaire", "version")
        constraints = (
            models.UniqueConstraint(fields=["questionnaire", "version"], name="questionnaire_has_a_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.questionnaire.code} {self.version}"

    @property
    def file(self) -> QuestionnaireFile:
        """The parsed questionnaire (cached by content in the pure package's loader wrapper)."""
        return parsed_questionnaire(self.content_hash, lambda: self.source)


class Round(models.Model):
    """One fielding of a questionnaire with a reference period. Its row is the lock for all that happens in it."""

    tenancy = Tenancy.SHARED

    class State(models.TextChoices):
        """The states of a round; the transitions live in `surveys/services/rounds.py`."""

        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        FROZEN = "frozen", _("Frozen")
        COMPUTED = "computed", _("Computed")
        REVIEWED = "reviewed", _("Reviewed")
        PUBLISHED = "published", _("Published")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    title_nl = models.CharField(_("title in Dutch"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200)
    version = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="rounds")
    reference_period = models.CharField(_("reference period"), max_length=7, help_text=_("2025 or 2025-10"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    edition = models.PositiveSmallIntegerField(_("edition under way"), default=1)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    corrections_until = models.DateTimeField(_("corrections until"), null=True, blank=True)
    policy_profile = models.SlugField(_("protection profile"), max_length=40, default="standard")
    # Decided before the first freeze and never after it: see surveys/services/peer_groups.py.
    unions = models.JSONField(_("declared unions of categories"), default=list, blank=True)
    offers_free_groups = models.BooleanField(_("offers chosen groups"), default=False)
    two_signatures = models.BooleanField(
        _("two people sign"),
        default=False,
        help_text=_("A second coordinator of the organisation confirms the answers before they are submitted."),
    )
    crossings = models.PositiveSmallIntegerField(_("dimensions that peer groups cross"), default=2)
    is_invented = models.BooleanField(_("invented, for demonstration"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-reference_period", "code")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["draft", "open", "closed", "frozen", "computed", "reviewed", "published"]
                ),
                name="round_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=models.Q(crossings__gte=1, crossings__lte=3), name="round_crosses_one_to_three_dimensions"
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return self.title_en if (get_language() or "nl").startswith("en") else self.title_nl


class Submission(models.Model):
    """One organisation's response to a round."""

    tenancy = Tenancy.OWNED

    class State(models.TextChoices):
        """Where the response is."""

        STARTED = "started", _("Being filled in")
        SUBMITTED = "submitted", _("Submitted")

    class Source(models.TextChoices):
        """How the answers came in."""

        ONLINE = "online", _("Online")
        IMPORT = "import", _("Imported")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="submissions")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="submissions")
    state = models.CharField(max_length=10, choices=State.choices, default=State.STARTED)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.ONLINE)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    content_hash = models.CharField(_("hash of what was submitted"), max_length=64, blank=True)
    explanations = models.JSONField(_("reasons given at soft edits, by finding"), default=dict, blank=True)
    explained = models.JSONField(
        _("values that a reason explains, by finding"), default=dict, blank=True, db_default={}
    )
    carried = models.JSONField(_("round that a reason was taken over from, by finding"), default=dict, blank=True)
    # The first of two signatures, where the round asks for two; it holds for the answers with this hash only.
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    signed_hash = models.CharField(max_length=64, blank=True)
    dimensions = models.JSONField(_("peer dimensions at the last freeze"), null=True, blank=True)
    # What the foundation asked for when it opened the answers again; until the organisation takes them back by itself.
    sent_back_at = models.DateTimeField(null=True, blank=True)
    sent_back_note = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organisation", "round"], name="organisation_responds_to_a_round_once"),
            models.CheckConstraint(
                condition=models.Q(state="started", submitted_at=None)
                | models.Q(state="submitted", submitted_at__isnull=False),
                name="submitted_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} in {self.round_id} ({self.state})"


class Withdrawal(models.Model):
    """An organisation takes part no more: in one round, or (without a round) in anything.

    What was published with its answers stays; nothing later is made with them.
    """

    tenancy = Tenancy.OWNED

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="withdrawals")
    round = models.ForeignKey(Round, null=True, blank=True, on_delete=models.PROTECT, related_name="withdrawals")
    withdrawn_at = models.DateTimeField(auto_now_add=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "round"], nulls_distinct=False, name="organisation_withdraws_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organisation_id} left {self.round_id or 'everything'}"


class Answer(models.Model):
    """One value to one question (parts and choices inside), with a version for honest conflicts."""

    tenancy = Tenancy.OWNED

    class Status(models.IntegerChoices):
        """Four different things, never mixed (and zero is a value)."""

        ANSWERED = 0, _("Answered")
        NONRESPONSE = 1, _("Not answered")
        NOT_APPLICABLE = 2, _("Not applicable")
        NOT_AVAILABLE = 3, _("Not available")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=80)
    typed = models.JSONField(_("exactly as typed"), default=str)
    status = models.PositiveSmallIntegerField(choices=Status.choices, default=Status.ANSWERED)
    number = models.FloatField(null=True, blank=True)
    choice = models.CharField(max_length=80, blank=True)
    choices = models.JSONField(default=list, blank=True)
    parts = models.JSONField(default=dict, blank=True)
    is_valid = models.BooleanField(_("could be read"), default=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["submission", "question"], name="question_is_answered_once_per_submission"),
        )

    def __str__(self) -> str:
        return f"{self.question}: {self.typed}"


class UnattributedAmount(models.Model):
    """What an import holds that belongs to no organisation (shared accounts): sums per column of a round.

    It enters only the national ratio of sums, so that a published national figure can be met exactly.
    """

    tenancy = Tenancy.SHARED

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="unattributed")
    column = models.CharField(max_length=120)
    total = models.FloatField()
    rows = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["round", "column"], name="round_has_an_amount_per_column_once"),)

    def __str__(self) -> str:
        return f"{self.round_id} {self.column}: {self.total}"


class Edition(models.Model):
    """The frozen inputs of a round: who took part, and one snapshot per column. Never changes."""

    tenancy = Tenancy.PLATFORM

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField()
    panel = models.BinaryField(_("organisations, contributors and peer dimensions"))
    unattributed = models.JSONField(default=dict)
    organisations = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["round", "number"], name="round_is_frozen_once_per_edition"),)

    def __str__(self) -> str:
        return f"{self.round_id} edition {self.number}"


class ColumnSnapshot(models.Model):
    """One column of an edition: values and statuses of all organisations in panel order."""

    tenancy = Tenancy.PLATFORM

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="columns")
    column = models.CharField(max_length=120)
    values = models.BinaryField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["edition", "column"], name="edition_has_a_column_once"),)

    def __str__(self) -> str:
        return f"{self.edition_id} {self.column}"


from surveys.models_answering import (  # noqa: E402
    AnswerChange,
    AnswerUpload,
    ColumnMapping,
    ReasonChange,
    Receipt,
    ThemeAssignment,
)
from surveys.models_drafts import QuestionnaireDraft  # noqa: E402
from surveys.models_validating import (  # noqa: E402
    CheckFinding,
    Correction,
    Exclusion,
    Participation,
    Query,
    QueryMessage,
    Review,
)

__all__ = [
    "Answer",
    "AnswerChange",
    "AnswerUpload",
    "CheckFinding",
    "ColumnMapping",
    "ColumnSnapshot",
    "Correction",
    "Edition",
    "Exclusion",
    "Participation",
    "Query",
    "QueryMessage",
    "Questionnaire",
    "QuestionnaireDraft",
    "QuestionnaireVersion",
    "ReasonChange",
    "Receipt",
    "Review",
    "Round",
    "Submission",
    "ThemeAssignment",
    "UnattributedAmount",
    "Withdrawal",
]
