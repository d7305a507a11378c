"""An index for searching what one person did of one kind: the slowest question to a million entries without it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0009_people_and_retention")]
    operations = [
        migrations.AddIndex(
            "auditentry",
            models.Index(fields=["actor", "action", "-at", "-id"], name="audit_by_person_and_action"),
        ),
    ]
