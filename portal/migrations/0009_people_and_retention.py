"""The worker may look up and remove what signing in keeps of a person: to tell it, to erase it, to clear it away."""

from django.db import migrations

from portal.rls import RunStatements, role

TABLES = (
    "account_emailaddress",
    "account_emailconfirmation",
    "portal_user_groups",
    "portal_user_user_permissions",
    "portal_counters",
)


def worker_statements() -> list[str]:
    """Looking and removing only: sessions and addresses are made by signing in and by nothing else."""
    return [f'GRANT SELECT, DELETE ON "{table}" TO {role("worker")}' for table in TABLES]


class Migration(migrations.Migration):
    dependencies = [("portal", "0008_audit_chain")]
    operations = [RunStatements(worker_statements, "Let the worker clear away what signing in keeps")]
