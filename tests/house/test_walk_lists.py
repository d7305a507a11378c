"""The walk knows everything there is: the addresses of the OpenAPI schema, and the tasks with what they may touch."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django.urls import resolve

from benchmark.models import Report
from benchmark.services.report_files import report_path, write_report
from portal.models import Job
from portal.services.jobs import start_job
from portal.tenancy import worker_scope
from tests.house.walk import addresses, give_reports
from tests.house.walk_objects import NO_ID
from tests.world import World

# In whose name each task acts. A new task says so here; one that takes a job does nothing without it.
OF_A_JOB = {
    "benchmark.advise_release": "reads a release, for staff",
    "benchmark.compute_release": "reads all contributions through the one door",
    "benchmark.render_report": "as participant of the organisation that its job names",
    "surveys.check_round": "writes findings that staff alone see",
    "surveys.check_submission": "writes findings that staff alone see",
    "surveys.freeze_round": "reads all answers, writes inputs that workers alone see",
}
OF_THE_CLOCK = {
    "benchmark.help_compute": "a round and an edition; works along with compute_release",
    "portal.carry_out_retention": "removes what is past its time",
    "portal.requeue_expired_jobs": "wakes workers",
    "portal.send_outbox": "sends each mail to its own address",
    "portal.tell_failed_sign_ins": "counts attempts to sign in, of no organisation",
    "surveys.remind_queries": "mails each organisation about its own queries",
}


@pytest.mark.django_db
def test_the_schema_and_the_addresses_know_each_other(client: Client) -> None:
    schema = json.loads(client.get("/api/v1/schema/", {"format": "json"}).content)
    described = {resolve(re.sub(r"\{\w+\}", "x", path)).url_name for path in schema["paths"]}
    known = {one.name for one in addresses() if one.name.startswith("api_")}
    assert described <= known
    assert known - described == {"api_schema", "api_docs"}


def test_every_task_is_listed() -> None:
    current_app.loader.import_default_modules()
    ours = {name for name in current_app.tasks if name.startswith(("portal.", "surveys.", "benchmark."))}
    assert ours == OF_A_JOB.keys() | OF_THE_CLOCK.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("name", OF_A_JOB)
def test_a_task_does_nothing_without_its_job(name: str) -> None:
    current_app.loader.import_default_modules()
    current_app.tasks[name](NO_ID)


def test_a_job_that_names_a_foreign_report_makes_nothing(world: World, settings: Any, tmp_path: Path) -> None:
    """As if somebody had got a job row written: A's name with B's report."""
    settings.MEDIA_ROOT = tmp_path
    give_reports(world)
    report = world.reports["B"]
    with worker_scope():
        Report.objects.filter(pk=report.pk).update(state=Report.State.WAITING)
        job = start_job(
            "benchmark.render_report", key="foreign", title="x", by=None, organisation=world.a,
            arguments={"report": report.pk, "organisation": world.a.pk},
        )  # fmt: skip
    write_report(report.file, b"as it was")
    current_app.loader.import_default_modules()
    current_app.tasks["benchmark.render_report"](job.pk)
    with worker_scope():
        job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "DoesNotExist" in job.error
    assert report_path(report.file).read_bytes() == b"as it was"


def test_nobody_caches_what_belongs_to_somebody() -> None:
    """Pages and figures are cached by nobody. Who wants to begin: the key carries organisation, role and release."""
    here = Path(__file__).resolve().parents[2]
    python = re.compile(r"django\.core\.cache|cache_page|vary_on")
    # Attempts, calls, and how many posts were kept from where: numbers, never content.
    counting = {"portal/api_limits.py", "portal/kept_post.py", "portal/sign_in.py", "portal/sign_in_settings.py"}
    users = {
        path.relative_to(here).as_posix()
        for room in ("portal", "surveys", "benchmark")
        for path in (here / room).rglob("*.py")
        if python.search(path.read_text(encoding="utf-8"))
    }
    assert users - counting == set()
    templates = [
        path.name for path in (here / "templates").rglob("*") if path.is_file() and "{% cache" in path.read_text()
    ]
    assert templates == []
