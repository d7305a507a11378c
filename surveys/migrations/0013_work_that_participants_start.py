"""Participants start two kinds of work, about what is theirs; nobody empties frozen inputs at one stroke."""

from django.db import migrations

from portal.rls import TENANT, RunStatements, role

# Named here because a policy cannot ask the code: another task that participants start needs a migration like this one.
THEIR_WORK = (
    "(task = 'benchmark.render_report' AND (arguments ->> 'organisation')::bigint = {tenant})"
    " OR (task = 'surveys.check_submission' AND EXISTS (SELECT FROM surveys_submission s"
    " WHERE s.id = (portal_job.arguments ->> 'submission')::bigint AND s.organisation_id = {tenant}))"
)


def job_statements() -> list[str]:
    """A worker trusts a job's row, so a participant's row says nothing that a participant may not ask."""
    participant, own = role("participant"), f"organisation_id = {TENANT}"
    return [
        f"REVOKE UPDATE ON portal_job FROM {participant}",
        "DROP POLICY participant_rows ON portal_job",
        f"CREATE POLICY participant_reads ON portal_job FOR SELECT TO {participant} USING ({own})",
        f"CREATE POLICY participant_adds ON portal_job FOR INSERT TO {participant}"
        f" WITH CHECK ({own} AND ({THEIR_WORK.format(tenant=TENANT)}))",
    ]


def immutable_statements() -> list[str]:
    """A statement that empties a table fires no trigger of rows."""
    return [
        f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION portal_refuse_change()"
        for table in ("surveys_questionnaireversion", "surveys_edition", "surveys_columnsnapshot")
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("surveys", "0012_why_answers_were_opened_again"),
        ("portal", "0017_participants_do_less"),
    ]
    operations = [
        RunStatements(job_statements, "Let participants start their own work only"),
        RunStatements(immutable_statements, "Versions and frozen inputs are never emptied"),
    ]
