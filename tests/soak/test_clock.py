"""Hosts whose clocks are ninety days off: the database's clock decides, and work goes on."""

import sys
from datetime import timedelta

import pytest
import time_machine
from django.db.models.functions import Now
from django.utils import timezone

from portal.errors import NotPossibleNow
from portal.services.mail import put_in_outbox
from portal.tenancy import participant_scope, staff_scope, worker_scope
from surveys.models import Round
from surveys.services.answers import Typing, save_answers
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak
from tests.soak.crew import WORKER_SECONDS
from tests.soak.rounds import asked, closed_round, is_done, open_round, started

pytestmark = pytest.mark.slow
SHIFTED = """
import sys, time_machine
from datetime import UTC, datetime, timedelta
time_machine.travel(datetime.now(UTC) + timedelta(days=int(sys.argv.pop(1))), tick=True).start()
from celery.__main__ import main
sys.argv[0] = "celery"
sys.exit(main())
"""


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
        arguments = ["-A", "portal", "worker", "--concurrency=1", "--without-gossip", "--without-mingle", "-l", "INFO"]
        worker = soak.place.start_command("-c", SHIFTED, str(days), *arguments, name="shifted")
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


def was_sent(mail: int) -> bool:
    from portal.models import OutboxMail

    with worker_scope():
        return OutboxMail.objects.get(pk=mail).sent_at is not None
