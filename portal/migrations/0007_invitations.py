"""Invitations, second factors, sessions that end, mail that is forgotten or never sent, organisations that merge."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.rls import ProtectTable, RunStatements, role
from portal.tenancy import Tenancy

MEMBER_ROLES = ["coordinator", "contributor", "viewer"]
FOUNDATION_ROLES = ["researcher", "publisher", "administrator"]
ROLE_CHOICES = [(name, name.title()) for name in (*MEMBER_ROLES, *FOUNDATION_ROLES)]
PERSON = {"null": True, "on_delete": django.db.models.deletion.SET_NULL, "related_name": "+"}


def sign_in_statements() -> list[str]:
    """Second factors belong to signing in; staff see that somebody has one, and take away a lost one.

    Counters of attempts are shared by all web processes, and reached by nobody but the login role.
    """
    return [
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON mfa_authenticator TO {role('login')}",
        f"GRANT SELECT, DELETE ON mfa_authenticator TO {role('staff')}",
        f"GRANT SELECT, INSERT, DELETE ON mfa_authenticator TO {role('worker')}",
        "CREATE UNLOGGED TABLE IF NOT EXISTS portal_counters"
        " (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL)",
        "CREATE INDEX IF NOT EXISTS portal_counters_expires ON portal_counters (expires)",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON portal_counters TO {role('login')}",
    ]


class Migration(migrations.Migration):
    dependencies = [("portal", "0006_ticks_and_mail_retries"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("role", models.CharField(choices=ROLE_CHOICES, max_length=20, verbose_name="role")),
                ("language", models.CharField(default="nl", max_length=2, verbose_name="language")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("accepted_by", models.ForeignKey(blank=True, to=settings.AUTH_USER_MODEL, **PERSON)),
                ("invited_by", models.ForeignKey(to=settings.AUTH_USER_MODEL, **PERSON)),
                (
                    "organisation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="invitations",
                        to="portal.organisation",
                    ),
                ),
            ],
            options={
                "ordering": ("email", "-id"),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(accepted_at=None, withdrawn_at=None),
                        fields=("organisation", "email"),
                        name="address_has_one_open_invitation_per_organisation",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(organisation__isnull=False, role__in=MEMBER_ROLES)
                        | models.Q(organisation=None, role__in=FOUNDATION_ROLES),
                        name="invitation_gives_a_role_of_its_house",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(accepted_at=None) | models.Q(withdrawn_at=None),
                        name="accepted_invitation_is_not_withdrawn",
                    ),
                ],
            },
        ),
        migrations.AddField("organisation", "merged_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "organisation",
            "merged_into",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="portal.organisation",
            ),
        ),
        migrations.AddConstraint(
            "organisation",
            models.CheckConstraint(
                condition=models.Q(merged_into=None, merged_at=None)
                | models.Q(merged_into__isnull=False, merged_at__isnull=False),
                name="merged_organisation_has_a_time",
            ),
        ),
        migrations.AddField("outboxmail", "is_decoy", models.BooleanField(default=False)),
        migrations.AddField("outboxmail", "is_secret", models.BooleanField(default=False)),
        migrations.AddField("user", "sessions_version", models.PositiveIntegerField(default=0)),
        ProtectTable("Invitation", Tenancy.MIXED),
        RunStatements(sign_in_statements, "Let the login role keep second factors and counters of attempts"),
    ]
