"""Participants reach no more than they use, and nobody empties the audit trail at one stroke.

Whoever makes a participant's page run SQL of their own can make nobody a member, and so sees no other people; can end
nobody's membership elsewhere; and can write in the trail in nobody else's name. Work that they may start: surveys 0013.
"""

from django.db import migrations

from portal.rls import PERSON, TENANT, RunStatements, role


def membership_statements() -> list[str]:
    """Invitations are accepted by the worker's role; a coordinator changes a role or ends a membership, here only."""
    participant, own = role("participant"), f"organisation_id = {TENANT}"
    return [
        f"REVOKE INSERT, UPDATE, DELETE ON portal_membership FROM {participant}",
        f"GRANT UPDATE (role), DELETE ON portal_membership TO {participant}",
        "DROP POLICY participant_rows ON portal_membership",
        f"CREATE POLICY participant_reads ON portal_membership FOR SELECT TO {participant}"
        f" USING ({own} OR user_id = {PERSON})",
        f"CREATE POLICY participant_changes ON portal_membership FOR UPDATE TO {participant}"
        f" USING ({own}) WITH CHECK ({own})",
        f"CREATE POLICY participant_removes ON portal_membership FOR DELETE TO {participant} USING ({own})",
    ]


def audit_statements() -> list[str]:
    """An entry's actor is the person of the scope; without a person (a key, a worker) it is the system."""
    participant, own = role("participant"), f"organisation_id = {TENANT}"
    return [
        "DROP POLICY participant_rows ON portal_auditentry",
        f"CREATE POLICY participant_reads ON portal_auditentry FOR SELECT TO {participant} USING ({own})",
        f"CREATE POLICY participant_adds ON portal_auditentry FOR INSERT TO {participant}"
        f" WITH CHECK ({own} AND coalesce(actor_id, 0) = {PERSON})",
        *(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_change()"
            for table in ("portal_auditentry", "portal_auditseal")
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("portal", "0016_second_step_of_an_organisation")]
    operations = [
        RunStatements(membership_statements, "Let participants change memberships of their organisation, and make none"),
        RunStatements(audit_statements, "Keep names and the whole of the audit trail"),
    ]
