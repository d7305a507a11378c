"""The checks on numbers against pandas, by hand, and on rounds with planted slips."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from surveys.validation import Found, Measured, check_measured, find_twins, spread_of
from surveys.validation.checks import FAR
from surveys.validation.sizes import sizes_of
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


def sized(seed: int, organisations: int = 60) -> dict[str, pd.Series]:
    """Four amounts that go with size, asked in two themes, and one percentage; no last round."""
    source = np.random.default_rng(seed)
    size = np.exp(source.normal(4, 1, organisations))
    per = {"calls": 1000.0, "hours": 90.0, "fte": 1.0, "costs": 52_000.0}
    made = {
        code: np.round(size * each * np.exp(source.normal(0, 0.12, organisations)), 2) for code, each in per.items()
    }
    return {code: pd.Series(values) for code, values in made.items()}


def checked(columns: dict[str, pd.Series]) -> list[Found]:
    themes = {"calls": "work", "hours": "work", "fte": "people", "costs": "money"}
    nothing = np.full(60, np.nan)
    return check_measured(
        [Measured(code, one.to_numpy(), nothing, False, themes[code]) for code, one in columns.items()]
    )


def test_size_is_measured_by_several_columns_of_themes_of_their_own() -> None:
    columns = sized(5)
    columns["calls"][4] *= 5  # no slip of any unit, and no closest partner to hold it against
    columns["hours"][4] = np.nan
    found = checked(columns)
    assert [(one.place, one.column, one.kind) for one in found] == [(4, "calls", "size")]
    assert [one["beside"] for one in found[0].figures["partners"]] == ["fte", "costs"]


def test_partners_are_the_closest_and_what_measures_size_in_general() -> None:
    """Of a theme the column that most others go with speaks for size, not the one that happens to be close."""
    columns = sized(5)
    source = np.random.default_rng(50)
    odd = np.exp(source.normal(0, 0.3, 60))  # makes a sub-question close to the calls and far from everything else
    columns["calls"] *= odd
    columns["transfers"] = columns["calls"] * 0.1 * odd * np.exp(source.normal(0, 0.35, 60))
    themes = {"calls": "work", "hours": "work", "fte": "people", "costs": "money", "transfers": "money"}
    nothing = np.full(60, np.nan)
    sizes = sizes_of([Measured(code, one.to_numpy(), nothing, False, themes[code]) for code, one in columns.items()])
    related = pd.DataFrame(columns).corr(method="spearman") > 0.9
    assert related.loc["calls", "transfers"]
    assert related["costs"].sum() > related["transfers"].sum()
    assert {one.measured.column for one in sizes["calls"].partners} == {"hours", "fte", "costs"}


def test_figures_of_one_theme_that_are_wrong_together_do_not_prove_each_other() -> None:
    columns = sized(2)
    for code in ("calls", "hours"):  # the export held a quarter of the year
        columns[code][9] /= 4.3
    found = checked(columns)
    assert {(one.place, one.kind) for one in found} == {(9, "size")}
    assert "calls" in {one.column for one in found}


def test_a_wrong_partner_makes_nothing_else_wrong() -> None:
    columns = sized(3)
    columns["fte"][7] *= 6
    assert [(one.place, one.column, one.kind) for one in checked(columns)] == [(7, "fte", "size")]


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_what_does_not_go_with_size_is_what_pandas_says(seed: int) -> None:
    columns = sized(seed)
    source = np.random.default_rng(100 + seed)
    for code in columns:
        for place in source.choice(60, 2, replace=False):
            columns[code][place] *= source.choice([4.0, 7.0, 1 / 5])
    columns["costs"][source.choice(60, 12, replace=False)] = np.nan
    ranks = pd.DataFrame(columns).corr(method="spearman")
    by_place: dict[int, dict[str, tuple[float, set[str]]]] = {}
    for code, one in columns.items():
        partners = [other for other in columns if other != code and ranks.loc[code, other] > 0.9]
        logs = pd.DataFrame({other: np.log(one / columns[other]) for other in partners})
        off = (logs - logs.median()) / (1.4826 * (logs - logs.median()).abs().median())
        for place, row in off.iterrows():
            known = row.dropna().sort_values().to_list()
            if not known:
                continue
            middle = known[(len(known) - 1) // 2], known[len(known) // 2]
            distance = 0.0 if middle[0] * middle[1] < 0 else min(middle, key=abs)
            if abs(distance) > FAR:
                said = {str(other) for other in partners if row[other] * distance > 0 and abs(row[other]) > FAR}
                by_place.setdefault(int(str(place)), {})[code] = (distance, said)
    expected = {}
    for place, found in by_place.items():
        told: set[str] = set()
        for code in sorted(found, key=lambda one: (-min(abs(found[one][0]), 50), one)):
            if not found[code][1] <= told:
                told.add(code)
                expected[place, code] = found[code][0]
    got = {(one.place, one.column): one.figures["distance"] for one in checked(columns) if one.kind == "size"}
    slips = {(one.place, one.column) for one in checked(columns) if one.kind != "size"}
    assert slips == set()
    assert got == pytest.approx(expected)
    assert len(got) >= 5


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
    twins = find_twins(columns)
    assert {(one.first, one.second): one.exact.same for one in twins} == pairs
    assert set(pairs) == {(4, 21)}
    assert twins[0].exact.both == 12  # the yes of both tells nothing


def words(count: int, source: np.random.Generator) -> list[str]:
    """A text of each organisation's own."""
    return [f"Wij letten in {source.integers(2000, 2030)} op {place} dingen tegelijk" for place in range(count)]


def test_few_equal_numbers_are_no_copy_where_the_other_answers_differ() -> None:
    """Five equal numbers of five telling ones, but eight round numbers and all texts are others."""
    source = np.random.default_rng(6)
    columns = {f"c{i}": np.round(np.exp(source.normal(6, 1, 30)), 1) for i in range(13)}
    for i in range(5):
        columns[f"c{i}"][21] = columns[f"c{i}"][4]
    for i in range(5, 13):
        columns[f"c{i}"][21] = 100.0 * (i + 1)  # not exact: nobody would call these a copy of the other's
    assert find_twins(columns) == []
    texts = {f"t{i}": words(30, source) for i in range(3)}
    for i in range(5, 7):
        columns[f"c{i}"][21] = columns[f"c{i}"][4]
    assert [one.exact for one in find_twins(columns)] == []  # 7 of 13
    columns["c7"][21] = columns["c7"][4]
    assert [(len(one.exact.same), one.exact.both) for one in find_twins(columns)] == [(8, 13)]
    assert find_twins(columns, texts) == []  # 8 of 16


def test_texts_in_ones_own_words_tell_and_short_ones_do_not() -> None:
    source = np.random.default_rng(7)
    columns = {f"c{i}": np.round(np.exp(source.normal(6, 1, 30)), 1) for i in range(3)}
    texts = {f"t{i}": words(30, source) for i in range(3)} | {"short": [f"nr {place}" for place in range(30)]}
    for one in columns.values():
        one[21] = one[4]
    for each in texts.values():
        each[21] = f"  {each[4].upper()} "
    (twin,) = find_twins(columns, texts)
    assert (twin.first, twin.second, twin.exact.same, twin.exact.both) == (4, 21, (*columns, "t0", "t1", "t2"), 6)


@pytest.mark.parametrize("seed", range(3))
def test_choices_tell_only_when_nearly_all_are_the_same_and_chance_would_not(seed: int) -> None:
    source = np.random.default_rng(seed)
    sector = source.integers(0, 3, 60)  # sectors choose alike, and so do many
    liked = source.integers(0, 4, (3, 20))
    own = source.random((60, 20)) < 0.5
    chosen = np.where(own, source.integers(0, 4, (60, 20)), liked[sector]).astype(str)
    chosen[17] = chosen[3]
    chosen[17, 0] = "5"
    chosen[source.random((60, 20)) < 0.05] = ""
    choices = {f"q{i}": chosen[:, i].tolist() for i in range(20)}
    found = find_twins({}, {}, choices)
    assert [(one.first, one.second) for one in found] == [(3, 17)]
    frame = pd.DataFrame(choices).replace("", None)
    both = frame.loc[3].notna() & frame.loc[17].notna()
    same = both & (frame.loc[3] == frame.loc[17])
    assert (found[0].choices.both, len(found[0].choices.same)) == (both.sum(), same.sum())
    chances = [
        sum(n * (n - 1) for n in frame[q].value_counts()) / (frame[q].count() * (frame[q].count() - 1))
        for q in frame.columns[both]
    ]
    assert found[0].usual == pytest.approx(sum(chances))
    few = {code: words for code, words in choices.items() if code in list(choices)[:9]}
    assert find_twins({}, {}, few) == []
    everybody = {f"q{i}": ["yes"] * 60 for i in range(20)}
    assert find_twins({}, {}, everybody) == []


def test_zero_is_a_value_and_no_slip() -> None:
    now = np.array([0.0, *np.linspace(90, 110, 30)])
    found = check_measured([Measured("calls", now, np.full(31, np.nan))])
    assert [(one.place, one.kind) for one in found] == [(0, "peers")]
    assert math.isfinite(float(found[0].figures["distance"]))
