"""Attempts to sign in that failed are kept for a minute, until a task tells the audit trail of them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from portal.rls import ProtectTable
from portal.tenancy import Tenancy

WAYS = ["password", "code", "passkey", "second_step", "confirm", "too_many", "closed_account"]
LABELS = ["Password", "Code", "Passkey", "Second Step", "Confirm", "Limited", "Closed"]


class Migration(migrations.Migration):
    dependencies = [("portal", "0011_audit_sealed_last")]
    operations = [
        migrations.CreateModel(
            name="FailedSignIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("way", models.CharField(choices=list(zip(WAYS, LABELS)), max_length=20)),
                ("address_mark", models.CharField(max_length=16)),
                ("network_mark", models.CharField(max_length=16)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        ProtectTable("FailedSignIn", Tenancy.PLATFORM, grants={"login": "SELECT, INSERT", "staff": "SELECT"}),
    ]
