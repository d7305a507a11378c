"""The SQL behind the audit trail: what is hashed, the triggers that seal and refuse (docs/adr/0014).

The database seals each entry itself, in a trigger that runs when the transaction commits, under a lock that is held no
longer than that commit. So the chain has no gap, no fork and no tail that is still to be sealed, whoever writes and
however many at once, and a writer waits for others only while they commit.
"""

from portal.rls import role

LOCK = (1_702_060_386, 14)  # of the chain's end; two numbers of our own
# What an entry says, as one text; `{0}` is the entry's alias. The person is a number here, whatever their name becomes.
CONTENT = (
    "jsonb_build_array({0}.id, (extract(epoch FROM {0}.at) * 1000000)::bigint, {0}.action, {0}.subject,"
    " {0}.organisation_id, {0}.actor_id, {0}.detail)::text"
)
SEAL = f"""
CREATE OR REPLACE FUNCTION portal_seal_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last_number bigint := 0;
    last_hash bytea := ''::bytea;
    this_hash bytea := sha256(convert_to({CONTENT.format("NEW")}, 'UTF8'));
BEGIN
    PERFORM pg_advisory_xact_lock({LOCK[0]}, {LOCK[1]});
    SELECT s.number, s.chain_hash INTO last_number, last_hash
        FROM public.portal_auditseal s ORDER BY s.number DESC LIMIT 1;
    INSERT INTO public.portal_auditseal (number, entry_id, entry_hash, chain_hash)
        VALUES (coalesce(last_number, 0) + 1, NEW.id, this_hash, sha256(coalesce(last_hash, ''::bytea) || this_hash));
    RETURN NULL;
END $$
"""  # noqa: S608  constants only
STAMP = """
CREATE OR REPLACE FUNCTION portal_stamp_audit() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.at := clock_timestamp(); RETURN NEW; END $$
"""
# Entries that were there before the chain, in their order.
SEAL_EARLIER = f"""
DO $$
DECLARE
    entry record;
    counted bigint := 0;
    last_hash bytea := ''::bytea;
BEGIN
    FOR entry IN SELECT e.id, sha256(convert_to({CONTENT.format("e")}, 'UTF8')) AS hash
        FROM portal_auditentry e ORDER BY e.id
    LOOP
        counted := counted + 1;
        last_hash := sha256(last_hash || entry.hash);
        INSERT INTO portal_auditseal (number, entry_id, entry_hash, chain_hash)
            VALUES (counted, entry.id, entry.hash, last_hash);
    END LOOP;
END $$
"""  # noqa: S608  constants only
REFUSING = "BEFORE UPDATE OR DELETE ON {0} FOR EACH ROW EXECUTE FUNCTION portal_refuse_change()"


# The lock must be the last thing that a commit waits for. Deferred triggers run in the order in which rows were
# written, and a foreign key of a row behind the entry may wait for somebody who waits for the chain: then neither goes
# on. So the entry's trigger only writes to a queue, and the queue's own trigger, which comes after all others, seals.
QUEUE = "CREATE UNLOGGED TABLE portal_auditqueue (entry_id bigint PRIMARY KEY, entry_hash bytea NOT NULL)"
ENQUEUE = f"""
CREATE OR REPLACE FUNCTION portal_queue_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO public.portal_auditqueue (entry_id, entry_hash)
        VALUES (NEW.id, sha256(convert_to({CONTENT.format("NEW")}, 'UTF8')));
    RETURN NULL;
END $$
"""  # noqa: S608  constants only
SEAL_QUEUED = f"""
CREATE OR REPLACE FUNCTION portal_seal_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last_number bigint := 0;
    last_hash bytea := ''::bytea;
BEGIN
    PERFORM pg_advisory_xact_lock({LOCK[0]}, {LOCK[1]});
    SELECT s.number, s.chain_hash INTO last_number, last_hash
        FROM public.portal_auditseal s ORDER BY s.number DESC LIMIT 1;
    INSERT INTO public.portal_auditseal (number, entry_id, entry_hash, chain_hash) VALUES (coalesce(last_number, 0) + 1,
        NEW.entry_id, NEW.entry_hash, sha256(coalesce(last_hash, ''::bytea) || NEW.entry_hash));
    DELETE FROM public.portal_auditqueue q WHERE q.entry_id = NEW.entry_id;
    RETURN NULL;
END $$
"""  # noqa: S608  constants only


def sealed_last_statements() -> list[str]:
    """Put the queue between an entry and its seal. Nobody holds any right on it."""
    return [
        QUEUE,
        ENQUEUE,
        "DROP TRIGGER audit_is_sealed ON portal_auditentry",
        SEAL_QUEUED,
        "CREATE CONSTRAINT TRIGGER audit_is_queued AFTER INSERT ON portal_auditentry"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portal_queue_audit()",
        "CREATE CONSTRAINT TRIGGER audit_is_sealed AFTER INSERT ON portal_auditqueue"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portal_seal_audit()",
        "REVOKE ALL ON portal_auditqueue FROM PUBLIC",
        "REVOKE ALL ON FUNCTION portal_queue_audit(), portal_seal_audit() FROM PUBLIC",
    ]


def chain_statements() -> list[str]:
    """Seal what is there, then let each new entry be dated and sealed; nobody changes entries or seals any more."""
    roles = ", ".join(role(name) for name in ("participant", "staff", "api", "worker", "login"))
    return [
        # The owner is under the policies too, and no policy is the owner's: for this statement only it is not.
        "ALTER TABLE portal_auditentry NO FORCE ROW LEVEL SECURITY",
        "ALTER TABLE portal_auditseal ADD CONSTRAINT seal_is_of_an_entry FOREIGN KEY (entry_id)"
        " REFERENCES portal_auditentry (id) DEFERRABLE INITIALLY DEFERRED",
        SEAL_EARLIER,
        "SET CONSTRAINTS ALL IMMEDIATE",
        "ALTER TABLE portal_auditentry FORCE ROW LEVEL SECURITY",
        SEAL,
        STAMP,
        "DROP TRIGGER audit_never_changes ON portal_auditentry",
        f"CREATE TRIGGER audit_never_changes {REFUSING.format('portal_auditentry')}",
        f"CREATE TRIGGER seals_never_change {REFUSING.format('portal_auditseal')}",
        "CREATE TRIGGER audit_is_dated BEFORE INSERT ON portal_auditentry"
        " FOR EACH ROW EXECUTE FUNCTION portal_stamp_audit()",
        "CREATE CONSTRAINT TRIGGER audit_is_sealed AFTER INSERT ON portal_auditentry"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portal_seal_audit()",
        f"REVOKE UPDATE, DELETE, TRUNCATE ON portal_auditentry FROM PUBLIC, {roles}",
        f"REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON portal_auditseal FROM PUBLIC, {roles}",
        "REVOKE ALL ON FUNCTION portal_seal_audit() FROM PUBLIC",
    ]
