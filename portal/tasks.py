"""Background work of the portal itself."""

from celery import shared_task

from portal.services import jobs, mail


@shared_task(name="portal.requeue_expired_jobs", ignore_result=True)
def requeue_expired_jobs() -> None:
    """Beat, every few seconds: wake workers for jobs whose worker was lost."""
    jobs.requeue_expired_jobs()


@shared_task(name="portal.send_outbox", ignore_result=True)
def send_outbox() -> None:
    """Beat and on commit: send waiting mail."""
    mail.send_outbox()
