"""What staff decide about peer groups before the freeze: unions of categories, and whether to offer chosen groups."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0004_policy_profile")]
    operations = [
        migrations.AddField(
            model_name="round",
            name="unions",
            field=models.JSONField(blank=True, default=list, verbose_name="declared unions of categories"),
        ),
        migrations.AddField(
            model_name="round",
            name="offers_free_groups",
            field=models.BooleanField(default=False, verbose_name="offers chosen groups"),
        ),
    ]
