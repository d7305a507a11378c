"""The clock's messages: at most one of a kind is on its way, and taking one up is the heartbeat of the whole chain.

A message that expires by the clock of whoever receives it is lost for ever on a host whose clock is wrong, and one that
never expires piles up while workers are gone. So the database decides: the next tick is sent when the last one was
taken up, or after `PATIENCE` intervals when it must be lost. Of work that is done once a minute or less often only the
time since the last message counts.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from portal.models import Job, OutboxMail, Tick
from portal.models.operation import HEARTBEAT
from portal.tenancy import worker_scope

__all__ = ["HEARTBEAT", "PATIENCE", "note_measures", "take_tick", "tick_is_wanted"]
PATIENCE = 3
SELDOM = timedelta(minutes=1)


def tick_is_wanted(name: str, every: timedelta) -> bool:
    """Whether the clock may send this tick now; notes that it does. A second clock finds it sent already."""
    soon = every.total_seconds() * 0.8
    late = every.total_seconds() * PATIENCE if every < SELDOM else soon
    with worker_scope(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO portal_tick AS t (name, sent_at, measures) VALUES (%(name)s, clock_timestamp(), '{}')"
            " ON CONFLICT (name) DO UPDATE SET sent_at = clock_timestamp()"
            " WHERE (t.taken_at >= t.sent_at AND t.sent_at < clock_timestamp() - make_interval(secs => %(soon)s))"
            " OR t.sent_at < clock_timestamp() - make_interval(secs => %(late)s) RETURNING t.id",
            {"name": name, "soon": soon, "late": late},
        )
        return cursor.fetchone() is not None


def take_tick(name: str) -> None:
    """Note that a worker has taken up this tick."""
    with worker_scope():
        Tick.objects.filter(name=name).update(taken_at=Now())


def note_measures() -> dict[str, float]:
    """Count what waits and store it with the heartbeat, where the web process reads it without seeing any job."""
    with worker_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone() or (None,)
        jobs = Job.objects.aggregate(
            waiting=Count("pk", filter=Q(state=Job.State.WAITING)),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            failed=Count("pk", filter=Q(state=Job.State.FAILED, finished_at__gt=Now() - timedelta(days=1))),
            oldest=Min("created_at", filter=Q(state=Job.State.WAITING)),
        )
        mail = OutboxMail.objects.filter(sent_at=None).aggregate(
            waiting=Count("pk", filter=Q(given_up_at=None)),
            given_up=Count("pk", filter=Q(given_up_at__gt=Now() - timedelta(days=1))),
            oldest=Min("created_at", filter=Q(given_up_at=None)),
        )
        measures = {
            "jobs_waiting": jobs["waiting"],
            "jobs_running": jobs["running"],
            "jobs_failed_last_day": jobs["failed"],
            "oldest_waiting_job_seconds": _age(jobs["oldest"], now),
            "mail_waiting": mail["waiting"],
            "mail_given_up_last_day": mail["given_up"],
            "oldest_waiting_mail_seconds": _age(mail["oldest"], now),
        }
        Tick.objects.filter(name=HEARTBEAT).update(measures=measures)
    return measures


def _age(moment: datetime | None, now: datetime | None) -> float:
    return round((now - moment).total_seconds(), 1) if moment and now else 0.0
