"""Organisations that withdrew: participants may say so of themselves, and nobody edits it; staff may take them back."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.rls import ProtectTable
from portal.tenancy import Tenancy

GRANTS = {"participant": "SELECT, INSERT", "staff": "SELECT, INSERT, DELETE", "worker": "SELECT"}


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0002_protection"),
        ("surveys", "0005_unions_and_chosen_groups"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Withdrawal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("withdrawn_at", models.DateTimeField(auto_now_add=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="portal.organisation",
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="withdrawals",
                        to="surveys.round",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "round"), name="organisation_withdraws_once", nulls_distinct=False
                    )
                ],
            },
        ),
        ProtectTable("Withdrawal", Tenancy.OWNED, grants=GRANTS),
    ]
