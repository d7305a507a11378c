"""A whole portal for tests: its own database, web server, worker and clock, as `make demo` runs them.

def test_it(live_portal):                      # session fixture from scripts/pytest_plugin.py
    page.goto(live_portal.address)             # demo content is there
    live_portal.manage("export_release", …)    # a management command on its database
    live_portal.kill_worker()                  # kill -9, in the middle of something
    assert live_portal.becomes(lambda: …)      # waits, and restarts what fell, as the supervisor does
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from scripts.demo import children, free_port, prepare, wait_for_web
from scripts.demo_environment import demo_environment
from scripts.machine import PROJECT
from scripts.supervisor import Supervisor, kill_group

# Of the demonstration's second round, which takes minutes to prove beside the first: every kind and scale of indicator,
# also a new one, one that is comparable though it was asked otherwise, and one whose series is broken.
SAMPLE = (
    *("chain_responsible", "outsourcing_reason", "customer_view", "channel_steering", "service_level", "aht"),
    *("service_level_limit", "cost_per_contact", "channel_phone", "wage_per_hour", "ktv", "ces", "nps"),
)


@dataclass
class LivePortal:
    """A running portal; `environment` is what its processes see, `sign_ins` what `manage.py demo` printed."""

    address: str
    environment: dict[str, str]
    sign_ins: str
    supervisor: Supervisor

    def manage(self, *arguments: str) -> str:
        """Run a management command on its database and return what it prints; raises when it fails."""
        result = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")
        return result.stdout

    def kill_worker(self) -> None:
        """kill -9 of the worker and its children."""
        worker = next(child for child in self.supervisor.children if child.name == "worker")
        if worker.process is not None:
            kill_group(worker.process.pid, signal.SIGKILL)
            worker.process.wait()

    def becomes(self, condition: Callable[[], object], seconds: float = 60.0) -> bool:
        """Whether the condition comes true in time, while fallen processes are started again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.supervisor.watch()
            if condition():
                return True
            time.sleep(0.1)
        return False


@contextmanager
def running_portal(home: Path, name: str, settings: dict[str, str] | None = None) -> Iterator[LivePortal]:
    """A portal on a fresh database of this name on the server of DATABASE_URL; all of it is gone afterwards."""
    server_url = os.environ["DATABASE_URL"]
    home.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ)
    for inherited in ("DATABASE_OWNER_URL", "SECRET_KEY", "PORTAL_DATA_DIR", "PORTAL_RUN_DIR", "EMAIL_BACKEND"):
        environment.pop(inherited, None)
    environment |= {
        "DATABASE_URL": with_database(server_url, name),
        "PORTAL_ROLE_PREFIX": name,
        "PORTAL_RATE_LIMITS": "0",
        "PORTAL_PROTECTION_EFFORT": "1",  # no test of a running portal is about how many percentiles it shows
        **(settings or {}),
    }
    supervisor = Supervisor(home, demo_environment(environment, home), grace=1.0)
    recreate_database(server_url, name)
    try:
        sign_ins = prepare(supervisor.environment, "--only", *SAMPLE)
        port = free_port(8100)
        supervisor.start(children(port))
        wait_for_web(supervisor, port)
        yield LivePortal(f"http://127.0.0.1:{port}", supervisor.environment, sign_ins, supervisor)
    finally:
        supervisor.stop()
        drop_database(server_url, name)


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def recreate_database(server_url: str, name: str) -> None:
    """An empty database; one that an earlier run left is dropped."""
    drop_database(server_url, name)
    administer(server_url, f'CREATE DATABASE "{name}"')


def drop_database(server_url: str, name: str) -> None:
    """Drop it, cutting connections that are still open.

    FORCE refuses where the server's own cleaning happens to be in that database: an owner who is no superuser may not
    end that. DROP without FORCE waits for it, and asks it to stop, so the two take turns.

    Raises:
        psycopg.Error: still in use after all turns.
    """
    from psycopg import errors

    for force in ("WITH (FORCE)", "") * 4:
        try:
            administer(server_url, f'DROP DATABASE IF EXISTS "{name}" {force}')
            return
        except (errors.InsufficientPrivilege, errors.ObjectInUse):
            time.sleep(0.2)
    administer(server_url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def administer(server_url: str, statement: str) -> None:
    """One statement outside a transaction, as the owner."""
    import psycopg

    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(statement.encode())
