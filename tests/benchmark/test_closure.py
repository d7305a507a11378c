"""Closure: what a reader gets is a function of the release and the reader's own values, byte for byte.

A release is published; then everybody else's answers, and the frozen snapshots they became, are emptied or changed by
the owner of the database (nobody else could). Every address and every PDF must give the bytes that it gave before, to
the public, to a participant and to staff who review, in both languages.
"""

import logging
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation

from benchmark.models import Release, Report
from benchmark.reports.pdf import render_pdf
from benchmark.selectors import releases
from benchmark.services.reports import report_page, request_report
from portal.owner_connection import as_owner
from portal.tenancy import Role, database_role, participant_scope, staff_scope
from tests.house.walk import (
    Address,
    Walker,
    addresses,
    body_of,
    give_invitations,
    give_queries,
    give_reports,
    objects_of,
)
from tests.world import World, build_world

pytestmark = pytest.mark.slow
FROZEN = ("surveys_edition", "surveys_columnsnapshot")
JUDGED = ("checkfinding", "querymessage", "query", "review", "correction", "exclusion")
ANSWERED = [
    f"surveys_{name}" for name in ("answer", "answerchange", "reasonchange", "receipt", *JUDGED, "submission")
]  # children first
GUARDED = (*ANSWERED, *FROZEN)
OWN_VISITS = ("my_access", "my_access_csv", "my_audit", "my_audit_csv")  # list what was looked at meanwhile
TOKEN = re.compile(rb'(name="csrfmiddlewaretoken" value="|"X-CSRFToken": ")[^"]*')
REVIEWING = ("staff_release", "staff_release_kpi")  # other pages of staff show answers: that is what they are for
READERS = ("anonymous", "coordinator of A", "publisher")
KPIS = ("aht", "satisfaction", "owner")
Bytes = dict[tuple[str, str, str], bytes]  # (role, language, address)


def take_every_role(cursor: Any) -> None:
    """An owner that is no superuser made the roles but may not act as them; inside this transaction it may."""
    for role in Role:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = CURRENT_USER")
        if not cursor.fetchone()[0]:
            cursor.execute(f'GRANT "{database_role(role)}" TO CURRENT_USER')


@pytest.fixture
def owned_world(django_db_setup: None, django_db_blocker: Any, settings: Any, tmp_path: Path) -> Iterator[World]:
    """The world, made by the owner's connection in a transaction that is rolled back; scopes still switch the role."""
    settings.MEDIA_ROOT = tmp_path
    with django_db_blocker.unblock(), as_owner(), transaction.atomic():
        with connection.cursor() as cursor:
            take_every_role(cursor)
        world = build_world()
        give_reports(world)
        give_invitations(world)
        give_queries(world)
        yield world
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Addresses that only take a POST say so, many times."""
    caplog.set_level(logging.CRITICAL, logger="django.request")


def empty(cursor: Any, mine: int) -> None:
    """Nobody but this organisation ever answered, and nothing was frozen."""
    for table in ANSWERED:
        cursor.execute(f"DELETE FROM {table} WHERE organisation_id <> %s", [mine])  # noqa: S608  names of ours
    cursor.execute("UPDATE surveys_edition SET panel = '', content_hash = ''")
    cursor.execute("UPDATE surveys_columnsnapshot SET values = '', content_hash = ''")


def change(cursor: Any, mine: int) -> None:
    """Everybody else answered something else, and that was frozen."""
    cursor.execute(
        "UPDATE surveys_answer SET number = number * 3 + 1, choice = CASE WHEN choice = 'ours' THEN 'theirs'"
        " WHEN choice = 'theirs' THEN 'ours' ELSE choice END, typed = '\"7\"' WHERE organisation_id <> %s",
        [mine],
    )
    cursor.execute("UPDATE surveys_columnsnapshot SET values = set_byte(values, length(values) / 2, 77)")


def as_the_owner(what: Callable[[Any, int], None], mine: int) -> None:
    """Past triggers and row-level security, as only the owner of the tables can; releases stay as they are."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        what(cursor, mine)
        assert cursor.rowcount > 0
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    releases._documents.clear()  # documents are kept per process: these must be read anew


def kinds(one: Address, role: str) -> bool:
    """Whether this reader's pages are held against closure."""
    if one.access is None or one.name in OWN_VISITS:
        return False
    if role == "publisher":
        return one.name in REVIEWING
    return one.access.kind == "public" or (one.access.kind == "participant" and role != "anonymous")


def paths(one: Address, world: World, role: str) -> Iterator[str]:
    """The address for each object that this reader may see, and for each indicator of the world."""
    for label, arguments in objects_of(one, world).items():
        if label in ("of B", "hidden", "absent"):
            continue
        for kpi in KPIS if "kpi" in arguments else ("",):
            found = reverse(one.name, kwargs={**arguments, **({"kpi": kpi} if kpi else {})})
            yield found
            if arguments.get("code") == world.finished.code:
                yield f"{found}?edition=1"


def everything(world: World, roles: tuple[str, ...] = READERS, languages: tuple[str, ...] = ("nl", "en")) -> Bytes:
    """The bytes of every address for the public, for A, and of the review pages for a publisher."""
    found: Bytes = {}
    for role in roles:
        for language in languages:
            walker = Walker(world, role)
            with translation.override(language):
                wanted = [path for one in addresses() if kinds(one, role) for path in paths(one, world, role)]
            for path in wanted:
                answer = walker.call("GET", path)
                if answer.status_code == 200:
                    found[role, language, path] = TOKEN.sub(rb"\1", contents(body_of(answer)))
    return found


def contents(body: bytes) -> bytes:
    """What a file says; a workbook also keeps when it was made, of each part and as a whole."""
    if not body.startswith(b"PK"):
        return body
    with ZipFile(BytesIO(body)) as book:
        return b"".join(name.encode() + book.read(name) for name in book.namelist() if name != "docProps/core.xml")


def pdf(world: World, language: str) -> bytes:
    """A's report, made anew."""
    with staff_scope():
        request_report(world.a, world.finished, language, by=None, in_line=False)
        report = Report.objects.select_related("organisation", "release__round").get(
            organisation=world.a, language=language
        )
    with participant_scope(world.a.pk):
        html = report_page(report)
    return render_pdf(html, identifier=f"{report.release.content_hash[:24]}-{language}").data


def differences(before: Bytes, after: Bytes) -> list[tuple[str, str, str]]:
    return [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]


def test_pages_files_and_reports_stay_the_same_bytes_whatever_others_answered(owned_world: World) -> None:
    reports = {language: pdf(owned_world, language) for language in ("nl", "en")}
    before = everything(owned_world)
    assert len(before) > 100
    for role, names in {"anonymous": 30, "coordinator of A": 40, "publisher": 8}.items():
        assert sum(key[0] == role for key in before) >= names, role
    for what in (change, empty):
        as_the_owner(what, owned_world.a.pk)
        assert differences(before, everything(owned_world)) == [], what.__name__
        assert {language: pdf(owned_world, language) for language in reports} == reports, what.__name__


def test_what_is_looked_at_before_publication_is_the_release_alone(owned_world: World) -> None:
    """Staff who review see the bytes that will be published, not what the answers are by then."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE benchmark_release DISABLE TRIGGER USER")
        cursor.execute("UPDATE benchmark_release SET state = 'reviewed', published_at = NULL")
        cursor.execute("ALTER TABLE benchmark_release ENABLE TRIGGER USER")
    with staff_scope():
        assert Release.objects.get().state == "reviewed"
    before = everything(owned_world, ("publisher",))
    assert len(before) >= 8
    as_the_owner(empty, owned_world.a.pk)
    assert differences(before, everything(owned_world, ("publisher",))) == []


def test_a_page_that_reads_answers_is_noticed(owned_world: World) -> None:
    """Own answers are on own pages: changed in the same way, they change bytes, so the comparison can see."""
    before = everything(owned_world, languages=("nl",))

    def own(cursor: Any, mine: int) -> None:
        cursor.execute("UPDATE surveys_answer SET number = number + 1 WHERE organisation_id = %s", [mine])

    as_the_owner(own, owned_world.a.pk)
    changed = differences(before, everything(owned_world, languages=("nl",)))
    assert any("/my/results/" in path for _role, _language, path in changed)
    assert {role for role, _language, _path in changed} == {"coordinator of A"}
