"""Validating: queries, findings, exclusions, corrections, acceptance. What checks found is for staff only; participants
read what is about them, write messages and corrections, and look."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.rls import CompositeForeignKey, ProtectTable
from portal.tenancy import Tenancy

READS = {"participant": "SELECT"}
WRITES_ONCE = {"participant": "SELECT, INSERT", "staff": "SELECT, INSERT"}
PROTECTED = {
    "Participation": {"participant": "SELECT, INSERT, UPDATE (opened_at)"},
    "Review": READS,
    "Query": {"participant": "SELECT, UPDATE (state)"},
    "QueryMessage": WRITES_ONCE,
    "CheckFinding": {"participant": ""},
    "Exclusion": READS,
    "Correction": {"participant": "SELECT, INSERT, UPDATE (state)"},
}
INSIDE = [
    *(
        (model, "submission_id", "Submission")
        for model in ("Review", "Query", "CheckFinding", "Exclusion", "Correction")
    ),
    ("QueryMessage", "query_id", "Query"),
    ("CheckFinding", "query_id", "Query"),
]


def _key() -> models.BigAutoField:
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _organisation() -> models.ForeignKey:
    cascade = django.db.models.deletion.CASCADE
    return models.ForeignKey(on_delete=cascade, related_name="+", to="portal.organisation")


def _person() -> models.ForeignKey:
    gone = django.db.models.deletion.SET_NULL
    return models.ForeignKey(blank=True, null=True, on_delete=gone, related_name="+", to=settings.AUTH_USER_MODEL)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0004_scoped_api_keys"),
        ("surveys", "0009_answering_together"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="round",
            name="corrections_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="corrections until"),
        ),
        migrations.CreateModel(
            name="Query",
            fields=[
                ("id", _key()),
                ("question", models.CharField(max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Waits for the organisation"),
                            ("replied", "Waits for the foundation"),
                            ("resolved", "Resolved"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("reminders", models.PositiveSmallIntegerField(default=0)),
                (
                    "resolution",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("explained", "The value is right"),
                            ("corrected", "The value was corrected"),
                            ("excluded", "The value does not count"),
                            ("withdrawn", "The question was taken back"),
                        ],
                        max_length=10,
                    ),
                ),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    _person(),
                ),
                (
                    "organisation",
                    _organisation(),
                ),
                (
                    "resolved_by",
                    _person(),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="queries", to="surveys.submission"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="CheckFinding",
            fields=[
                ("id", _key()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("unit", "Unit"),
                            ("history", "Own history"),
                            ("size", "Ratio to size"),
                            ("peers", "Peers"),
                            ("consistency", "Consistency"),
                            ("duplicate", "Duplicate"),
                        ],
                        max_length=12,
                    ),
                ),
                ("question", models.CharField(max_length=80)),
                ("column", models.CharField(max_length=120)),
                ("weight", models.FloatField(default=0, verbose_name="how unusual: the most unusual first")),
                ("figures", models.JSONField(default=dict, verbose_name="the figures that prove it")),
                ("found_at", models.DateTimeField(auto_now_add=True)),
                ("dismissed_at", models.DateTimeField(blank=True, null=True, verbose_name="seen and found in order")),
                (
                    "dismissed_by",
                    _person(),
                ),
                (
                    "organisation",
                    _organisation(),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="findings", to="surveys.submission"
                    ),
                ),
                (
                    "query",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="findings",
                        to="surveys.query",
                    ),
                ),
            ],
            options={
                "ordering": ("-weight", "id"),
            },
        ),
        migrations.CreateModel(
            name="QueryMessage",
            fields=[
                ("id", _key()),
                ("from_staff", models.BooleanField()),
                ("text", models.TextField()),
                ("written_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    _organisation(),
                ),
                (
                    "query",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="surveys.query"
                    ),
                ),
                (
                    "written_by",
                    _person(),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", _key()),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="checks last run")),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted_hash",
                    models.CharField(blank=True, max_length=64, verbose_name="hash of what was accepted"),
                ),
                (
                    "accepted_by",
                    _person(),
                ),
                (
                    "organisation",
                    _organisation(),
                ),
                (
                    "submission",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="review", to="surveys.submission"
                    ),
                ),
                (
                    "validator",
                    _person(),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", _key()),
                ("question", models.CharField(max_length=80)),
                ("before", models.JSONField(blank=True, null=True, verbose_name="typed before")),
                ("status_before", models.PositiveSmallIntegerField(default=0)),
                ("typed", models.JSONField(default=str, verbose_name="typed")),
                ("status", models.PositiveSmallIntegerField(default=0)),
                (
                    "language",
                    models.CharField(default="nl", max_length=2, verbose_name="language that it was typed in"),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waits for the next edition"),
                            ("applied", "Taken over"),
                            ("replaced", "Replaced by a later correction"),
                        ],
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                (
                    "made_by",
                    _person(),
                ),
                (
                    "organisation",
                    _organisation(),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="corrections", to="surveys.submission"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("submission", "question"),
                        name="answer_has_one_correction_waiting",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("applied_at__isnull", False), ("state", "applied")),
                            models.Q(models.Q(("state", "applied"), _negated=True), ("applied_at", None)),
                            _connector="OR",
                        ),
                        name="applied_correction_has_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Exclusion",
            fields=[
                ("id", _key()),
                ("question", models.CharField(max_length=80)),
                ("reason", models.TextField()),
                ("excluded_at", models.DateTimeField(auto_now_add=True)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "excluded_by",
                    _person(),
                ),
                (
                    "lifted_by",
                    _person(),
                ),
                (
                    "organisation",
                    _organisation(),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exclusions", to="surveys.submission"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at", None)),
                        fields=("submission", "question"),
                        name="answer_is_excluded_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Participation",
            fields=[
                ("id", _key()),
                ("invited_at", models.DateTimeField(blank=True, null=True)),
                ("opened_at", models.DateTimeField(blank=True, null=True, verbose_name="first looked at by a member")),
                ("reminded_at", models.DateTimeField(blank=True, null=True, verbose_name="last reminded")),
                ("reminders", models.PositiveSmallIntegerField(default=0)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participations",
                        to="portal.organisation",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="participations", to="surveys.round"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "round"), name="organisation_is_invited_to_a_round_once"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="query",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["open", "replied"])),
                fields=("submission", "question"),
                name="answer_has_one_query_under_way",
            ),
        ),
        migrations.AddConstraint(
            model_name="query",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("resolved_at__isnull", False), ("state", "resolved")),
                    models.Q(models.Q(("state", "resolved"), _negated=True), ("resolution", ""), ("resolved_at", None)),
                    _connector="OR",
                ),
                name="resolved_query_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="checkfinding",
            constraint=models.UniqueConstraint(
                fields=("submission", "kind", "column"), name="check_finds_something_once_per_answer"
            ),
        ),
        migrations.AddConstraint(
            model_name="review",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("accepted_at", None), ("accepted_hash", "")),
                    ("accepted_at__isnull", False),
                    _connector="OR",
                ),
                name="accepted_has_a_time",
            ),
        ),
        *(ProtectTable(model, Tenancy.OWNED, grants=grants) for model, grants in PROTECTED.items()),
        *(CompositeForeignKey(child, column, parent) for child, column, parent in INSIDE),
    ]
