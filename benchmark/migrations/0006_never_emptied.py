"""A statement that empties a table fires no trigger of rows: what is released, proven and approved refuses it as well."""

from django.db import migrations

from portal.rls import RunStatements

TABLES = (
    "benchmark_indicatorset",
    "benchmark_policyversion",
    "benchmark_release",
    "benchmark_releaseddocument",
    "benchmark_releasedcell",
    "benchmark_releasecertificate",
    "benchmark_certificatebody",
)


def immutable_statements() -> list[str]:
    """Also for the owner, who may take a trigger away, and is noticed then (portal/protection.py)."""
    return [
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_change()"
        for table in TABLES
    ]


class Migration(migrations.Migration):
    dependencies = [("benchmark", "0005_salted_policy_hash"), ("portal", "0017_participants_do_less")]
    operations = [RunStatements(immutable_statements, "What is released is never emptied")]
