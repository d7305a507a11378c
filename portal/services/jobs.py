"""Long work: a Job row with a lease says what is to be done; Celery's message only wakes a worker (DESIGN §5).

    job = start_job("benchmark.compute_release", key="round-7", title="…", by=user, arguments={"round": 7})

    @job_task("benchmark.compute_release")
    def compute_release(work: Work) -> None:
        work.progress(3, 150)          # visible at once in the browser, and renews the lease
        ...
        with work.finishing():         # one transaction: the output and "done" together, or neither
            write_results()

A worker that dies leaves an expired lease; `requeue_expired_jobs` (beat) wakes another. A second worker that gets the
same message finds the lease taken and leaves. `finishing()` fails when the lease was lost, so output lands once.
Work that takes long raises `NotYet` now and then, having stored what is done: other tasks get their turn.
A database that goes away in the middle is no failure of the work: it is begun again when the database is back.
"""

import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from celery import current_app, shared_task
from django.db import IntegrityError, InterfaceError, OperationalError, close_old_connections, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.logs import current_request
from portal.models import Job, Organisation, User
from portal.tenancy import worker_scope

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=10)
RENEW_SECONDS = 3.0
SENT_AGAIN_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 20


class LeaseLost(RuntimeError):
    """Another worker took this job over; this one must leave without writing."""


class NotYet(Exception):
    """A part of the work is done and stored; the job goes on as soon as the tasks that wait have had their turn."""


def enqueue(task: str, *args: Any, expires: float | None = None) -> None:
    """Start the task called `task` once the current transaction commits; arguments are ids only.

    `expires`: seconds after which no worker needs to take it up any more.
    """
    transaction.on_commit(lambda: _send(task, args, expires))


def _send(task: str, args: tuple[Any, ...], expires: float | None = None) -> None:
    try:
        headers = {"request_id": current_request()}  # so that the logs tell which request caused the work
        current_app.send_task(task, args=args, expires=expires, headers=headers)
    except Exception:  # the row is the truth: beat sends it again when the broker is back
        log.exception("the broker did not take %s; it will be sent again", task)


def start_job(
    task: str,
    *,
    key: str,
    title: str,
    by: User | None,
    arguments: dict[str, Any] | None = None,
    organisation: Organisation | None = None,
) -> Job:
    """Put long work in line and return its row; while the same `task` and `key` is under way, that row is returned."""
    under_way = Job.objects.filter(task=task, key=key, state__in=[Job.State.WAITING, Job.State.RUNNING])
    job = under_way.first()
    if job is None:
        try:
            with transaction.atomic():
                job = Job.objects.create(
                    task=task, key=key, title=title, arguments=arguments or {}, created_by=by, organisation=organisation
                )
        except IntegrityError:  # a double click: the other request made it first
            job = under_way.get()
    enqueue(task, job.pk)
    return job


class Work:
    """A claimed job inside a worker: its arguments, its progress, its end."""

    def __init__(self, job: Job, token: str) -> None:
        self.job, self.token = job, token
        self.arguments: dict[str, Any] = job.arguments
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, lease_token=self.token, state=Job.State.RUNNING)

    def progress(self, done: int, total: int) -> None:
        """Show `done` of `total`, at once and outside any longer transaction; raises LeaseLost when taken over."""
        with worker_scope():
            if not self._mine().update(progress_done=done, progress_total=total, lease_until=Now() + LEASE):
                raise LeaseLost(self.job.pk)

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """The transaction that writes the output and marks the job done; the row is locked first."""
        with worker_scope():
            if not self._mine().select_for_update().exists():
                raise LeaseLost(self.job.pk)
            yield
            self._mine().update(
                state=Job.State.DONE, finished_at=Now(), progress_done=F("progress_total"), lease_until=None, error=""
            )

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            try:
                with worker_scope():
                    self._mine().update(lease_until=Now() + LEASE)
            except Exception:
                log.warning("could not renew the lease of job %s", self.job.pk)
                close_old_connections()
        connection.close()

    def __enter__(self) -> "Work":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(timeout=RENEW_SECONDS + 2)


def claim_job(job_id: int) -> Work | None:
    """Take the lease of a waiting or abandoned job; None when it is done, failed or another worker has it."""
    token = secrets.token_hex(16)
    free = Q(state=Job.State.WAITING) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
    with worker_scope():
        taken = Job.objects.filter(free, pk=job_id).update(
            state=Job.State.RUNNING, lease_token=token, lease_until=Now() + LEASE, attempt=F("attempt") + 1
        )
        return Work(Job.objects.get(pk=job_id), token) if taken else None


def fail_job(work: Work, error: str) -> None:
    """Mark the job failed with a text for staff; only while this worker still holds it."""
    with worker_scope():
        work._mine().update(state=Job.State.FAILED, error=error[:4000], finished_at=Now(), lease_until=None)


def hand_back_job(work: Work) -> None:
    """Let whoever gets the next message go on with the job; it counts as the same attempt."""
    with worker_scope():
        if work._mine().update(lease_until=Now() - timedelta(seconds=1), attempt=F("attempt") - 1):
            enqueue(work.job.task, work.job.pk)


def let_go_of_job(work: Work) -> None:
    """Give the lease back after the database went away; the next tick wakes a worker, and it counts as an attempt."""
    close_old_connections()
    try:
        with worker_scope():
            work._mine().update(lease_until=Now() - timedelta(seconds=1))
    except (OperationalError, InterfaceError):
        log.warning("the database is still away; the lease of job %s runs out by itself", work.job.pk)


_on_failure: dict[str, Callable[[Work], None]] = {}


def job_task(name: str, on_failure: Callable[[Work], None] | None = None) -> Callable[[Callable[[Work], None]], Any]:
    """Make a Celery task of a function that takes a claimed `Work`; the function must end with `work.finishing()`."""

    if on_failure is not None:
        _on_failure[name] = on_failure

    def decorate(function: Callable[[Work], None]) -> Any:
        @shared_task(name=name, ignore_result=True)
        def run(job_id: int) -> None:
            work = claim_job(job_id)
            if work is None:
                return
            try:
                with work:
                    function(work)
            except LeaseLost:
                log.warning("job %s was taken over", job_id)
            except NotYet:
                hand_back_job(work)
            except (OperationalError, InterfaceError) as error:
                log.warning("job %s lost the database (%s)", job_id, type(error).__name__)
                let_go_of_job(work)
            except Exception as error:
                log.exception("job %s failed", job_id)
                fail_job(work, f"{type(error).__name__}: {error}")
                if on_failure is not None:
                    on_failure(work)

        return run

    return decorate


def requeue_expired_jobs() -> int:
    """Wake a worker for each job that waits for more than a few seconds or lost its worker; returns how many.

    A waiting job is sent again only now and then, so that a long queue does not fill up with copies of itself.
    """
    with worker_scope():
        unsent = Q(lease_until=None) | Q(lease_until__lt=Now())
        waiting = Q(state=Job.State.WAITING, created_at__lt=Now() - timedelta(seconds=5)) & unsent
        overdue = waiting | Q(state=Job.State.RUNNING, lease_until__lt=Now())
        _give_up(overdue)
        jobs = list(Job.objects.filter(overdue).values_list("task", "pk"))
        Job.objects.filter(waiting).update(lease_until=Now() + SENT_AGAIN_AFTER)
        for task, pk in jobs:
            enqueue(task, pk)
    return len(jobs)


def _give_up(overdue: Q) -> None:
    """Fail what has taken too many workers with it, and tell whoever asked to be told of failures."""
    lost = list(Job.objects.select_for_update(skip_locked=True).filter(overdue, attempt__gte=MAX_ATTEMPTS))
    Job.objects.filter(pk__in=[job.pk for job in lost]).update(
        state=Job.State.FAILED, finished_at=Now(), error=_("Given up: the worker was lost too often.")
    )
    for job in lost:
        if job.task in _on_failure:
            _on_failure[job.task](Work(job, ""))
