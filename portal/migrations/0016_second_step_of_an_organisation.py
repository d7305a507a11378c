"""An organisation may ask a second step of everybody who works for it; its coordinators decide that and nothing else."""

from django.db import migrations, models

from portal.rls import RunStatements, role


def statements() -> list[str]:
    """One column; the policy that is there says of which organisation."""
    return [f"GRANT UPDATE (second_step_required) ON portal_organisation TO {role('participant')}"]


class Migration(migrations.Migration):
    dependencies = [("portal", "0015_no_table_of_djangos_sessions")]
    operations = [
        migrations.AddField(
            model_name="organisation",
            name="second_step_required",
            field=models.BooleanField(default=False, verbose_name="everybody who works here needs a second step"),
        ),
        RunStatements(statements, "Let coordinators ask a second step of their organisation"),
    ]
