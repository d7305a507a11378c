"""How fine the peer groups of a round are; rounds that are there keep what they were made with, pairs of dimensions."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("surveys", "0006_withdrawals")]
    operations = [
        migrations.AddField(
            model_name="round",
            name="crossings",
            field=models.PositiveSmallIntegerField(default=2, verbose_name="dimensions that peer groups cross"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.CheckConstraint(
                condition=models.Q(crossings__gte=1, crossings__lte=3), name="round_crosses_one_to_three_dimensions"
            ),
        ),
    ]
