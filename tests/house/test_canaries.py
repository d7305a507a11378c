"""Every byte that the product emits, searched for what belongs to somebody else.

Each organisation typed numbers and a text that occur nowhere else. Whatever one of them gets (pages, JSON, CSV,
workbooks, PDF, mail) holds nobody else's; logs, caches, messages to workers and their jobs hold nobody's at all. Five
organisations in the suite; fifty, with results and reports, under `make canaries`.
"""

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.core import mail
from django.db import connection
from django.http import HttpResponse
from django.urls import reverse

from benchmark.models import Report
from benchmark.services.releasing import publish_release, review_release
from benchmark.services.report_files import report_path
from benchmark.services.reports import render_report, request_report
from portal.models import ApiKey, AuditEntry, Job, OpenSession, OutboxMail
from portal.roles import MemberRole
from portal.services.api_keys import issue_api_key
from portal.services.invitations import invite
from portal.services.mail import send_outbox
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Submission
from surveys.services.queries import ask_query
from surveys.services.rounds import advance_round
from tests.house.canaries import Bird, make_birds, owners
from tests.house.walk import (
    TOKEN,
    Walker,
    addresses,
    body_for,
    body_of,
    give_invitations,
    give_queries,
    give_reports,
    objects_of,
)
from tests.house.walk_objects import OBJECTS
from tests.world import World, run_job

pytestmark = pytest.mark.slow
LONG = bool(os.environ.get("LONG_TESTS"))
HOW_MANY = 50 if LONG else 5
KINDS = ("participant", "signed_in", "public", "identity", "key")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What goes to the broker, instead of going there."""
    messages: list[Any] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **rest: messages.append((name, rest)))
    return messages


@pytest.fixture
def birds(
    world: World, settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, sent: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> list[Bird]:  # fmt: skip
    """Organisations with canaries, who typed, invited somebody, were asked something and got mail."""
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    settings.MEDIA_ROOT = tmp_path
    for give in (give_reports, give_invitations, give_queries):
        give(world)
    with django_capture_on_commit_callbacks(execute=True):
        made = make_birds(HOW_MANY, world.open, by=world.person("administrator"))
        for bird in made:
            with participant_scope(bird.organisation.pk, bird.person.pk):
                address = f"colleague-of-{bird.text}@world.invalid"
                invite(address, role=MemberRole.VIEWER, organisation=bird.organisation, by=bird.person, link="/TOKEN/")
            with staff_scope():
                submission = Submission.objects.get(organisation=bird.organisation)
                ask_query(submission, "calls", text=f"Klopt dit, {bird.text}?", by=world.person("researcher"))
                _key, world.key_texts[bird.text] = issue_api_key(
                    f"machine of {bird.text}",
                    days=9,
                    by=None,
                    organisation=bird.organisation,
                    scopes=list(ApiKey.Scope),
                )
    send_outbox(limit=4 * HOW_MANY, seconds=600)
    return made


def emitted(world: World, bird: Bird) -> list[tuple[str, HttpResponse]]:
    """Everything that this organisation can get by asking, its own and others' objects alike."""
    world.people["bird"] = bird.person
    person, key, found = Walker(world, "bird"), Walker(world, f"key of {bird.text}"), []
    for address in addresses():
        known = address.access is not None and address.access.kind in KINDS
        if not known or (address.parameters and address.name not in OBJECTS) or address.name == "account_logout":
            continue
        if not LONG and address.access is not None and address.access.kind not in ("participant", "key"):
            continue  # the walk searches these
        walker = key if address.access is not None and address.access.kind == "key" else person
        for kwargs in objects_of(address, world).values():
            path = reverse(address.name, kwargs=kwargs)
            found.append((f"GET {path}", walker.call("GET", path)))
            if LONG and walker is key:
                calls = json.dumps({"answers": {"calls": bird.numbers[0], "remark": bird.text}})
                found.append((f"POST {path}", walker.call("POST", path, calls)))
            elif LONG:
                found.append((f"POST {path}", walker.call("POST", path, body_for(address, world))))
    return found


def test_nobody_gets_what_belongs_to_somebody_else(
    world: World, birds: list[Bird], caplog: pytest.LogCaptureFixture, sent: list[Any], record_property: Any
) -> None:
    if LONG:
        publish(world, birds)
    seen, answers, size = set(), 0, 0
    for bird in birds:
        for what, response in emitted(world, bird):
            # Without form tokens and the request's name: among thousands, their random digits look like a canary.
            headers = {name: value for name, value in response.headers.items() if name != "X-Request-ID"}
            data = TOKEN.sub(rb"\1", body_of(response)) + json.dumps(headers).encode()
            whose = owners(birds, data)
            assert whose <= {bird.index}, f"{bird.person} got by {what} what belongs to {whose}"
            seen |= whose
            answers, size = answers + 1, size + len(data)
    record_property("canaries", (len(birds), answers, size))
    assert seen == {bird.index for bird in birds}, "everybody sees their own: the search is not blind"
    assert owners(birds, caplog.text.encode()) == set(), "logs"
    assert owners(birds, cached()) == set(), "caches"
    assert owners(birds, repr(sent).encode()) == set(), "messages"
    assert sent, "there were messages"
    check_stored(birds)


def publish(world: World, birds: list[Bird]) -> None:
    """Close, freeze, compute and publish the round, and render each organisation's report."""
    researcher, pk = world.person("researcher"), world.open.pk
    with staff_scope():
        advance_round(pk, "close", by=researcher)
    for step in ("freeze", "compute"):
        run_job(pk, step, by=researcher)
    with staff_scope():
        review_release(pk, by=researcher)
        publish_release(pk, by=world.person("publisher"))
        world.open.refresh_from_db()
    for bird in birds:
        with participant_scope(bird.organisation.pk):
            request_report(bird.organisation, world.open, "nl", by=None, in_line=False)
            report = Report.objects.get(organisation=bird.organisation, release__round=world.open)
        render_report(report.pk, bird.organisation.pk)
        whose = owners(birds, report_path(report.file).read_bytes())
        assert whose == {bird.index}, f"the report of {bird.organisation} holds what belongs to {whose}"


def check_stored(birds: list[Bird]) -> None:
    """Mail, audit trail and sessions of each hold only its own; jobs hold nobody's."""
    by_organisation = {bird.organisation.pk: bird for bird in birds}
    with worker_scope():
        mails, entries = list(OutboxMail.objects.all()), list(AuditEntry.objects.all())
        jobs = [(job.arguments, job.key) for job in Job.objects.all()]
    assert owners(birds, repr(jobs).encode()) == set()
    for one in mails:
        mine = {by_organisation[one.organisation_id].index} if one.organisation_id in by_organisation else set()
        addressee = {bird.index for bird in birds if bird.text in one.to}
        assert owners(birds, f"{one.to}\n{one.subject}\n{one.body}".encode()) <= (mine & addressee or addressee)
    for entry in entries:
        mine = {by_organisation[entry.organisation_id].index} if entry.organisation_id in by_organisation else set()
        if entry.organisation_id is not None:
            assert owners(birds, json.dumps(entry.detail).encode()) <= mine, entry
    assert len(mail.outbox) >= 2 * len(birds)
    for letter in mail.outbox:
        addressee = {bird.index for bird in birds if bird.text in letter.to[0]}
        assert owners(birds, letter.message().as_bytes()) <= addressee, letter.to
    people = {str(bird.person.pk): bird.index for bird in birds}
    for session in OpenSession.objects.all():
        data = session.get_decoded()
        assert owners(birds, repr(data).encode()) <= {people.get(data.get("_auth_user_id", ""), -1)}


def cached() -> bytes:
    """Everything in the cache that the web processes share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key, value FROM portal_counters")
        rows = cursor.fetchall()
    return repr(rows).encode()


def test_the_search_finds_numbers_however_they_are_written() -> None:
    bird = Bird(3, None, None)  # type: ignore[arg-type]
    calls, talk = bird.numbers
    dotted = f"{talk:,}".replace(",", ".")
    for text in (bird.text, str(calls), f"{calls:,}", dotted, dotted.replace(".", "\u00a0"), dotted.replace(".", " ")):
        assert owners([bird], f"<td>{text}</td>".encode()) == {3}, text
    assert owners([bird], b"1.234.567 kanarie 525 760") == set()
