"""Work under way, shared by leases: nobody does what another does, what is done stays, what is stale goes."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import translation

from benchmark.models import KpiWork, Release
from benchmark.services.computing import compute_release, help_compute
from benchmark.services.inputs import inputs_of, read_inputs
from benchmark.services.kpi_works import MAX_ATTEMPTS, Made, Turn, plan_work, progress_of
from benchmark.services.policies import approve_policy, propose_policy
from portal.errors import NotPossibleNow
from portal.roles import FoundationRole
from portal.services.jobs import NotYet
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Round
from tests.benchmark.frozen import (
    INDICATORS,
    QUESTIONNAIRE,
    frozen_round,
    indicator_set,
    person,
    questionnaire_version,
    small_answers,
    small_round,
)

pytestmark = pytest.mark.django_db
KEYS = {"one": "a" * 64, "two": "b" * 64, "three": "c" * 64}
MADE = Made(b"document", b"certificate", {"claims": 1}, 0.1)


@pytest.fixture
def round_() -> Round:
    version = questionnaire_version(QUESTIONNAIRE.format(version="2025"))
    with staff_scope():
        return Round.objects.create(code="r", title_nl="r", title_en="r", version=version, reference_period="2025")


def rows(round_: Round) -> dict[str, KpiWork]:
    with worker_scope():
        return {row.kpi: row for row in KpiWork.objects.filter(round=round_)}


def test_each_worker_takes_another_kpi_and_nobody_the_same(round_: Round) -> None:
    assert plan_work(round_.pk, 1, KEYS) == 3
    turns = [Turn() for _worker in range(4)]
    taken = [turn.take(round_.pk, 1, KEYS) for turn in turns]
    assert [work and work.kpi for work in taken] == ["one", "two", "three", None]
    assert turns[0].finish(taken[0], MADE)
    assert turns[1].give_up(taken[1], "because")
    now = progress_of(round_.pk, 1)
    assert (now.done, now.total, now.waiting, dict(now.failed), now.finished) == (1, 3, 0, {"two": "because"}, False)


def test_an_expired_lease_is_taken_over_and_the_first_worker_stores_nothing(round_: Round) -> None:
    plan_work(round_.pk, 1, {"one": "a" * 64})
    first, second = Turn(), Turn()
    mine = first.take(round_.pk, 1, KEYS)
    assert second.take(round_.pk, 1, KEYS) is None
    with worker_scope():
        KpiWork.objects.update(lease_until=Now() - timedelta(seconds=1))
    theirs = second.take(round_.pk, 1, KEYS)
    assert not first.finish(mine, MADE)
    assert not first.give_up(mine, "late")
    assert second.finish(theirs, MADE)
    assert (rows(round_)["one"].state, rows(round_)["one"].attempt) == ("done", 2)


def test_a_new_plan_keeps_what_is_done_and_begins_the_stale_and_the_failed_anew(round_: Round) -> None:
    plan_work(round_.pk, 1, KEYS)
    turn = Turn()
    for _kpi in KEYS:
        work = turn.take(round_.pk, 1, KEYS)
        turn.finish(work, MADE) if work.kpi != "three" else turn.give_up(work, "because")
    assert plan_work(round_.pk, 1, KEYS) == 1
    assert {kpi: row.state for kpi, row in rows(round_).items()} == {"one": "done", "two": "done", "three": "waiting"}
    changed = {"two": "d" * 64, "one": "a" * 64, "four": "e" * 64}
    assert plan_work(round_.pk, 1, changed) == 2
    now = rows(round_)
    assert {kpi: (row.state, row.position) for kpi, row in now.items()} == {
        "two": ("waiting", 0),
        "one": ("done", 1),
        "four": ("waiting", 2),
    }
    assert (now["two"].document, now["two"].certificate, now["two"].report) == (None, None, {})


def test_work_of_another_version_of_the_inputs_is_left_alone(round_: Round) -> None:
    plan_work(round_.pk, 1, KEYS)
    assert Turn().take(round_.pk, 1, dict.fromkeys(KEYS, "f" * 64)) is None
    turn = Turn()
    begun = turn.take(round_.pk, 1, KEYS)
    plan_work(round_.pk, 1, {**KEYS, "one": "d" * 64})  # the inputs change while somebody works at it
    assert not turn.finish(begun, MADE)


def test_a_kpi_that_takes_its_workers_with_it_is_given_up(round_: Round) -> None:
    plan_work(round_.pk, 1, {"one": "a" * 64})
    for _life in range(MAX_ATTEMPTS):
        assert Turn().take(round_.pk, 1, KEYS) is not None
        with worker_scope():
            KpiWork.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert Turn().take(round_.pk, 1, KEYS) is None
    assert list(progress_of(round_.pk, 1).failed) == ["one"]


def test_a_turn_ends_with_what_is_done_stored_and_the_next_one_goes_on() -> None:
    round_ = small_round()
    for done in (1, 2):
        with pytest.raises(NotYet):
            compute_release(round_.pk, 1, by=None, patience=0)
        assert progress_of(round_.pk, 1).done == done
    before = {kpi: (row.pk, row.attempt) for kpi, row in rows(round_).items() if row.state == "done"}
    assert help_compute(round_.pk, 1) == 1
    after = rows(round_)
    assert {kpi: (after[kpi].pk, after[kpi].attempt) for kpi in before} == before
    seen: list[tuple[int, int]] = []
    compute_release(round_.pk, 1, by=None, patience=0, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(3, 3)]
    assert not rows(round_)
    assert help_compute(round_.pk, 1) == 0


def test_a_policy_that_changes_half_way_makes_everything_anew() -> None:
    round_ = small_round()
    with pytest.raises(NotYet):
        compute_release(round_.pk, 1, by=None, patience=0)
    (first,) = [row for row in rows(round_).values() if row.state == "done"]
    with staff_scope():
        made = propose_policy("standard", {"min_contributors": 8}, note="x", by=person(FoundationRole.RESEARCHER, "r"))
        approve_policy(made.pk, by=person(FoundationRole.PUBLISHER, "p"))
    compute_release(round_.pk, 1, by=None)
    with worker_scope():
        release = Release.objects.get(round=round_)
        document = bytes(release.documents.get(kpi=first.kpi).body)
    assert (release.manifest["policy"]["version"], release.manifest["policy"]["min_contributors"]) == (2, 8)
    assert document != bytes(first.document)
    assert b'"version":2' in document


def test_one_kpi_that_fails_is_named_and_the_others_stay_done() -> None:
    version = questionnaire_version(QUESTIONNAIRE.format(version="2025"))
    indicator_set(INDICATORS.format(version="2025", relation="same"))
    panel, columns = small_answers()
    del columns["calls"]
    round_ = frozen_round("lacks-calls", version, (panel, columns))
    for _again in range(2):
        with translation.override("en"), pytest.raises(NotPossibleNow, match=r"\(aht\): .*calls.* \(2\) are kept"):
            compute_release(round_.pk, 1, by=None)
    found = rows(round_)
    assert {kpi: (row.state, row.attempt) for kpi, row in found.items()} == {
        "aht": ("failed", 1),
        "satisfaction": ("done", 1),
        "owner": ("done", 1),
    }
    with worker_scope():
        assert not Release.objects.filter(round=round_).exists()


def test_inputs_are_read_once_until_something_changes() -> None:
    round_ = small_round()
    with worker_scope():
        first, again = inputs_of(round_.pk, 1), inputs_of(round_.pk, 1)
        assert first is again
        assert first.keys() == read_inputs(round_.pk, 1).keys()
        Round.objects.filter(pk=round_.pk).update(policy_profile="official")
        changed = inputs_of(round_.pk, 1)
        assert changed.policy.profile == "official"
        assert not set(changed.keys().values()) & set(first.keys().values())
