"""What lets somebody in is read by the login role and by nobody else, whatever SQL another role is made to run."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from portal.models import User
from portal.tenancy import Role, Scope, database_role, enter_scope, staff_scope

pytestmark = pytest.mark.django_db
SECRETS = {
    "portal_user": {"password"},
    "mfa_authenticator": {"data"},
    "account_emailconfirmation": {"key"},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("table", SECRETS)
def test_no_role_of_a_scope_reads_a_secret(role: Role, table: str) -> None:
    for column in SECRETS[table]:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            enter_scope(Scope(role)),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608  names of this file


def test_each_other_column_is_still_granted() -> None:
    """A column that is added later needs its own grant; without it every page that shows people would break."""
    readers = {
        "portal_user": (Role.PARTICIPANT, Role.STAFF, Role.WORKER),
        "mfa_authenticator": (Role.STAFF, Role.WORKER),
        "account_emailconfirmation": (Role.WORKER,),
    }
    with connection.cursor() as cursor:
        for table, roles in readers.items():
            for role in roles:
                cursor.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
                    " AND NOT has_column_privilege(%s, attrelid, attnum, 'SELECT')",
                    [table, database_role(role)],
                )
                assert {name for (name,) in cursor.fetchall()} == SECRETS[table], (table, role)


def test_people_are_loaded_without_their_password_and_cannot_lose_it() -> None:
    with staff_scope():
        made = User.objects.create_user("ann@example.org", "een-lang-wachtwoord")
        held = User.objects.get(pk=made.pk)
        assert held.password is None
        with pytest.raises(IntegrityError), transaction.atomic():
            held.save()
        held.name = "Ann"
        held.save(update_fields=["name"])
    read = User.objects.get(pk=made.pk)
    assert read.name == "Ann"
    assert read.check_password("een-lang-wachtwoord")
