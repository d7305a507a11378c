"""The API reads from a streaming replica, inside the same scopes, and from the database itself when that falls."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from benchmark.services.releasing import publish_release, review_release
from portal.database import with_user
from portal.tenancy import staff_scope
from scripts.keep_postgres import ADMINISTRATOR, SETTINGS, run
from scripts.postgres_places import Places, find_places
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak
from tests.soak.rounds import computed_round
from tests.soak.test_servers import Browser, answers

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not in_soak(), reason="a replica belongs to `make soak`")]


@pytest.fixture
def replica(soak: Soak, tmp_path: Path) -> Iterator[Places]:
    """A second server that follows the first by streaming."""
    main, places = soak.place.server.places, find_places(tmp_path / "replica")
    places.prepare()
    copy = ["-h", str(main.socket), "-U", ADMINISTRATOR, "-D", str(places.data), "-R", "-X", "stream", "-c", "fast"]
    run(main, "pg_basebackup", *copy)
    options = " ".join(f"-c {one}" for one in (*SETTINGS, f"unix_socket_directories={places.socket}"))
    start = [
        str(places.binaries / "bin" / "pg_ctl"),
        "start",
        "-w",
        "-s",
        "-D",
        str(places.data),
        "-l",
        str(places.log),
    ]
    subprocess.run([*start, "-o", options], stdin=subprocess.DEVNULL, check=True, **places.as_server_user)
    try:
        yield places
    finally:
        stop(places)
        places.remove()


def stop(places: Places) -> None:
    if places.running_pid() is not None:
        run(places, "pg_ctl", "stop", "-s", "-w", "-m", "fast", "-D", str(places.data))


def administrator(places: Places) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(places.socket), user=ADMINISTRATOR, dbname="portal", autocommit=True)


def rounds(browser: Browser) -> str:
    """The API's list of rounds, as text."""
    status, page = browser.ask("GET", "/api/v1/rounds/")
    assert status == 200, page[:300]
    return page


def test_api_reads_from_the_replica_and_survives_it(soak: Soak, replica: Places) -> None:
    url = f"postgres://portal_owner@{quote(str(replica.socket), safe='')}/portal"
    web = soak.place.start("web", DATABASE_REPLICA_URL=url)
    try:
        browser = Browser(soak, web.port, "coordinator of A")
        becomes(lambda: answers(browser, "/api/v1/rounds/"), 60, why=soak.place.logs)
        assert soak.world.finished.code in rounds(browser)
        with administrator(replica) as database:
            database.execute("SELECT pg_wal_replay_pause()")
            fresh = published(soak)
            assert fresh not in rounds(browser)  # the replica stands still: this is where it was read
            database.execute("SELECT pg_wal_replay_resume()")
        seconds = becomes(lambda: fresh in rounds(browser), 30)
        scopes_hold(soak, url)
        assert browser.ask("GET", "/my/rounds/")[0] == 200  # who is signed in reads the database itself
        stop(replica)
        assert fresh in rounds(browser)
        sys.stdout.write(
            f"\nreplica: followed within {seconds:.1f} s; stopped, and the API answered from the database\n"
        )
    finally:
        web.stop()


def published(soak: Soak) -> str:
    round_ = computed_round(soak, "replica-fresh")
    with staff_scope():
        review_release(round_.pk, by=soak.world.person("researcher"))
        publish_release(round_.pk, by=soak.world.person("publisher"))
    soak.ledger.published()
    return round_.code


def scopes_hold(soak: Soak, url: str) -> None:
    """Row-level security on the replica's own connection, as the login role: loud without a tenant, narrow with one."""
    from django.db import connection

    login = with_user(url, connection.settings_dict["USER"], connection.settings_dict["PASSWORD"])
    with psycopg.connect(login) as database:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction():
            database.execute("SELECT count(*) FROM surveys_answer")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction():
            as_public(database)
        with database.transaction():
            database.execute("SELECT set_config('role', 'portal_test_participant', true)")
            database.execute("SELECT set_config('portal.organisation', %s, true)", [str(soak.world.a.pk)])
            seen = database.execute("SELECT DISTINCT organisation_id FROM surveys_answer").fetchall()
            assert seen == [(soak.world.a.pk,)]


def as_public(database: psycopg.Connection[tuple[object, ...]]) -> None:
    """What the public's role must not read."""
    database.execute("SELECT set_config('role', 'portal_test_api', true)")
    database.execute("SELECT count(*) FROM surveys_answer")
