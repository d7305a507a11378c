"""Sessions name the person, who sees and ends them; the worker clears them away without reading a key."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.rls import ProtectTable, RunStatements, role
from portal.tenancy import Tenancy


def statements() -> list[str]:
    """A session's key lets somebody in: only the login role reads it."""
    return [f"GRANT SELECT (user_id, expire_date), DELETE ON portal_opensession TO {role('worker')}"]


class Migration(migrations.Migration):
    dependencies = [("portal", "0013_secrets_of_signing_in")]
    operations = [
        migrations.CreateModel(
            name="OpenSession",
            fields=[
                (
                    "session_key",
                    models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name="session key"),
                ),
                ("session_data", models.TextField(verbose_name="session data")),
                ("expire_date", models.DateTimeField(db_index=True, verbose_name="expire date")),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "session", "verbose_name_plural": "sessions", "abstract": False},
        ),
        ProtectTable("OpenSession", Tenancy.PLATFORM, grants={"staff": "", "worker": ""}),
        RunStatements(statements, "Let the worker clear sessions away"),
    ]
