"""The hash of a policy that releases print gets a salt: p and the coalition could be found by trying all policies."""

import hashlib
import json

from django.db import migrations, models

import benchmark.models
from portal.rls import RunStatements


def add_salts(apps, schema_editor) -> None:
    """New hashes, except where a release already printed the old one: what two people checked stays what it was."""
    schema_editor.execute("ALTER TABLE benchmark_policyversion DISABLE TRIGGER USER")
    schema_editor.execute("ALTER TABLE benchmark_release NO FORCE ROW LEVEL SECURITY")
    printed = set(apps.get_model("benchmark", "Release").objects.values_list("manifest__policy_hash", flat=True))
    schema_editor.execute("ALTER TABLE benchmark_release FORCE ROW LEVEL SECURITY")
    for one in apps.get_model("benchmark", "PolicyVersion").objects.all():
        text = json.dumps(one.body, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
        one.salt = "" if one.content_hash in printed else benchmark.models.new_salt()
        one.content_hash = hashlib.sha256((one.salt + text).encode()).hexdigest()
        one.save(update_fields=["salt", "content_hash"])
    schema_editor.execute("ALTER TABLE benchmark_policyversion ENABLE TRIGGER USER")


def immutable_statements() -> list[str]:
    """A proposal is only approved: its salt never changes either."""
    fields = "profile version body salt content_hash note is_shipped proposed_at proposed_by_id".split()
    old, new = (", ".join(f"{side}.{field}" for field in fields) for side in ("OLD", "NEW"))
    return [
        "DROP TRIGGER proposal_is_only_approved ON benchmark_policyversion",
        "CREATE TRIGGER proposal_is_only_approved BEFORE UPDATE ON benchmark_policyversion"
        f" FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION portal_refuse_change()",
    ]


class Migration(migrations.Migration):
    dependencies = [("benchmark", "0004_policy_protection")]
    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="salt",
            field=models.CharField(default=benchmark.models.new_salt, editable=False, max_length=64),
        ),
        migrations.RunPython(add_salts, migrations.RunPython.noop),
        RunStatements(immutable_statements, "The salt of a policy never changes either"),
    ]
