"""A small live portal for the browser: fresh database, answering_case inside, one web server, no worker.

`live_portal` (scripts/pytest_plugin.py) is the whole thing with demo content; answering needs none of that and starts
in a few seconds.
"""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from playwright.sync_api import BrowserContext

from portal.database import database_urls
from scripts.demo import free_port
from scripts.live_portal import drop_database, recreate_database, with_database
from scripts.machine import PROJECT
from tests.benchmark.worker import PREPARE

PLAIN_HOST = "portal.test"  # this machine under a name, without TLS
PASSWORD = "welkom-in-de-test"
BUILD = f"from tests.surveys.answering_case import build_case; build_case('{PASSWORD}')"
BUILD += f"; from tests.e2e.people import build_people, build_repeated; build_people('{PASSWORD}'); build_repeated()"


@dataclass
class AnsweringPortal:
    """Where it runs, and its database as the login role; `environment` is what the web server sees."""

    address: str
    database: str
    roles: str
    home: Path
    environment: dict[str, str] = field(repr=False)
    web: subprocess.Popen[bytes] | None = None

    def start_web(self) -> None:
        """Start the web server; returns when it answers."""
        server = [
            sys.executable,
            "-m",
            "gunicorn",
            "portal.wsgi",
            "-b",
            urlsplit(self.address).netloc,
            "--workers",
            "2",
        ]
        with (self.home / "web.log").open("ab") as log:
            self.web = subprocess.Popen(server, cwd=PROJECT, env=self.environment, stdout=log, stderr=log)
        _wait(f"{self.address}/health/")

    def stop_web(self) -> None:
        """Stop the web server as a restart does; whoever asks now gets no connection."""
        if self.web is not None:
            self.web.terminate()
            self.web.wait(20)
            self.web = None

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """One statement as the staff's database role, which sees all tenants; the rows when there are any.

        Not as the owner: row-level security is forced, so an owner that is no superuser sees nothing.
        """
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(f'SET ROLE "{self.roles}_staff"'.encode())
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def stored(self, question: str) -> object:
        """What is stored as typed in the open round, or None."""
        rows = self.sql(
            "SELECT a.question, a.typed FROM surveys_answer a JOIN surveys_submission s ON s.id = a.submission_id"
            " JOIN surveys_round r ON r.id = s.round_id WHERE r.code = 'small-2026'"
        )
        return dict(rows).get(question)  # type: ignore[arg-type]

    def start_anew(self) -> None:
        """The open round as nobody has answered it yet; who is still saving comes before or after it."""
        all_of_it = ("answerchange", "reasonchange", "receipt", "themeassignment", "answerupload")
        small = "surveys_round r WHERE r.id = s.round_id AND r.code = 'small-2026'"
        steps = [
            f"SELECT s.id FROM surveys_submission s, {small} FOR UPDATE OF s",  # noqa: S608
            "UPDATE surveys_round SET state = 'open' WHERE code = 'small-2026'",
            *[f"DELETE FROM surveys_{table}" for table in all_of_it],  # noqa: S608  names of our own
            f"DELETE FROM surveys_answer a USING surveys_submission s, {small} AND s.id = a.submission_id",  # noqa: S608
            f"DELETE FROM surveys_submission s USING {small}",  # noqa: S608
        ]
        self.sql("; ".join(["BEGIN", *steps, "COMMIT"]))


def leave(context: BrowserContext) -> None:
    """Close somebody's window; its pages send nothing more, which would reach the portal in the next test."""
    context.set_offline(True)
    context.close()


@contextmanager
def answering_portal(home: Path, name: str) -> Iterator[AnsweringPortal]:
    """Runs for the block; the database is dropped afterwards."""
    server = os.environ["DATABASE_URL"]
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_OWNER_URL"} | {
        "DATABASE_URL": with_database(server, name),
        "PORTAL_ROLE_PREFIX": name,
        "ALLOWED_HOSTS": f"127.0.0.1,localhost,{PLAIN_HOST}",
        "PORTAL_DATA_DIR": str(home),
        "PORTAL_DEMO": "1",
        "PORTAL_RATE_LIMITS": "0",
        "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests-only-for-tests",
    }
    recreate_database(server, name)
    login, _owner = database_urls(environment["DATABASE_URL"], None, environment["SECRET_KEY"], name)
    port = free_port(8300 + os.getpid() % 1500)  # not where another run on this machine looks for one at this moment
    running = AnsweringPortal(f"http://127.0.0.1:{port}", login, name, home, environment)
    try:
        subprocess.run([sys.executable, "-c", f"{PREPARE}\n{BUILD}"], cwd=PROJECT, env=environment, check=True)
        running.start_web()
        yield running
    finally:
        running.stop_web()
        drop_database(server, name)


def _wait(url: str) -> None:
    deadline = time.monotonic() + 120  # a busy machine takes its time
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own address
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(url)
