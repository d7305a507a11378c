"""Django's own table of sessions goes: sessions are in `portal_opensession`, and its app is not installed any more.

Where the portal is installed from now on there never was such a table; the migrations before this one do not name it.
"""

from django.db import migrations

from portal.rls import RunStatements


def statements() -> list[str]:
    """The table. That its app's migration was applied stays noted: the release before this one leans on it."""
    return ["DROP TABLE IF EXISTS django_session"]


class Migration(migrations.Migration):
    dependencies = [("portal", "0014_sessions_know_their_person")]
    operations = [RunStatements(statements, "Remove the table of Django's sessions")]
