"""What keeps organisations apart is declared line by line, and a database with one line more or less is refused."""

import time
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, models, transaction

from portal import checks, protection
from portal.guard import UnsafeDatabase, refuse_unsafe_database
from portal.management.commands.migrate import Command as Migrate
from portal.rls import model_tenancy
from portal.tenancy import Tenancy
from tests.portal.test_startup_checks import Run, beyond_the_login, owner, said

__all__ = ["owner"]  # the fixture
OWN = "(organisation_id = (current_setting('portal.organisation'::text))::bigint)"
MORE, LESS = (
    "E006 The database has what this version does not declare: ",
    "E006 The database lacks what this version declares: ",
)

# What somebody did to the database, and what differs now. TEXT stands for the hash of a function.
SABOTAGE: dict[str, tuple[str, list[str]]] = {
    "a policy that is wider by a word": (
        f"ALTER POLICY participant_rows ON surveys_answer USING ({OWN} OR true)",
        [
            f"{LESS}surveys_answer: policy participant_rows for all to participant using {OWN}",
            f"{MORE}surveys_answer: policy participant_rows for all to participant using ({OWN} OR true)",
        ],
    ),
    "a policy that asks for any tenant": (
        "ALTER POLICY participant_rows ON surveys_answer USING (current_setting('portal.organisation')::bigint > 0)",
        [
            f"{LESS}surveys_answer: policy participant_rows for all to participant using {OWN}",
            f"{MORE}surveys_answer: policy participant_rows for all to participant using"
            " ((current_setting('portal.organisation'::text))::bigint > 0)",
        ],
    ),
    "participants are staff": (
        "GRANT ROLE_staff TO ROLE_participant",
        [f"{MORE}role participant is a member of staff"],
    ),
    "the public is a participant": (
        "GRANT ROLE_participant TO ROLE_api",
        [f"{MORE}role api is a member of participant"],
    ),
    "the login role has the rights of staff without asking": (
        "ALTER ROLE ROLE_login INHERIT",
        [f"{LESS}role login logs in", f"{MORE}role login logs in and inherits"],
    ),
    "the login role reads everything": (
        "GRANT pg_read_all_data TO ROLE_login",
        [f"{MORE}role login is a member of pg_read_all_data"],
    ),
    "participants read everything": (
        "GRANT pg_read_all_data TO ROLE_participant",
        [f"{MORE}role participant is a member of pg_read_all_data"],
    ),
    "staff may log in": (
        "ALTER ROLE ROLE_staff LOGIN",
        [f"{LESS}role staff does not log in", f"{MORE}role staff logs in"],
    ),
    "a view over answers": (
        "CREATE VIEW easy AS SELECT * FROM surveys_answer",
        [f"{MORE}easy: a view"],
    ),
    "a view elsewhere, over a view": (
        "CREATE SCHEMA reporting; CREATE VIEW reporting.one AS SELECT * FROM surveys_answer;"
        " CREATE VIEW reporting.two AS SELECT * FROM reporting.one",
        [f"{MORE}reporting.one: a view", f"{MORE}reporting.two: a view"],
    ),
    "a materialised view over answers": (
        "CREATE MATERIALIZED VIEW quick AS SELECT number FROM surveys_answer; GRANT SELECT ON quick TO PUBLIC",
        [f"{MORE}quick: a view that keeps what it shows", f"{MORE}quick: everybody may SELECT"],
    ),
    "a function that reads answers as its owner": (
        "CREATE FUNCTION average() RETURNS double precision LANGUAGE sql SECURITY DEFINER"
        " AS 'SELECT avg(number) FROM surveys_answer'",
        [f"{MORE}function average() as its owner, run by everybody, text TEXT"],
    ),
    "a copy that participants may read": (
        "CREATE TABLE copied AS SELECT * FROM surveys_answer; GRANT SELECT ON copied TO ROLE_participant",
        [f"{MORE}copied: participant may SELECT"],
    ),
    "frozen inputs for participants": (
        "GRANT SELECT ON surveys_columnsnapshot TO ROLE_participant",
        [f"{MORE}surveys_columnsnapshot: participant may SELECT"],
    ),
    "one column of frozen inputs for participants": (
        "GRANT SELECT (content_hash) ON surveys_columnsnapshot TO ROLE_participant",
        [f"{MORE}surveys_columnsnapshot: participant may SELECT (content_hash)"],
    ),
    "answers for the login role": (
        "GRANT SELECT ON surveys_answer TO ROLE_login",
        [f"{MORE}surveys_answer: login may SELECT"],
    ),
    "people without policies": (
        "ALTER TABLE portal_user DISABLE ROW LEVEL SECURITY",
        [f"{LESS}portal_user: row-level security, forced", f"{MORE}portal_user: no row-level security"],
    ),
    "rounds without policies": (
        "ALTER TABLE surveys_round DISABLE ROW LEVEL SECURITY",
        [f"{LESS}surveys_round: row-level security, forced", f"{MORE}surveys_round: no row-level security"],
    ),
    "an audit trail that forgets": (
        "DROP TRIGGER audit_never_changes ON portal_auditentry",
        [f"{LESS}portal_auditentry: trigger CREATE TRIGGER audit_never_changes BEFORE DELETE OR UPDATE ON"
         " public.portal_auditentry FOR EACH ROW EXECUTE FUNCTION portal_refuse_change()"],
    ),
    "an audit trail without seals": (
        "ALTER TABLE portal_auditqueue DISABLE TRIGGER audit_is_sealed",
        [
            f"{what}portal_auditqueue: trigger CREATE CONSTRAINT TRIGGER audit_is_sealed AFTER INSERT ON"
            " public.portal_auditqueue DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION portal_seal_audit()"
            + end
            for what, end in ((LESS, ""), (MORE, " (disabled)"))
        ],
    ),
    "releases that change": (
        "DROP TRIGGER published_never_changes ON benchmark_releaseddocument",
        [f"{LESS}benchmark_releaseddocument: trigger CREATE TRIGGER published_never_changes BEFORE DELETE OR UPDATE ON"
         " public.benchmark_releaseddocument FOR EACH ROW EXECUTE FUNCTION benchmark_refuse_change()"],
    ),
    "a trigger that refuses nothing": (
        "CREATE OR REPLACE FUNCTION portal_refuse_change() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN RETURN NEW; END $$",
        [f"{LESS}function portal_refuse_change(), text TEXT", f"{MORE}function portal_refuse_change(), text TEXT"],
    ),
    "references that nobody checks": (
        "ALTER TABLE surveys_unattributedamount DISABLE TRIGGER ALL",
        [f"{MORE}surveys_unattributedamount: references are not checked"],
    ),
    "an organisation for whoever names none": (
        "ALTER ROLE ROLE_login SET portal.organisation = '1'",
        [f"{MORE}setting portal.organisation=1"],
    ),
    "a rule that does something else": (
        "CREATE RULE quiet AS ON DELETE TO surveys_answer DO INSTEAD NOTHING",
        [f"{MORE}surveys_answer: rule quiet"],
    ),
}  # fmt: skip


def test_the_database_as_migrated_is_what_is_declared(owner: Run) -> None:
    """After a migration that changes protection: `manage.py declare_protection`, and read the difference."""
    assert protection.missing_and_added() == ([], [])


@pytest.mark.parametrize("what", SABOTAGE)
def test_one_difference_is_told_and_refused(what: str, owner: Run) -> None:
    statement, expected = SABOTAGE[what]
    before = told()
    owner(*beyond_the_login(statement))
    found = [without_hash(line) for line in told() if line not in before]
    assert found == [f"{line}." for line in expected]
    with pytest.raises(UnsafeDatabase):
        refuse_unsafe_database()


def told() -> list[str]:
    """The difference in protection as the check says it."""
    return said(checks.protection_is_as_declared(None, ["default"]))


def without_hash(line: str) -> str:
    """The line with TEXT in place of a function's hash."""
    before, comma, _hash = line.partition(", text ")
    return f"{before}{comma}TEXT." if comma else line


def test_tables_of_others_are_theirs(owner: Run) -> None:
    """What an administrator keeps beside ours is no reason to stop, as long as no role of ours reaches it."""
    before = protection.missing_and_added()
    owner(
        *beyond_the_login(
            "CREATE SCHEMA theirs",
            "CREATE TABLE theirs.notes (id int)",
            "CREATE TABLE backup_of_rounds AS SELECT * FROM surveys_round",
            "CREATE VIEW theirs.newest AS SELECT max(id) FROM theirs.notes",
            "CREATE FUNCTION theirs.one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        )
    )
    assert protection.missing_and_added() == before


def test_a_database_that_was_never_migrated_is_told_in_a_few_lines(owner: Run) -> None:
    owner(*beyond_the_login("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"))
    found = told()
    assert len(found) == checks.MOST_SAID + 1
    assert found[-1].startswith("E006 … and ")


def test_migrating_is_possible_on_a_database_that_is_not_yet_what_is_declared(owner: Run) -> None:
    owner(*beyond_the_login("DROP TABLE surveys_receipt CASCADE"))
    assert told()
    assert run_checks(**Migrate().get_check_kwargs({"database": "default"})) == []


def test_looking_is_quick(owner: Run) -> None:
    begun = time.monotonic()
    protection.found()
    assert time.monotonic() - begun < 2, "a process waits for this when it starts"


# Models whose participants' policy is not the one of their tenancy, each with its reason in the migration.
OF_THEIR_OWN = {"Organisation", "Membership", "AuditEntry", "Job"}


@pytest.mark.parametrize("model", checks.our_models(checks.WITH_POLICIES), ids=lambda model: model.__name__)
def test_policies_are_those_of_the_tenancy(model: Any) -> None:
    """The declared policies say what `ProtectTable` writes for the model's tenancy, printed by PostgreSQL."""
    if model.__name__ not in OF_THEIR_OWN:
        table, lines = model._meta.db_table, protection.declared()
        told = {line for line in lines if line.startswith(f"{table}: policy ")}
        assert told == {f"{table}: policy {rest}" for rest in expected_policies(model)}
        assert f"{table}: row-level security, forced" in lines


def expected_policies(model: type[models.Model]) -> set[str]:
    """Of an owned, mixed or released table."""
    everything = {f"{name}_rows for all to {name} using true check true" for name in ("staff", "worker")}
    if model_tenancy(model) is not Tenancy.RELEASED:
        return everything | {f"participant_rows for all to participant using {OWN}"}
    shown = "((state)::text = 'published'::text)"
    if model.__name__ != "Release":
        shown = (
            "(release_id IN ( SELECT benchmark_release.id FROM benchmark_release"
            " WHERE ((benchmark_release.state)::text = 'published'::text)))"
        )
    return everything | {f"{name}_rows for all to {name} using {shown} check false" for name in ("participant", "api")}


@pytest.mark.parametrize(
    "table",
    [
        "portal_auditentry",
        "portal_auditseal",
        "surveys_questionnaireversion",
        "surveys_edition",
        "surveys_columnsnapshot",
        "benchmark_indicatorset",
        "benchmark_policyversion",
        "benchmark_release",
        "benchmark_releaseddocument",
        "benchmark_releasedcell",
        "benchmark_releasecertificate",
        "benchmark_certificatebody",
    ],
)
def test_nobody_empties_what_never_changes(table: str, owner: Run) -> None:
    """Not the owner either, in a statement that fires no trigger of rows."""
    with pytest.raises(DatabaseError, match="never change"), transaction.atomic():
        owner(*beyond_the_login(f"TRUNCATE {table} CASCADE"))
