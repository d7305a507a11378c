"""A web server whose clock is ninety days off: what has ended stays ended, what is good stays good, by the database's
clock; where only the server's clock tells (codes of an app, links in mails), what is of another time is refused.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.db import connection
from django.db.models.functions import Now
from django.test import Client, RequestFactory
from django.utils import timezone

from portal.models import ApiKey, Invitation, OpenSession
from portal.second_step import is_fresh
from portal.selectors.own_sessions import sessions_of
from portal.services.api_keys import verify_api_key
from portal.services.invitations import usable
from portal.services.retention import carry_out_retention
from portal.tenancy import staff_scope, worker_scope
from tests.portal.test_invitations import House
from tests.portal.test_second_step import ROUNDS, by_password, code, outbox, somebody
from tests.sign_in import give_factor, sign_in
from tests.world import World

pytestmark = pytest.mark.django_db
DAYS = pytest.mark.parametrize("days", [90, -90])
RESET = "/en/password/reset/"


@contextmanager
def clock(days: int) -> Iterator[None]:
    """This process's clock is off; the database's is right."""
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        yield


def used(client: Client, hours: float, key: str = "session_seen") -> None:
    """The session was used, or began, so long ago, by the right clock."""
    session = client.session
    session[key] = timezone.now().timestamp() - hours * 3600
    session.save()


@DAYS
def test_a_session_lasts_as_long_as_by_the_right_clock(days: int) -> None:
    user, here = somebody(), Client()
    sign_in(here, user)
    assert here.get(ROUNDS).status_code == 200
    with clock(days):
        assert here.get(ROUNDS).status_code == 200
        assert [one.is_this for one in sessions_of(user, here.session.session_key)] == [True]
    assert here.get(ROUNDS).status_code == 200, "the server with the wrong clock broke nothing"
    for key, hours in (("session_seen", 1.1), ("session_began", 12.1)):
        client = Client()
        sign_in(client, user)
        client.get(ROUNDS)
        used(client, hours, key)
        with clock(days):
            assert client.get(ROUNDS)["Location"].startswith("/en/sign-in/"), key


@DAYS
def test_a_session_that_began_there_lasts_as_long_as_any_other(days: int) -> None:
    user, client = somebody(""), Client()
    with clock(days):
        by_password(client)
        assert client.get("/en/account/security/").status_code == 200
    (row,) = OpenSession.objects.filter(user=user)
    assert timedelta(hours=11) < row.expire_date - timezone.now() < timedelta(hours=13)
    assert client.get("/en/account/security/").status_code == 200


def test_a_proof_of_the_future_is_not_fresh() -> None:
    """It was given at a server whose clock was ahead: nobody knows how long ago."""
    user, client = somebody(), Client()
    sign_in(client, user)
    request = RequestFactory().get(ROUNDS)
    request.user, request.session = user, client.session
    assert is_fresh(request, user)
    with clock(-90):
        assert not is_fresh(request, user)


@DAYS
def test_invitations_and_keys_end_by_the_right_clock(days: int, world: World) -> None:
    token = House().invited()
    with clock(days), worker_scope():
        assert usable(token) is not None
        assert verify_api_key(world.key_texts["A"]) is not None
    ended = Now() - timedelta(minutes=1)
    with staff_scope():
        Invitation.objects.update(expires_at=ended)
        ApiKey.objects.update(expires_at=ended)
    with clock(days), worker_scope():
        assert usable(token) is None
        assert verify_api_key(world.key_texts["A"]) is None


@DAYS
def test_a_code_of_the_app_is_of_now_or_refused_and_another_way_is_open(days: int) -> None:
    user, client = somebody(), Client()
    give_factor(user)
    (spare, *_rest) = RecoveryCodes.activate(user).get_unused_codes()
    right = code()
    with clock(days):
        by_password(client)
        assert client.post("/en/sign-in/second-step/", {"code": right}).status_code == 200
        assert client.get(ROUNDS).status_code == 302
        assert client.post("/en/sign-in/second-step/", {"code": spare}).status_code == 302
        assert client.get(ROUNDS).status_code == 200


@DAYS
def test_a_link_of_another_time_changes_no_password(days: int) -> None:
    somebody("")
    Client().post(RESET, {"email": "staff@foundation.example"})
    (link,) = re.findall(r"http://testserver(/\S+)", outbox()[-1].body)
    with clock(days):
        assert "password1" not in Client().get(link, follow=True).content.decode()
    assert "password1" in Client().get(link, follow=True).content.decode()


def test_counters_of_a_clock_that_was_ahead_keep_nobody_out() -> None:
    """What was counted for three months to come goes with the day's clearing."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO portal_counters VALUES ('ahead', 'x', now() + interval '80 days')")
        cursor.execute("INSERT INTO portal_counters VALUES ('today', 'x', now() + interval '1 hour')")
    carry_out_retention()
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM portal_counters WHERE cache_key IN ('ahead', 'today')")
        assert cursor.fetchall() == [("today",)]
