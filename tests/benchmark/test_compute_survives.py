"""Faults and races on a database of its own: kill -9 of a real Celery worker, and two publishers at once."""

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from django.db import connection

from benchmark.models import Release, ReleasedCell, ReleasedDocument
from benchmark.services.computing import compute_release
from benchmark.services.releasing import publish_release, review_release
from benchmark.stats.columns import Column, Panel
from portal.errors import NotPossibleNow
from portal.models import Job, User
from portal.roles import FoundationRole
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, frozen_round, indicator_set, person, questionnaire_version, small_round
from tests.benchmark.worker import Installation, scratch_installation, wait_for

pytestmark = pytest.mark.slow
KPIS, ORGANISATIONS = 20, 2_000
START = """
import django; django.setup()
from portal.tenancy import staff_scope
from surveys.services.rounds import start_round_job
with staff_scope():
    print("job", start_round_job({round_id}, "compute", by=None).pk)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("scratch")
    with django_db_blocker.unblock(), scratch_installation("faults", folder) as made:
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


def stored(round_: Round) -> tuple[str, list[tuple[str, bytes]], int]:
    with worker_scope():
        release = Release.objects.get(round=round_)
        documents = [(row.kpi, bytes(row.body)) for row in ReleasedDocument.objects.filter(release=release)]
        return release.content_hash, documents, ReleasedCell.objects.filter(release=release).count()


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
            assert not Release.objects.filter(round=round_).exists()
        second = place.start_worker()
        try:
            recovered = wait_for(lambda: the_job(job_id).attempt > killed.attempt, seconds=60, worker=second)
            rest = wait_for(lambda: the_job(job_id).state == Job.State.DONE, seconds=120, worker=second)
        finally:
            second.stop()
        sys.stdout.write(f"\nstarted {began:.1f} s, taken over {recovered:.1f} s after kill -9, rest {rest:.1f} s\n")
        after_the_kill = stored(round_)
        with worker_scope():
            assert Round.objects.get(pk=round_.pk).state == Round.State.COMPUTED
        compute_release(round_.pk, 1, by=None)
        assert stored(round_) == after_the_kill
        assert len(after_the_kill[1]) == KPIS
    assert recovered < 30


def test_of_two_publishers_at_once_one_wins(place: Installation) -> None:
    with place.connected():
        round_ = computed(small_round())
        people = [person(FoundationRole.PUBLISHER, name) for name in ("paul", "pia")]
        with staff_scope():
            review_release(round_.pk, by=person(FoundationRole.RESEARCHER, "ruth"))
        together = Barrier(4)

        def press(user: User) -> str:
            together.wait(timeout=20)
            try:
                with staff_scope(user.pk):
                    return str(publish_release(round_.pk, by=user).published_by)
            except NotPossibleNow:
                return "told"
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:  # both of them double-click
            said = sorted(pool.map(press, [*people, *people]))
        winner = next(name for name in said if name != "told")
        assert said == sorted([winner, winner, "told", "told"])
        with staff_scope():
            assert Release.objects.get(round=round_).published_by is not None
