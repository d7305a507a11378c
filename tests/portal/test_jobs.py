"""Jobs: in line once, claimed by one worker, finished once, taken over when the lease has run out."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from portal.models import Job
from portal.services import jobs
from portal.services.jobs import LeaseLost, claim_job, fail_job, requeue_expired_jobs, start_job
from portal.tenancy import worker_scope

pytestmark = pytest.mark.django_db


def make(key: str = "one") -> Job:
    with worker_scope():
        return start_job("test.work", key=key, title="Work", by=None, arguments={"n": 1})


def reload(job: Job) -> Job:
    with worker_scope():
        return Job.objects.get(pk=job.pk)


def expire(job: Job) -> None:
    with worker_scope():
        Job.objects.filter(pk=job.pk).update(lease_until=Now() - timedelta(seconds=1))


def test_the_same_work_is_in_line_once() -> None:
    assert make().pk == make().pk
    assert make("two").pk != make().pk


def test_finished_work_can_be_asked_for_again() -> None:
    first = make()
    work = claim_job(first.pk)
    assert work is not None
    with work.finishing():
        pass
    assert reload(first).state == Job.State.DONE
    assert make().pk != first.pk


def test_a_second_worker_finds_the_lease_taken() -> None:
    job = make()
    assert claim_job(job.pk) is not None
    assert claim_job(job.pk) is None


def test_an_expired_lease_is_taken_over_and_the_first_worker_cannot_write() -> None:
    job = make()
    first = claim_job(job.pk)
    expire(job)
    second = claim_job(job.pk)
    assert first is not None
    assert second is not None
    with pytest.raises(LeaseLost), first.finishing():
        pytest.fail("the lost worker must not get in")
    with pytest.raises(LeaseLost):
        first.progress(1, 2)
    second.progress(1, 2)
    assert reload(job).percent == 50
    with second.finishing():
        pass
    assert (reload(job).state, reload(job).attempt) == (Job.State.DONE, 2)


def test_an_error_while_finishing_leaves_the_job_unfinished() -> None:
    job = make()
    work = claim_job(job.pk)
    assert work is not None
    with pytest.raises(ValueError), work.finishing():
        raise ValueError
    assert reload(job).state == Job.State.RUNNING
    fail_job(work, "ValueError")
    assert (reload(job).state, reload(job).error) == (Job.State.FAILED, "ValueError")


def test_lost_work_is_sent_again(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> None:
    sent: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(jobs, "_send", lambda task, args, expires: sent.append((task, args)))
    job = make()
    claim_job(job.pk)
    with django_capture_on_commit_callbacks(execute=True):
        assert requeue_expired_jobs() == 0
    expire(job)
    with django_capture_on_commit_callbacks(execute=True):
        assert requeue_expired_jobs() == 1
    assert sent == [("test.work", (job.pk,))]


def test_work_that_loses_its_worker_too_often_is_given_up() -> None:
    job = make()
    claim_job(job.pk)
    expire(job)
    with worker_scope():
        Job.objects.filter(pk=job.pk).update(attempt=jobs.MAX_ATTEMPTS)
    requeue_expired_jobs()
    assert reload(job).state == Job.State.FAILED


def test_a_waiting_job_is_not_sent_again_at_every_tick(django_capture_on_commit_callbacks: Any) -> None:
    job = make()
    with worker_scope():
        Job.objects.filter(pk=job.pk).update(created_at=Now() - timedelta(seconds=20))
    assert [requeue_expired_jobs(), requeue_expired_jobs()] == [1, 0]
    assert claim_job(job.pk) is not None
