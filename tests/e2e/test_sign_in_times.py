"""`make sign-in-times`: do times tell whether an address is known? 200 known + 200 unknown per page, in turn.

Each request goes over HTTP to a running portal with its limits off. Known and unknown alternate in random order, so
that a busy machine bothers both alike. Two looks at the times: Mann–Whitney (does one tend to be larger?) and the share
that the best single threshold, learned on one half, guesses right on the other (what an attacker gains; a coin has
50 %). The short sample in the suite compares bytes, hashes and rows instead: tests/portal/test_no_enumeration.py.
"""

import http.client
import os
import random
import re
import statistics
import sys
import time
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest

from tests.e2e.live import AnsweringPortal

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("LONG_TESTS"), reason="`make sign-in-times`: a few minutes"),
]
EACH = int(os.environ.get("EACH", "200"))
PAGES = {
    "/sign-in/": {"login": "ADDRESS", "password": "niet-het-wachtwoord"},
    "/sign-in/code/": {"email": "ADDRESS"},
    "/password/reset/": {"email": "ADDRESS"},
}
Times = dict[str, list[float]]


def add_people(portal: AnsweringPortal) -> None:
    """Accounts with a password that nobody knows, hashed as everybody's; only the login role reads that."""
    statement = (
        "INSERT INTO portal_user (password, is_superuser, email, name, foundation_role, language, is_active,"
        " created_at, sessions_version) SELECT password, false, 'address-' || lpad(n::text, 3, '0') ||"
        " '-known@example.org', '', '', 'nl', true, now(), 0 FROM portal_user, generate_series(0, 999) n"
        " WHERE email = 'coordinator@example.org' ON CONFLICT DO NOTHING"
    )
    with psycopg.connect(portal.database, autocommit=True) as connection:
        connection.execute(statement)


def measure(address: str, path: str, fields: dict[str, str]) -> Times:
    """Seconds per request, by kind."""
    host = urlsplit(address).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", path)
    page = connection.getresponse()
    cookie = page.headers["Set-Cookie"].split(";")[0]
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.read().decode())
    assert found is not None
    plan = [(kind, number) for kind in ("known", "never") for number in range(EACH)]
    random.Random(7).shuffle(plan)
    times: Times = {"known": [], "never": []}
    for turn, (kind, number) in enumerate([*plan[:6], *plan]):
        body = {
            key: value.replace("ADDRESS", f"address-{number:03}-{kind}@example.org") for key, value in fields.items()
        }
        sent = urlencode({**body, "csrfmiddlewaretoken": found.group(1)})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        begin = time.perf_counter()
        connection.request("POST", path, sent, headers)
        answer = connection.getresponse()
        answer.read()
        took = time.perf_counter() - begin
        assert answer.status in (200, 302), answer.status
        if turn >= 6:  # the first ones warm caches
            times[kind].append(took)
    return times


def mann_whitney(times: Times) -> float:
    """Two-sided p, by the normal approximation."""
    first, second = times["known"], times["never"]
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    rank_sum = sum(rank for rank, (_value, kind) in enumerate(ranked, start=1) if kind == 0)
    n, m = len(first), len(second)
    z = (rank_sum - n * (n + m + 1) / 2) / (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * (1 - statistics.NormalDist().cdf(abs(z)))


def guessed(times: Times) -> float:
    """The share that the threshold which is best on one half gets right on the other."""
    pairs = [(seconds, kind) for kind, values in times.items() for seconds in values]
    random.Random(8).shuffle(pairs)
    learn, check = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]

    def right(limit: float, slower: str, among: list[tuple[float, str]]) -> float:
        return sum((kind == slower) == (seconds > limit) for seconds, kind in among) / len(among)

    limit, slower = max(
        ((seconds, kind) for seconds, _kind in learn for kind in times), key=lambda choice: right(*choice, learn)
    )
    return right(limit, slower, check)


def test_times_do_not_tell_known_addresses(portal: AnsweringPortal) -> None:
    add_people(portal)
    sys.stdout.write(
        f"\n{'page':18}{'known ms':>10}{'unknown ms':>12}{'difference':>12}{'p':>8}{'guessed':>9}  ({EACH} + {EACH})\n"
    )
    telling = []
    for path, fields in PAGES.items():
        times = measure(portal.address, path, fields)
        known, never = (statistics.median(times[kind]) * 1000 for kind in ("known", "never"))
        p, share = mann_whitney(times), guessed(times)
        sys.stdout.write(f"{path:18}{known:10.1f}{never:12.1f}{known - never:12.2f}{p:8.3f}{share:9.0%}\n")
        if p < 0.001 and share > 0.6:
            telling.append(path)
    assert telling == []
