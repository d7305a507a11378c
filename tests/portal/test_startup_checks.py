"""Each way to lose the protection of tenants, made in a transaction that is undone: the portal refuses to start."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.signals import beat_init, worker_init
from django.conf import settings
from django.core.checks import CheckMessage
from django.db import connection, transaction
from django.db.backends.signals import connection_created

from benchmark.models import Report
from portal import checks
from portal.guard import NAME, UnsafeDatabase, guard_connections, refuse_unsafe_database
from portal.owner_connection import as_owner
from portal.protection import flat, missing_and_added
from portal.tenancy import Tenancy
from surveys.models import Answer, Round, Submission
from tests.superuser import as_superuser

HERE = Path(__file__).resolve().parents[2]
Run = Callable[..., None]


@pytest.fixture
def owner(django_db_setup: None, django_db_blocker: Any) -> Iterator[Run]:
    """Runs statements as the owner of the test database; whatever they did is undone."""
    with django_db_blocker.unblock(), as_superuser(), transaction.atomic():

        def run(*statements: str) -> None:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement.replace("ROLE_", f"{settings.PORTAL_ROLE_PREFIX}_"))

        run("SET SESSION AUTHORIZATION ROLE_login")  # what a web process is
        yield run
        transaction.set_rollback(True)


def beyond_the_login(*statements: str) -> tuple[str, ...]:
    """The statements, framed so that they run as the owner in a session of the login role."""
    return ("RESET SESSION AUTHORIZATION", *statements, "SET SESSION AUTHORIZATION ROLE_login")


def said(found: list[CheckMessage]) -> list[str]:
    """`E003 what it says` of each message."""
    return [f"{str(one.id).rpartition('.')[2]} {one.msg}" for one in found]


def everything() -> list[str]:
    """What all checks on the database find."""
    run = (checks.login_role_is_powerless, checks.tenant_tables_are_protected, checks.references_stay_inside_the_tenant)
    return [line for check in run for line in said(check(None, ["default"]))]


BROKEN = {
    "row-level security switched off": (
        "ALTER TABLE surveys_answer DISABLE ROW LEVEL SECURITY",
        "E003 surveys_answer has no row-level security, or it is not forced.",
    ),
    "row-level security that the owner need not obey": (
        "ALTER TABLE surveys_answer NO FORCE ROW LEVEL SECURITY",
        "E003 surveys_answer has no row-level security, or it is not forced.",
    ),
    "no policy for participants": (
        "DROP POLICY participant_rows ON surveys_submission",
        "E003 surveys_submission has no policy for participants.",
    ),
    "no policy for workers": (
        "DROP POLICY worker_rows ON benchmark_report",
        "E003 benchmark_report has no policy for worker.",
    ),
    "a policy that shows all": (
        "CREATE POLICY more ON surveys_answer FOR SELECT TO ROLE_participant USING (true)",
        "E003 surveys_answer does not ask for the tenant in policy more.",
    ),
    "a policy that is silent without a tenant": (
        "CREATE POLICY more ON surveys_answer FOR SELECT TO ROLE_participant"
        " USING (organisation_id = nullif(current_setting('portal.organisation', true), '')::bigint)",
        "E003 surveys_answer does not ask for the tenant in policy more.",
    ),
    "a policy for everybody": (
        "CREATE POLICY more ON surveys_answer FOR SELECT USING (number > 0)",
        "E003 surveys_answer does not ask for the tenant in policy more.",
    ),
    "rows that may be written for another": (
        "ALTER POLICY participant_rows ON surveys_answer WITH CHECK (true)",
        "E003 surveys_answer may be written for others in policy participant_rows.",
    ),
    "results that readers may write": (
        "ALTER POLICY participant_rows ON benchmark_releasedcell WITH CHECK (true)",
        "E003 benchmark_releasedcell may be written by readers in policy participant_rows.",
    ),
    "results shown before they are published": (
        "ALTER POLICY api_rows ON benchmark_releasedcell USING (true)",
        "E003 benchmark_releasedcell shows everything in policy api_rows.",
    ),
    "rights for everybody": (
        "GRANT SELECT ON surveys_answer TO PUBLIC",
        "E003 surveys_answer gives rights to everybody.",
    ),
    "rights on one column for the public": (
        "GRANT SELECT (number) ON surveys_answer TO ROLE_api",
        "E003 surveys_answer gives rights to api.",
    ),
    "a reference without the organisation": (
        "ALTER TABLE surveys_answer DROP CONSTRAINT surveys_answer_submission_id_same_tenant",
        "E005 surveys_answer.submission_id can refer to a row of another organisation in surveys_submission.",
    ),
    "a role that bypasses": (
        "ALTER ROLE ROLE_worker BYPASSRLS",
        "E002 The database role ROLE_worker is BYPASSRLS: it bypasses row-level security.",
    ),
    "a way to a role that bypasses": (
        "CREATE ROLE ROLE_way NOLOGIN; CREATE ROLE ROLE_all BYPASSRLS NOLOGIN; GRANT ROLE_all TO ROLE_way;"
        " GRANT ROLE_way TO ROLE_login",
        "E002 The database role ROLE_all is BYPASSRLS: it bypasses row-level security.",
    ),
    "a role that may make roles": (
        "ALTER ROLE ROLE_login CREATEROLE",
        "E002 The database role ROLE_login is CREATEROLE: it bypasses row-level security.",
    ),
    "a login that owns the tables": (
        "ALTER TABLE surveys_answer OWNER TO ROLE_login",
        "E002 The database role ROLE_login owns 1 tables and could lift their protection.",
    ),
}


def test_the_database_as_it_is_has_nothing_to_report(owner: Run) -> None:
    assert everything() == []
    refuse_unsafe_database()


@pytest.mark.parametrize("what", BROKEN)
def test_a_database_that_lost_its_protection_is_refused(what: str, owner: Run) -> None:
    statement, expected = BROKEN[what]
    owner(*beyond_the_login(statement))
    assert everything() == [expected.replace("ROLE_", f"{settings.PORTAL_ROLE_PREFIX}_")]
    with pytest.raises(UnsafeDatabase):
        refuse_unsafe_database()


def test_a_superuser_is_refused_by_web_worker_and_clock(django_db_setup: None, django_db_blocker: Any) -> None:
    """As the owner of the test database, whom the web process must never be."""
    with django_db_blocker.unblock(), as_owner():
        for start in (guard_connections, lambda: worker_init.send(object()), lambda: beat_init.send(object())):
            with pytest.raises(UnsafeDatabase, match=r"SUPERUSER|CREATEROLE|owns \d+ tables"):
                start()
            connection_created.disconnect(dispatch_uid=NAME)


def test_the_web_process_ends_when_its_login_is_the_owner(django_db_setup: None) -> None:
    owner = settings.OWNER_DATABASE
    place = f"{owner['HOST'].replace('/', '%2F')}:{owner['PORT'] or 5432}/{connection.settings_dict['NAME']}"
    url = f"postgres://{owner['USER']}:{owner['PASSWORD']}@{place}"
    environment = os.environ | {"DATABASE_URL": url, "DATABASE_OWNER_URL": url}
    command = [sys.executable, "-c", "import portal.wsgi"]
    ended = subprocess.run(command, env=environment, cwd=HERE, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "The portal does not start" in ended.stderr


def test_a_model_without_tenancy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Report, "tenancy")
    assert said(checks.models_declare_tenancy(None)) == ["E001 benchmark.Report does not declare its tenancy."]


def test_an_owned_model_without_an_organisation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Round, "tenancy", Tenancy.OWNED)
    assert "E004 surveys.Round has no organisation." in said(checks.tenant_models_name_their_organisation(None))


def test_an_owned_model_that_may_lack_its_organisation_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Submission._meta.get_field("organisation"), "null", True)
    found = said(checks.tenant_models_name_their_organisation(None))
    assert found == ["E004 surveys.Submission may lack its organisation."]


def test_rows_about_an_organisation_cannot_be_declared_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Answer, "tenancy", Tenancy.SHARED)
    assert said(checks.tenant_models_name_their_organisation(None)) == [
        "E004 surveys.Answer refers to an organisation's rows by organisation, but is declared shared.",
        "E004 surveys.Answer refers to an organisation's rows by submission, but is declared shared.",
    ]


@pytest.mark.parametrize(
    ("written", "said_simply"),
    [
        ("t WHEN ((((a) IS x) OR (b)) OR (c)) EXECUTE f()", "t WHEN (((a) IS x) OR (b) OR (c)) EXECUTE f()"),
        ("((a OR b) OR deleted OR (c OR d))", "(a OR b OR deleted OR c OR d)"),
        ("(f(x) OR ((p AND q) AND r))", "(f(x) OR (p AND q AND r))"),
        ("((a OR b) AND c)", "((a OR b) AND c)"),
        ("(is_one (a OR b) OR c)", "(is_one (a OR b) OR c)"),
        ("(a = 'x OR (y' OR b)", "(a = 'x OR (y' OR b)"),
    ],
)
def test_parentheses_that_say_nothing_are_not_compared(written: str, said_simply: str) -> None:
    assert flat(written) == said_simply
    assert flat(said_simply) == said_simply


def test_a_restored_database_has_the_protection_that_was_dumped(owner: Run) -> None:
    """A dump holds triggers as PostgreSQL writes them; read again, their conditions have fewer parentheses."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid::regclass::text LIKE 'benchmark_%' AND pg_get_triggerdef(oid) LIKE '%WHEN%'"
        )
        triggers = cursor.fetchall()
    assert triggers
    for name, table, text in triggers:
        owner(*beyond_the_login(f"DROP TRIGGER {name} ON {table}", text))
    assert missing_and_added() == ([], [])
