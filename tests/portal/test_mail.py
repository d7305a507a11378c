"""Outgoing mail and real servers that are down, silent or refuse: nothing is lost, nobody waits for somebody else."""

import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from portal.celery_settings import VISIBILITY_TIMEOUT_SECONDS
from portal.models import OutboxMail
from portal.services.mail import KEPT_TRYING, SERVER_PAUSE, TURN_SECONDS, put_in_outbox, send_outbox
from portal.tenancy import worker_scope
from tests.portal.mail_servers import free_port, mail_server, silent_server

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def port(settings: Any) -> int:
    """Mail goes to a port of this machine where each test puts a server of its own."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = free_port()
    settings.EMAIL_TIMEOUT = 0.5
    return int(settings.EMAIL_PORT)


def write(*addresses: str) -> None:
    with worker_scope():
        for address in addresses:
            put_in_outbox(to=address, subject="Receipt", body="Received.")


def mails() -> dict[str, OutboxMail]:
    with worker_scope():
        return {mail.to: mail for mail in OutboxMail.objects.all()}


def let_pass(time_passed: timedelta) -> None:
    with worker_scope():
        OutboxMail.objects.update(created_at=F("created_at") - time_passed, next_try_at=F("next_try_at") - time_passed)


def test_server_that_is_down_for_a_day_gets_every_mail_afterwards(port: int) -> None:
    write("a@example.org", "b@example.org")
    for _hour in range(48):
        assert send_outbox() == 0
        let_pass(timedelta(minutes=30))
    assert all(mail.last_error and mail.given_up_at is None for mail in mails().values())
    let_pass(timedelta(hours=1))
    with mail_server(port) as mailbox:
        assert send_outbox() == 2
        assert send_outbox() == 0
    assert sorted(mailbox.received()) == ["a@example.org", "b@example.org"]


def test_silent_server_holds_a_worker_for_seconds_only(port: int) -> None:
    write("a@example.org", "b@example.org", "c@example.org")
    with silent_server(port) as accepted:
        started = time.monotonic()
        assert send_outbox() == 0
        assert time.monotonic() - started < 3
        assert len(accepted) == 1  # a server that does not answer one does not answer the next
    with mail_server(port) as mailbox:
        let_pass(timedelta(minutes=5))
        assert send_outbox() == 3
    assert len(mailbox.mails) == 3


def test_what_one_turn_learned_of_a_silent_server_holds_for_the_next(port: int) -> None:
    """Each mail wakes a worker: they do not all wait for the same silence, and what waited goes when it is over."""
    write("a@example.org", "b@example.org")
    with silent_server(port) as accepted:
        send_outbox()
        for name in ("c", "d", "e"):
            write(f"{name}@example.org")
            assert send_outbox() == 0
        assert len(accepted) == 1
        let_pass(SERVER_PAUSE)
        send_outbox()
        send_outbox()
        assert len(accepted) == 2, "one looks whether it is back"
    let_pass(SERVER_PAUSE)
    with mail_server(port) as mailbox:
        assert send_outbox() == 5
    assert sorted(mailbox.received()) == [f"{name}@example.org" for name in "abcde"]


def test_a_server_that_refuses_an_address_is_back(port: int) -> None:
    write("nobody@example.org", "a@example.org")
    assert send_outbox() == 0
    let_pass(SERVER_PAUSE)
    with mail_server(port) as mailbox:
        assert send_outbox() == 1
    assert mailbox.received() == ["a@example.org"]


def test_a_turn_ends_before_its_message_is_delivered_again(port: int) -> None:
    """With a slow server a turn of fifty mails would take minutes, and be given to one worker after another."""
    assert TURN_SECONDS < VISIBILITY_TIMEOUT_SECONDS
    write("a@example.org", "b@example.org")
    with mail_server(port) as mailbox:
        assert [send_outbox(seconds=0), send_outbox(seconds=0), send_outbox(seconds=0)] == [1, 1, 0]
    assert mailbox.received() == ["a@example.org", "b@example.org"]


def test_refused_address_is_given_up_and_holds_up_nobody(port: int) -> None:
    write(*(f"nobody-{i}@example.org" for i in range(5)), "later@example.org", "a@example.org")
    with mail_server(port) as mailbox:
        assert send_outbox() == 1
    assert mailbox.received() == ["a@example.org"]
    state = mails()
    assert [name for name, mail in state.items() if mail.given_up_at] == [f"nobody-{i}@example.org" for i in range(5)]
    assert "550" in state["nobody-0@example.org"].last_error
    assert (state["later@example.org"].given_up_at, state["later@example.org"].attempts) == (None, 1)


def test_mail_is_given_up_only_after_days_and_tried_less_and_less_often(port: int) -> None:
    write("later@example.org")
    pauses = []
    with mail_server(port):
        for start in range(10):
            send_outbox()
            mail = mails()["later@example.org"]
            assert (mail.attempts, mail.given_up_at) == (start + 1, None)
            pauses.append(mail.next_try_at - timezone.now())
            let_pass(pauses[-1] + timedelta(seconds=1))
        assert timedelta(seconds=10) < pauses[0] < pauses[3] < pauses[6] < pauses[-1] < timedelta(hours=1, minutes=1)
        let_pass(KEPT_TRYING)
        send_outbox()
    assert mails()["later@example.org"].given_up_at is not None


def test_second_sending_of_the_same_mail_can_be_recognised(port: int) -> None:
    """Killed between the server's yes and our note of it, a worker's successor sends again: same Message-ID."""
    write("a@example.org", "b@example.org")
    with mail_server(port) as mailbox:
        send_outbox()
        with worker_scope():
            OutboxMail.objects.filter(to="a@example.org").update(sent_at=None, next_try_at=Now())
        send_outbox()
    ids = [mail["Message-ID"] for mail in mailbox.mails]
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert ids[0] == ids[2]


def test_host_whose_clock_is_ahead_sends_its_mail_now(port: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=90)):
        write("a@example.org")
    with mail_server(port) as mailbox:
        assert send_outbox() == 1
    assert mailbox.received() == ["a@example.org"]
