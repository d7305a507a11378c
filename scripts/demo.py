"""`make demo`: the whole portal on this machine, with invented content, until Ctrl-C.

PORT=8001 asks for another port; DATABASE_URL and CELERY_BROKER_URL for servers of one's own.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from scripts.demo_environment import HOME, demo_environment
from scripts.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, environment_with_database
from scripts.machine import PROJECT, MachineLacks, ensure_pango, say
from scripts.messages import compile_messages
from scripts.supervisor import Child, Supervisor

FIRST_PORT = 8000
PORTS_TRIED = 100
WEB_SECONDS = 60.0


class CannotStart(RuntimeError):
    """The demo cannot start; the message says why."""


def main() -> int:
    """Prepare, run, clean up; 0 after Ctrl-C or SIGTERM."""
    HOME.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    with (HOME / "demo.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"The demo is already running: {read_address(HOME)}")
            return 1
        try:
            return run(HOME)
        except (CannotStart, EmbeddedPostgresError) as problem:
            say(str(problem))
            return 1
        except KeyboardInterrupt:
            return 0


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """SIGTERM and a closed terminal end the demo as Ctrl-C does."""
    raise KeyboardInterrupt


def run(home: Path) -> int:
    """Everything between taking the lock and giving it back."""
    started = time.monotonic()
    try:
        ensure_pango()
    except MachineLacks as lack:
        say(f"Note: {lack}\nUntil then everything works except PDF reports.")
    compile_messages()
    (PROJECT / "staticfiles").mkdir(exist_ok=True)  # whitenoise warns when it is missing
    Supervisor(home, {}).end_leftovers()
    environment, server = environment_with_database(home)
    supervisor = Supervisor(home, demo_environment(environment, home))
    try:
        sign_ins = prepare(supervisor.environment)
        port = free_port()
        supervisor.start(children(port))
        wait_for_web(supervisor, port)
        address = f"http://127.0.0.1:{port}"
        (home / "address").write_text(address, encoding="ascii")
        announce(address, sign_ins, time.monotonic() - started)
        while True:
            supervisor.watch()
            time.sleep(0.5)
    finally:
        clean_up(supervisor, server)


def clean_up(supervisor: Supervisor, server: EmbeddedPostgres | None) -> None:
    """Stop children first, then the database under them."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("\nStopping")
    supervisor.stop()
    if server is not None:
        server.close()
    say("Stopped; the data stays for the next start.")


def prepare(environment: dict[str, str], *arguments: str) -> str:
    """Roles, tables and content; returns what `manage.py demo` with these arguments has to say to the visitor."""
    command = [sys.executable, "-m", "scripts.prepare_database", *arguments]
    result = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        raise CannotStart(f"Preparing the database failed:\n{result.stdout}")
    return result.stdout


def children(port: int) -> list[Child]:
    """The web server, the worker and the clock that wakes it."""
    celery = [sys.executable, "-m", "celery", "-A", "portal"]
    level = ["--loglevel", "INFO"]
    return [
        Child(
            "worker",
            [
                *celery,
                "worker",
                *level,
                "--concurrency",
                "2",
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
            ],
        ),
        Child("beat", [*celery, "beat", *level, "--pidfile="]),
        Child("web", [sys.executable, "-m", "gunicorn", "portal.wsgi:application", *web_options(port)]),
    ]


def web_options(port: int) -> list[str]:
    """Two processes with four threads each: enough for a demo, and it shows what breaks with more than one."""
    options = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "4", "--access-logfile", "-"]
    return [*options, "--graceful-timeout", "5", "--timeout", "60"]


def free_port(wish: int = FIRST_PORT) -> int:
    """PORT or the wished one, or the next one that is free."""
    first = int(os.environ.get("PORT", wish))
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port != first:
                say(f"Port {first} is taken; using {port}")
            return port
    raise CannotStart(f"No free port from {first} to {first + PORTS_TRIED - 1}")


def wait_for_web(supervisor: Supervisor, port: int) -> None:
    """Until the web server answers, whatever it answers."""
    deadline = time.monotonic() + WEB_SECONDS
    while time.monotonic() < deadline:
        supervisor.watch()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/", headers={"Host": "127.0.0.1"})
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
        finally:
            connection.close()
    web = supervisor.children[-1]
    raise CannotStart(f"The web server did not answer:\n{supervisor.log_tail(web)}")


def read_address(home: Path) -> str:
    """The address that the running demo wrote down."""
    try:
        return (home / "address").read_text(encoding="ascii")
    except OSError:
        return "it is still starting"


def announce(address: str, sign_ins: str, seconds: float) -> None:
    """What the visitor needs to know."""
    say(f"\nThe portal runs at {address}  (ready in {seconds:.0f} s)\n\n{sign_ins.strip()}\n\nCtrl-C stops it.")


if __name__ == "__main__":
    sys.exit(main())
