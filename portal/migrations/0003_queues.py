"""The message queues on this database (docs/adr/0002)."""

from typing import Any

from django.conf import settings
from django.db import migrations

from portal.broker import grant_queues, install_queues


def install(apps: Any, schema_editor: Any) -> None:
    """Install pgmq's functions and our queue, and let the login role use them."""
    with schema_editor.connection.cursor() as cursor:
        install_queues(cursor)
        grant_queues(cursor, f"{settings.PORTAL_ROLE_PREFIX}_login")


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_protection")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
