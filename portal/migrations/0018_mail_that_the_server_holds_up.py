"""Whether a mail waits for the mail server: what one worker found out need not be found out by the others."""

from django.db import migrations, models

from portal.rls import RunStatements, role


def statements() -> list[str]:
    """Participants write mail; what becomes of it is the workers' to note."""
    return [f"REVOKE UPDATE ON portal_outboxmail FROM {role('participant')}"]


class Migration(migrations.Migration):
    dependencies = [("portal", "0017_participants_do_less")]
    operations = [
        migrations.AddField(
            model_name="outboxmail", name="is_held_up", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddIndex(
            model_name="outboxmail",
            index=models.Index(
                condition=models.Q(("is_held_up", True)), fields=["next_try_at"], name="mail_that_is_held_up"
            ),
        ),
        RunStatements(statements, "Let participants change no mail that waits"),
    ]
