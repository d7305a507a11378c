"""A database of its own with a real Celery worker, which a test may kill at any moment.

with scratch_installation("kill") as place:      # database made by our migrations, dropped at the end
    with place.connected():                       # this process works in that database
        ...
    worker = place.start_worker()                 # celery worker with beat, in a process group
    worker.kill()                                 # SIGKILL to all of it
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from scripts.live_portal import drop_database, recreate_database

ROOT = Path(__file__).resolve().parents[2]
LOG_LINES = 60
PREPARE = """
import os; os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
import django; django.setup()
from django.core.management import call_command
call_command("provision_database"); call_command("migrate", verbosity=0)
"""


@dataclass
class Worker:
    """A running `celery worker`."""

    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """SIGKILL to the worker, its children and its beat; nothing gets to tidy up."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def pause(self) -> None:
        """SIGSTOP to all of them: alive, and doing nothing."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let them go on where they were paused."""
        os.killpg(self.process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end, and insist after ten seconds."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.kill()


@dataclass
class Installation:
    """A migrated database and the environment that processes need to work in it."""

    database: str
    environment: dict[str, str]
    folder: Path

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Let this process's connection, as the login role, work in this database."""
        before = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = self.database
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before

    def run(self, *command: str) -> str:
        """Run a Python command to its end; its output, or an error with it."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]} {done.stderr[-4000:]}"
        return done.stdout

    def start_worker(self) -> Worker:
        """Start a worker with beat."""
        log = self.folder / f"worker-{time.monotonic_ns()}.log"
        command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-B", "--concurrency=1", "-l", "INFO"]
        command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-s", str(self.folder / "beat")]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )
        return Worker(process, log)


def wait_for(what: Callable[[], bool], *, seconds: float, worker: Worker) -> float:
    """Wait until it is so; returns the seconds it took. Fails with the worker's last lines."""
    start = time.monotonic()
    while not what():
        if time.monotonic() - start > seconds or worker.process.poll() is not None:
            lines = worker.log.read_text(errors="replace").splitlines()[-LOG_LINES:]
            raise AssertionError(f"not within {seconds} seconds; the worker says:\n" + "\n".join(lines))
        time.sleep(0.05)
    return time.monotonic() - start


@contextmanager
def scratch_installation(name: str, folder: Path) -> Iterator[Installation]:
    """A new database with our tables, owned by the owner of the test database, and dropped afterwards."""
    suffix = "_".join(filter(None, (os.environ.get("TEST_DATABASE_SUFFIX"), os.environ.get("PYTEST_XDIST_WORKER"))))
    database = f"scratch_{name}_{suffix or 'test'}"
    recreate_database(_owner_url("postgres"), database)
    environment = {**os.environ, "DATABASE_URL": _owner_url(database), "PORTAL_DATA_DIR": str(folder)}
    environment.pop("DATABASE_OWNER_URL", None)
    environment.pop("CELERY_BROKER_URL", None)
    place = Installation(database, environment, folder)
    try:
        place.run("-c", PREPARE)
        yield place
    finally:
        drop_database(_owner_url("postgres"), database)


def _owner_url(database: str) -> str:
    owner = settings.OWNER_DATABASE
    host = quote(owner["HOST"] or "localhost", safe="")
    port = f":{owner['PORT']}" if owner["PORT"] else ""
    password = f":{quote(owner['PASSWORD'])}" if owner["PASSWORD"] else ""
    return f"postgres://{quote(owner['USER'])}{password}@{host}{port}/{database}"
