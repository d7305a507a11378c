"""The public reads the rounds, questionnaires and indicators that published releases stand on, and no others.

What a reader of the API or of a public page is shown comes from a published release; a questionnaire that is not asked
yet, or a round that is under way, is not needed for that.
"""

from django.db import migrations

from portal.rls import RunStatements, role

# What the public sees of each table. A table that is asked inside a condition is itself narrowed for who asks.
BEHIND_PUBLISHED = {
    "surveys_round": "id IN (SELECT round_id FROM benchmark_release WHERE state = 'published')",
    "surveys_questionnaireversion": "id IN (SELECT version_id FROM surveys_round)",
    "surveys_questionnaire": "id IN (SELECT questionnaire_id FROM surveys_questionnaireversion)",
    "benchmark_indicatorset": "id IN (SELECT indicators_id FROM benchmark_release WHERE state = 'published')",
}


def statements() -> list[str]:
    """Row-level security on what had none; others read and write there as before."""
    made = ["DROP POLICY api_reads ON surveys_round"]
    for table, condition in BEHIND_PUBLISHED.items():
        if table != "surveys_round":
            made += [f"ALTER TABLE {table} {what} ROW LEVEL SECURITY" for what in ("ENABLE", "FORCE")]
            made.append(f"CREATE POLICY participant_reads ON {table} FOR SELECT TO {role('participant')} USING (true)")
            for name in ("staff", "worker"):
                made.append(f"CREATE POLICY {name}_rows ON {table} TO {role(name)} USING (true) WITH CHECK (true)")
        made.append(f"GRANT SELECT ON {table} TO {role('api')}")
        made.append(f"CREATE POLICY api_reads ON {table} FOR SELECT TO {role('api')} USING ({condition})")
    return made


class Migration(migrations.Migration):
    dependencies = [("benchmark", "0007_release_of_two_people"), ("surveys", "0015_programs_that_answer")]
    operations = [RunStatements(statements, "Let the public read what published figures stand on")]
