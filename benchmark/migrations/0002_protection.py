"""Row-level security of releases and reports; a published release never changes."""

from django.db import migrations

from portal.rls import ProtectTable, RunStatements
from portal.tenancy import Tenancy

PUBLISHED = "release_id IN (SELECT id FROM benchmark_release WHERE state = 'published')"


def immutable_statements() -> list[str]:
    """Triggers that refuse any change to a published release, its documents and its cells."""
    statements = [
        "CREATE FUNCTION benchmark_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF EXISTS (SELECT FROM benchmark_release WHERE id = OLD.release_id AND state = 'published') THEN"
        " RAISE EXCEPTION 'a published release never changes'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER published_never_changes BEFORE UPDATE OR DELETE ON benchmark_release"
        " FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION portal_refuse_change()",
        "CREATE TRIGGER indicators_never_change BEFORE UPDATE OR DELETE ON benchmark_indicatorset"
        " FOR EACH ROW EXECUTE FUNCTION portal_refuse_change()",
    ]
    for table in ("benchmark_releaseddocument", "benchmark_releasedcell"):
        statements.append(
            f"CREATE TRIGGER published_never_changes BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION benchmark_refuse_change()"
        )
    return statements


class Migration(migrations.Migration):
    dependencies = [("benchmark", "0001_tables"), ("surveys", "0002_protection")]
    operations = [
        ProtectTable("IndicatorSet", Tenancy.SHARED),
        ProtectTable("Release", Tenancy.RELEASED, "state = 'published'"),
        ProtectTable("ReleasedDocument", Tenancy.RELEASED, PUBLISHED),
        ProtectTable("ReleasedCell", Tenancy.RELEASED, PUBLISHED),
        ProtectTable("Report", Tenancy.OWNED),
        RunStatements(immutable_statements, "A published release never changes"),
    ]
