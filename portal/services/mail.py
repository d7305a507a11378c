"""Outgoing mail: written in the transaction that causes it, sent by a task, retried until it is gone.

What goes wrong with the server (down, silent, our sender refused) is no fault of a mail: the turn ends, and all of them
wait; after a pause one worker looks whether it is back, so that the others have no silence to wait for. What goes wrong
with one address holds up nobody else: a refusal for good ends that mail, a refusal for now is tried less and less
often. A worker killed between the server's yes and our note of it leaves a mail that is sent again, with the same
Message-ID, by which mail systems recognise it.
"""

import logging
import smtplib
import time
from datetime import timedelta
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from portal.models import Organisation, OutboxMail
from portal.services.jobs import enqueue
from portal.tenancy import worker_scope

log = logging.getLogger(__name__)
SERVER_PAUSE = timedelta(seconds=20)
TURN_SECONDS = 8.0  # a message that is worked on longer is delivered to another worker as well
LONGEST_PAUSE = timedelta(hours=1)
KEPT_TRYING = timedelta(days=3)  # an address that is refused for now


class ServerTrouble(Exception):
    """No mail can be sent at this moment, whoever it is for."""


def put_in_outbox(
    *,
    to: str,
    subject: str,
    body: str,
    organisation: Organisation | None = None,
    secret: bool = False,
    decoy: bool = False,
) -> OutboxMail:
    """Queue one plain-text mail; it leaves after the surrounding transaction commits.

    `secret`: it lets its reader in, and is forgotten once sent. `decoy`: it only takes the time of a mail, and is
    thrown away unsent, so that nobody can tell known addresses from others.
    """
    mail = OutboxMail.objects.create(
        to=to, subject=subject[:200], body=body, organisation=organisation, is_secret=secret, is_decoy=decoy
    )
    enqueue("portal.send_outbox")
    return mail


def send_outbox(limit: int = 50, seconds: float = TURN_SECONDS) -> int:
    """Send what waits, one transaction per mail with its row locked; returns how many the server took."""
    sent, until = 0, time.monotonic() + seconds
    for turn in range(limit):
        if turn and time.monotonic() >= until:
            break
        with worker_scope():
            mail = _next_mail() if _may_try() else None
            if mail is None:
                break
            try:
                sent += _send(mail)
            except ServerTrouble as trouble:
                log.warning("the mail server takes no mail now: %s", type(trouble.__cause__).__name__)
                _update(mail, is_held_up=True, next_try_at=Now() + SERVER_PAUSE, last_error=str(trouble)[:300])
                break
            if not mail.is_decoy:
                _server_is_back()
    return sent


def _may_try() -> bool:
    """Not within the pause after the server let a mail down, and then one at a time until it has taken one."""
    held_up = OutboxMail.objects.filter(is_held_up=True)
    if not held_up.exists():
        return True
    if held_up.filter(next_try_at__gt=Now(), next_try_at__lte=Now() + SERVER_PAUSE).exists():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('the mail server is tried', 0))")
        return bool((cursor.fetchone() or (False,))[0])


def _next_mail() -> OutboxMail | None:
    waiting = OutboxMail.objects.filter(sent_at=None, given_up_at=None, next_try_at__lte=Now())
    return waiting.select_for_update(skip_locked=True).order_by("next_try_at", "pk").first()


def _server_is_back() -> None:
    """What waited for the server goes now; a mail that somebody else is sending is theirs."""
    held_up = OutboxMail.objects.filter(is_held_up=True).select_for_update(skip_locked=True)
    OutboxMail.objects.filter(pk__in=[mail.pk for mail in held_up]).update(is_held_up=False, next_try_at=Now())


def _send(mail: OutboxMail) -> bool:
    """Hand one mail to the server and note what became of it; raises ServerTrouble."""
    if mail.is_decoy:
        mail.delete()
        return False
    message = EmailMessage(mail.subject, mail.body, to=[mail.to], headers={"Message-ID": _message_id(mail)})
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as refused:
        codes = [code for code, _text in refused.recipients.values()]
        _note_failure(mail, str(refused), for_good=all(code >= 500 for code in codes))
    except (smtplib.SMTPDataError, ValueError) as error:  # this text, or an address that cannot be written down
        _note_failure(mail, str(error))
    except (smtplib.SMTPException, OSError) as trouble:
        raise ServerTrouble(str(trouble)) from trouble
    else:
        forgotten = {"body": ""} if mail.is_secret else {}
        _update(mail, sent_at=Now(), attempts=F("attempts") + 1, last_error="", **forgotten)
        return True
    return False


def _note_failure(mail: OutboxMail, error: str, *, for_good: bool = False) -> None:
    """Try again later, or give up: at once when refused for good, else after days."""
    pause = min(LONGEST_PAUSE, SERVER_PAUSE * 2 ** min(mail.attempts, 10))
    _update(mail, attempts=F("attempts") + 1, next_try_at=Now() + pause, last_error=error[:300])
    row = OutboxMail.objects.filter(pk=mail.pk)
    if for_good or row.filter(created_at__lt=Now() - KEPT_TRYING).exists():
        row.update(given_up_at=Now())
    log.warning("mail %s could not be delivered%s", mail.pk, " and is given up" if for_good else "")


def _update(mail: OutboxMail, **fields: object) -> None:
    OutboxMail.objects.filter(pk=mail.pk).update(**fields)


def _message_id(mail: OutboxMail) -> str:
    """The same each time this mail is sent, and telling nothing of how many there are."""
    domain = mail_domain(settings.DEFAULT_FROM_EMAIL)
    return f"<{salted_hmac('portal.mail', str(mail.pk), algorithm='sha256').hexdigest()[:32]}@{domain}>"


def mail_domain(sender: str) -> str:
    """The part of the sender's address behind the @."""
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"
