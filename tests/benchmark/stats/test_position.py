import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.position import SENTENCES, group_position, position_band
from tests.benchmark.stats.cases import indicator, released_of

FIVE: dict[str, float | None] = {"p10": 10.0, "p25": 25.0, "p50": 50.0, "p75": 75.0, "p90": 90.0}


@pytest.mark.parametrize(
    ("own", "band", "higher", "lower", "neutral"),
    [
        (5, (None, "p10"), "worst_tenth", "best_tenth", "lowest_tenth"),
        (20, ("p10", "p25"), "worst_quarter", "best_quarter", "lowest_quarter"),
        (30, ("p25", "p50"), "worse_half", "better_half", "lower_half"),
        (60, ("p50", "p75"), "better_half", "worse_half", "higher_half"),
        (80, ("p75", "p90"), "best_quarter", "worst_quarter", "highest_quarter"),
        (95, ("p90", None), "best_tenth", "worst_tenth", "highest_tenth"),
    ],
)
def test_band_between_released_quantiles(
    own: float, band: tuple[str | None, str | None], higher: str, lower: str, neutral: str
) -> None:
    for direction, standing in (("higher", higher), ("lower", lower), ("neutral", neutral)):
        found = position_band(own, FIVE, direction)  # type: ignore[arg-type]
        assert ((found.lower, found.upper), found.standing, found.near) == (band, standing, ())


def test_withheld_quantiles_make_the_band_wider() -> None:
    only_median = {"p50": 50.0, "p10": None}
    assert position_band(95, only_median, "higher").standing == "better_half"
    assert position_band(95, {}, "higher").standing == "cannot_say"
    no_median = {"p25": 25.0, "p75": 75.0}
    assert position_band(40, no_median, "higher").standing == "around_median"


@pytest.mark.parametrize(
    ("own", "near", "standing"),
    [
        (89.96, ("p90",), "best_quarter"),  # 90 may have been 89.95
        (90.04, ("p90",), "best_quarter"),
        (90.06, (), "best_tenth"),
        (50.0, ("p50",), "around_median"),
    ],
)
def test_within_rounding_of_a_quantile_nobody_can_say(own: float, near: tuple[str, ...], standing: str) -> None:
    band = position_band(own, FIVE, "higher")
    assert (band.near, band.standing) == (near, standing)


def test_two_digits_leave_more_doubt() -> None:
    assert position_band(90.4, FIVE, "higher", digits=2).standing == "best_quarter"
    assert position_band(90.6, FIVE, "higher", digits=2).standing == "best_tenth"


@settings(deadline=None)
@given(
    st.floats(-1e3, 1e3),
    st.dictionaries(st.sampled_from(sorted(FIVE)), st.one_of(st.none(), st.floats(-1e3, 1e3))),
    st.sampled_from(["higher", "lower", "neutral"]),
)
def test_best_tenth_is_said_only_beyond_the_released_mark(
    own: float, quantiles: dict[str, float | None], direction: str
) -> None:
    band = position_band(own, quantiles, direction)  # type: ignore[arg-type]
    if band.standing == "best_tenth":
        mark = quantiles["p90" if direction == "higher" else "p10"]
        assert direction != "neutral"
        assert mark is not None
        assert own > mark if direction == "higher" else own < mark
    assert set(SENTENCES[band.standing]) == {"nl", "en"}


def test_group_position_reads_the_release_only() -> None:
    values = [100.0 + i for i in range(40)]
    table = released_of(values, indicator(direction="lower"))
    assert group_position(table, "all", 101.0).standing == "best_tenth"
    assert group_position(table, "all", 500.0).standing == "worst_tenth"
    assert group_position(released_of(values[:6]), "all", 101.0).standing == "cannot_say"
    small = released_of(values[:20])  # two digits: the median 109.5 is released as 110, so 105 … 115 may be it
    assert group_position(small, "all", 112.0).near == ("p50", "p75")
    with pytest.raises(KeyError):
        group_position(table, "sector=none", 1.0)
