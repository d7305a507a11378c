"""The clock's ticks; jobs and mail are dated by the database's clock, and mail knows when to try again."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portal', '0004_scoped_api_keys'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tick',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100, unique=True)),
                ('sent_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField(blank=True, null=True)),
                ('measures', models.JSONField(default=dict)),
            ],
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='given_up_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='outboxmail',
            name='next_try_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AlterField(
            model_name='job',
            name='created_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AlterField(
            model_name='outboxmail',
            name='created_at',
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
        ),
        migrations.AddIndex(
            model_name='outboxmail',
            index=models.Index(condition=models.Q(('given_up_at', None), ('sent_at', None)), fields=['next_try_at'], name='mail_that_waits'),
        ),
        migrations.AddConstraint(
            model_name='outboxmail',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at', None), ('given_up_at', None), _connector='OR'), name='mail_is_sent_or_given_up_not_both'),
        ),
    ]
