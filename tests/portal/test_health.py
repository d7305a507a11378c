"""Health pages: true, quick, and telling a stranger nothing but a word."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.functions import Now
from django.test import Client, RequestFactory

from portal.models import Tick
from portal.models.operation import HEARTBEAT
from portal.selectors.health import code_migrations, health
from portal.services.jobs import start_job
from portal.services.ticks import take_tick, tick_is_wanted
from portal.tasks import requeue_expired_jobs
from portal.tenancy import worker_scope
from portal.views.operation import metrics

pytestmark = pytest.mark.django_db


def beat() -> None:
    tick_is_wanted(HEARTBEAT, timedelta(seconds=5))
    requeue_expired_jobs()


def test_ready_says_when_work_is_late(client: Client) -> None:
    assert client.get("/health/ready").json() == {"status": "ready", "work": "late"}  # nothing was ever heard
    beat()
    assert client.get("/health/ready").json() == {"status": "ready", "work": "on time"}
    with worker_scope():
        Tick.objects.update(taken_at=Now() - timedelta(minutes=5))
    assert client.get("/health/ready").json()["work"] == "late"


def test_job_that_waits_too_long_makes_work_late() -> None:
    with worker_scope():
        job = start_job("test.nothing", key="x", title="x", by=None)
        type(job).objects.update(created_at=Now() - timedelta(hours=1))
    beat()
    assert health().measures["oldest_waiting_job_seconds"] > 3500
    assert not health().works


def test_code_that_is_ahead_of_the_database_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    known = code_migrations()
    monkeypatch.setattr("portal.selectors.health.code_migrations", lambda: known | {("portal", "9999_tomorrow")})
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "unavailable"})
    assert client.get("/health/live").status_code == 200


def test_probes_need_no_tls(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health/ready").status_code == 200
    assert client.get("/").status_code == 301


def test_command_tells_an_operator_more(capsys: pytest.CaptureFixture[str]) -> None:
    beat()
    call_command("health")
    said = capsys.readouterr().out
    assert "last heartbeat" in said
    assert "jobs waiting" in said
    with worker_scope():
        Tick.objects.all().delete()
    with pytest.raises(SystemExit):
        call_command("health")


def test_metrics_are_for_who_has_the_token(settings: Any, client: Client) -> None:
    assert client.get("/metrics").status_code == 404
    settings.PORTAL_METRICS_TOKEN = "t" * 40
    beat()
    client.get("/")
    ask = RequestFactory()
    from django.http import Http404

    for header in ({}, {"authorization": "Bearer wrong"}):
        with pytest.raises(Http404):
            metrics(ask.get("/metrics", headers=header))
    text = metrics(ask.get("/metrics", headers={"authorization": f"Bearer {'t' * 40}"})).content.decode()
    assert "portal_work_on_time 1.0" in text
    assert "portal_jobs_waiting 0.0" in text
    assert 'portal_request_seconds_count{method="GET",route="home",status="2xx"}' in text


def test_the_login_role_reads_ticks_and_writes_none() -> None:
    from django.db import ProgrammingError, transaction

    beat()
    take_tick(HEARTBEAT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM portal_tick")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("UPDATE portal_tick SET taken_at = now()")
