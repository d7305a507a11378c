from dataclasses import replace
from typing import Any

import pytest

from benchmark.stats.release import ReleasedTable
from benchmark.stats.trends import Trend, join_trend
from tests.benchmark.stats.cases import META, indicator, released_of


def year(period: str, start: float, **changes: Any) -> ReleasedTable:
    meta = replace(META, round=f"national-{period}", version=changes.pop("version", period), period=period)
    size = changes.pop("size", 12)
    return released_of([start + i for i in range(size)], indicator(**changes), meta=meta)


def drawn(trend: Trend) -> list[list[float | None]]:
    return [[point.value for point in series] for series in trend.series]


def test_same_question_is_one_line() -> None:
    trend = join_trend([year("2023", 100), year("2024", 110), year("2025", 120)])
    assert drawn(trend) == [[106.0, 116.0, 126.0]]
    assert (trend.statistic, trend.breaks, trend.equivalent) == ("mean", (), ())


def test_broken_lineage_starts_a_new_line() -> None:
    trend = join_trend([year("2023", 100), year("2024", 110, lineage={"relation": "broken"}), year("2025", 120)])
    assert drawn(trend) == [[106.0], [116.0, 126.0]]
    assert trend.breaks == ("2024",)


def test_months_of_one_version_are_not_broken_by_its_lineage() -> None:
    broken = {"lineage": {"relation": "broken"}, "version": "2025"}
    assert len(join_trend([year("2025-10", 100, **broken), year("2025-11", 110, **broken)]).series) == 1


def test_equivalent_question_is_joined_and_marked() -> None:
    trend = join_trend([year("2023", 100), year("2024", 110, lineage={"relation": "equivalent"})])
    assert (len(trend.series), trend.equivalent) == (1, ("2024",))


@pytest.mark.parametrize(
    "changes", [{"direction": "higher"}, {"unit": "count"}, {"range": {"min": 0, "max": 7}, "scale_type": "bounded"}]
)
def test_another_instrument_is_never_joined(changes: dict[str, Any]) -> None:
    first = year("2023", 1, size=6, range={"min": 0, "max": 500}, scale_type="bounded")
    if "range" in changes:
        second = year("2024", 0.5, size=6, **changes)
    else:
        second = year("2024", 1, size=6, range={"min": 0, "max": 500}, scale_type="bounded", **changes)
    assert join_trend([first, second]).breaks == ("2024",)


def test_withheld_figure_is_a_gap_with_its_reason() -> None:
    trend = join_trend([year("2023", 100), year("2024", 110, size=4)])
    point = trend.series[0][1]
    assert (point.value, point.reason, point.n) == (None, "too_few", "<5")


def test_group_that_did_not_exist_is_a_gap() -> None:
    point = join_trend([year("2023", 100)], key="sector=care").series[0][0]
    assert (point.value, point.reason) == (None, "")


def test_releases_of_two_indicators_are_refused() -> None:
    with pytest.raises(ValueError):
        join_trend([year("2023", 100), year("2024", 100, code="other")])
    with pytest.raises(ValueError):
        join_trend([])


def test_held_trend_is_a_blank_with_its_own_reason_and_what_follows_is_another_line() -> None:
    tables = [year("2023", 100), year("2024", 110), year("2025", 120)]
    held = replace(tables[1].groups["all"], trend_held=True)
    tables[1] = replace(tables[1], groups={**tables[1].groups, "all": held})
    trend = join_trend(tables)
    assert drawn(trend) == [[106.0], [None, 126.0]]
    point = trend.series[1][0]
    assert (point.reason, point.n) == ("trend_held", "12")
    assert (trend.held, trend.breaks) == (("2024",), ())
    assert drawn(join_trend(tables[1:])) == [[116.0, 126.0]], "nothing before it: there is nothing to compare with"


def test_held_trend_at_a_break_is_the_break() -> None:
    tables = [year("2023", 100), year("2024", 110, lineage={"relation": "broken"})]
    held = replace(tables[1].groups["all"], trend_held=True)
    tables[1] = replace(tables[1], groups={"all": held})
    trend = join_trend(tables)
    assert (drawn(trend), trend.breaks, trend.held) == ([[106.0], [116.0]], ("2024",), ())
