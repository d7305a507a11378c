"""Gives the tests what the machine must provide: a database and a browser.

Without DATABASE_URL the embedded PostgreSQL runs for as long as pytest does, on data that is thrown away. Loaded with
`-p` before pytest-django, because Django's settings want to know the database.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest

from scripts.embedded_postgres import EmbeddedPostgres, environment_with_database
from scripts.live_portal import LivePortal, running_portal
from scripts.machine import PROJECT, RUN, driver_can_run, find_chromium

SERVER = pytest.StashKey[EmbeddedPostgres]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Start the database server before anything reads the settings; the workers of xdist inherit its address."""
    (PROJECT / "staticfiles").mkdir(exist_ok=True)  # whitenoise warns when it is missing
    environment, server = environment_with_database(RUN / "test", throwaway=True)
    if server is not None:
        os.environ["DATABASE_URL"] = environment["DATABASE_URL"]
        os.environ.pop("DATABASE_OWNER_URL", None)
        early_config.stash[SERVER] = server
    return (yield)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Let go of the server that we started."""
    if server := config.stash.get(SERVER, None):
        server.close()
        os.environ.pop("DATABASE_URL", None)


@pytest.fixture(scope="session")
def live_portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivePortal]:
    """The whole portal with demo content, a real worker and a real web server; shared by the tests of one process."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    suffix = "_".join(part for part in (os.environ.get("TEST_DATABASE_SUFFIX", ""), worker) if part)
    with running_portal(tmp_path_factory.mktemp("portal"), f"portal_live_{suffix}".rstrip("_")) as portal:
        yield portal


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Path of the browser for the browser tests; skips them, visibly, where there is none, but never with CI=true."""
    path = find_chromium()
    if path is None or not driver_can_run():
        message = "no Chromium: apt-get install chromium libatomic1, or name one in CHROMIUM"
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI=true, but {message}")
        pytest.skip(message)
    return path
