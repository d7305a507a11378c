"""Hosts whose clocks are ninety days off: the database's clock decides, and work goes on."""

import http.client
import sys
from contextlib import closing
from datetime import timedelta

import pytest
import time_machine
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from portal.errors import NotPossibleNow
from portal.models import ApiKey
from portal.services.api_keys import issue_api_key
from portal.services.mail import put_in_outbox
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Answer, Round
from surveys.services.answers import Typing, save_answers
from tests.portal.mail_servers import free_port
from tests.soak.browser import Browser, answers, marks, post
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak
from tests.soak.crew import WORKER_SECONDS
from tests.soak.rounds import asked, closed_round, is_done, open_round, started

pytestmark = pytest.mark.slow
SHIFTED = """
import sys, time_machine
from datetime import UTC, datetime, timedelta
time_machine.travel(datetime.now(UTC) + timedelta(days=int(sys.argv.pop(1))), tick=True).start()
from {module} import {function}
sys.argv[0] = sys.argv.pop(1)
sys.exit({function}())
"""
CELERY = SHIFTED.format(module="celery.__main__", function="main")
GUNICORN = SHIFTED.format(module="gunicorn.app.wsgiapp", function="run")


@pytest.mark.parametrize("days", [90, -90])
def test_deadline_is_the_databases(soak: Soak, days: int) -> None:
    round_ = open_round(soak, f"clock-{'ahead' if days > 0 else 'behind'}")
    submission, person = started(soak, round_, {"calls": "1"}), soak.world.person("coordinator of A")
    for hours, is_open in ((1, True), (-1, False)):
        with staff_scope():
            Round.objects.filter(pk=round_.pk).update(closes_at=Now() + timedelta(hours=hours))
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            try:
                with participant_scope(soak.world.a.pk, person.pk):
                    save_answers(submission, [Typing("calls", "2")], by=person, language="nl")
                soak.ledger.answered(submission, {"calls": "2"})
                saved = True
            except NotPossibleNow:
                saved = False
        assert saved == is_open


@pytest.mark.parametrize("days", [90, -90] if in_soak() else [90])
def test_worker_with_a_wrong_clock_works(soak: Soak, days: int) -> None:
    """The clock that sends ticks is right, the only worker is not: no message expires on its way."""
    with soak.place.alone():
        round_ = closed_round(soak, f"shifted-{days + 100}")
        arguments = ["-A", "portal", "worker", "--concurrency=1", "--without-gossip", "--without-mingle",
                     "--without-heartbeat", "-l", "INFO"]  # fmt: skip
        worker = soak.place.start_command("-c", CELERY, str(days), "celery", *arguments, name="shifted")
        beat = soak.place.start("beat")
        try:
            job = asked(soak, round_, "freeze")
            with worker_scope():
                mail = put_in_outbox(to="reader@example.org", subject="Receipt", body="Received.")
            seconds = becomes(lambda: is_done(job), WORKER_SECONDS, why=soak.place.logs)
            becomes(lambda: was_sent(mail.pk), WORKER_SECONDS, why=soak.place.logs)
            assert "Discarding" not in worker.log.read_text()
        finally:
            worker.stop()
            beat.stop()
        sys.stdout.write(f"\nworker {days} days off: done after {seconds:.0f} s\n")


@pytest.mark.skipif(not in_soak(), reason="waiting for ticks belongs to `make soak`")
@pytest.mark.parametrize("days", [90, -90])
def test_beat_with_a_wrong_clock_keeps_ticking(soak: Soak, days: int) -> None:
    """The worker's clock is right, that of the sender of ticks is not: abandoned work is taken up all the same."""
    with soak.place.alone():
        round_ = closed_round(soak, f"beat-{days + 100}")
        job = asked(soak, round_, "freeze")  # no message reaches the worker: only a tick can wake it
        with soak.place.administrator() as database:
            database.execute("DELETE FROM pgmq.q_portal")
        arguments = ["-A", "portal", "beat", "-l", "INFO", "--pidfile=", "-s", str(soak.place.folder / f"beat{days}")]
        beat = soak.place.start_command("-c", CELERY, str(days), "celery", *arguments, name="shifted-beat")
        worker = soak.place.start("worker")
        try:
            seconds = becomes(lambda: is_done(job), WORKER_SECONDS, why=soak.place.logs)
        finally:
            worker.stop()
            beat.stop()
        sys.stdout.write(f"\nbeat {days} days off: a lost message was made good after {seconds:.0f} s\n")


@pytest.mark.parametrize("days", [90, -90] if in_soak() else [-90])
def test_web_server_with_a_wrong_clock_keeps_what_others_keep(soak: Soak, days: int) -> None:
    """Sessions of other servers go on there and end there, keys as well; the round closes when the database says so."""
    round_, port = open_round(soak, f"web-clock-{days + 100}"), free_port()
    submission = started(soak, round_, {"calls": "1"})
    arguments = ["portal.wsgi:application", "--bind", f"127.0.0.1:{port}", "--threads", "2", "--timeout", "60"]
    web = soak.place.start_command("-c", GUNICORN, str(days), "gunicorn", *arguments, name="shifted-web")
    try:
        browser, idle = (Browser(soak, port, "coordinator of A") for _which in range(2))
        path = reverse("my_section", args=[round_.code, "work"])
        becomes(lambda: answers(browser, path), 60, why=soak.place.logs)
        assert idle.ask("GET", path)[0] == 200
        idle.was_used(hours_ago=1.1)
        assert idle.ask("GET", path)[0] == 302
        assert [key_answer(port, soak.world.key_texts["A"]), key_answer(port, dead_key(soak))] == [200, 401]
        for hours, typed_now, kept in ((1, "2", "2"), (-1, "3", "2")):
            form = marks(browser.ask("GET", path)[1]) | {"a-calls": typed_now, "go": "next"}
            with staff_scope():
                Round.objects.filter(pk=round_.pk).update(closes_at=Now() + timedelta(hours=hours))
            status = post(browser, path, form)
            with staff_scope():
                assert Answer.objects.get(submission=submission, question="calls").typed == kept, (hours, status)
        soak.ledger.answered(submission, {"calls": "2"})
    finally:
        web.stop()


def key_answer(port: int, key: str) -> int:
    """What the API says to somebody with this key."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as talk:
        talk.request("GET", "/api/v1/rounds/", headers={"Authorization": f"Api-Key {key}"})
        answer = talk.getresponse()
        answer.read()
        return answer.status


def dead_key(soak: Soak) -> str:
    """A key of A that expired a minute ago."""
    with staff_scope():
        key, text = issue_api_key("of yesterday", days=1, by=None, organisation=soak.world.a)
        ApiKey.objects.filter(pk=key.pk).update(expires_at=Now() - timedelta(minutes=1))
    return text


def was_sent(mail: int) -> bool:
    from portal.models import OutboxMail

    with worker_scope():
        return OutboxMail.objects.get(pk=mail).sent_at is not None
