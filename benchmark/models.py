"""What the answers mean, safely: indicator definitions, releases and reports."""

import secrets

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
            # Of somebody who is gone the name may be empty.
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None)
                | models.Q(published_by=None)
                | ~models.Q(reviewed_by=models.F("published_by")),
                name="release_is_of_two_people",
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


def new_salt() -> str:
    """128 bits that nobody guesses."""
    return secrets.token_hex(16)


class PolicyVersion(models.Model):
    """One version of the protection policy of a profile; nothing of it changes, and two people stand behind it.

    The foundation keeps the values to itself (the proof does not depend on that), so only staff and workers read them.
    Every release prints `content_hash`, for which `salt` is needed: there are few policies, so that whoever tries them
    all would find the one behind a hash of the rules alone.
    """

    tenancy = Tenancy.PLATFORM

    profile = models.SlugField(_("profile"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"))
    body = models.JSONField(_("rules"))
    salt = models.CharField(max_length=64, default=new_salt, editable=False)
    content_hash = models.CharField(max_length=64)
    note = models.TextField(_("why"), blank=True)
    is_shipped = models.BooleanField(_("came with the software"), default=False)
    proposed_at = models.DateTimeField(auto_now_add=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ("profile", "version")
        constraints = (
            models.UniqueConstraint(fields=["profile", "version"], name="profile_has_a_policy_version_once"),
            models.CheckConstraint(
                condition=models.Q(is_shipped=True, proposed_by=None, approved_by=None, approved_at__isnull=False)
                | models.Q(is_shipped=False, proposed_by__isnull=False, approved_by=None, approved_at=None)
                | models.Q(is_shipped=False, approved_by__isnull=False, approved_at__isnull=False)
                & ~models.Q(approved_by=models.F("proposed_by")),
                name="policy_is_shipped_or_of_two_people",
            ),
        )

    def __str__(self) -> str:
        return f"{self.profile} {self.version}"


class KpiWork(models.Model):
    """One KPI of a release under way: who works at it, and what came out. Gone once the release is stored.

    `key` is the hash of everything that decides the bytes: a row with another key is of no use.
    """

    tenancy = Tenancy.PLATFORM

    class State(models.TextChoices):
        """A lease that ran out makes `working` the same as `waiting`."""

        WAITING = "waiting", _("Waiting")
        WORKING = "working", _("Being worked at")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="+")
    edition = models.PositiveSmallIntegerField()
    kpi = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.CharField(max_length=40, blank=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    done_by = models.CharField(_("process"), max_length=80, blank=True)
    document = models.BinaryField(null=True)
    certificate = models.BinaryField(_("compressed"), null=True)
    report = models.JSONField(default=dict)
    seconds = models.FloatField(_("processor time"), default=0)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["round", "edition", "kpi"], name="kpi_is_worked_at_once_per_edition"),
            models.CheckConstraint(
                condition=~models.Q(state="done") | models.Q(document__isnull=False, certificate__isnull=False),
                name="done_work_has_a_document_and_a_certificate",
            ),
        )

    def __str__(self) -> str:
        return f"{self.round_id} edition {self.edition} {self.kpi} ({self.state})"


class ReleaseCertificate(models.Model):
    """What was proven about one KPI of a release, in numbers; the proof itself is a `CertificateBody`.

    A claim says that one organisation's value can be as high, or as low, as it must stay possible.
    """

    tenancy = Tenancy.PLATFORM

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="certificates")
    kpi = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    document_hash = models.CharField(_("hash of the document that it is about"), max_length=64)
    content_hash = models.CharField(_("hash of the certificate"), max_length=64)
    claims = models.PositiveIntegerField()
    proven = models.PositiveIntegerField()
    witnesses = models.PositiveIntegerField()
    replayed = models.PositiveIntegerField()
    mismatches = models.PositiveIntegerField()
    uncovered = models.PositiveIntegerField()
    kinds = models.JSONField(_("number of witnesses of each kind"), default=dict)
    report = models.JSONField(_("how protection came out"), default=dict)
    seconds = models.FloatField(_("processor time"), default=0)

    class Meta:
        ordering = ("release", "position")
        constraints = (models.UniqueConstraint(fields=["release", "kpi"], name="kpi_is_certified_once_per_release"),)

    def __str__(self) -> str:
        return f"{self.release_id} {self.kpi}: {self.proven} of {self.claims}"


class CertificateBody(models.Model):
    """A certificate's bytes, compressed. They hold true values and others near them: workers only, never released."""

    tenancy = Tenancy.PLATFORM

    certificate = models.OneToOneField(
        ReleaseCertificate, primary_key=True, on_delete=models.CASCADE, related_name="stored"
    )
    body = models.BinaryField(_("compressed"))

    def __str__(self) -> str:
        return f"certificate {self.certificate_id}"


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
