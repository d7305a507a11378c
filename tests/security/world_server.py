"""The tests' world as a running portal on this machine, for programs that attack from outside."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scripts.live_portal import drop_database, recreate_database, with_database
from tests.security.tools import HOME, PROJECT

NAME = "portal_security"
BUILD = "import django; django.setup(); from tests.world import build_world; build_world()"


@dataclass(frozen=True)
class Target:
    """Where it is, and who can sign in: `cookies` by role, an API key that works and one that does not."""

    address: str
    visitors: dict[str, Any]

    def cookie(self, role: str) -> str:
        """The cookie header of the coordinator or the administrator."""
        return str(self.visitors["cookies"][role])


@contextmanager
def running_world() -> Iterator[Target]:
    """A fresh database with the world in it, behind gunicorn; all of it is gone afterwards."""
    server = os.environ["DATABASE_URL"]
    recreate_database(server, NAME)
    environment = os.environ | {
        "DATABASE_URL": with_database(server, NAME), "PORTAL_ROLE_PREFIX": NAME, "PORTAL_RATE_LIMITS": "0",
        "PORTAL_DEMO": "1", "DEBUG": "0", "PORTAL_DATA_DIR": str(HOME / "data"), "PYTHONPATH": str(PROJECT),
        "DJANGO_SETTINGS_MODULE": "portal.settings", "SECRET_KEY": "only-for-attacks " * 4, "LOG_LEVEL": "ERROR",
    }  # fmt: skip
    environment.pop("DATABASE_OWNER_URL", None)
    (HOME / "data").mkdir(parents=True, exist_ok=True)

    def python(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        return done.stdout

    try:
        for arguments in (("manage.py", "provision_database"), ("manage.py", "migrate", "-v0"), ("-c", BUILD)):
            python(*arguments)
        visitors = json.loads(python("-m", "tests.security.visitors"))
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        bound = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4"]
        with (HOME / "web.log").open("wb") as log:
            command = [sys.executable, "-m", "gunicorn", "portal.wsgi:application", *bound]
            web = subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=log, stderr=log)
        try:
            target = Target(f"http://127.0.0.1:{port}", visitors)
            wait_for(target.address)
            yield target
        finally:
            web.terminate()
            web.wait()
    finally:
        drop_database(server, NAME)


def wait_for(address: str) -> None:
    """Until it answers; raises TimeoutError after a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health/live", timeout=5):  # noqa: S310  this machine
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


def server_errors() -> int:
    """How many requests the portal failed at, by its own log."""
    return (HOME / "web.log").read_text(encoding="utf-8", errors="replace").count("Internal Server Error")
