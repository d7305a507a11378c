"""An installation that may be broken: a PostgreSQL server, worker, clock and web server of its own.

with soak_place(folder) as place:
    with place.connected():                # this process works in its database, and sends to its queue
        ...
    worker = place.start("worker")         # also "beat", "web"; ended with the place
    worker.kill_child(); worker.kill()     # SIGKILL
    place.restart_database(); place.kill_backends()
    with place.blocked("surveys_edition") as until:   # whoever writes there waits
        until()                            # … until somebody does
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from celery import current_app
from django.conf import settings
from django.db import connection
from kombu import pools

from portal.celery_settings import broker_settings
from portal.database import database_urls, django_database
from scripts.embedded_postgres import EmbeddedPostgres
from scripts.keep_postgres import ADMINISTRATOR, run, start
from scripts.postgres_places import find_places
from tests.benchmark.worker import PREPARE
from tests.portal.mail_servers import free_port
from tests.soak.counting import becomes

ROOT = Path(__file__).resolve().parents[2]
CELERY = ["-m", "celery", "-A", "portal"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO"]
BROKER = ("broker_url", "broker_transport_options")
CREDENTIALS = ("NAME", "USER", "PASSWORD", "HOST", "PORT")


@dataclass
class Program:
    """A running process with its children in a group of its own."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int = 0

    def children(self) -> list[int]:
        """Process numbers of its direct children."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return [int(pid) for listed in threads for pid in listed.read_text().split()]

    def kill_child(self) -> None:
        """SIGKILL to its children: the worker's pool, the web server's processes."""
        for pid in self.children():
            os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """SIGKILL to all of it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask, and insist after five seconds."""
        if self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()

    def tail(self) -> str:
        """What it said last."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])


@dataclass
class SoakPlace:
    """The installation; `environment` is what its processes see."""

    server: EmbeddedPostgres
    folder: Path
    environment: dict[str, str]
    programs: list[Program] = field(default_factory=list)

    def start(self, kind: str, **changes: str) -> Program:
        """Start `worker`, `beat` or `web`; `changes` of its environment."""
        port = free_port() if kind == "web" else 0
        return self.start_command(*self._command(kind, port), name=kind, port=port, **changes)

    def start_command(self, *command: str, name: str = "command", port: int = 0, **changes: str) -> Program:
        """Start a Python command that may be killed."""
        log = self.folder / f"{name}-{len(self.programs)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.environment | changes, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        self.programs.append(Program(process, log, port))
        return self.programs[-1]

    def _command(self, kind: str, port: int) -> list[str]:
        web = ["-m", "gunicorn", "portal.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        return {
            "worker": [*CELERY, "worker", "--concurrency=1", *QUIET, "--hostname", f"w{len(self.programs)}@soak"],
            "beat": [*CELERY, "beat", "-l", "INFO", "--pidfile=", "-s", str(self.folder / "beat")],
            "web": [*web, "--workers", "2", "--threads", "2", "--timeout", "60", "--graceful-timeout", "1"],
        }[kind]

    def run(self, *command: str) -> str:
        """A Python command to its end; its output, or an error with it."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]} {done.stderr[-4000:]}"
        return done.stdout

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Everything that runs stands still inside the block, but for what is started in it."""
        running = [one.process.pid for one in self.programs if one.process.poll() is None]
        for pid in running:
            os.killpg(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in running:
                os.killpg(pid, signal.SIGCONT)

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Let this process's connections, messages and files go there."""
        login, owner = database_urls(self.server.url, None, settings.SECRET_KEY, settings.PORTAL_ROLE_PREFIX)
        before = {key: connection.settings_dict[key] for key in CREDENTIALS}
        owner_before = {key: settings.OWNER_DATABASE[key] for key in CREDENTIALS}
        broker_before = {key: current_app.conf[key] for key in BROKER}
        files_before = settings.MEDIA_ROOT, settings.PORTAL_DATA_DIR
        settings.MEDIA_ROOT = settings.PORTAL_DATA_DIR = self.folder / "files"
        connection.close()
        connection.settings_dict.update({key: django_database(login)[key] for key in CREDENTIALS})
        settings.OWNER_DATABASE.update({key: django_database(owner)[key] for key in CREDENTIALS})
        send_to(broker_settings(login))
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict.update(before)
            settings.OWNER_DATABASE.update(owner_before)
            settings.MEDIA_ROOT, settings.PORTAL_DATA_DIR = files_before
            send_to(broker_before)

    def administrator(self, **options: Any) -> psycopg.Connection[Any]:
        """A superuser's connection."""
        socket = str(self.server.places.socket)
        return psycopg.connect(host=socket, user=ADMINISTRATOR, dbname="portal", autocommit=True, **options)

    def kill_backends(self) -> int:
        """Cut every connection of the portal's processes."""
        with self.administrator() as database:
            rows = database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchall()
        return len(rows)

    def restart_database(self, *, mode: str = "immediate") -> None:
        """Stop the server (`immediate`: as kill -9 does, it recovers at the start) and start it again."""
        places = self.server.places
        run(places, "pg_ctl", "stop", "-s", "-w", "-t", "60", "-m", mode, "-D", str(places.data))
        start(places, throwaway=False)
        places.declare_serving()

    @contextmanager
    def blocked(self, table: str) -> Iterator[Callable[[], None]]:
        """Nobody can write to the table inside the block; what is yielded waits until somebody tries."""
        with self.administrator() as database, self.administrator() as watcher, database.transaction():
            database.execute(psycopg.sql.SQL("LOCK TABLE {} IN SHARE MODE").format(psycopg.sql.Identifier(table)))

            def somebody_waits() -> bool:
                question = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
                return watcher.execute(question, [table]).fetchone() is not None

            yield lambda: becomes(somebody_waits, 60, why=self.logs) and None

    def logs(self) -> str:
        """The last lines of all that runs."""
        return "\n".join(f"── {one.log.name}\n{one.tail()}" for one in self.programs[-4:])


def send_to(broker: dict[str, Any]) -> None:
    """Let Celery's messages of this process go elsewhere from now on."""
    current_app.conf.update({key: broker[key] for key in BROKER})
    pools.reset()
    current_app._pool = None
    current_app.amqp._producer_pool = None


@contextmanager
def soak_place(folder: Path) -> Iterator[SoakPlace]:
    """A migrated installation on a server of its own; everything is ended afterwards, and the data is gone.

    Before as well: the data of a run that was killed lies elsewhere than `folder`, under a name made of its path.
    """
    places = find_places(folder / "server")
    places.remove()
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_OWNER_URL",)}
    environment |= {"PORTAL_DATA_DIR": str(folder / "files"), "LOG_FORMAT": "line"}
    with EmbeddedPostgres(folder / "server") as server:
        environment["DATABASE_URL"] = server.url
        place = SoakPlace(server, folder, environment)
        place.run("-c", PREPARE)
        try:
            yield place
        finally:
            for program in place.programs:
                program.stop()
    becomes(lambda: places.running_pid() is None, 30)
    places.remove()
