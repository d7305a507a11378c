"""Rights on the clock's ticks; their table, and the columns by which mail is tried again, came with the one before."""

from django.db import migrations

from portal.rls import ProtectTable
from portal.tenancy import Tenancy


class Migration(migrations.Migration):
    dependencies = [("portal", "0005_validating")]
    # The web process may look whether the clock ticks; only workers and the clock itself write.
    operations = [ProtectTable("Tick", Tenancy.PLATFORM, grants={"login": "SELECT", "staff": "SELECT"})]
