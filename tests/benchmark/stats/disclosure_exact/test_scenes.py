"""Who is who across rounds: what is tied together is one unknown, and all else stands alone."""

import numpy as np
import pytest

from benchmark.stats.attack.scenes import known_changes
from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.scenes import EarlierRelease, cast_of_all
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.tables import Table, compute_table
from tests.benchmark.stats.cases import indicator


def table(organisations: list[int], values: list[float], groups: list[int | None] | None = None) -> Table:
    panel = Panel.build(organisations, {}, groups)
    made = kpi_values(indicator(), {"amount": Column.from_values(np.array(values, dtype=float))})
    return compute_table(indicator(), made, panel, lattice(panel))


def released(one: Table) -> EarlierRelease:
    return EarlierRelease(one, protect(one, indicator=indicator(), policy=Policy()))


def test_without_earlier_scenes_versions_are_the_rows_of_the_panel() -> None:
    cast = cast_of_all(table([7, 8, 9], [1, np.nan, 3], [None, 5, 5]), (), Policy())
    assert cast.organisation.tolist() == [7, 8, 9]
    assert cast.contributor.tolist() == [0, 1, 1]
    assert cast.row.tolist() == [[0, -1, 2]]
    assert cast.contributors == 2


def test_small_changes_are_tied_and_large_ones_and_leavers_are_versions_of_their_own() -> None:
    now = table([1, 2, 3, 4], [100, 100, 100, np.nan])
    before = table([5, 3, 2, 1, 4], [50, 100, 85, 95, 70])
    cast = cast_of_all(now, [released(before)], Policy())
    assert cast.versions(1, np.arange(5)).tolist() == [4, 2, 5, 0, 6]
    assert cast.organisation.tolist() == [1, 2, 3, 4, 5, 2, 4]
    assert cast.contributor.tolist() == [0, 1, 2, 3, 4, 1, 3]
    assert cast.values_in(1)[[0, 2, 4, 5]].tolist() == [95, 100, 50, 85]
    assert np.isnan(cast.values_in(0)[4:]).all()


def test_an_old_value_is_tied_to_an_older_one_even_when_the_newest_is_far_away() -> None:
    editions = [released(table([1, 2], [50, 7])), released(table([1, 2], [50, 7]))]
    cast = cast_of_all(table([1, 2], [100, 7]), editions, Policy())
    assert cast.row.tolist() == [[0, 1, -1], [-1, 1, 0], [-1, 1, 0]]


def test_a_later_value_never_ties_together_what_earlier_rounds_had_apart() -> None:
    """Two values 5.005 % apart, and a third within 5 % of both: what is known of the first two is as before."""
    first, second = released(table([5], [24.952396])), released(table([5], [23.763523]))
    two = cast_of_all(second.table, [first], Policy())
    three = cast_of_all(table([5], [24.642966]), [second, first], Policy())
    assert two.row.tolist() == [[0], [0]]
    assert three.row.tolist() == [[0], [0], [0]]
    far = [released(table([5], [24.0])), released(table([5], [28.0]))]
    assert cast_of_all(table([5], [26.0]), far, Policy()).row[1:].tolist() == [[0, -1], [-1, 0]]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_tied_is_tied_for_good(seed: int) -> None:
    """And whoever is within 5 % of a third value is tied already before that is known (over three rounds)."""
    random = np.random.default_rng(seed)
    values = 100 * np.exp(0.06 * random.standard_normal((3, 200)))
    first, second, third = (released(table(list(range(200)), one.tolist())) for one in values)
    two = cast_of_all(second.table, [first], Policy())
    three = cast_of_all(third.table, [second, first], Policy())

    def tied(versions: tuple[np.ndarray, np.ndarray]) -> list[bool]:
        return (versions[0] == versions[1]).tolist()

    rows = np.arange(200)
    before = tied((two.versions(0, rows), two.versions(1, rows)))
    assert before == tied((three.versions(1, rows), three.versions(2, rows)))
    assert 0 < sum(before) < 200
    changes = known_changes([dict(enumerate(one.tolist())) for one in values])
    for i in range(200):
        known = {}
        for scene in range(3):
            known.setdefault(changes(scene, i)[0], set()).add(int(three.versions(2 - scene, rows[i : i + 1])[0]))
        assert all(len(one) == 1 for one in known.values())


def test_a_holding_of_any_round_knows_what_its_members_had() -> None:
    now = table([1, 2, 3], [10, 20, 30])
    before = table([3, 4, 2, 6], [31, 40, 21, 60], [None, 9, 9, None])
    cast = cast_of_all(now, [released(before)], Policy())
    owner = dict(zip(cast.organisation.tolist(), cast.contributor.tolist(), strict=True))
    assert owner[2] == owner[4] == 1
    assert len({owner[i] for i in (1, 2, 3, 6)}) == 4


def test_coalition_grows_with_the_panel() -> None:
    policy = Policy()
    assert [policy.coalition_at(n) for n in (5, 99, 100, 1000)] == [1, 1, 2, 2]
    many = table(list(range(120)), [float(i + 1) for i in range(120)], [i // 2 for i in range(120)])
    assert cast_of_all(many, (), policy).coalition(policy) == 1
