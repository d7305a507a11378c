"""What merges gain and blocks cost: rounds by hand whose answers follow from counting, and a second way to count."""

from math import log2

import numpy as np
import pytest

from benchmark.stats.blocks import Blocks, partition
from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy
from benchmark.stats.disclosure.publisher import protect_family
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import kpi_values
from benchmark.stats.merging import Measured, Merge, kept, parts_of, price_of_blocks, ranked_merges
from benchmark.stats.peers import lattice
from benchmark.stats.tables import compute_table
from tests.benchmark.stats.cases import indicator
from tests.oracles.rounds import random_round

CLOSE = 0.02  # weights are in hundredths


def measured(values: np.ndarray, panel: Panel, kpi: Indicator | None = None) -> Measured:
    kpi = kpi or indicator()
    return Measured(kpi, kpi_values(kpi, {"amount": Column.from_values(values)}, None, ()), panel)


def alike(size: int, seed: int = 1) -> np.ndarray:
    return np.round(np.random.default_rng(seed).uniform(80, 120, size), 1)


def sectors(**counts: int) -> Panel:
    labels = [code for code, count in counts.items() for _ in range(count)]
    return Panel.build(range(len(labels)), {"sector": labels}, categories={"sector": list(counts)})


def test_two_small_categories_gain_most_together() -> None:
    """a (3) and b (4) are too small, c (20) is shown: joined with c they add little, with each other a whole figure."""
    found = ranked_merges([measured(alike(27), sectors(a=3, b=4, c=20))], Policy())
    assert [(one.dimension, one.categories) for one in found] == [
        ("sector", ("a", "b")),
        ("sector", ("b", "c")),
        ("sector", ("a", "c")),
    ]
    expected = [2 * log2(8), 2 * (log2(25) - log2(21)), 2 * (log2(24) - log2(21))]
    assert [one.gain for one in found] == pytest.approx(expected, abs=CLOSE)
    assert [(one.won, one.lost) for one in found] == [(1, 0)] * 3


def test_a_dominated_category_gains_from_a_merge_that_hides_its_giant() -> None:
    """b has six, one of which is nearly all of the sum. Its mean goes, and so that of a, with which it would follow
    from the others; the two together are safe, for the giant is not half of them."""
    values = np.array([500.0, 510, 490, 505, 495, 500, 1000, 10, 11, 9, 10, 12, *alike(14)])
    one = measured(values, sectors(a=6, b=6, c=14))
    assert kept(one, lattice(one.panel), Policy()).published == {"all|mean", "sector=c|mean"}
    found = {merge.categories: merge for merge in ranked_merges([one], Policy())}
    assert found["a", "b"].gain == pytest.approx(2 * log2(13), abs=CLOSE)


def test_nothing_is_advised_where_everything_is_shown_or_for_shares() -> None:
    assert ranked_merges([], Policy()) == ()
    assert ranked_merges([measured(alike(60), sectors(a=20, b=20, c=20))], Policy()) == ()
    share = indicator(kind="share", unit="%")
    values = np.zeros(27)
    one = Measured(
        share, kpi_values(share, {"amount": Column.from_values(values)}, None, ("x", "y")), sectors(a=3, b=24)
    )
    assert ranked_merges([one], Policy()) == ()
    assert kept(one, lattice(one.panel), Policy()).total == 0


def test_a_union_that_was_declared_is_not_advised_again() -> None:
    one = measured(alike(27), sectors(a=3, b=4, c=20))
    found = ranked_merges([one], Policy(), unions={"sector": [("a", "b")]})
    assert ("a", "b") not in {merge.categories for merge in found}


def test_the_budget_tries_what_promises_most() -> None:
    one = measured(alike(27), sectors(a=3, b=4, c=20))
    whole = ranked_merges([one], Policy())
    assert ranked_merges([one], Policy(), candidates=1) == whole[:1]
    assert ranked_merges([one, one], Policy(), runs=3) == (Merge("sector", ("a", "b"), 2 * whole[0].gain, 2, 0),)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_gain_equals_that_of_protecting_the_whole_family_with_and_without(seed: int) -> None:
    """A second way: what protect_family publishes, counted by hand with the formula of the weights."""
    one = random_round(seed, 40, (5, 2))
    subject, kpi = measured(one.values, one.panel), indicator()

    def information(unions: dict[str, list[tuple[str, ...]]]) -> tuple[float, set[str]]:
        table = compute_table(kpi, subject.values, one.panel, lattice(one.panel, unions=unions))
        protected = protect_family([table], {"kpi": kpi}, Policy(), certified=False)["kpi"]
        shown = {
            group.key: group.n or 0 for group, cell in protected.cells() if cell.statistic == "mean" and cell.value
        }
        total = 0.0
        for key, n in shown.items():
            terms = key.count("=")
            before = max((shown.get(part.partition("|mean")[0], 0) for part in parts_of(f"{key}|mean")), default=0)
            total += {0: 4, 1: 2, 2: 1}[terms] * (log2(1 + n) - log2(1 + before))
        return total, set(shown)

    now, shown = information({})
    found = ranked_merges([subject], Policy())
    assert found
    for merge in found[:3]:
        then, also = information({merge.dimension: [merge.categories]})
        assert merge.gain == pytest.approx(then - now, abs=0.2)
        assert (merge.won, merge.lost) == (len(also - shown), len(shown - also))


def test_parts_of_a_union_are_its_cells() -> None:
    assert parts_of("a=1|2&b=3|mean") == ("a=1&b=3|mean", "a=2&b=3|mean")
    assert parts_of("a=1&b=3|mean") == ()
    assert parts_of("all|ratio") == ()


def test_blocks_that_are_strata_cost_nothing_and_blocks_across_them_do() -> None:
    """Sectors of fifteen and five. Blocks of fourteen and six leave one of the fifteen between the two divisions, so
    one of them has to go; the blocks weigh a little more."""
    panel = sectors(a=15, b=5)
    one = measured(alike(20), panel)
    free = price_of_blocks([one], Policy(), partition(panel, size=5, salt="s"))
    assert free.given_up == ()
    assert free.with_blocks == free.without == pytest.approx(4 * log2(21) + 2 * (log2(16) + log2(6)), abs=CLOSE)
    assert free.total == free.without
    across = lattice(Panel.build(range(20), {"block": ["x"] * 14 + ["y"] * 6}))[1:]
    price = price_of_blocks([one], Policy(), Blocks((), across, {}))
    assert price.given_up == (("kpi", "sector=a|mean"), ("kpi", "sector=b|mean"))
    assert price.with_blocks == pytest.approx(4 * log2(21), abs=CLOSE)
