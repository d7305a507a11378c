"""The selection is safe, the best there is (against trying all subsets), and always the same."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Panel
from benchmark.stats.disclosure.atoms import Family, Goal, SumRow
from benchmark.stats.disclosure.audit import audit
from benchmark.stats.disclosure.selection import greedily, select, weight_of
from benchmark.stats.peers import parse_key
from tests.benchmark.stats.disclosure_exact.families import family, rounded_means


def weights_of(*families: Family) -> dict[str, int]:
    return {
        row.name: weight_of(row.name, row.members.size, len(parse_key(row.name)) if "=" in row.name else 1)
        for one in families
        for row in one.rows
    }


def safe(one: Family, names: tuple[str, ...]) -> bool:
    return audit(one, [i for i, row in enumerate(one.rows) if row.name in names], exhaustive=True).clean


def random_family(seed: int, size: int, categories: tuple[int, ...]) -> Family:
    random = np.random.default_rng(seed)
    dimensions = {f"d{i}": random.integers(0, count, size).astype(str).tolist() for i, count in enumerate(categories)}
    return rounded_means(random.lognormal(3, 1, size), Panel.build(range(size), dimensions))


def test_nothing_goes_when_nothing_is_disclosed() -> None:
    one = family([10, 20, 30, 40, 50], [(range(5), 150, 150)])
    result = select([one], weights_of(one))
    assert (result.published, result.withheld, result.loss, result.cuts) == (("row 0",), (), 0, ())


def test_the_lighter_of_two_goes() -> None:
    two = family([10, 20, 30, 40, 50, 60], [(range(6), 210, 210), (range(5), 150, 150)])
    result = select([two], weights_of(two))
    assert result.withheld == ("row 1",)
    assert result.cuts == (frozenset({"row 0", "row 1"}),)
    assert result.optimal


def test_rows_of_all_go_last_but_they_do_go() -> None:
    two = family([10, 20, 30, 40, 50, 60], [(range(6), 210, 210), (range(5), 150, 150)])
    assert select([two], weights_of(two), last=frozenset({"row 1"})).withheld == ("row 0",)
    alone = family([10, 20], [(range(2), 30, 30)])
    assert select([alone], weights_of(alone), last=frozenset({"row 0"})).withheld == ("row 0",)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 10**6))
def test_no_other_safe_subset_weighs_more(seed: int) -> None:
    random = np.random.default_rng(seed)
    values = random.lognormal(2, 1, 8)
    rows = []
    for number in range(5):
        members = np.flatnonzero(random.random(8) < 0.6)
        if members.size >= 3:
            total = values[members].sum()
            rows.append(SumRow(f"row {number}", members, total * 0.995, total * 1.005))
    one = Family(values, np.arange(8), Goal(0, np.inf, relative=0.1, typical=5.0), tuple(rows))
    weights = weights_of(one)
    result = select([one], weights)
    assert safe(one, result.published)
    names = [row.name for row in rows]
    safe_sets = (
        sum(weights[name] for name in chosen)
        for size in range(len(names) + 1)
        for chosen in combinations(names, size)
        if audit(one, [names.index(name) for name in chosen]).clean
    )
    assert sum(weights[name] for name in result.published) == max(safe_sets)


@pytest.mark.parametrize("seed", range(4))
def test_exact_keeps_at_least_what_greedy_keeps_and_is_reproducible(seed: int) -> None:
    one = random_family(seed, 30, (3, 3, 2))
    weights = weights_of(one)
    result, quick = select([one], weights), greedily([one], weights)
    assert result.optimal
    assert result.loss <= quick.loss
    assert safe(one, result.published)
    assert safe(one, quick.published)
    assert select([one], weights) == result
    backwards = Family(one.values, one.contributor, one.goal, one.rows[::-1])
    assert set(select([backwards], weights).published) == set(result.published)


def test_block_of_indicators_has_one_pattern_that_is_safe_for_each() -> None:
    block = [random_family(seed, 30, (3, 3, 2)) for seed in (1, 1)]
    random = np.random.default_rng(5)
    other = random.lognormal(3, 1.2, 30)
    block[1] = Family(
        other,
        block[0].contributor,
        block[0].goal,
        tuple(SumRow(r.name, r.members, other[r.members].sum(), other[r.members].sum()) for r in block[0].rows),
    )
    both = select(block, weights_of(*block))
    assert all(safe(one, both.published) for one in block)
    assert both.loss >= max(select([one], weights_of(one)).loss for one in block)


def test_out_of_rounds_is_still_safe_and_says_so() -> None:
    one = random_family(1, 30, (3, 3, 2))
    result = select([one], weights_of(one), rounds=1)
    assert safe(one, result.published)
    assert not result.optimal


def test_what_was_withheld_last_round_is_cheaper() -> None:
    assert weight_of("a", 20, 1, withheld_before=True) < weight_of("a", 20, 1)
    assert weight_of("a", 20, 1) > weight_of("a", 20, 2) > weight_of("a", 20, 3)
