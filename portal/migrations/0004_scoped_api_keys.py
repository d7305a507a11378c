"""API keys carry scopes and may belong to an organisation, whose people then see it and nobody else's."""

import django.db.models.deletion
from django.db import migrations, models

import portal.models.plumbing
from portal.rls import ProtectTable, RunStatements, role
from portal.tenancy import Tenancy


def take_keys_from_the_login_role() -> list[str]:
    """Keys are looked up as the worker and managed by staff or by the organisation: signing in needs none of it."""
    return [f"REVOKE ALL ON portal_apikey FROM {role('login')}"]


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_queues")]
    operations = [
        migrations.AlterModelOptions(name="apikey", options={"ordering": ("-id",)}),
        migrations.AddField(
            model_name="apikey",
            name="organisation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="portal.organisation",
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="scopes",
            field=models.JSONField(default=portal.models.plumbing.only_reading, verbose_name="may"),
        ),
        migrations.AlterField(
            model_name="apikey", name="name", field=models.CharField(max_length=100, verbose_name="name")
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(organisation__isnull=False) | ~models.Q(scopes__contains=["upload"]),
                name="key_that_sends_answers_belongs_to_an_organisation",
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(scopes__contained_by=["read", "upload"]), name="key_has_known_scopes"
            ),
        ),
        RunStatements(take_keys_from_the_login_role, "Take API keys from the login role"),
        ProtectTable("ApiKey", Tenancy.MIXED),
    ]
