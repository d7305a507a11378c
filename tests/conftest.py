"""Test set-up: a database made by the owner and then used as the login role, as in production."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from django.utils import translation

from portal.owner_connection import CREDENTIALS

REAL_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


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
        databases = setup_databases(verbosity=0, interactive=False)
        _set_login_password(login)
        connection.close()
        connection.settings_dict.update(login)
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(owner)
        teardown_databases(databases, verbosity=0)


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
