"""The embedded server: shared by its users, gone after the last one however it ended, back after any kill."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from scripts.embedded_postgres import EmbeddedPostgres
from scripts.machine import PROJECT
from scripts.postgres_places import find_places, server_process

USE_AND_WAIT = """
import sys, time
from pathlib import Path
from scripts.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]), throwaway=True)
server.open()
print("open", flush=True)
time.sleep(120)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A server's home; what is left of the server afterwards is removed."""
    folder = tmp_path_factory.mktemp("server")
    yield folder
    places = find_places(folder)
    assert wait_until(lambda: places.running_pid() is None), "the server outlived its users"
    places.remove()


def wait_until(condition: object, seconds: float = 20.0) -> bool:
    """Whether the condition came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def other_user(home: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", USE_AND_WAIT, str(home)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def ask(server: EmbeddedPostgres, question: str) -> object:
    """The one value that a question has as its answer."""
    with psycopg.connect(server.url) as connection:
        row = connection.execute(question).fetchone()  # type: ignore[arg-type]
        assert row is not None
        return row[0]


def test_data_survives_a_stop_and_a_start(home: Path) -> None:
    with EmbeddedPostgres(home, throwaway=True) as server, psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.places.running_pid() is None
    with EmbeddedPostgres(home, throwaway=True) as server:
        assert ask(server, "SELECT answer FROM kept") == 42


def test_owner_is_no_superuser_and_text_is_utf8_in_code_point_order(home: Path) -> None:
    with EmbeddedPostgres(home, throwaway=True) as server:
        assert ask(server, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False
        assert ask(server, "SELECT 'Z' < 'é' AND upper('é') = 'É'") is True
        assert ask(server, "SHOW listen_addresses") == ""


def test_second_user_keeps_the_server_when_the_first_leaves(home: Path) -> None:
    with EmbeddedPostgres(home, throwaway=True) as second:
        first = EmbeddedPostgres(home, throwaway=True)
        first.open()
        before = second.places.running_pid()
        first.close()
        assert ask(second, "SELECT 1") == 1
        assert second.places.running_pid() == before


def test_server_stops_after_its_only_user_is_killed(home: Path) -> None:
    user = other_user(home)
    places = find_places(home)
    assert places.is_serving()
    user.kill()
    user.communicate()
    assert wait_until(lambda: places.running_pid() is None)


def test_server_comes_back_after_it_was_killed_itself(home: Path) -> None:
    with EmbeddedPostgres(home, throwaway=True) as server:
        pid = server.places.running_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: server.places.running_pid() is None)
    with EmbeddedPostgres(home, throwaway=True) as again:
        assert ask(again, "SELECT 1") == 1


def test_stale_process_number_of_another_program_is_not_the_server(home: Path) -> None:
    assert not server_process(os.getpid())
    with EmbeddedPostgres(home, throwaway=True) as server:  # makes the data when this test is the first
        places = server.places
    assert wait_until(lambda: places.running_pid() is None)
    (places.data / "postmaster.pid").write_text(f"{os.getpid()}\n{places.data}\n", encoding="utf-8")
    assert places.running_pid() is None
    with EmbeddedPostgres(home, throwaway=True) as server:
        assert ask(server, "SELECT 1") == 1


def test_socket_path_stays_short_enough_under_a_deep_directory(tmp_path: Path) -> None:
    places = find_places(tmp_path / ("deep" * 20) / ("deeper" * 10))
    assert len(str(places.socket)) < 90


def test_socket_path_needs_no_quoting_under_a_directory_with_spaces(tmp_path: Path) -> None:
    assert " " not in str(find_places(tmp_path / "my portal").socket)
