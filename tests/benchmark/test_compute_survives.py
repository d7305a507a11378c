"""Faults and races on a database of its own: kill -9 of a real Celery worker, and two publishers at once."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from django.db import connection

from benchmark.models import CertificateBody, KpiWork, Release, ReleasedCell, ReleasedDocument
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
KPIS, ORGANISATIONS = 6, 16
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


def start(place: Installation, round_: Round) -> int:
    """Ask for the computation, as a press of the button does; the job's id."""
    said = place.run("-c", START.format(round_id=round_.pk))
    return int(re.findall(r"job (\d+)", said)[0])


def large_round(code: str = "large-1") -> Round:
    """Many KPIs × many organisations, so that there is a middle to be killed in."""
    questions = "\n".join(
        f"      - {{code: q{i}, type: number, text: {{nl: Vraag {i}, en: Question {i}}}}}" for i in range(KPIS + 1)
    )
    items = "\n".join(
        f"  - {{code: k{i}, theme: work, name: {{nl: K{i}, en: K{i}}}, kind: ratio, numerator: q{i},"
        f" denominator: q{KPIS}, unit: s, direction: lower, definition: {{nl: D{i}, en: D{i}}}}}"
        for i in range(KPIS)
    )
    dimensions = "\n".join(f"  - {{code: d{i}, label: {{nl: D{i}, en: D{i}}}, open: true}}" for i in range(2))
    head = 'questionnaire: large\nversion: "1"\n'
    version = questionnaire_version(
        f"{head}title: {{nl: Groot, en: Large}}\ndimensions:\n{dimensions}\nsections:\n"
        f"  - code: work\n    title: {{nl: Werk, en: Work}}\n    questions:\n{questions}\n"
    )
    indicator_set(f'indicators: large\nversion: "1"\nquestionnaire: large\nitems:\n{items}\n')
    random = np.random.default_rng(7)
    labels = {f"d{i}": [f"c{n}" for n in random.integers(0, 2, ORGANISATIONS)] for i in range(2)}
    panel = Panel.build(range(1, ORGANISATIONS + 1), labels)
    columns = {f"q{i}": Column.from_values(random.lognormal(5, 0.5, ORGANISATIONS)) for i in range(KPIS + 1)}
    return frozen_round(code, version, (panel, columns), period="2025")


def the_job(job_id: int) -> Job:
    with worker_scope():
        return Job.objects.get(pk=job_id)


def stored(round_: Round) -> tuple[str, list[tuple[str, bytes]], int, list[bytes]]:
    """Hash, documents, number of cells, certificates."""
    with worker_scope():
        release = Release.objects.get(round=round_)
        documents = [(row.kpi, bytes(row.body)) for row in ReleasedDocument.objects.filter(release=release)]
        proofs = CertificateBody.objects.filter(certificate__release=release).order_by("certificate__position")
        cells = ReleasedCell.objects.filter(release=release).count()
        return release.content_hash, documents, cells, [bytes(row.body) for row in proofs]


def works(round_: Round) -> dict[str, tuple[str, str, int]]:
    """KPI → state, who did it, how often it was begun."""
    with worker_scope():
        rows = KpiWork.objects.filter(round=round_)
        return {
            row.kpi: (row.state, row.done_by, row.attempt) for row in rows.only("kpi", "state", "done_by", "attempt")
        }


def done(round_: Round) -> set[str]:
    return {kpi for kpi, (state, _who, _attempt) in works(round_).items() if state == "done"}


def test_workers_killed_again_and_again_change_nothing_and_lose_one_kpi_each(place: Installation) -> None:
    with place.connected():
        round_ = large_round()
        job_id = start(place, round_)
        kept: dict[str, tuple[str, str, int]] = {}
        for moment in (0, KPIS // 3, KPIS - 2):  # at once, on the way, and just before the end
            worker = place.start_worker()
            try:
                attempt = the_job(job_id).attempt
                began = wait_for(lambda a=attempt: the_job(job_id).attempt > a, seconds=300, worker=worker)
                wait_for(lambda m=moment: len(done(round_)) >= m, seconds=300, worker=worker)
            finally:
                worker.kill()
            assert the_job(job_id).state == Job.State.RUNNING
            now = works(round_)
            assert {kpi: now[kpi] for kpi in kept} == kept  # what was done stays as it is, and is not done again
            kept = {kpi: now[kpi] for kpi in done(round_)}
            with worker_scope():
                assert not Release.objects.filter(round=round_).exists()
            sys.stdout.write(f"\ntaken up after {began:.1f} s, killed with {len(kept)} of {KPIS} done\n")
        last = place.start_worker()
        try:
            rest = wait_for(lambda: the_job(job_id).state == Job.State.DONE, seconds=300, worker=last)
        finally:
            last.stop()
        sys.stdout.write(f"rest {rest:.1f} s\n")
        after_the_kills = stored(round_)
        with worker_scope():
            assert Round.objects.get(pk=round_.pk).state == Round.State.COMPUTED
            assert not KpiWork.objects.filter(round=round_).exists()
        compute_release(round_.pk, 1, by=None)
        assert stored(round_) == after_the_kills
        assert len(after_the_kills[1]) == len(after_the_kills[3]) == KPIS


def test_two_workers_share_the_kpis_and_a_double_start_is_one(place: Installation) -> None:
    with place.connected():
        round_ = large_round("large-2")
        job_id = start(place, round_)
        assert start(place, round_) == job_id
        seen: dict[str, str] = {}

        def by_whom() -> set[str]:
            seen.update({kpi: who for kpi, (state, who, _a) in works(round_).items() if state == "done"})
            return set(seen.values())

        def finished() -> bool:
            by_whom()
            return the_job(job_id).state == Job.State.DONE

        first = place.start_worker()
        try:
            wait_for(lambda: bool(by_whom()), seconds=300, worker=first)
            first.pause()  # or it may be done with all of them before the second one has started
            second = place.start_worker()
            try:
                wait_for(lambda: len(by_whom()) == 2, seconds=300, worker=second)
                first.go_on()
                wait_for(finished, seconds=300, worker=second)
            finally:
                second.stop()
        finally:
            first.go_on()
            first.stop()
        counts = Counter(seen.values())
        sys.stdout.write(f"\n{sorted(counts.values())} KPIs by each of {len(counts)} workers\n")
        assert len(counts) == 2
        together = stored(round_)
        compute_release(round_.pk, 1, by=None)
        assert stored(round_) == together


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
