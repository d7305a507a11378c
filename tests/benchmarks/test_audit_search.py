"""Searching the audit log, replaying its chain, and writing to it: `make benchmark-audit` with a million entries.

In the suite it runs on two thousand, to stay true; there its times say nothing.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from portal.audit_sql import SEAL_EARLIER
from portal.models import AuditSeal, Organisation, User
from portal.services.audit import record
from portal.services.audit_chain import verify_chain
from portal.tenancy import staff_scope, worker_scope
from tests.sign_in import sign_in
from tests.superuser import as_superuser, empty

LONG = bool(os.environ.get("LONG_TESTS"))
ENTRIES = 1_000_000 if LONG else 2_000
ORGANISATIONS, PEOPLE = (500, 1_500) if LONG else (20, 30)
WITHIN_SECONDS = 2.0
# Years of work: most entries are a few common actions of many people; one person and one action never meet.
FILL = """
INSERT INTO portal_auditentry (organisation_id, actor_id, action, subject, detail, at)
SELECT (%(organisations)s)[1 + (i * 7919) %% %(organisation_count)s],
       (%(people)s)[1 + CASE WHEN i %% 3 = 0 THEN 0 ELSE (i * 104729) %% %(people_count)s END],
       CASE WHEN i %% 3 = 0 THEN 'submission.started' ELSE
            (ARRAY['answers.seen', 'report.downloaded', 'results.seen', 'api_key.issued'])[1 + (i / 3) %% 4] END,
       'surveys.submission:' || i, jsonb_build_object('round', 'national-2026', 'number', i),
       now() - (%(entries)s - i) * interval '1 minute'
FROM generate_series(1, %(entries)s::bigint) i
"""


@dataclass
class Filled:
    """Who searches, and whom and what they search for."""

    client: Client
    busy: User
    organisation: Organisation


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Iterator[Filled]:
    with django_db_blocker.unblock():
        with staff_scope():
            people = [
                User.objects.create_user(f"person{n}@big.invalid", None, name=f"Person {n:04}") for n in range(PEOPLE)
            ]
            organisations = Organisation.objects.bulk_create(
                Organisation(code=f"big-{n}", name=f"Organisation {n:04}") for n in range(ORGANISATIONS)
            )
            admin = User.objects.create_user("admin@big.invalid", None, name="Admin", foundation_role="administrator")
        client = Client()
        sign_in(client, admin)
        with as_superuser(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE shipped AS TABLE benchmark_policyversion")
            cursor.execute("ALTER TABLE portal_auditentry DISABLE TRIGGER USER")
            lists = {"organisations": [one.pk for one in organisations], "people": [one.pk for one in people]}
            counts = {"organisation_count": ORGANISATIONS, "people_count": PEOPLE, "entries": ENTRIES}
            cursor.execute(FILL, lists | counts)
            empty("portal_auditseal")
            cursor.execute(SEAL_EARLIER)
            cursor.execute("ALTER TABLE portal_auditentry ENABLE TRIGGER USER")
            cursor.execute("VACUUM ANALYZE portal_auditentry")
            cursor.execute("VACUUM ANALYZE portal_auditseal")
        yield Filled(client, people[0], organisations[3])
        with as_superuser(), connection.cursor() as cursor:
            empty("portal_organisation", "portal_user", "portal_auditseal", "portal_auditentry")
            cursor.execute("INSERT INTO benchmark_policyversion TABLE shipped")
            cursor.execute("DROP TABLE shipped")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def timed(what: str, work: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    took = time.perf_counter() - began
    say(f"{what:<60} {took:7.3f} s")
    return took, result


def test_every_search_takes_less_than_two_seconds(filled: Filled) -> None:
    """Staff's page as a browser gets it: each filter, filters together, some that find nothing, deep pages."""
    say(f"\n{ENTRIES:,} entries")
    name, busy = filled.organisation.name, filled.busy.name
    questions = {
        "everything": {},
        "an organisation": {"organisation": name},
        "a person with a third of all": {"person": busy},
        "a person with few": {"person": "Person 0007"},
        "an action": {"action": "answers.seen"},
        "a period long ago": {"since": "2025-03-01", "until": "2025-03-07"},
        "organisation and person": {"organisation": name, "person": busy},
        "organisation, person, action": {"organisation": name, "person": busy, "action": "submission.started"},
        "a person and an action that never meet": {"person": busy, "action": "answers.seen"},
        "the same in an organisation": {"person": busy, "action": "answers.seen", "organisation": name},
        "the same in a period": {"person": busy, "action": "answers.seen", "since": "2025-01-01"},
        "fifty organisations at once": {"organisation": "Organisation 00", "action": "results.seen"},
        "half of the trail back": {"before": "2025-12-12T00:00:00+00:00,1"},
    }
    filled.client.get("/staff/oversight/audit/csv/", {"until": "2000-01-01"})  # the first request of a process loads it
    slow = []
    for what, question in questions.items():
        took, answer = timed(what, lambda question=question: filled.client.get("/staff/oversight/audit/", question))
        assert answer.status_code == 200
        meets = "never meet" not in what and "the same" not in what
        assert bool(answer.context["lines"]) == meets or not LONG
        slow += [what] if took >= WITHIN_SECONDS else []
    assert slow == []


def test_the_chain_is_replayed(filled: Filled) -> None:
    with worker_scope():
        _took, report = timed(f"verify_audit over {ENTRIES:,}", verify_chain)
    assert report.faults == []
    assert report.entries >= ENTRIES  # the searches above are in it as well


def test_writers_at_once(filled: Filled) -> None:
    """Commits per second with one entry each, by one and by eight writers."""
    turns = 200 if LONG else 5

    def write() -> None:
        for _turn in range(turns):
            with worker_scope():
                record("test.written", subject="x", by=None)
        connection.close()

    def together(count: int) -> None:
        threads = [threading.Thread(target=write) for _number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with worker_scope():
        before = AuditSeal.objects.count()
    for count in (1, 8):
        took, _none = timed(f"{count} writers, {turns} commits each", lambda count=count: together(count))
        say(f"{'':<50} {count * turns / took:8.0f} commits/s")
    with worker_scope():
        assert verify_chain().entries == before + 9 * turns
