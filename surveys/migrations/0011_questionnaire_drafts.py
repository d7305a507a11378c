"""Questionnaires that staff write in the portal; staff only."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.rls import ProtectTable
from portal.tenancy import Tenancy


class Migration(migrations.Migration):

    dependencies = [
        ('surveys', '0010_validating'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='QuestionnaireDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('source', models.TextField(verbose_name='file as it is now')),
                ('revision', models.PositiveIntegerField(default=1)),
                ('started_at', models.DateTimeField(auto_now_add=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('based_on', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='surveys.questionnaireversion')),
                ('changed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-changed_at',),
            },
        ),
        ProtectTable('QuestionnaireDraft', Tenancy.PLATFORM, grants={'login': '', 'worker': ''}),
    ]
