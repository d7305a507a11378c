"""`provision_database`: the login role gets the password that the portal connects with."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from portal.database import database_urls
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


LOGIN, OWNER = "postgres://portal_login:pass%40word@host/portal", "postgres://portal_owner:other@host/portal"


@pytest.mark.parametrize(
    ("url", "owner", "expected"),
    [
        (LOGIN, OWNER, (LOGIN, OWNER)),  # where one migrates
        (LOGIN, None, (LOGIN, LOGIN)),  # web and worker: nothing but the login role's own address and password
        (LOGIN.replace("portal_login", "other_login"), OWNER, (LOGIN.replace("portal_login", "other_login"), OWNER)),
    ],
)
def test_the_address_of_the_login_role_is_taken_as_it_is(
    url: str, owner: str | None, expected: tuple[str, str]
) -> None:
    assert database_urls(url, owner, "secret", "portal") == expected


def test_the_owners_address_alone_gives_the_login_role_a_derived_password() -> None:
    login, owner = database_urls(OWNER, None, "secret", "portal")
    assert owner == OWNER
    assert login.startswith("postgres://portal_login:")
    assert "other" not in login
    assert database_urls(OWNER, None, "another secret", "portal")[0] != login
