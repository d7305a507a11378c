"""What the answers mean, safely: indicator definitions, releases and reports."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from benchmark.parsed import parsed_indicators
from benchmark.stats.indicators import IndicatorFile
from portal.models import Organisation
from portal.tenancy import Tenancy
from surveys.models import Edition, Questionnaire, Round


class IndicatorSet(models.Model):
    """One reviewed file of KPI definitions, stored whole; a version never changes."""

    tenancy = Tenancy.SHARED

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="indicator_sets")
    version = models.CharField(max_length=30)
    source = models.TextField()
    content_hash = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["questionnaire", "version"], name="indicator_set_has_a_version_once"),
        )

    def __str__(self) -> str:
        return f"{self.questionnaire_id} {self.version}"

    @property
    def file(self) -> IndicatorFile:
        """The parsed definitions."""
        return parsed_indicators(self.content_hash, self.source)


class Release(models.Model):
    """Protected results of one edition of a round. Immutable once published; a correction is the next edition."""

    tenancy = Tenancy.RELEASED

    class State(models.TextChoices):
        """Computed results wait for review and for a second person's publication."""

        COMPUTED = "computed", _("Computed")
        REVIEWED = "reviewed", _("Reviewed")
        PUBLISHED = "published", _("Published")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="releases")
    edition = models.PositiveSmallIntegerField()
    inputs = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    indicators = models.ForeignKey(IndicatorSet, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.COMPUTED)
    manifest = models.JSONField(_("hashes, counts, policy version"), default=dict)
    content_hash = models.CharField(max_length=64)
    computed_at = models.DateTimeField(auto_now_add=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("round", "edition")
        constraints = (
            models.UniqueConstraint(fields=["round", "edition"], name="edition_is_released_once"),
            models.CheckConstraint(
                condition=models.Q(state="published", published_at__isnull=False)
                | (~models.Q(state="published") & models.Q(published_at=None)),
                name="published_has_a_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.round_id} edition {self.edition} ({self.state})"


class ReleasedDocument(models.Model):
    """All released cells of one KPI, as the canonical bytes that every channel reads."""

    tenancy = Tenancy.RELEASED

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="documents")
    kpi = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    body = models.BinaryField()
    content_hash = models.CharField(max_length=64)

    class Meta:
        ordering = ("release", "position")
        constraints = (models.UniqueConstraint(fields=["release", "kpi"], name="kpi_is_released_once_per_release"),)

    def __str__(self) -> str:
        return f"{self.release_id} {self.kpi}"


class ReleasedCell(models.Model):
    """One released or suppressed figure, as a row for filtering and export; written with COPY."""

    tenancy = Tenancy.RELEASED

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="cells")
    kpi = models.CharField(max_length=80)
    peer_group = models.CharField(max_length=300)
    statistic = models.CharField(max_length=120)
    value = models.CharField(max_length=40, blank=True)  # as printed in the document: same digits in every channel
    status = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    n = models.CharField(max_length=12)
    position = models.PositiveIntegerField()

    class Meta:
        ordering = ("release", "position")
        indexes = (models.Index(fields=["release", "kpi", "peer_group"], name="cells_by_kpi_and_group"),)
        constraints = (
            models.UniqueConstraint(fields=["release", "position"], name="cell_has_one_place_in_its_release"),
        )

    def __str__(self) -> str:
        return f"{self.kpi} {self.peer_group} {self.statistic}"


class Report(models.Model):
    """A PDF report for one organisation from one release."""

    tenancy = Tenancy.OWNED

    class State(models.TextChoices):
        """Whether the file is there."""

        WAITING = "waiting", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="reports")
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="reports")
    language = models.CharField(max_length=2)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    file = models.CharField(max_length=200, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "release", "language"], name="report_is_made_once_per_release_and_language"
            ),
        )

    def __str__(self) -> str:
        return f"report {self.organisation_id} {self.release_id} {self.language}"
