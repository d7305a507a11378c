"""Row-level security of submissions and answers; the round as a lock that participants may take but not change."""

from django.db import migrations

from portal.rls import CompositeForeignKey, ProtectTable, RunStatements, role
from portal.tenancy import Tenancy

WORKER_ONLY = {"login": "", "staff": "SELECT", "worker": "SELECT, INSERT"}


def round_statements() -> list[str]:
    """Participants see rounds that left the draft; `FOR SHARE` works for them and every change fails.

    PostgreSQL asks the UPDATE right for a row lock; the policy's WITH CHECK (false) refuses the update itself.
    """
    statements = [
        "ALTER TABLE surveys_round ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE surveys_round FORCE ROW LEVEL SECURITY",
        f"GRANT UPDATE (state) ON surveys_round TO {role('participant')}",
        f"CREATE POLICY lock_only ON surveys_round FOR UPDATE TO {role('participant')}"
        " USING (state <> 'draft') WITH CHECK (false)",
    ]
    for name in ("participant", "api"):
        statements.append(
            f"CREATE POLICY {name}_reads ON surveys_round FOR SELECT TO {role(name)} USING (state <> 'draft')"
        )
    for name in ("staff", "worker"):
        statements.append(f"CREATE POLICY {name}_rows ON surveys_round TO {role(name)} USING (true) WITH CHECK (true)")
    return statements


def immutable_statements() -> list[str]:
    """Versions and frozen inputs never change."""
    return [
        f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table}"
        " FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse_change()"
        for table in ("surveys_questionnaireversion", "surveys_edition", "surveys_columnsnapshot")
    ]


class Migration(migrations.Migration):
    dependencies = [("surveys", "0001_tables"), ("portal", "0002_protection")]
    operations = [
        ProtectTable("Questionnaire", Tenancy.SHARED),
        ProtectTable("QuestionnaireVersion", Tenancy.SHARED),
        ProtectTable("Round", Tenancy.SHARED),
        RunStatements(round_statements, "Let participants lock a round and not change it"),
        ProtectTable("Submission", Tenancy.OWNED),
        ProtectTable("Answer", Tenancy.OWNED),
        CompositeForeignKey("Answer", "submission_id", "Submission"),
        ProtectTable("UnattributedAmount", Tenancy.SHARED, grants={"participant": "", "api": ""}),
        ProtectTable("Edition", Tenancy.PLATFORM, grants=WORKER_ONLY),
        ProtectTable("ColumnSnapshot", Tenancy.PLATFORM, grants=WORKER_ONLY | {"staff": ""}),
        RunStatements(immutable_statements, "Versions and frozen inputs never change"),
    ]
