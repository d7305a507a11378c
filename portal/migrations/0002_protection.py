"""Roles, grants and row-level security of the portal's own tables."""

from django.db import migrations

from portal.rls import PERSON, TENANT, ProtectTable, RunStatements, create_role_statements, role
from portal.tenancy import Tenancy

MEMBER = f"EXISTS (SELECT FROM portal_membership m WHERE m.organisation_id = portal_organisation.id AND m.user_id = {PERSON})"
SIGN_IN_TABLES = (
    "django_content_type",
    "auth_permission",
    "auth_group",
    "portal_user_groups",
    "portal_user_user_permissions",
    "account_emailaddress",
    "account_emailconfirmation",
)


def sign_in_statements() -> list[str]:
    """The login role's own tables: what signing in needs and nothing of tenants.

    People are visible to participants only as members of the same organisation.
    """
    statements = [f'GRANT SELECT, INSERT, UPDATE, DELETE ON "{table}" TO {role("login")}' for table in SIGN_IN_TABLES]
    statements += [
        f"GRANT SELECT ON django_migrations TO {role('login')}",
        f"GRANT SELECT ON portal_user TO {role('participant')}",
        "ALTER TABLE portal_user ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE portal_user FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY colleagues ON portal_user TO {role('participant')} USING (id = {PERSON} OR EXISTS (SELECT FROM"
        f" portal_membership m WHERE m.user_id = portal_user.id AND m.organisation_id = {TENANT}))",
    ]
    for name in ("login", "staff", "worker"):
        statements.append(f"CREATE POLICY {name}_rows ON portal_user TO {role(name)} USING (true) WITH CHECK (true)")
    return statements


def refuse_change_function() -> list[str]:
    """A trigger function for rows that never change once written."""
    return [
        "CREATE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME; END $$",
        "CREATE TRIGGER audit_never_changes BEFORE UPDATE OR DELETE ON portal_auditentry"
        " FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION portal_refuse_change()",
    ]


APPEND_ONLY = {"participant": "SELECT, INSERT", "staff": "SELECT, INSERT", "worker": "SELECT, INSERT"}


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0001_tables"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [
        RunStatements(create_role_statements, "Create the database roles"),
        ProtectTable("User", Tenancy.PLATFORM),
        RunStatements(sign_in_statements, "Let the login role sign people in, and nothing else"),
        ProtectTable("OrganisationGroup", Tenancy.PLATFORM, grants={"login": ""}),
        ProtectTable("Organisation", Tenancy.OWNED, f"id = {TENANT} OR {MEMBER}", {"participant": "SELECT"}, "id"),
        ProtectTable("Membership", Tenancy.OWNED, f"organisation_id = {TENANT} OR user_id = {PERSON}"),
        ProtectTable("Job", Tenancy.MIXED),
        ProtectTable("AuditEntry", Tenancy.MIXED, grants=APPEND_ONLY),
        ProtectTable("OutboxMail", Tenancy.MIXED),
        ProtectTable("ApiKey", Tenancy.PLATFORM),
        RunStatements(refuse_change_function, "Keep the audit trail append-only"),
    ]
