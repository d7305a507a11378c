"""ASVS V6: passwords as people choose them, and the form that they type them in."""

import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import get_resolver

from portal.models import User
from portal.tenancy import staff_scope

GOOD = "zebra paraplu kompas"


@pytest.mark.parametrize("password", ["kq8!vZ3pLw0", "iloveyou1234", "passwordpassword"])
def test_short_and_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize(
    "password", ["zebraparaplu", "ZEBRAPARAPLU", "480162759384", "zebra paraplu", "ϑεβρα ☂ παρα", "kqvz" * 50]
)
def test_any_twelve_characters_will_do_and_there_is_no_upper_limit(password: str) -> None:
    validate_password(password)


@pytest.mark.django_db
def test_a_password_counts_as_typed_and_never_has_to_be_changed() -> None:
    typed = f"  {GOOD.title()} ☂ "
    with staff_scope():
        user = User.objects.create_user("old@x.example", typed, name="Old")
    for other in (typed.strip(), typed.lower(), typed[:-1], typed + " "):
        assert Client().post("/en/sign-in/", {"login": user.email, "password": other}).status_code == 200, other
    client = Client()
    answer = client.post("/en/sign-in/", {"login": user.email, "password": typed})
    assert (answer.status_code, "password" in answer["Location"]) == (302, False)
    assert "_auth_user_id" in client.session
    assert [one.name for one in User._meta.get_fields() if "password" in one.name] == ["password"], (
        "nobody knows its age"
    )


@pytest.mark.django_db
def test_the_form_hides_the_password_and_helps_whoever_fills_it_in() -> None:
    page = Client().get("/en/sign-in/").content.decode()
    (field,) = [part for part in page.split("<input ")[1:] if 'name="password"' in part]
    assert 'type="password"' in field
    assert 'autocomplete="current-password"' in field
    assert 'autocomplete="email"' in page or 'autocomplete="username' in page
    assert "onpaste" not in page
    assert "maxlength" not in field.partition(">")[0]


def test_no_address_asks_secret_questions_or_gives_hints() -> None:
    names = [name for name in get_resolver().reverse_dict if isinstance(name, str)]
    assert len(names) > 100
    assert [name for name in names if re.search("hint|secret|remind|(account|sign|mfa).*question", name)] == []
    assert [one.name for one in User._meta.get_fields() if re.search("hint|question", one.name)] == []
