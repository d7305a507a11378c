"""Shortening the audit log: entries past their time go, from the front, by the owner of the database only."""

from datetime import timedelta

from django.db import connection, transaction

from portal.errors import NotPossibleNow
from portal.owner_connection import as_owner
from portal.retention import days_kept
from portal.services.audit import record
from portal.services.audit_chain import EXPIRED, verify_chain
from portal.services.retention import database_time
from portal.tenancy import worker_scope

# The last seal before the first entry that stays; everything up to it is past its time.
LAST_OLD = (
    "SELECT s.number, encode(s.chain_hash, 'hex') FROM portal_auditseal s WHERE s.number < coalesce("
    "(SELECT min(k.number) FROM portal_auditseal k JOIN portal_auditentry e ON e.id = k.entry_id WHERE e.at >= %s),"
    " 9223372036854775807) ORDER BY s.number DESC LIMIT 1"
)
# The owner is under the policies and the triggers as everybody is; in this transaction alone it is not.
LIFT = (
    "ALTER TABLE portal_auditentry NO FORCE ROW LEVEL SECURITY",
    "ALTER TABLE portal_auditentry DISABLE TRIGGER audit_never_changes",
    "ALTER TABLE portal_auditseal DISABLE TRIGGER seals_never_change",
)
PUT_BACK = (
    "SET CONSTRAINTS ALL IMMEDIATE",
    "ALTER TABLE portal_auditseal ENABLE TRIGGER seals_never_change",
    "ALTER TABLE portal_auditentry ENABLE TRIGGER audit_never_changes",
    "ALTER TABLE portal_auditentry FORCE ROW LEVEL SECURITY",
)
REMOVE = (
    "WITH gone AS (DELETE FROM portal_auditseal WHERE number <= %s RETURNING entry_id)"
    " DELETE FROM portal_auditentry WHERE id IN (SELECT entry_id FROM gone)"
)


def expire_audit(*, dry_run: bool = False) -> int:
    """Remove what is past its time, note up to where, and return how many entries went (or would go).

    Raises NotPossibleNow when the chain is broken: evidence is not thrown away.
    """
    before = database_time() - timedelta(days=days_kept("audit"))
    with worker_scope(), connection.cursor() as cursor:
        faults = verify_chain().faults
        if faults:
            raise NotPossibleNow(f"The audit chain is broken: {faults[0]}")
        cursor.execute(LAST_OLD, [before])
        last = cursor.fetchone()
        if last is None:
            return 0
        cursor.execute("SELECT count(*) FROM portal_auditseal WHERE number <= %s", [last[0]])
        count = int(cursor.fetchone()[0])
    if dry_run:
        return count
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        for statement in LIFT:
            cursor.execute(statement)
        cursor.execute(REMOVE, [last[0]])
        record(EXPIRED, subject="audit", by=None, number=last[0], chain_hash=last[1], removed=count)
        for statement in PUT_BACK:
            cursor.execute(statement)
    return count
