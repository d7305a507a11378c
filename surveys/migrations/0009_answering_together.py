"""Colleagues on one questionnaire: themes, history, files under way; and two signatures where a round asks for them."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from portal.rls import CompositeForeignKey, ProtectTable
from portal.tenancy import Tenancy

# A person who is deleted leaves the history without a name; nothing else of it ever changes.
APPEND_ONLY = {
    "participant": "SELECT, INSERT",
    "staff": "SELECT, INSERT, DELETE, UPDATE (changed_by_id)",
    "worker": "SELECT, INSERT",
}
PEOPLE_ONLY = {"worker": "SELECT, DELETE"}


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0002_protection'),
        ('surveys', '0008_dimensions_at_freeze'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='round',
            name='two_signatures',
            field=models.BooleanField(default=False, help_text='A second coordinator of the organisation confirms the answers before they are submitted.', verbose_name='two people sign'),
        ),
        migrations.AddField(
            model_name='submission',
            name='carried',
            field=models.JSONField(blank=True, default=dict, verbose_name='round that a reason was taken over from, by finding'),
        ),
        migrations.AddField(
            model_name='submission',
            name='signed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='submission',
            name='signed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='submission',
            name='signed_hash',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.CreateModel(
            name='AnswerUpload',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('workbook', 'workbook of the questionnaire'), ('table', 'file of a system')], max_length=10)),
                ('name', models.CharField(max_length=200, verbose_name='name of the file')),
                ('size', models.PositiveIntegerField(verbose_name='bytes')),
                ('content', models.JSONField(default=dict, verbose_name='what was read')),
                ('uploaded_at', models.DateTimeField(auto_now_add=True)),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.organisation')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='surveys.round')),
                ('uploaded_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='AnswerChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('question', models.CharField(max_length=80)),
                ('version', models.PositiveIntegerField(verbose_name='version of the answer that this made')),
                ('before', models.JSONField(blank=True, null=True, verbose_name='typed before')),
                ('status_before', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('typed', models.JSONField(default=str, verbose_name='typed')),
                ('status', models.PositiveSmallIntegerField()),
                ('way', models.CharField(choices=[('page', 'on the page'), ('workbook', 'from a workbook'), ('table', 'from a file of a system'), ('api', 'from a program')], default='page', max_length=10)),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='portal.organisation')),
                ('submission', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='surveys.submission')),
            ],
            options={
                'ordering': ('-id',),
                'indexes': [models.Index(fields=['submission', 'question'], name='changes_by_question')],
            },
        ),
        migrations.CreateModel(
            name='ColumnMapping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('columns', models.CharField(max_length=64, verbose_name='fingerprint of the names of the columns')),
                ('mapping', models.JSONField(default=dict, verbose_name='question and way of adding up, by column')),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.organisation')),
                ('questionnaire', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='surveys.questionnaire')),
                ('updated_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'questionnaire', 'columns'), name='columns_are_mapped_once_per_organisation')],
            },
        ),
        migrations.CreateModel(
            name='ThemeAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('section', models.CharField(max_length=60, verbose_name='theme')),
                ('assigned_at', models.DateTimeField(auto_now_add=True)),
                ('assigned_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='portal.organisation')),
                ('round', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='surveys.round')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'round', 'section', 'user'), name='theme_is_assigned_to_a_colleague_once')],
            },
        ),
        ProtectTable("AnswerChange", Tenancy.OWNED, grants=APPEND_ONLY),
        CompositeForeignKey("AnswerChange", "submission_id", "Submission"),
        ProtectTable("ThemeAssignment", Tenancy.OWNED, grants=PEOPLE_ONLY),
        ProtectTable("AnswerUpload", Tenancy.OWNED, grants=PEOPLE_ONLY),
        ProtectTable("ColumnMapping", Tenancy.OWNED, grants=PEOPLE_ONLY),
    ]
