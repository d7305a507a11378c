"""The history names the key that a program used, and what programs send is counted apart from people's files."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0014_reasons_and_receipts")]
    operations = [
        migrations.AddField(
            model_name="answerchange",
            name="program",
            field=models.CharField(
                blank=True, db_default="", max_length=100, verbose_name="name of the key that a program used"
            ),
        ),
        migrations.AlterField(
            model_name="answerupload",
            name="kind",
            field=models.CharField(
                choices=[
                    ("workbook", "workbook of the questionnaire"),
                    ("table", "file of a system"),
                    ("api", "sent by a program"),
                ],
                max_length=10,
            ),
        ),
    ]
