"""Outgoing mail: written in the transaction that causes it, sent by a task, retried until it is gone."""

import logging
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db.models import F
from django.db.models.functions import Now

from portal.models import Organisation, OutboxMail
from portal.services.jobs import enqueue
from portal.tenancy import worker_scope

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 30


def put_in_outbox(*, to: str, subject: str, body: str, organisation: Organisation | None = None) -> OutboxMail:
    """Queue one plain-text mail; it leaves after the surrounding transaction commits."""
    mail = OutboxMail.objects.create(to=to, subject=subject[:200], body=body, organisation=organisation)
    enqueue("portal.send_outbox")
    return mail


def send_outbox(limit: int = 50) -> int:
    """Send what waits, one transaction per mail with its row locked; a failure is kept with the row and tried again."""
    sent = 0
    for _turn in range(limit):
        with worker_scope():
            mail = (
                OutboxMail.objects.select_for_update(skip_locked=True)
                .filter(sent_at=None, attempts__lt=MAX_ATTEMPTS)
                .filter(created_at__lte=Now() - F("attempts") * timedelta(seconds=20))
                .first()
            )
            if mail is None:
                return sent
            try:
                EmailMessage(mail.subject, mail.body, to=[mail.to]).send()
            except Exception as error:
                log.warning("mail %s could not be sent", mail.pk)
                OutboxMail.objects.filter(pk=mail.pk).update(attempts=F("attempts") + 1, last_error=str(error)[:300])
                return sent
            OutboxMail.objects.filter(pk=mail.pk).update(sent_at=Now(), attempts=F("attempts") + 1, last_error="")
            sent += 1
    return sent
