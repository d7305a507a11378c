import numpy as np
import pytest

from benchmark.stats.columns import Column
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.shares import printed, printed_alike, rounding_base
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.tables import compute_table
from tests.benchmark.stats.cases import indicator, panel, protected_of, shown

ORDINARY = indicator(kind="share", unit="%", direction="neutral")
SENSITIVE = indicator(kind="share", unit="%", direction="neutral", sensitive=True)


def shares(counts: list[int], *, sensitive: bool = False, groups: list[int | None] | None = None) -> dict[str, str]:
    answers = [float(option) for option, count in enumerate(counts) for _ in range(count)]
    options = [chr(ord("a") + i) for i in range(len(counts))]
    kpi = SENSITIVE if sensitive else ORDINARY
    cells = shown(protected_of(answers, kpi, of=panel(len(answers), groups), options=options))
    return {name.removeprefix("share:"): figure for name, figure in cells.items()}


def test_chain_management_of_60() -> None:
    assert shares([27, 28, 5]) == {"n": "60", "a": "45", "b": "47", "c": "8"}


def test_outsourcing_reasons_of_28() -> None:
    assert shares([6, 1, 2, 2, 17]) == {"n": "28", "a": "21", "b": "4", "c": "7", "d": "7", "e": "61"}


def test_ten_contributors_are_needed() -> None:
    assert shares([3, 1]) == {"n": "<5", "a": "(too_few)", "b": "(too_few)"}
    assert shares([5, 4]) == {"n": "9", "a": "(too_few_for_shares)", "b": "(too_few_for_shares)"}
    assert shares([5, 5]) == {"n": "10", "a": "50", "b": "50"}
    assert shares([5, 5], groups=[1, 1, *[None] * 8])["a"] == "(too_few_for_shares)"


@pytest.mark.parametrize(
    ("counts", "open_to_all"),
    [([20, 0], False), ([19, 1], False), ([18, 2], False), ([17, 3], True), ([27, 3], True), ([17, 2], True)],
)
def test_near_unanimous_answers_are_not_shown(counts: list[int], open_to_all: bool) -> None:
    cells = shares(counts)
    assert (cells["a"] != "(protected)") == open_to_all
    assert (cells["b"] != "(protected)") == open_to_all  # the rest would follow from it


def test_rounding_base_follows_the_number_of_organisations() -> None:
    bases = {n: rounding_base(n, Policy()) for n in (29, 30, 59, 60, 149, 150, 299, 300)}
    assert bases == {29: None, 30: 10, 59: 10, 60: 5, 149: 5, 150: 2, 299: 2, 300: 1}


def test_sensitive_shares_are_rounded_to_the_base_with_coded_ends() -> None:
    assert shares([20, 15, 5], sensitive=True) == {"n": "40", "a": "50", "b": "40", "c": "10"}
    assert shares([29, 8, 3], sensitive=True) == {"n": "40", "a": "70", "b": "20", "c": "<10"}
    assert shares([37, 3, 0], sensitive=True) == {"n": "40", "a": ">90", "b": "<10", "c": "<10"}
    assert shares([15, 14], sensitive=True)["a"] == "(too_few_for_shares)"


def test_sensitive_options_of_one_or_two_are_merged() -> None:
    cells = shares([20, 15, 1, 2, 2], sensitive=True)
    merged = dict.fromkeys("cde", "(merged)")
    assert cells == {"n": "40", "a": "50", "b": "40", **merged, "c+d+e": "10"}
    protected = protected_of([0.0] * 20 + [1.0] * 15 + [2.0] * 2 + [3.0] * 3, SENSITIVE, options=["a", "b", "c", "d"])
    assert protected.group("all").cells["share:c"].alternative == "share:c+d"


def test_sensitive_counts_are_counts_of_holdings() -> None:
    groups: list[int | None] = [*[None] * 35, 1, 1, 1, None, None]
    cells = shares([20, 15, 3, 2], sensitive=True, groups=groups)  # three of one holding are one contributor
    assert cells["c"] == cells["d"] == "(merged)"
    assert cells["c+d"] == "10"


def test_two_sensitive_options_of_which_one_is_small_show_nothing() -> None:
    cells = shares([33, 2], sensitive=True)
    assert cells["a"] == cells["b"] == "(protected)"


def test_two_holdings_behind_one_of_two_sensitive_options_show_nothing() -> None:
    """Six of 38 organisations, but of two holdings; all others are too many to be nearly everybody."""
    groups: list[int | None] = [*[None] * 32, 1, 1, 1, 2, 2, 2]
    cells = shares([32, 6], sensitive=True, groups=groups)
    assert cells == {"n": "38", "a": "(protected)", "b": "(protected)"}


def test_a_count_of_exactly_one_base_is_not_coded() -> None:
    assert shares([20, 16, 4], sensitive=True)["c"] == "10"


def test_option_of_a_multiple_choice_stands_by_itself() -> None:
    answers = {"q.crm": [1.0] * 20, "q.bot": [1.0] * 5 + [0.0] * 15, "q.ivr": [0.0] * 19 + [1.0]}
    kpi = indicator(kind="share", question="q", unit="%", direction="neutral")
    of = panel(20)
    columns = {name: Column.from_values(np.array(values)) for name, values in answers.items()}
    table = compute_table(kpi, kpi_values(kpi, columns), of, lattice(of))
    cells = shown(protect(table, indicator=kpi, policy=Policy()))
    assert cells == {"n": "20", "share:crm": "(protected)", "share:bot": "25", "share:ivr": "5"}


@pytest.mark.parametrize("base", [0, 1, 2, 5, 10])
@pytest.mark.parametrize("total", [10, 29, 60, 149, 317])
def test_counts_that_print_alike_are_found_by_trying_all(base: int, total: int) -> None:
    figures = [printed(count, total, base) for count in range(total + 1)]
    for count, figure in enumerate(figures):
        alike = [other for other, its in enumerate(figures) if its == figure]
        assert printed_alike(count, total, base) == (alike[0], alike[-1])
