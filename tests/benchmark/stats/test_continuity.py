"""Joiners, leavers and changes between two releases: hand-drawn panels with known counts, and a difference attack."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.stats.columns import Column, Panel
from benchmark.stats.continuity import ENOUGH, correction_between, held_groups, published_groups
from benchmark.stats.disclosure import Policy, ProtectedTable, protect
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.tables import Table, compute_table
from tests.benchmark.stats.cases import indicator

KPI = indicator()
RATIO = indicator(kind="ratio", numerator="talk", denominator="calls")
SECTORS = ["public"] * 14 + ["private"] * 10  # two published groups
START = [100.0 + 3 * i for i in range(24)]


def made(
    values: Sequence[float],
    sectors: Sequence[str] = SECTORS,
    ids: Sequence[int] | None = None,
    holdings: Sequence[int | None] | None = None,
) -> Table:
    panel = Panel.build(ids or range(1, len(values) + 1), {"sector": sectors}, holdings)
    columns = {"amount": Column.from_values(np.array(values, dtype=float))}
    return compute_table(KPI, kpi_values(KPI, columns), panel, lattice(panel))


def protected(table: Table) -> ProtectedTable:
    return protect(table, indicator=KPI, policy=Policy())


def changed(*rows: int) -> list[float]:
    return [value + (7 if i in rows else 0) for i, value in enumerate(START)]


@pytest.mark.parametrize(
    ("rows", "short"),
    [
        ((), {}),
        ((0,), {"all": 1, "sector=public": 1, "all − sector=private": 1}),
        ((0, 1), {"all": 2, "sector=public": 2, "all − sector=private": 2}),
        ((0, 1, 2), {}),
        ((0, 1, 2, 20), {"sector=private": 1, "all − sector=public": 1}),
        ((0, 1, 2, 20, 21, 22), {}),
    ],
)
def test_fewer_than_three_changes_in_a_published_group_wait(rows: tuple[int, ...], short: dict[str, int]) -> None:
    then = made(START)
    found = correction_between(made(changed(*rows)), then, protected(then))
    assert (found.changed, dict(found.short)) == (len(rows), short)
    assert (found.unchanged, found.waits) == (not rows, bool(short))


def test_a_group_that_is_not_published_still_shows_in_what_remains() -> None:
    """Four private organisations are too few to be shown; one of them changing would be all minus public."""
    sectors = ["public"] * 20 + ["private"] * 4
    then = made(START, sectors)
    pattern = protected(then)
    assert published_groups(pattern) == ["all", "sector=public"]
    found = correction_between(made(changed(0, 1, 2, 23), sectors), then, pattern)
    assert dict(found.short) == {"all − sector=public": 1}


def test_joining_leaving_and_moving_are_changes() -> None:
    then = made(START)
    ids = [*range(1, 24), 99]  # the last one left, another came
    assert correction_between(made(START, ids=ids), then, protected(then)).changed == 2
    moved = made(START, ["private", *SECTORS[1:]])
    found = correction_between(moved, then, protected(then))
    # Of all participants nothing changed, so what it does to the two sectors is what shows it.
    assert dict(found.short) == {
        "sector=public": 1, "sector=private": 1, "all − sector=public": 1, "all − sector=private": 1,
    }  # fmt: skip


def test_a_missing_answer_is_a_change() -> None:
    then = made(START)
    assert correction_between(made([np.nan, *START[1:]]), then, protected(then)).changed == 1


def test_a_holding_is_one_contributor_even_when_it_was_one_in_one_round_only() -> None:
    holdings: list[int | None] = [5, 5, 5, *[None] * 21]
    then = made(START, holdings=holdings)
    for now in (made(changed(0, 1, 2), holdings=holdings), made(changed(0, 1, 2))):
        assert correction_between(now, then, protected(then)).changed == 1
    joined = made(changed(0, 1, 2), holdings=holdings)
    assert correction_between(joined, made(START), protected(then)).changed == 1


def test_both_amounts_of_a_ratio_count_though_the_value_stays() -> None:
    panel = Panel.build(range(1, 25), {"sector": SECTORS})
    calls = np.linspace(100, 900, 24)

    def table(times: float) -> Table:
        factor = np.where(np.arange(24) < 1, times, 1.0)
        columns = {"talk": Column.from_values(calls * 5 * factor), "calls": Column.from_values(calls * factor)}
        return compute_table(RATIO, kpi_values(RATIO, columns), panel, lattice(panel))

    then = table(1)
    assert np.array_equal(table(2).values.value, then.values.value)
    released = protect(then, indicator=RATIO, policy=Policy())
    assert correction_between(table(2), then, released).changed == 1
    assert correction_between(table(1), then, released).unchanged


def test_tables_of_two_indicators_are_no_correction() -> None:
    then = made(START)
    panel = Panel.build(range(1, 25), {"sector": SECTORS})
    other = indicator(code="other")
    values = kpi_values(other, {"amount": Column.from_values(np.array(START))})
    with pytest.raises(ValueError, match="no correction"):
        correction_between(compute_table(other, values, panel, lattice(panel)), then, protected(then))


@pytest.mark.parametrize("joiners", [0, 1, 2, 3])
@pytest.mark.parametrize("leavers", [0, 1, 2, 3])
def test_one_or_two_joiners_or_leavers_hold_the_trend_of_their_groups(joiners: int, leavers: int) -> None:
    then = made(START)
    left = range(leavers, 24)
    ids = [*(i + 1 for i in left), *range(100, 100 + joiners)]
    values = [*(START[i] for i in left), *(150.0 + i for i in range(joiners))]
    now = made(values, [*(SECTORS[i] for i in left), *["public"] * joiners], ids)
    held = held_groups(now, then, protected(now))
    expected = {"all", "sector=public"} if {joiners, leavers} & {1, 2} else set()
    assert held == expected


def test_a_new_or_unpublished_group_has_no_trend_to_hold() -> None:
    then = made(START[:14], SECTORS[:14])
    now = made([*START[:14], 1.0, 2.0, 3.0, 4.0, 5.0], ["public"] * 14 + ["private"] * 5)
    assert held_groups(now, then, protected(now)) == frozenset()
    few = made(START[:16], ["public"] * 14 + ["private"] * 2)
    assert "sector=private" not in held_groups(few, then, protected(few))


sets_of_rows = st.sets(st.integers(0, 23), max_size=12)


@given(touched=sets_of_rows, gone=st.sets(st.integers(0, 23), max_size=4), sectors=st.integers(0, 3))
def test_differences_of_two_editions_that_both_go_out_single_nobody_out(
    touched: set[int], gone: set[int], sectors: int
) -> None:
    """An attack by subtraction: no published difference, nor difference of two differences of nested groups, is about
    one or two organisations.
    """
    labels = ["public"] * (14 + sectors) + ["private"] * (10 - sectors)
    then = made(START, labels)
    kept = [i for i in range(24) if i not in gone]
    values = changed(*touched)
    now = made([values[i] for i in kept], [labels[i] for i in kept], [i + 1 for i in kept])
    before = protected(then)
    if correction_between(now, then, before).waits:
        return
    about = {}  # published group → whom the difference between the editions is about
    for key in published_groups(before):
        inside = {i for i in range(24) if key == "all" or key.endswith(labels[i])}
        about[key] = inside & (touched | gone)
        assert not 0 < len(about[key]) < ENOUGH
    for key, members in about.items():
        assert key == "all" or not 0 < len(about.get("all", members) - members) < ENOUGH
