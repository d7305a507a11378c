"""Only the login role reads what lets somebody in: password hashes, second factors, keys of confirmations.

Whoever can make another role run SQL of their own, a participant's page or a worker's task, still reads none of them.
A column that is added to one of these tables later must be granted in its migration.
"""

from django.db import migrations

from portal.rls import RunStatements, role

PERSON = (
    "id, last_login, is_superuser, email, name, foundation_role, language, is_active, sessions_version, created_at"
)
FACTOR = "id, user_id, type, created_at, last_used_at"
CONFIRMATION = "id, email_address_id, created, sent"


def statements() -> list[str]:
    """The right to read a table becomes the right to read its columns but one."""
    narrowed = (
        ("portal_user", PERSON, ("participant", "staff", "worker")),
        ("mfa_authenticator", FACTOR, ("staff", "worker")),
        ("account_emailconfirmation", CONFIRMATION, ("worker",)),
    )
    made = []
    for table, columns, roles in narrowed:
        names = ", ".join(role(name) for name in roles)
        made += [f"REVOKE SELECT ON {table} FROM {names}", f"GRANT SELECT ({columns}) ON {table} TO {names}"]
    return made


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0012_failed_sign_ins"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [RunStatements(statements, "Let the login role alone read what lets somebody in")]
