"""Test set-up: a database made by the owner and then used as the login role, as in production."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation

from portal.owner_connection import CREDENTIALS
from tests.superuser import as_superuser

REAL_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"

ONLOOKER = pytest.StashKey[psycopg.Connection[Any]]()  # sees every row, whoever the tests connect as
LEFT_BEHIND = pytest.StashKey[set[Any]]()
# Installations that take long to make and that several files share, in the order in which they begin: those that
# mostly wait first, so that others compute meanwhile.
SHARED = {
    "soak": ("tests/soak/",),
    "live": ("tests/bootstrap/test_live_portal.py", "tests/e2e/test_round.py", "tests/e2e/test_validating.py"),
    "answering": ("tests/e2e/",),
}


def shared_by(nodeid: str) -> str:
    """What a test shares with others that should run in the same process: an installation, or its file."""
    shared = (name for name, places in SHARED.items() if nodeid.startswith(places))
    return next(shared, nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file stays in one process, and all that use one installation in the same one: it takes long to make."""
    from xdist.scheduler import LoadScopeScheduling

    class Sharing(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return shared_by(nodeid)

    return Sharing(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Who shares an installation goes first, then files with slow tests, so that the processes end together; the order
    stays random within these.
    """
    slow = {shared_by(item.nodeid) for item in items if item.get_closest_marker("slow")}
    order = {name: place for place, name in enumerate(SHARED)}
    items.sort(key=lambda item: (order.get(shared_by(item.nodeid), len(order)), shared_by(item.nodeid) not in slow))


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Create and migrate the test database as the owner, then connect as the login role only."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    suffix = "_".join(part for part in (os.environ.get("TEST_DATABASE_SUFFIX", ""), worker) if part)
    name = f"test_portal_{suffix}" if suffix else "test_portal"
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["NAME"] = name
        login = {key: connection.settings_dict[key] for key in CREDENTIALS}
        owner = {key: settings.OWNER_DATABASE[key] for key in CREDENTIALS}
        connection.settings_dict.update(owner)
        keep = bool(os.environ.get("TEST_DATABASE_KEEP"))  # quicker starts while working; never with CI's server
        databases = setup_databases(verbosity=0, interactive=False, keepdb=keep)
        _set_login_password(login)
        connection.close()
        with as_superuser():
            request.config.stash[ONLOOKER] = psycopg.connect(**connection.get_connection_params(), autocommit=True)
        connection.settings_dict.update(login)
    yield
    request.config.stash[ONLOOKER].close()
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(owner)
        teardown_databases(databases, verbosity=0, keepdb=keep)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test leaves nobody behind: people and organisations that it commits, or a database that it stays connected to,
    break tests that come minutes later and only in some orders. So the one that did it fails.
    """
    yield
    onlooker = item.config.stash.get(ONLOOKER, None)
    if onlooker is None or onlooker.closed or "tests/benchmarks/" in item.nodeid:  # these fill a table for all
        return
    assert connection.settings_dict["NAME"] == onlooker.info.dbname, "this test stayed in another database"
    left = set(onlooker.execute("SELECT email FROM portal_user UNION ALL SELECT code FROM portal_organisation"))
    new, item.config.stash[LEFT_BEHIND] = left - item.config.stash.get(LEFT_BEHIND, set()), left
    assert not new, "this test left them behind in the database"


@pytest.fixture(scope="session", autouse=True)
def cheap_hashing() -> None:
    """Argon2 as in production, but with little memory: a hundred times less work per sign-in of a test."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


def _set_login_password(login: dict[str, Any]) -> None:
    from psycopg import sql

    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login["USER"]), sql.Literal(login["PASSWORD"]))
        )


@pytest.fixture
def real_data() -> Path:
    """The folder with real data; its tests are skipped, visibly, where it is absent, and must run in CI."""
    folder = REAL_DATA / "contact_centre_panel"
    if not folder.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("CI=true, but ../shared/data is absent")
        pytest.skip("../shared/data is absent")
    return folder


@pytest.fixture
def world(db: None) -> Any:
    """Two competitors, an outsider, the foundation and a finished round (tests/world.py draws them)."""
    from tests.world import build_world  # models can be imported only once Django is set up

    return build_world()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Each test starts in English, whatever language the one before it left behind; requests choose their own."""
    with translation.override("en"):
        yield
