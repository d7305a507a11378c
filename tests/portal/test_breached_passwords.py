"""The register of stolen passwords: every line of it is found, by whatever way it was written, and nothing else."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from portal.breached_passwords import is_listed
from portal.environment import faults
from portal.models import User
from portal.tenancy import staff_scope
from tests.sign_in import sign_in

STOLEN = [f"een gestolen wachtwoord {number}" for number in range(500)]


def register(folder: Path, *, ending: str = "\r\n", count: str = ":{number}", last: str = "") -> Path:
    """A file as the register is published."""
    hashes = sorted(hashlib.sha1(one.encode(), usedforsecurity=False).hexdigest().upper() for one in STOLEN)
    lines = [one + count.format(number=number**3) for number, one in enumerate(hashes)]
    (folder / "register.txt").write_bytes((ending.join(lines) + last).encode())
    return folder / "register.txt"


@pytest.mark.parametrize(
    ("ending", "count", "last"), [("\r\n", ":{number}", "\r\n"), ("\n", "", ""), ("\n", ":1", "\n")]
)
def test_every_line_is_found_and_nothing_else(tmp_path: Path, ending: str, count: str, last: str) -> None:
    file = register(tmp_path, ending=ending, count=count, last=last)
    assert [one for one in STOLEN if not is_listed(one, file)] == []
    assert [one for one in (f"geen gestolen wachtwoord {n}" for n in range(500)) if is_listed(one, file)] == []


def test_an_empty_register_lists_nothing_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert not is_listed("x", tmp_path / "empty")
    with pytest.raises(FileNotFoundError):
        is_listed("x", tmp_path / "missing")
    told = faults({"BREACHED_PASSWORDS": str(tmp_path / "missing"), "SECRET_KEY": "x" * 60, "DEBUG": "1"})
    assert any(one.startswith("BREACHED_PASSWORDS must be a file that can be read") for one in told)


def test_a_stolen_password_is_refused_where_there_is_a_register(tmp_path: Path, settings: Any) -> None:
    validate_password(STOLEN[7])
    settings.BREACHED_PASSWORDS = str(register(tmp_path))
    with pytest.raises(ValidationError, match="stolen from another site"):
        validate_password(STOLEN[7])
    validate_password("vier blauwe fietsen op zolder")


@pytest.mark.django_db
def test_the_page_says_so(tmp_path: Path, settings: Any) -> None:
    settings.BREACHED_PASSWORDS = str(register(tmp_path))
    with staff_scope():
        ann = User.objects.create_user("ann@example.org", "een-lang-wachtwoord", name="Ann", language="en")
    client = Client()
    sign_in(client, ann)
    new = {"oldpassword": "een-lang-wachtwoord", "password1": STOLEN[3], "password2": STOLEN[3]}
    page = client.post("/en/password/change/", new)
    assert "stolen from another site" in page.content.decode()
    ann.refresh_from_db()
    assert ann.check_password("een-lang-wachtwoord")
