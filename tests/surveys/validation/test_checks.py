"""The checks on numbers against pandas, by hand, and on rounds with planted slips."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from surveys.validation import Measured, check_measured, find_twins, spread_of
from surveys.validation.checks import FAR
from tests.surveys.validation.made_round import made_round

SEEDS = range(4)


@pytest.mark.parametrize("seed", range(5))
def test_a_spread_is_what_pandas_says(seed: int) -> None:
    source = np.random.default_rng(seed)
    values = np.where(source.random(60) < 0.2, np.nan, np.exp(source.normal(2, 1, 60)))
    for log in (True, False):
        spread = spread_of(values, log=log)
        series = pd.Series(np.log(values) if log else values).dropna()
        off = (series - series.median()).abs()
        assert spread is not None
        assert spread.centre == pytest.approx(series.median())
        assert spread.width == pytest.approx(1.4826 * off.median())
        expected = (pd.Series(np.log(values) if log else values) - series.median()) / (1.4826 * off.median())
        np.testing.assert_allclose(spread.distances(values), expected)
        assert spread.count == series.count()


def test_a_spread_of_few_or_equal_values_is_none_and_ties_use_the_mean() -> None:
    assert spread_of(np.arange(9.0)) is None
    assert spread_of(np.full(30, 7.0)) is None
    mostly_equal = spread_of(np.array([5.0] * 20 + [6.0, 8.0]), log=False)
    assert mostly_equal is not None
    assert mostly_equal.width == pytest.approx(1.2533 * (1 + 3) / 22)


def test_values_skewed_to_the_right_are_looked_at_on_a_log_scale_and_others_are_not() -> None:
    source = np.random.default_rng(1)
    skewed = np.exp(source.normal(2, 1.2, 200))
    with_zero = np.append(skewed, 0.0)
    logs = [spread.log for values in (skewed, 1000 - skewed, with_zero) if (spread := spread_of(values)) is not None]
    assert logs == [True, False, False]


@pytest.mark.parametrize(("without_history", "recall", "alarms"), [(0.25, 0.95, 0.008), (1.0, 0.75, 0.006)])
def test_planted_slips_are_found_with_few_false_alarms(without_history: float, recall: float, alarms: float) -> None:
    count: Counter[str] = Counter()
    for seed in SEEDS:
        made = made_round(seed, without_history=without_history)
        found = {(one.place, one.column): one for one in check_measured(made.columns)}
        count["found"] += len(found.keys() & made.planted.keys())
        count["as a slip"] += sum(found[key].kind == "unit" for key in found.keys() & made.planted.keys())
        count["planted"] += len(made.planted)
        count["false"] += len(found.keys() - made.planted.keys())
        count["values"] += sum(int(np.isfinite(one.now).sum()) for one in made.columns) - len(made.planted)
    assert count["planted"] == 30 * len(SEEDS)
    assert count["found"] >= recall * count["planted"], count
    assert count["as a slip"] >= 0.95 * count["found"], count
    assert 0 < count["false"] <= alarms * count["values"], count


def test_a_round_without_anything_unusual_gives_no_findings() -> None:
    source = np.random.default_rng(3)
    now = source.uniform(90, 110, 40)
    assert check_measured([Measured("calls", now, now * source.uniform(0.95, 1.05, 40))]) == []


def test_each_finding_proves_itself_by_its_figures() -> None:
    for one in check_measured(made_round(5).columns):
        figures = one.figures
        if one.kind == "unit":
            assert figures["unslipped"] == pytest.approx(float(figures["value"]) / float(figures["factor"]))
        if one.kind in ("history", "size", "peers"):
            told = {"history": figures["value"], "size": figures.get("ratio"), "peers": figures["value"]}[one.kind]
            measured = float(told)  # type: ignore[arg-type]
            if one.kind == "history":
                before = float(figures["before"])
                measured = measured - before if one.column.startswith("share") else measured / before
            assert not float(figures["low"]) <= measured <= float(figures["high"]), one
        assert one.weight > FAR


def test_a_slip_of_the_size_column_is_told_there_and_not_at_everything_beside_it() -> None:
    source = np.random.default_rng(8)
    staff = np.round(np.exp(source.normal(4, 1, 60)), 1)
    calls = np.round(staff * 1000 * np.exp(source.normal(0, 0.1, 60)))
    nothing = np.full(60, np.nan)
    staff[7] *= 1000
    found = check_measured([Measured("staff", staff, nothing), Measured("calls", calls, nothing)])
    assert [(one.place, one.column, one.kind) for one in found] == [(7, "staff", "unit")]
    assert found[0].figures["factor"] == 1000


def test_only_the_wanted_organisations_are_told_with_the_same_peers() -> None:
    made = made_round(2)
    everything = check_measured(made.columns)
    some = check_measured(made.columns, places=[3, 4, 5])
    assert some == [one for one in everything if one.place in (3, 4, 5)]


def test_twins_are_those_that_brute_force_finds() -> None:
    source = np.random.default_rng(4)
    columns = {f"c{i}": np.round(np.exp(source.normal(6, 1, 30)), 1) for i in range(12)}
    columns["yes"] = source.integers(0, 2, 30).astype(float)  # shared by many: tells nothing
    for code in list(columns)[:8]:
        columns[code][21] = columns[code][4]
    for code in list(columns)[:4]:  # too few
        columns[code][9] = columns[code][10]
    frame = pd.DataFrame(columns)
    pairs = {}
    for i in range(30):
        for j in range(i + 1, 30):
            same = [
                code
                for code in frame
                if frame[code][i] == frame[code][j] and (frame[code] == frame[code][i]).sum() <= 3
                and len(str(frame[code][i]).replace(".", "").strip("0")) >= 3
            ]  # fmt: skip
            if len(same) >= 5:
                pairs[i, j] = tuple(same)
    assert {(one.first, one.second): one.columns for one in find_twins(columns)} == pairs
    assert set(pairs) == {(4, 21)}


def test_zero_is_a_value_and_no_slip() -> None:
    now = np.array([0.0, *np.linspace(90, 110, 30)])
    found = check_measured([Measured("calls", now, np.full(31, np.nan))])
    assert [(one.place, one.kind) for one in found] == [(0, "peers")]
    assert math.isfinite(float(found[0].figures["distance"]))
