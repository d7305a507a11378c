"""`provision_database`: the login role gets the password that the portal connects with."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from portal.management.commands.provision_database import KEEPALIVES
from tests.superuser import as_superuser


@pytest.fixture
def without_password(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The login role as it is before anybody gave it a password."""
    with django_db_blocker.unblock():
        login = connection.settings_dict["USER"]
        with as_superuser(), connection.cursor() as cursor:
            cursor.execute(f'ALTER ROLE "{login}" PASSWORD NULL; ALTER ROLE "{login}" RESET ALL')
        yield login


def test_the_login_role_gets_its_password_and_the_servers_patience(without_password: str) -> None:
    call_command("provision_database")
    with as_superuser(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.rolpassword, r.rolconfig FROM pg_authid a JOIN pg_roles r ON r.oid = a.oid WHERE a.rolname = %s",
            [without_password],
        )
        password, settings = cursor.fetchone()
    assert password is not None
    assert sorted(settings) == sorted(f"{name}={value}" for name, value in KEEPALIVES.items())
