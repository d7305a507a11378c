"""ASVS V7: a session is made by signing in, on the server, with a key that nobody guesses."""

import pytest
from django.conf import settings
from django.test import Client

from portal.models import OpenSession
from tests.portal.test_second_step import by_password, somebody

pytestmark = pytest.mark.django_db
COOKIE = settings.SESSION_COOKIE_NAME
EMAIL = "staff@foundation.example"


def test_a_visitor_has_no_session_and_nobody_gets_in_without_signing_in() -> None:
    client = Client()
    for path in ("/", "/en/method/", "/api/v1/rounds/"):
        client.get(path)
    assert COOKIE not in client.cookies
    assert OpenSession.objects.count() == 0
    client.cookies[COOKIE] = "a" * 32
    assert client.get("/en/account/security/")["Location"].startswith("/en/sign-in/")


def test_signing_in_makes_a_row_with_a_new_key_and_the_cookie_is_nothing_but_that() -> None:
    user, keys = somebody(""), set()
    for _turn in range(3):
        client = Client()
        client.post("/en/sign-in/code/", {"email": EMAIL})  # a session of nobody yet
        before = client.cookies[COOKIE].value
        by_password(client)
        after = client.cookies[COOKIE].value
        assert len(after) == 32
        assert after.isalnum()
        assert after != before
        assert OpenSession.objects.filter(session_key=before).count() == 0
        assert OpenSession.objects.get(session_key=after).user_id == user.pk
        keys.add(after)
    assert len(keys) == 3


def test_every_page_of_a_person_offers_to_sign_out() -> None:
    somebody("")
    client = Client()
    by_password(client)
    for path in ("/en/", "/en/account/security/", "/en/method/"):
        assert 'action="/en/sign-out/"' in client.get(path).content.decode(), path
