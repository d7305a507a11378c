"""Hand-made groups of 2 to 40 organisations with known answers, and the rules against brute force."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Column
from benchmark.stats.disclosure import Policy, profile, protect
from benchmark.stats.disclosure.primary import stays_uncertain
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.tables import compute_table
from tests.benchmark.stats.cases import indicator, panel, protected_of, shown
from tests.oracles.uncertainty import another_data_set_exists, p_rule_holds

PLAIN = [10.0, 11.0, 12.0, 13.0, 14.0]
PERCENTAGE = {"unit": "%", "range": {"min": 0, "max": 100}, "scale_type": "bounded"}


def test_four_contributors_are_too_few_and_five_are_enough() -> None:
    few = shown(protected_of(PLAIN[:4]))
    assert few["n"] == "<5"
    assert {few[name] for name in ("mean", "p10", "p50", "p90")} == {"(too_few)"}
    enough = shown(protected_of(PLAIN))
    assert (enough["n"], enough["mean"]) == ("5", "12")
    assert enough["p50"] == "(too_few_for_percentile)"


def test_a_holding_counts_once() -> None:
    of = panel(6, [1, 1, 1, None, None, None])
    assert shown(protected_of([*PLAIN, 15.0], of=of))["mean"] == "(too_few)"
    assert shown(protected_of([*PLAIN, 15.0, 16.0], of=panel(7, [1, 1, 1, *[None] * 4])))["mean"] == "13"


def test_profile_official_asks_ten() -> None:
    nine, ten = [10.0 + i for i in range(9)], [10.0 + i for i in range(10)]
    assert shown(protected_of(nine, policy=profile("official")))["n"] == "<10"
    assert shown(protected_of(nine, policy=profile("official")))["mean"] == "(too_few)"
    assert shown(protected_of(ten, policy=profile("official")))["mean"] == "14.5"


def test_signed_indicator_asks_ten_and_looks_at_absolute_values() -> None:
    signed = indicator(scale_type="signed", range={})
    nine = [-4.0, -3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    assert shown(protected_of(nine, signed))["mean"] == "(too_few)"
    assert shown(protected_of([*nine, 5.5], signed))["mean"] == "1.05"
    assert shown(protected_of([*nine, -60.0], signed))["mean"] == "(protected)"  # 60 of 85


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ([100, 90, 4, 3, 3], "(protected)"),  # the p%-rule holds (10 of 100), the two largest have 95 %
        ([100, 60, 40, 30, 20], "50"),
        ([101, 25, 25, 25, 24], "(protected)"),  # one has more than half
        ([50, 40, 20, 15, 9], "(protected)"),  # two have 67.2 %
        ([50, 40, 20, 15, 10], "27"),  # two have 66.7 %
        ([100, 90, 80, 1, 1], "(protected)"),  # two have 69.9 %
        ([100, 90, 80, 15, 10], "59"),
        ([50, 15, 15, 10, 10], "20"),  # exactly half
        ([40, 39, 1, 1, 1], "(protected)"),
        ([0, 0, 0, 0, 0], "0"),
        ([7, 0, 0, 0, 0], "(protected)"),
    ],
)
def test_mean_of_hand_made_groups(values: list[float], outcome: str) -> None:
    assert shown(protected_of(values))["mean"] == outcome


def test_p_rule_alone_with_dominance_switched_off() -> None:
    loose = Policy(largest_share=0.99, two_largest_share=0.999)
    assert shown(protected_of([100, 90, 4, 3, 3], policy=loose))["mean"] == "40"  # 10 left, 10 needed
    assert shown(protected_of([100, 90, 4, 3, 2.9], policy=loose))["mean"] == "(protected)"
    sensitive = indicator(sensitive=True)
    assert shown(protected_of([100, 90, 4, 3, 3], sensitive, loose))["mean"] == "(protected)"  # 20 needed
    assert shown(protected_of([100, 90, 10, 5, 5], sensitive, loose))["mean"] == "42"


def test_p_rule_adds_up_holdings() -> None:
    loose = Policy(largest_share=0.99, two_largest_share=0.999)
    values = [50.0, 50.0, 90.0, 4.0, 3.0, 3.0]
    assert shown(protected_of(values, policy=loose))["mean"] == "33.3"
    assert shown(protected_of(values, policy=loose, of=panel(6, [1, 1, *[None] * 4])))["mean"] == "33.3"
    values[-1] = 2.9  # 9.9 left against 10 % of a holding of 100
    assert shown(protected_of(values, policy=loose, of=panel(6, [1, 1, *[None] * 4])))["mean"] == "(protected)"


def test_policy_with_a_coalition_of_two_takes_the_three_largest_away() -> None:
    loose = Policy(largest_share=0.99, two_largest_share=0.999)
    two = Policy(largest_share=0.99, two_largest_share=0.999, coalition=2)
    values = [100.0, 90.0, 80.0, 5.0, 4.9]
    assert shown(protected_of(values, policy=loose))["mean"] == "56"
    assert shown(protected_of(values, policy=two))["mean"] == "(protected)"


def test_percentages_near_the_end_of_the_scale_pin_each_other() -> None:
    percentage = indicator(**PERCENTAGE)
    # Nobody can be 5 points lower unless others rise by 5 points: four of them have 0.4 left.
    assert shown(protected_of([99.9, 99.9, 99.9, 99.9, 99.9], percentage))["mean"] == "(protected)"
    assert shown(protected_of([90, 91, 92, 93, 94], percentage))["mean"] == "92"
    assert shown(protected_of([1, 1, 1, 1, 1], percentage))["mean"] == "(protected)"
    assert shown(protected_of([10, 9, 8, 9, 10], percentage))["mean"] == "9.2"


def test_least_legal_value_that_everybody_knows_protects_nobody() -> None:
    from_nine = indicator(range={"min": 9})
    assert shown(protected_of([12.0, 9.1, 9.1, 9.1, 9.1], from_nine))["mean"] == "(protected)"
    assert shown(protected_of([12.0, 9.1, 9.1, 9.1, 9.1]))["mean"] == "9.68"


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=4, max_size=8), st.sampled_from([0.1, 0.2, 0.5]), st.integers(1, 2))
def test_p_rule_equals_trying_every_target_and_coalition(values: list[int], p: float, coalition: int) -> None:
    totals = np.array(values, dtype=float)
    assert stays_uncertain(totals, p * totals, coalition) == p_rule_holds(values, p, coalition)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=4, max_size=5), st.integers(1, 3))
def test_bounded_rule_equals_searching_all_data_sets(values: list[int], width: int) -> None:
    totals = np.array(values, dtype=float)
    down, up = totals, 6 - totals
    ours = stays_uncertain(down, np.minimum(width, up), 1) and stays_uncertain(up, np.minimum(width, down), 1)
    truth = all(
        another_data_set_exists(values, 0, 6, width, target, attacker, sign)
        for target, attacker in permutations(range(len(values)), 2)
        for sign in (1, -1)
    )
    assert ours == truth


def test_ratio_needs_numerator_and_denominator_to_pass() -> None:
    kpi = indicator(kind="ratio", numerator="over", denominator="under", scale=100, **PERCENTAGE)
    even, uneven = [20.0, 21.0, 22.0, 23.0, 24.0], [500.0, 21.0, 22.0, 23.0, 24.0]

    def ratio(over: list[float], under: list[float]) -> str:
        columns = {"over": Column.from_values(over), "under": Column.from_values(under)}
        of = panel(5)
        table = compute_table(kpi, kpi_values(kpi, columns), of, lattice(of))
        return shown(protect(table, indicator=kpi, policy=Policy()))["ratio"]

    assert ratio(even, [2 * x for x in even]) == "50"
    assert ratio(even, uneven) == "(protected)"
    assert ratio(uneven, [600.0] * 5) == "(protected)"
    assert ratio([0.0] * 5, [0.0] * 5) == "(too_few)"  # no organisation has a value


@pytest.mark.parametrize(
    ("n", "expected"),
    [(8, []), (9, ["p50"]), (14, ["p50"]), (15, ["p25", "p50", "p75"]), (36, ["p25", "p50", "p75"])],
)
def test_quantiles_appear_with_the_number_of_contributors(n: int, expected: list[str]) -> None:
    cells = shown(protected_of([100.0 + i for i in range(n)]))
    assert [name for name in ("p10", "p25", "p50", "p75", "p90") if not cells[name].startswith("(")] == expected
    assert all(cells[name] == "(too_few_for_percentile)" for name in ("p10", "p90"))


def test_all_quantiles_from_37_on() -> None:
    cells = shown(protected_of([100.0 + i for i in range(37)]))
    assert [cells[name] for name in ("p10", "p25", "p50", "p75", "p90")] == ["104", "109", "118", "127", "132"]


def test_quantile_minima_count_holdings_once() -> None:
    of = panel(10, [1, *[None] * 8, 1])
    assert shown(protected_of([100.0 + i for i in range(10)], of=of))["p50"] == "100"
    of = panel(10, [1, *[None] * 7, 1, 1])
    assert shown(protected_of([100.0 + i for i in range(10)], of=of))["p50"] == "(too_few_for_percentile)"


def test_two_contributors_must_lie_outside_the_window_on_each_side() -> None:
    n = 19
    everybody_else = [None] * (n - 7)
    low = panel(n, [1] * 7 + everybody_else)  # the seven lowest are one holding: nobody else lies below
    high = panel(n, everybody_else + [1] * 7)
    middle = panel(n, [None] * 6 + [1] * 7 + [None] * 6)  # the window itself is one holding
    apart = panel(n, [1, None] * 7 + [None] * 5)
    values = [100.0 + i for i in range(n)]
    for of in (low, high, middle):
        assert shown(protected_of(values, of=of))["p50"] == "(protected)"
    assert shown(protected_of(values, of=apart))["p50"] == "110"


def test_quantiles_of_small_groups_have_two_digits() -> None:
    small, large = [101.0 + i for i in range(29)], [101.0 + i for i in range(30)]
    assert shown(protected_of(small))["p50"] == "120"  # 115
    assert shown(protected_of(large))["p50"] == "116"  # 115.5
    assert shown(protected_of(small))["mean"] == "115"


def test_sensitive_values_that_are_all_alike_are_not_shown() -> None:
    values = [20.0, 20.5, 21.0, 21.5, 22.0, 20.1, 20.2, 20.3, 20.4]
    wages = shown(protected_of(values, indicator(sensitive=True, unit="eur_per_hour")))
    assert {wages["mean"], wages["p50"]} == {"(protected)"}
    assert shown(protected_of(values))["mean"] == "20.7"
