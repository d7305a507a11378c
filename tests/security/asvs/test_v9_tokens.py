"""ASVS V9: the one token that says something by itself, that a browser is known for an account."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import signing
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone

from portal.known_device import COOKIE, SALT, SECONDS, device_of
from tests.portal.test_second_step import by_password, somebody

pytestmark = pytest.mark.django_db
EMAIL = "staff@foundation.example"


@pytest.fixture
def token() -> str:
    somebody("")
    client = Client()
    by_password(client)
    return client.cookies[COOKIE].value


def known(token: str) -> bool:
    request = RequestFactory().get("/")
    request.COOKIES[COOKIE] = token
    return bool(device_of(request, EMAIL))


def test_it_is_signed_with_our_key_and_one_algorithm_whatever_it_says(token: str) -> None:
    assert known(token)
    content, stamp, _signature = token.rsplit(":", 2)
    kept = signing.loads(token, salt=SALT)
    other = signing.TimestampSigner(key=settings.SECRET_KEY, salt=SALT, algorithm="sha1")
    for forged in (
        f"{content}:{stamp}:", f"{content}:{stamp}:none", f"{content}:{stamp}",
        signing.dumps(kept, salt=SALT, key="another key"), other.sign(content),
    ):  # fmt: skip
        assert not known(forged), forged
    with override_settings(SECRET_KEY="another key" * 6, SECRET_KEY_FALLBACKS=[]):
        assert not known(token)


def test_it_expires(token: str) -> None:
    for seconds, good in ((SECONDS - 60, True), (SECONDS + 60, False)):
        with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
            assert known(token) is good


def test_a_token_for_something_else_is_none(token: str) -> None:
    kept = signing.loads(token, salt=SALT)
    assert known(signing.dumps(kept, salt=SALT))
    for salt in ("django.core.signing", "portal.something-else", SALT.upper()):
        assert not known(signing.dumps(kept, salt=salt))
