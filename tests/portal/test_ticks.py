"""Ticks: one of a kind on its way, whoever sends it and whatever clock its host has; what waits is counted with it."""

from datetime import timedelta
from typing import Any

import pytest
from celery.schedules import schedule
from django.db.models import F

from portal.beat import TickScheduler
from portal.celery import app
from portal.models import Tick
from portal.services.jobs import start_job
from portal.services.ticks import HEARTBEAT, PATIENCE, note_measures, take_tick, tick_is_wanted
from portal.tenancy import worker_scope

pytestmark = pytest.mark.django_db
EVERY = timedelta(seconds=5)


def let_pass(intervals: float) -> None:
    with worker_scope():
        Tick.objects.update(sent_at=F("sent_at") - EVERY * intervals)


def test_next_tick_goes_out_when_the_last_was_taken_up() -> None:
    assert tick_is_wanted(HEARTBEAT, EVERY)
    let_pass(1)
    assert not tick_is_wanted(HEARTBEAT, EVERY)
    take_tick(HEARTBEAT)
    assert tick_is_wanted(HEARTBEAT, EVERY)


def test_lost_tick_is_sent_again() -> None:
    assert tick_is_wanted(HEARTBEAT, EVERY)
    let_pass(PATIENCE)
    assert tick_is_wanted(HEARTBEAT, EVERY)


def test_seldom_work_is_sent_once_an_interval_although_nobody_notes_it() -> None:
    hour = timedelta(hours=1)
    assert tick_is_wanted("test.reminders", hour)
    assert not tick_is_wanted("test.reminders", hour)
    with worker_scope():
        Tick.objects.update(sent_at=F("sent_at") - hour)
    assert tick_is_wanted("test.reminders", hour)


def test_clock_that_was_away_sends_what_is_due_when_it_starts() -> None:
    beat = TickScheduler(app=app, lazy=False)
    assert all(entry.is_due()[0] for entry in beat.schedule.values())


def test_second_clock_sends_nothing_of_its_own() -> None:
    tick_is_wanted(HEARTBEAT, EVERY)
    take_tick(HEARTBEAT)
    assert not tick_is_wanted(HEARTBEAT, EVERY)


def test_ticks_do_not_pile_up_and_never_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat's own loop for a simulated minute without workers; only the sending to the broker is caught."""
    sent: list[Any] = []
    monkeypatch.setattr(app, "send_task", lambda *args, **options: sent.append(options))
    beat = TickScheduler(app=app, lazy=True)
    entry = beat.Entry(name="x", task=HEARTBEAT, schedule=schedule(EVERY), app=app)
    for _interval in range(12):
        beat.apply_entry(entry)
        let_pass(1)
    assert len(sent) == 12 / PATIENCE
    assert not any(options.get("expires") for options in sent)
    ours = [entry for name, entry in app.conf.beat_schedule.items() if not name.startswith("celery.")]
    assert ours
    assert not any("expires" in entry.get("options", {}) for entry in ours)


def test_what_waits_is_counted() -> None:
    tick_is_wanted(HEARTBEAT, EVERY)
    with worker_scope():
        start_job("test.work", key="one", title="Work", by=None)
    measures = note_measures()
    with worker_scope():
        assert Tick.objects.get(name=HEARTBEAT).measures == measures
    assert (measures["jobs_waiting"], measures["jobs_running"], measures["mail_waiting"]) == (1, 0, 0)
    assert measures["oldest_waiting_job_seconds"] >= 0
