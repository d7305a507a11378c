"""kill -9 of whoever works, at the worst moments: what was begun is taken up within a minute, and lands once.

A lock on the table that comes next holds the work exactly there (`place.blocked`), so each moment is hit every time;
the long campaign adds random moments.
"""

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from celery import current_app
from django.db.models.functions import Now
from django.urls import reverse

from benchmark.models import Release, Report
from benchmark.services.releasing import publish_release, review_release
from benchmark.services.reports import request_report
from portal.models import AuditEntry, Job, OutboxMail
from portal.services.mail import put_in_outbox
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Round
from tests.portal.mail_servers import Mailbox
from tests.soak.browser import Browser, answers, post
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak, times
from tests.soak.crew import SERVER_SECONDS, WORKER_SECONDS, Crew
from tests.soak.rounds import asked, closed_round, computed_round, frozen_round, is_done

pytestmark = pytest.mark.slow
# Work → the tables that it writes to, in order; each is a moment to be killed at.
MOMENTS = {
    "freeze": ("surveys_edition", "surveys_columnsnapshot", "portal_auditentry"),
    "compute": ("benchmark_kpiwork", "benchmark_release", "benchmark_releaseddocument", "benchmark_releasedcell",
                "portal_auditentry"),
    "report": ("benchmark_report", "portal_auditentry"),
}  # fmt: skip
SAMPLE = [("compute", "benchmark_releaseddocument", "child")]  # main is killed while it renders, below
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


@pytest.mark.parametrize("who", ["renderer", "child", "main"] if in_soak() else ["main"])
def test_killed_while_a_report_is_rendered(soak: Soak, crew: Crew, who: str) -> None:
    """In the middle of making the PDF: the file that comes of it is whole, and no half one lies beside it."""
    begin(soak, "report", soak.world.finished)
    with held_rendering(soak, crew) as (server, rendering):
        if who == "renderer":
            os.kill(server, signal.SIGKILL)
            os.kill(rendering, signal.SIGKILL)
        else:
            crew.kill(who)
    (job,) = latest_reports(soak)
    seconds = becomes(lambda: finished(crew, job), WORKER_SECONDS, why=soak.place.logs)
    sys.stdout.write(f"\n{who} killed while a report was rendered: done {seconds:.0f} s later\n")


@contextmanager
def held_rendering(soak: Soak, crew: Crew) -> Iterator[tuple[int, int]]:
    """The processes that render, stopped in the middle of it: the program of the renderer, and its child."""
    found: list[tuple[int, int]] = []

    def seen() -> bool:
        for server in [pid for child in crew.children() for pid in children_of(child)]:
            for rendering in children_of(server):
                found.append((server, rendering))
                with suppress(ProcessLookupError):
                    os.kill(rendering, signal.SIGSTOP)
        return bool(found)

    becomes(seen, WORKER_SECONDS, why=soak.place.logs)
    try:
        yield found[-1]
    finally:
        for _server, rendering in found:
            with suppress(ProcessLookupError):
                os.kill(rendering, signal.SIGCONT)


def children_of(pid: int) -> list[int]:
    """Process numbers; none of a process that is gone."""
    with suppress(OSError):
        return [int(one) for task in Path(f"/proc/{pid}/task").glob("*/children") for one in task.read_text().split()]
    return []


def latest_reports(soak: Soak) -> list[Job]:
    """The job of A's newest report, among those that were promised."""
    with worker_scope():
        return list(Job.objects.filter(task="benchmark.render_report", pk__in=soak.ledger.jobs).order_by("-pk")[:1])


@pytest.mark.skipif(not in_soak(), reason="mail and kills together belong to `make soak`")
@pytest.mark.parametrize("who", ["child", "main"])
def test_mail_killed_after_the_servers_yes_can_be_told_apart(
    soak: Soak, crew: Crew, mailbox: Mailbox, who: str
) -> None:
    """No mail is lost. Between the server's yes and our note of it, one can only be sent again, as the same mail."""
    address = f"reader-{time.time_ns()}@example.org"
    becomes(outbox_is_empty, WORKER_SECONDS, why=soak.place.logs)  # or else another mail is held up
    with worker_scope():
        mail = put_in_outbox(to=address, subject="Receipt", body="Received.")
        OutboxMail.objects.filter(pk=mail.pk).update(next_try_at=Now() + timedelta(seconds=1))
    soak.ledger.mails.add(mail.pk)
    with soak.place.blocked("portal_outboxmail") as somebody_waits:
        time.sleep(1)
        current_app.send_task("portal.send_outbox")
        somebody_waits()
        assert mailbox.received().count(address) == 1
        crew.kill(who)
    seconds = becomes(lambda: sent(mail), WORKER_SECONDS, why=soak.place.logs)
    ids = [one["Message-ID"] for one in mailbox.mails if one["To"] == address]
    sys.stdout.write(f"\nmail killed ({who}) before the note of it: sent again {seconds:.0f} s later\n")
    assert len(ids) == 2
    assert len(set(ids)) == 1


def outbox_is_empty() -> bool:
    """Whether everything was sent or given up."""
    with worker_scope():
        return not OutboxMail.objects.filter(sent_at=None, given_up_at=None).exists()


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


@pytest.mark.skipif(not in_soak(), reason="the web process is killed at other moments in every run")
def test_web_process_killed_while_it_publishes(soak: Soak) -> None:
    """The press of the button: hung up, nothing published, nothing half; pressed again, it is published once."""
    tables = ("benchmark_release", "portal_auditentry") if in_soak() else ("portal_auditentry",)
    web = soak.place.start("web")
    try:
        browser = Browser(soak, web.port, "publisher")
        becomes(lambda: answers(browser, reverse("staff_rounds")), 60, why=soak.place.logs)
        for table in tables:
            round_ = computed_round(soak, f"web-publish-{table.rpartition('_')[2]}")
            with staff_scope():
                review_release(round_.pk, by=soak.world.person("researcher"))
            path, said = reverse("staff_round_publish", args=[round_.code]), [-1]
            with soak.place.blocked(table) as somebody_waits:
                pressing = threading.Thread(
                    target=lambda p=path, s=said: s.append(post(browser, p, {"confirm": "yes"}))
                )
                pressing.start()
                somebody_waits()
                web.kill_child()
                pressing.join()
            assert said[-1] == 0
            assert publications(round_) == (Release.State.REVIEWED, 0)
            soak.check()
            becomes(lambda p=path: post(browser, p, {"confirm": "yes"}) == 302, SERVER_SECONDS, why=soak.place.logs)
            assert publications(round_) == (Release.State.PUBLISHED, 1)
    finally:
        web.stop()


def publications(round_: Round) -> tuple[str, int]:
    """The state of the round's release, and how often the trail says that it was published."""
    with staff_scope():
        entries = AuditEntry.objects.filter(action="round.publish", subject=f"surveys.round:{round_.pk}")
        return Release.objects.get(round=round_).state, entries.count()


@pytest.mark.skipif(not in_soak(), reason="random moments belong to `make soak`")
@pytest.mark.parametrize("kind", ["freeze and compute", "protect", "report", "publish", "mail"])
def test_killed_at_random_moments(soak: Soak, crew: Crew, kind: str) -> None:
    """Again and again, while somebody kills: child or main, after up to three seconds."""
    chance, kills, slowest = random.Random(f"11 {kind}"), 0, 0.0
    for turn in range(times(0, 25)):
        code = f"random-{kind.partition(' ')[0]}-{turn}"
        for is_over, kill in turns(soak, crew, kind, code):
            started, struck = time.monotonic(), 0
            while not is_over() and struck < 3:
                time.sleep(chance.uniform(0, 3 if "compute" in kind or kind == "protect" else 1))
                kill(chance.choice(["child", "child", "main"]))
                struck += 1
            becomes(lambda c=crew, o=is_over: c.watch() or o(), WORKER_SECONDS, why=soak.place.logs)
            slowest, kills = max(slowest, time.monotonic() - started), kills + struck
        soak.check()
    sys.stdout.write(f"\n{kind}: {kills} kills, slowest step {slowest:.0f} s\n")


def turns(soak: Soak, crew: Crew, kind: str, code: str) -> Iterator[tuple[Callable[[], bool], Callable[[str], object]]]:
    """Begin each step of this kind of work: how one sees that it is over, and how to kill whoever does it."""
    if kind == "publish":
        yield publishing(soak, code)
    elif kind == "mail":
        yield mailing(soak), crew.kill
    else:
        steps = {"freeze and compute": ["freeze", "compute"], "protect": ["compute"], "report": ["report"]}[kind]
        round_ = prepare(soak, steps[0], code)
        for step in steps:
            job = begin(soak, step, round_)
            yield (lambda j=job: is_done(j)), crew.kill


def publishing(soak: Soak, code: str) -> tuple[Callable[[], bool], Callable[[str], object]]:
    """A command that publishes, killed and started again until it is done."""
    round_ = computed_round(soak, code)
    with staff_scope():
        review_release(round_.pk, by=soak.world.person("researcher"))
    command = ["manage.py", "round", "publish", round_.code, "--by", soak.world.person("publisher").email]
    programs = [soak.place.start_command(*command, name="publish")]

    def is_over() -> bool:
        state, entries = publications(round_)
        assert entries == (state == Release.State.PUBLISHED)
        if state != Release.State.PUBLISHED and programs[-1].process.poll() is not None:
            programs.append(soak.place.start_command(*command, name="publish"))
        return state == Release.State.PUBLISHED

    return is_over, lambda _who: programs[-1].kill()


def mailing(soak: Soak) -> Callable[[], bool]:
    """Ten mails at once; over when all are sent."""
    with worker_scope():
        mails = [put_in_outbox(to=f"reader-{i}@example.org", subject="R", body="R.") for i in range(10)]
    soak.ledger.mails |= {mail.pk for mail in mails}
    return lambda: all(sent(mail) for mail in mails)
