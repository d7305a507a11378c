"""Calls of the API are counted for all web processes together, in one statement."""

from typing import Any

import pytest
from django.db import InternalError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from portal import api_limits
from portal.api_limits import SECONDS, count_call

pytestmark = pytest.mark.django_db


def test_a_call_costs_one_statement_and_the_next_minute_begins_anew() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert [count_call("somebody", 2) for _turn in range(2)] == [0, 0]
    assert len(queries) == 2
    assert 0 < count_call("somebody", 2) <= SECONDS
    assert count_call("somebody else", 2) == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE portal_counters SET expires = clock_timestamp() - interval '1 second'")
    assert [count_call("somebody", 2) == 0 for _turn in range(3)] == [True, True, False]


@pytest.mark.parametrize("error", [OperationalError("the connection is lost"), InternalError("it only reads now")])
def test_a_database_that_is_away_limits_nobody(error: Exception) -> None:
    def away(*args: Any) -> None:
        raise error

    with connection.execute_wrapper(away):
        assert [count_call("somebody", 1) for _turn in range(3)] == [0, 0, 0]


def test_another_cache_counts_too(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with CACHE_URL; here in memory."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    monkeypatch.setattr(api_limits.time, "time", lambda: 1_000_000_010.0)
    assert [count_call("somebody", 2) for _turn in range(3)] == [0, 0, 10]
