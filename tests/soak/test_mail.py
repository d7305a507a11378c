"""A mail server that is away, silent or refuses, with a real worker: nothing is lost, nothing is given up too early."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from celery import current_app
from django.db.models import Q
from django.db.models.functions import Now

from portal.models import OutboxMail
from portal.services.mail import SERVER_PAUSE, put_in_outbox
from portal.tenancy import worker_scope
from tests.portal.mail_servers import Mailbox, silent_server
from tests.soak.conftest import Soak
from tests.soak.counting import becomes, in_soak, times
from tests.soak.crew import WORKER_SECONDS, Crew
from tests.soak.rounds import asked, closed_round, is_done

pytestmark = pytest.mark.slow


@pytest.mark.skipif(not in_soak(), reason="a silent server is in every run")
@pytest.mark.parametrize("how", ["away", "silent"])
def test_mail_waits_for_the_server(soak: Soak, crew: Crew, mailbox: Mailbox, mail_port: int, how: str) -> None:
    """Everything that was promised meanwhile arrives, once, when the server is itself again; no attempt is counted."""
    for turn in range(times(1, 3)):
        with trouble(mailbox, mail_port, how):
            mails = promised(soak, [f"{how}-{turn}-{one}" for one in range(3)])
            becomes(somebody_is_held_up, WORKER_SECONDS, why=soak.place.logs)
            assert sent(mails) == 0
            with worker_scope():
                rows = OutboxMail.objects.filter(pk__in=[mail.pk for mail in mails])
                assert {(one.attempts, one.given_up_at) for one in rows} == {(0, None)}
            soak.check()
        seconds = becomes(lambda m=mails: pushed(m) == len(m), WORKER_SECONDS, why=soak.place.logs)
        sys.stdout.write(f"\nmail server {how}: all sent {seconds:.0f} s after it came back\n")
        assert sorted(one for one in mailbox.received() if f"{how}-{turn}-" in one) == sorted(addresses(mails))


def test_a_silent_server_leaves_the_workers_to_others(soak: Soak, crew: Crew, mailbox: Mailbox, mail_port: int) -> None:
    """Thirty mails wake workers thirty times: not each of them waits for the silence, and other work is done in it."""
    names, round_ = [f"silence-{one}" for one in range(30)], closed_round(soak, "silence")
    mailbox.close()
    try:
        with silent_server(mail_port) as accepted:
            mails = promised(soak, names)
            becomes(somebody_is_held_up, WORKER_SECONDS, why=soak.place.logs)
            job = asked(soak, round_, "freeze")
            seconds = becomes(lambda: is_done(job), WORKER_SECONDS, why=soak.place.logs)
            looked = len(accepted)
            assert looked <= len(crew.children()) + 1 + seconds / SERVER_PAUSE.total_seconds()
            assert sent(mails) == 0
    finally:
        mailbox.open(mail_port)
    becomes(lambda: pushed(mails) == len(mails), WORKER_SECONDS, why=soak.place.logs)
    assert sorted(one for one in mailbox.received() if one.startswith("silence-")) == sorted(addresses(mails))
    sys.stdout.write(
        f"\nmail server silent: work done after {seconds:.0f} s, {looked} looked at the server meanwhile\n"
    )


@pytest.mark.skipif(not in_soak(), reason="one mail server that is away is in every run")
def test_addresses_that_are_refused_hold_nobody_up(soak: Soak, crew: Crew, mailbox: Mailbox) -> None:
    """One that does not exist is given up, one that asks for patience waits, and who comes after them gets theirs."""
    refused, later, good = promised(soak, ["nobody-here", "later-please", "reader-of-it"])
    becomes(lambda: sent([good]) == 1, WORKER_SECONDS, why=soak.place.logs)
    becomes(lambda: all(troubles([refused, later])), WORKER_SECONDS, why=soak.place.logs)
    with worker_scope():
        states = {one.pk: (one.sent_at, one.given_up_at is not None) for one in OutboxMail.objects.filter(
            pk__in=[refused.pk, later.pk])}  # fmt: skip
    assert states == {refused.pk: (None, True), later.pk: (None, False)}
    assert mailbox.received().count(good.to) == 1
    with worker_scope():  # nobody else shall meet the one that asks for patience
        OutboxMail.objects.filter(pk=later.pk).update(given_up_at=Now())


@contextmanager
def trouble(mailbox: Mailbox, port: int, how: str) -> Iterator[None]:
    """The server is not itself inside the block."""
    mailbox.close()
    try:
        if how == "silent":
            with silent_server(port):
                yield
        else:
            yield
    finally:
        mailbox.open(port)


def promised(soak: Soak, names: list[str]) -> list[OutboxMail]:
    """Mails in the outbox, written in the books."""
    with worker_scope():
        mails = [put_in_outbox(to=f"{one}@example.org", subject="Receipt", body="Received.") for one in names]
    soak.ledger.mails |= {mail.pk for mail in mails}
    return mails


def addresses(mails: list[OutboxMail]) -> list[str]:
    return [mail.to for mail in mails]


def sent(mails: list[OutboxMail]) -> int:
    """How many of these are noted as sent."""
    with worker_scope():
        return OutboxMail.objects.filter(pk__in=[mail.pk for mail in mails]).exclude(sent_at=None).count()


def somebody_is_held_up() -> bool:
    """Whether a worker has met the server's trouble."""
    with worker_scope():
        return OutboxMail.objects.filter(is_held_up=True).exists()


def troubles(mails: list[OutboxMail]) -> list[str]:
    """What kept each of them."""
    with worker_scope():
        return [one.last_error for one in OutboxMail.objects.filter(pk__in=[mail.pk for mail in mails])]


def pushed(mails: list[OutboxMail]) -> int:
    """How many are sent, when nobody waits for the pause between attempts to be over."""
    with worker_scope():
        ours = Q(pk__in=[mail.pk for mail in mails]) | Q(is_held_up=True)
        waiting = OutboxMail.objects.filter(ours, sent_at=None)
        if waiting.filter(next_try_at__gt=Now()).update(next_try_at=Now()):
            current_app.send_task("portal.send_outbox")
    return sent(mails)
