"""Background work of the portal itself."""

from celery import shared_task

from portal.services import jobs, mail, retention, sign_in_trail, ticks


@shared_task(name=ticks.HEARTBEAT, ignore_result=True)
def requeue_expired_jobs() -> None:
    """Beat, every few seconds: wake workers for jobs whose worker was lost; and say that all is alive."""
    ticks.take_tick(ticks.HEARTBEAT)
    jobs.requeue_expired_jobs()
    ticks.note_measures()


@shared_task(name="portal.send_outbox", ignore_result=True)
def send_outbox() -> None:
    """Beat and on commit: send waiting mail."""
    ticks.take_tick("portal.send_outbox")
    mail.send_outbox()


@shared_task(name="portal.tell_failed_sign_ins", ignore_result=True)
def tell_failed_sign_ins() -> None:
    """Beat, every minute: put the attempts that failed into the audit trail."""
    ticks.take_tick("portal.tell_failed_sign_ins")
    sign_in_trail.tell_failures()


@shared_task(name="portal.carry_out_retention", ignore_result=True)
def carry_out_retention() -> None:
    """Beat, once a day: remove what is past its time, and tell the log where the audit chain ends."""
    ticks.take_tick("portal.carry_out_retention")
    retention.carry_out_retention()
    retention.log_end_of_chain()
