"""Which values a reason explains, the history of reasons, and each receipt with what it is the hash of."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from portal.rls import CompositeForeignKey, ProtectTable
from portal.tenancy import Tenancy


def _append_only(person: str) -> dict[str, str]:
    """A person who is deleted leaves the rows without a name; nothing else of them ever changes."""
    return {
        "participant": "SELECT, INSERT",
        "staff": f"SELECT, INSERT, DELETE, UPDATE ({person})",
        "worker": "SELECT, INSERT",
    }


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0002_protection'),
        ('surveys', '0013_work_that_participants_start'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='submission',
            name='explained',
            field=models.JSONField(blank=True, db_default={}, default=dict, verbose_name='values that a reason explains, by finding'),
        ),
        migrations.CreateModel(
            name='ReasonChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=80)),
                ('findings', models.JSONField(default=list, verbose_name='soft edits that it explains')),
                ('before', models.TextField(blank=True, verbose_name='reason before')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.organisation')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reason_changes', to='surveys.submission')),
            ],
            options={
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['submission', 'question'], name='reasons_by_question')],
            },
        ),
        migrations.CreateModel(
            name='Receipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='first, second … of the submission')),
                ('kind', models.CharField(choices=[('submitted', 'Submitted'), ('corrected', 'Corrected')], max_length=10)),
                ('question', models.CharField(blank=True, max_length=80, verbose_name='question that was corrected')),
                ('content', models.TextField(verbose_name='answers and reasons, as they were hashed')),
                ('content_hash', models.CharField(max_length=64, verbose_name='SHA-256 of the content')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.organisation')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='receipts', to='surveys.submission')),
            ],
            options={
                'ordering': ('-number',),
                'constraints': [models.UniqueConstraint(fields=('submission', 'number'), name='receipts_are_numbered')],
            },
        ),
        ProtectTable("ReasonChange", Tenancy.OWNED, grants=_append_only("changed_by_id")),
        CompositeForeignKey("ReasonChange", "submission_id", "Submission"),
        ProtectTable("Receipt", Tenancy.OWNED, grants=_append_only("made_by_id")),
        CompositeForeignKey("Receipt", "submission_id", "Submission"),
    ]
