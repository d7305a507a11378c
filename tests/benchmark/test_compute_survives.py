"""kill -9 of a real Celery worker in the middle of a computation costs seconds and changes nothing in the result."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.models import Release, ReleasedCell, ReleasedDocument
from benchmark.services.computing import compute_release
from benchmark.stats.columns import Column, Panel
from portal.models import Job
from portal.tenancy import worker_scope
from surveys.models import Round
from tests.benchmark.frozen import frozen_round, indicator_set, questionnaire_version
from tests.benchmark.worker import Installation, scratch_installation, wait_for

pytestmark = pytest.mark.slow
KPIS, ORGANISATIONS = 30, 3_000
START = """
import django; django.setup()
from portal.tenancy import staff_scope
from surveys.services.rounds import start_round_job
with staff_scope():
    print("job", start_round_job({round_id}, "compute", by=None).pk)
"""


@pytest.fixture
def place(tmp_path: Path, django_db_blocker: Any) -> Iterator[Installation]:
    with scratch_installation("kill", tmp_path) as made, django_db_blocker.unblock():
        yield made


def large_round() -> Round:
    """Many KPIs × many organisations, so that there is a middle to be killed in."""
    questions = "\n".join(
        f"      - {{code: q{i}, type: number, text: {{nl: Vraag {i}, en: Question {i}}}}}" for i in range(KPIS + 1)
    )
    items = "\n".join(
        f"  - {{code: k{i}, theme: work, name: {{nl: K{i}, en: K{i}}}, kind: ratio, numerator: q{i},"
        f" denominator: q{KPIS}, unit: s, direction: lower, definition: {{nl: D{i}, en: D{i}}}}}"
        for i in range(KPIS)
    )
    dimensions = "\n".join(f"  - {{code: d{i}, label: {{nl: D{i}, en: D{i}}}, open: true}}" for i in range(4))
    head = 'questionnaire: large\nversion: "1"\n'
    version = questionnaire_version(
        f"{head}title: {{nl: Groot, en: Large}}\ndimensions:\n{dimensions}\nsections:\n"
        f"  - code: work\n    title: {{nl: Werk, en: Work}}\n    questions:\n{questions}\n"
    )
    indicator_set(f'indicators: large\nversion: "1"\nquestionnaire: large\nitems:\n{items}\n')
    random = np.random.default_rng(7)
    labels = {f"d{i}": [f"c{n}" for n in random.integers(0, 6, ORGANISATIONS)] for i in range(4)}
    panel = Panel.build(range(1, ORGANISATIONS + 1), labels)
    columns = {f"q{i}": Column.from_values(random.lognormal(5, 0.5, ORGANISATIONS)) for i in range(KPIS + 1)}
    return frozen_round("large-1", version, (panel, columns), period="2025")


def the_job(job_id: int) -> Job:
    with worker_scope():
        return Job.objects.get(pk=job_id)


def stored() -> tuple[str, list[tuple[str, bytes]], int]:
    with worker_scope():
        release = Release.objects.get()
        documents = [(row.kpi, bytes(row.body)) for row in ReleasedDocument.objects.all()]
        return release.content_hash, documents, ReleasedCell.objects.count()


def test_a_killed_worker_costs_seconds_and_changes_nothing(place: Installation) -> None:
    with place.connected():
        round_ = large_round()
        said = place.run("-c", START.format(round_id=round_.pk))
        job_id = int(re.findall(r"job (\d+)", said)[0])
        first = place.start_worker()
        try:
            began = wait_for(lambda: the_job(job_id).progress_done >= KPIS // 10, seconds=60, worker=first)
        finally:
            first.kill()
        killed = the_job(job_id)
        assert killed.state == Job.State.RUNNING
        assert KPIS // 10 <= killed.progress_done < KPIS
        with worker_scope():
            assert not Release.objects.exists()
        second = place.start_worker()
        try:
            recovered = wait_for(lambda: the_job(job_id).attempt > killed.attempt, seconds=60, worker=second)
            rest = wait_for(lambda: the_job(job_id).state == Job.State.DONE, seconds=120, worker=second)
        finally:
            second.stop()
        sys.stdout.write(f"\nstarted {began:.1f} s, taken over {recovered:.1f} s after kill -9, rest {rest:.1f} s\n")
        after_the_kill = stored()
        with worker_scope():
            assert Round.objects.get(pk=round_.pk).state == Round.State.COMPUTED
        compute_release(round_.pk, 1, by=None)
        assert stored() == after_the_kill
        assert len(after_the_kill[1]) == KPIS
    assert recovered < 30
