"""kill -9 of whoever works, at the worst moments: what was begun is taken up within a minute, and lands once.

A lock on the table that comes next holds the work exactly there (`place.blocked`), so each moment is hit every time;
the long campaign adds random moments.
"""

import random
import sys
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
from celery import current_app
from django.db.models.functions import Now

from benchmark.models import Release, Report
from benchmark.services.releasing import publish_release, review_release
from benchmark.services.reports import request_report
from portal.models import Job, OutboxMail
from portal.services.mail import put_in_outbox
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Round
from tests.portal.mail_servers import Mailbox
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak, times
from tests.soak.crew import WORKER_SECONDS, Crew
from tests.soak.rounds import asked, closed_round, computed_round, frozen_round, is_done

pytestmark = pytest.mark.slow
# Work → the tables that it writes to, in order; each is a moment to be killed at.
MOMENTS = {
    "freeze": ("surveys_edition", "surveys_columnsnapshot", "portal_auditentry"),
    "compute": ("benchmark_kpiwork", "benchmark_release", "benchmark_releaseddocument", "benchmark_releasedcell",
                "portal_auditentry"),
    "report": ("benchmark_report", "portal_auditentry"),
}  # fmt: skip
SAMPLE = [("freeze", "surveys_columnsnapshot", "main"), ("compute", "benchmark_releaseddocument", "child"),
]  # fmt: skip
EVERY = [(kind, table, who) for kind, tables in MOMENTS.items() for table in tables for who in ("child", "main")]


def prepare(soak: Soak, kind: str, code: str) -> Round:
    """A round to which this work can be done."""
    make = {"freeze": closed_round, "compute": frozen_round, "report": published_round}
    return make[kind](soak, code)


def published_round(soak: Soak, code: str) -> Round:
    return soak.world.finished


def begin(soak: Soak, kind: str, round_: Round) -> Job:
    """Ask for it, as a press of the button does."""
    if kind != "report":
        return asked(soak, round_, kind)
    person = soak.world.person("coordinator of A")
    with staff_scope():  # as after a new edition: what was made does not count any more
        Report.objects.filter(organisation=soak.world.a).update(state=Report.State.WAITING)
    with participant_scope(soak.world.a.pk, person.pk):
        job = request_report(soak.world.a, round_, "nl", by=person)
    assert job is not None
    soak.ledger.asked_for(job)
    return job


@pytest.mark.parametrize(("kind", "table", "who"), EVERY if in_soak() else SAMPLE)
def test_work_killed_at_the_worst_moment_lands_once(soak: Soak, crew: Crew, kind: str, table: str, who: str) -> None:
    round_ = prepare(soak, kind, f"{kind}-{table.rpartition('_')[2]}-{who}")
    with ExitStack() as stack:
        with crew.held():
            job = begin(soak, kind, round_)
            somebody_waits = stack.enter_context(soak.place.blocked(table))
        somebody_waits()
        crew.kill(who)
        time.sleep(0.2)
    seconds = becomes(lambda: is_done(job), WORKER_SECONDS, why=soak.place.logs)
    sys.stdout.write(f"\n{kind} killed ({who}) before {table}: done {seconds:.0f} s later\n")


def test_killed_while_it_waits_for_work(soak: Soak, crew: Crew) -> None:
    """A child that waits holds the lock around the pipe that all children read; dead, it would hold it for ever."""
    round_ = closed_round(soak, "idle")
    becomes(crew.children, 30)
    becomes(lambda: queue_is_empty(soak), 30)
    time.sleep(1)
    crew.kill("child")
    job = begin(soak, "freeze", round_)
    seconds = becomes(lambda: finished(crew, job), WORKER_SECONDS, why=soak.place.logs)
    sys.stdout.write(f"\nkilled while it waited: done {seconds:.0f} s later\n")


def queue_is_empty(soak: Soak) -> bool:
    """Whether no message waits or is under way."""
    with soak.place.administrator() as database:
        return database.execute("SELECT NOT EXISTS (SELECT FROM pgmq.q_portal)").fetchone() == (True,)


def finished(crew: Crew, job: Job) -> bool:
    """Whether the work has taken effect; a worker that ended is started again meanwhile, as systemd does."""
    crew.watch()
    return is_done(job)


def test_mail_killed_after_the_servers_yes_can_be_told_apart(soak: Soak, crew: Crew, mailbox: Mailbox) -> None:
    """No mail is lost. Between the server's yes and our note of it, one can only be sent again, as the same mail."""
    address = f"reader-{time.time_ns()}@example.org"
    with worker_scope():
        mail = put_in_outbox(to=address, subject="Receipt", body="Received.")
        OutboxMail.objects.filter(pk=mail.pk).update(next_try_at=Now() + timedelta(seconds=1))
    soak.ledger.mails.add(mail.pk)
    with soak.place.blocked("portal_outboxmail") as somebody_waits:
        time.sleep(1)
        current_app.send_task("portal.send_outbox")
        somebody_waits()
        assert mailbox.received().count(address) == 1
        crew.kill("child")
    seconds = becomes(lambda: sent(mail), WORKER_SECONDS, why=soak.place.logs)
    ids = [one["Message-ID"] for one in mailbox.mails if one["To"] == address]
    sys.stdout.write(f"\nmail killed before the note of it: sent again {seconds:.0f} s later\n")
    assert len(ids) == 2
    assert len(set(ids)) == 1


def sent(mail: OutboxMail) -> bool:
    with worker_scope():
        return OutboxMail.objects.get(pk=mail.pk).sent_at is not None


@pytest.mark.parametrize("table", ["benchmark_release", "portal_auditentry"] if in_soak() else ["benchmark_release"])
def test_publication_killed_halfway_did_not_happen(soak: Soak, table: str) -> None:
    round_ = computed_round(soak, f"publish-{table.rpartition('_')[2]}")
    with staff_scope():
        review_release(round_.pk, by=soak.world.person("researcher"))
    command = ["round", "publish", round_.code, "--by", soak.world.person("publisher").email]
    with soak.place.blocked(table) as somebody_waits:
        program = soak.place.start_command("manage.py", *command)
        somebody_waits()
        program.kill()
    with staff_scope():
        assert Release.objects.get(round=round_).state == Release.State.REVIEWED
    soak.check()
    with staff_scope():
        publish_release(round_.pk, by=soak.world.person("publisher"))
        assert Release.objects.get(round=round_).state == Release.State.PUBLISHED


@pytest.mark.skipif(not in_soak(), reason="random moments belong to `make soak`")
def test_workers_killed_at_random_moments(soak: Soak, crew: Crew) -> None:
    """The whole chain, again and again, while somebody kills: child or main, after up to three seconds."""
    chance, kills, slowest = random.Random(11), 0, 0.0
    for turn in range(times(0, 25)):
        round_ = closed_round(soak, f"random-{turn}")
        for kind in ("freeze", "compute"):
            job, started = begin(soak, kind, round_), time.monotonic()
            while not is_done(job) and kills < 4 * (turn + 1):
                time.sleep(chance.uniform(0, 3))
                crew.kill(chance.choice(["child", "child", "main"]))
                kills += 1
            becomes(lambda j=job: finished(crew, j), WORKER_SECONDS, why=soak.place.logs)
            slowest = max(slowest, time.monotonic() - started)
        soak.check()
    sys.stdout.write(f"\n{kills} kills, slowest step {slowest:.0f} s\n")
