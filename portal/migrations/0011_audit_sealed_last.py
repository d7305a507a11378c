"""A commit seals its audit entries after everything else, so that it waits for nobody while it holds the chain."""

from django.db import migrations

from portal.audit_sql import sealed_last_statements
from portal.rls import RunStatements


class Migration(migrations.Migration):
    dependencies = [("portal", "0010_audit_by_person_and_action")]
    operations = [RunStatements(sealed_last_statements, "Seal audit entries last of all")]
