"""The keeper of one embedded PostgreSQL: starts it, waits until nobody uses it any more, stops it.

Started by scripts/embedded_postgres.py; not meant to be called by hand.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from scripts.postgres_places import DATABASE, OWNER, Places, find_places

ADMINISTRATOR = "postgres"
# For data that nobody misses after a power cut.
THROWAWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_wal_size=2GB")
SETTINGS = ("listen_addresses=", "max_connections=120", "shared_buffers=128MB", "timezone=UTC", "log_timezone=UTC")


def main() -> int:
    """Detach a keeper for the server whose home is the argument; return when the server may be used (else 1)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--throwaway", action="store_true")
    options = parser.parse_args()
    news, tell = os.pipe()
    if os.fork():
        os.close(tell)
        return 0 if os.read(news, 1) else 1  # nothing to read: the keeper ended without a word
    os.close(news)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    keep(options.home, throwaway=options.throwaway, tell=tell)
    return 0


def keep(home: Path, *, throwaway: bool, tell: int) -> None:
    """Start the server, write a byte to `tell`, wait for the last user to leave, stop the server."""
    with (home / "keeper.lock").open("w") as mine, (home / "users.lock").open("a") as users:
        if lock_soon(mine):
            places = find_places(home)
            places.prepare()
            create_cluster(places)
            start(places, throwaway=throwaway)
            create_database(places)
            places.declare_serving()
            os.write(tell, b"1")
            os.close(tell)
            fcntl.flock(users, fcntl.LOCK_EX)  # waits until the last user is gone, however it went
            stop(places)
        else:
            os.write(tell, b"0")  # another keeper was quicker


def lock_soon(file: object) -> bool:
    """Take the keeper's lock; those who only look whether it is held hold it for an instant themselves."""
    for _attempt in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
        except BlockingIOError:
            time.sleep(0.02)
        else:
            return True
    return False


def run(places: Places, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user; raise with its output when it fails."""
    command = [str(places.binaries / "bin" / program), *arguments]
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **places.as_server_user
    )
    if result.returncode:
        raise SystemExit(f"{program} failed: {result.stdout}{result.stderr}")
    return result


def create_cluster(places: Places) -> None:
    """initdb, into a directory beside the final one, so that a kill in the middle leaves nothing half made."""
    if (places.data / "PG_VERSION").exists():
        return
    unfinished = places.data.with_name("data.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    run(
        places,
        "initdb",
        f"--pgdata={unfinished}",
        f"--username={ADMINISTRATOR}",
        "--auth=trust",  # the socket's directory is the guard: only the server's user and root may enter it
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-locale",
        "--no-sync",
        "--no-instructions",
    )
    unfinished.rename(places.data)


def start(places: Places, *, throwaway: bool) -> None:
    """pg_ctl start, and wait until it takes connections. Takes over a server that outlived its keeper."""
    if places.running_pid() is not None:
        return
    places.disown_process_number()
    settings = [*SETTINGS, f"unix_socket_directories={places.socket}", *(THROWAWAY if throwaway else ())]
    options = " ".join(f"-c {setting}" for setting in settings)
    last = ""
    for attempt in range(10):
        command = [str(places.binaries / "bin" / "pg_ctl"), "start", "-w", "-t", "60", "-s"]
        command += ["-D", str(places.data), "-l", str(places.log), "-o", options]
        # Not captured: the server inherits the pipes and would keep them open.
        result = subprocess.run(command, stdin=subprocess.DEVNULL, check=False, **places.as_server_user)
        if result.returncode == 0:
            return
        # After kill -9 the old server's children hold its shared memory until they notice: a matter of seconds.
        last = places.log.read_text(encoding="utf-8", errors="replace")[-800:] if places.log.exists() else ""
        if "shared memory" not in last:
            break
        time.sleep(0.3 * (attempt + 1))
    raise SystemExit(f"pg_ctl could not start the server: {last}")


def create_database(places: Places) -> None:
    """The owner's role and database. The owner is no superuser: what works here works on a managed server."""
    connection = [f"--host={places.socket}", f"--username={ADMINISTRATOR}", "--no-psqlrc", "--quiet", "--tuples-only"]
    question = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608  a constant of ours
    found = run(places, "psql", *connection, "--dbname=postgres", "-c", question)
    if "1" in found.stdout:
        return
    role = (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN "
        f"CREATE ROLE {OWNER} LOGIN CREATEDB CREATEROLE; END IF; END $$"
    )
    database = f"CREATE DATABASE {DATABASE} OWNER {OWNER}"
    run(places, "psql", *connection, "--dbname=postgres", "--set=ON_ERROR_STOP=1", "-c", role, "-c", database)


def stop(places: Places) -> None:
    """Stop the server in an orderly way; connections that are still open are cut."""
    if places.running_pid() is not None:
        run(places, "pg_ctl", "stop", "-s", "-w", "-t", "60", "-m", "fast", "-D", str(places.data))


if __name__ == "__main__":
    sys.exit(main())
