from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0007_how_fine_peer_groups_are")]
    operations = [
        migrations.AddField(
            model_name="submission",
            name="dimensions",
            field=models.JSONField(blank=True, null=True, verbose_name="peer dimensions at the last freeze"),
        ),
    ]
