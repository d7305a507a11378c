"""Who reviewed a release did not publish it: what the services refuse, the database refuses too.

Editions that are there were all made by two people; a row that was not would stop this migration, and should.
"""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("benchmark", "0006_never_emptied"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reviewed_by", None),
                    ("published_by", None),
                    models.Q(("reviewed_by", models.F("published_by")), _negated=True),
                    _connector="OR",
                ),
                name="release_is_of_two_people",
            ),
        ),
    ]
