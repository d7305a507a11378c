"""Entries of the audit trail are sealed in a chain, dated by the database, and found by whom, what, where and when."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.audit_sql import chain_statements
from portal.rls import ProtectTable, RunStatements
from portal.tenancy import Tenancy


class Migration(migrations.Migration):
    dependencies = [("portal", "0007_invitations")]
    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.BigIntegerField(unique=True)),
                ("entry_hash", models.BinaryField()),
                ("chain_hash", models.BinaryField()),
            ],
            options={"ordering": ("number",)},
        ),
        migrations.AlterField(
            "auditentry",
            "actor",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RemoveIndex("auditentry", "audit_by_organisation"),
        migrations.AddIndex(
            "auditentry", models.Index(fields=["organisation", "-at", "-id"], name="audit_by_organisation")
        ),
        migrations.AddIndex("auditentry", models.Index(fields=["actor", "-at", "-id"], name="audit_by_person")),
        migrations.AddIndex("auditentry", models.Index(fields=["action", "-at", "-id"], name="audit_by_action")),
        migrations.AddIndex("auditentry", models.Index(fields=["-at", "-id"], name="audit_by_time")),
        ProtectTable("AuditSeal", Tenancy.PLATFORM, grants={"login": "", "staff": "SELECT", "worker": "SELECT"}),
        RunStatements(chain_statements, "Seal the audit trail"),
    ]
