"""What the foundation asked for when it opened submitted answers again; the organisation reads it where it answers."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0011_questionnaire_drafts")]
    operations = [
        migrations.AddField(
            model_name="submission",
            name="sent_back_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="submission",
            name="sent_back_note",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
