"""What each chart says about its data: order, honesty about blanks, words."""

import math

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from benchmark.charts import (
    Boundary,
    ChartDataError,
    MixBar,
    MixData,
    PositionData,
    QuartileData,
    QuartileRow,
    Setting,
    ShareBar,
    ShareData,
    TrendData,
    TrendPoint,
    TrendSeries,
    band_text,
    bands_of,
    mix_chart,
    number_format,
    position_strip,
    quartile_chart,
    quartile_table,
    share_chart,
    share_table,
    trend_chart,
    trend_table,
)
from tests.benchmark.charts.geometry import box, marks, middle_x, texts, words_of
from tests.benchmark.charts.samples import COMPOUND, HOSTILE, MIX, POSITION, QUARTILES, REASON, SHARES, TREND

PAGE = Setting("c", 680, "nl", number_format("nl", 0, "s"))
PHONE = Setting("c", 360, "nl", number_format("nl", 0, "s"))
NB = "\u00a0"


@hypothesis_settings(max_examples=60, deadline=None)
@given(medians=st.lists(st.integers(0, 1000), min_size=2, max_size=5, unique=True))
def test_quartile_chart_puts_a_larger_median_further_right(medians: list[int]) -> None:
    rows = tuple(QuartileRow(f"groep {index}", median=value) for index, value in enumerate(medians))
    drawn = [middle_x(mark) for mark in marks(quartile_chart(QuartileData("t", rows), PAGE), "median")]
    assert [x for _, x in sorted(zip(medians, drawn, strict=True))] == sorted(drawn)
    assert len(set(drawn)) == len(drawn)


def test_quartile_chart_draws_only_released_quantiles() -> None:
    svg = quartile_chart(QUARTILES, PAGE)
    assert len(marks(svg, "middle")) == 1
    assert len(marks(svg, "median")) == 2
    assert len(marks(svg, "tails")) == 1
    assert len(marks(svg, "suppressed")) == 1
    assert " ".join(texts(svg, "reason")) == f"Alleen de mediaan: minder dan 15 deelnemers {REASON}"


def test_quartile_chart_without_one_side_draws_no_box() -> None:
    svg = quartile_chart(QuartileData("t", (QuartileRow("a", 10, 20, None),)), PAGE)
    assert not marks(svg, "middle")
    assert len(marks(svg, "quartile")) == 1


def test_suppressed_row_prints_no_figure_even_when_handed_one() -> None:
    row = QuartileRow("a", 111, 222, 333, suppressed=REASON)
    svg = quartile_chart(QuartileData("t", (row,)), PAGE)
    _, table = quartile_table(QuartileData("t", (row,)), PAGE)
    assert not any(figure in words_of(svg) for figure in ("111", "222", "333"))
    assert not marks(svg, "median")
    assert table == [["a", "", "", "", "", "", "", REASON]]


def test_suppressed_values_leave_no_trace_in_the_geometry() -> None:
    peers = QuartileRow("alle", 10, 20, 30)
    handed = QuartileData("t", (peers, QuartileRow("a", 500, 600, 700, suppressed=REASON)), own=25)
    blank = QuartileData("t", (peers, QuartileRow("a", suppressed=REASON)), own=25)
    assert quartile_chart(handed, PAGE) == quartile_chart(blank, PAGE)
    strips = [PositionData("t", bounds, suppressed=REASON) for bounds in (POSITION.boundaries, ())]
    assert position_strip(strips[0], PAGE) == position_strip(strips[1], PAGE)
    shares = [ShareData("t", (ShareBar("Ja", value),), "7", suppressed=REASON) for value in (45, 90)]
    assert share_chart(shares[0], PAGE) == share_chart(shares[1], PAGE)


@pytest.mark.parametrize("own", [150.0, 400.0, 99_000.0, -99_000.0])
def test_words_about_the_own_value_stay_inside_at_both_ends_of_the_axis(own: float) -> None:
    svg = quartile_chart(QuartileData("t", (QuartileRow("a", 150, 245, 400),), own=own), PHONE)
    found = box(marks(svg, "own-label")[0])
    assert found is not None
    assert found.left >= 0
    assert found.right <= PHONE.width


def test_words_without_a_bar_do_not_shorten_the_bars() -> None:
    told = ShareBar("Skills", None, "niet getoond: te weinig deelnemers")
    alone = marks(share_chart(ShareData("t", (ShareBar("Kosten", 60),), "28"), PHONE), "bar")
    beside = marks(share_chart(ShareData("t", (ShareBar("Kosten", 60), told), "28"), PHONE), "bar")
    assert alone[0].get("width") == beside[0].get("width")


def test_own_mark_stands_in_each_row_that_has_peers() -> None:
    svg = quartile_chart(QUARTILES, PAGE)
    own, medians = marks(svg, "own-mark"), marks(svg, "median")
    assert len(own) == 2
    assert middle_x(own[0]) > middle_x(medians[0])
    assert texts(svg, "own-label") == [f"Uw organisatie: 258{NB}s"]


@pytest.mark.parametrize(("own", "right"), [(99_000.0, True), (-99_000.0, False)])
def test_own_value_far_outside_is_an_arrow_at_the_edge_with_its_value(own: float, right: bool) -> None:
    svg = quartile_chart(QuartileData("t", (QuartileRow("a", 10, 20, 30),), own=own), PAGE)
    arrows = marks(svg, "own-beyond")
    assert len(arrows) == 1
    assert (middle_x(arrows[0]) > middle_x(marks(svg, "median")[0])) is right
    assert PAGE.write(own) in texts(svg, "own-label")[0]
    assert float(PAGE.width) * 0.1 < middle_x(marks(svg, "median")[0]) < PAGE.width * 0.9


def test_equal_quantiles_and_zero_still_give_an_axis() -> None:
    svg = quartile_chart(QuartileData("t", (QuartileRow("a", 0, 0, 0, 0, 0),), own=0, legal=(0, None)), PAGE)
    assert len(marks(svg, "tick")) >= 2
    assert all("−" not in tick for tick in texts(svg, "tick"))


def test_axis_stays_within_the_legal_range() -> None:
    rows = (QuartileRow("a", 82, 97, 100),)
    ticks = texts(quartile_chart(QuartileData("t", rows, legal=(0, 100)), Setting("c")), "tick")
    assert max(int(tick) for tick in ticks) == 100


def test_axis_labels_differ_even_when_decimals_are_few() -> None:
    ticks = texts(quartile_chart(QuartileData("t", (QuartileRow("a", 7.1, 7.2, 7.3),)), Setting("c")), "tick")
    assert len(set(ticks)) == len(ticks)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e16])
def test_value_that_cannot_be_drawn_is_refused(bad: float) -> None:
    with pytest.raises(ChartDataError):
        quartile_chart(QuartileData("t", (QuartileRow("a", median=bad),)), PAGE)
    with pytest.raises(ChartDataError):
        quartile_chart(QuartileData("t", (QuartileRow("a", median=1),), own=bad), PAGE)


def test_quantiles_out_of_order_are_refused() -> None:
    with pytest.raises(ChartDataError, match="order"):
        quartile_chart(QuartileData("t", (QuartileRow("a", 30, 20, 10),)), PAGE)


@pytest.mark.parametrize("setting", [PAGE, PHONE], ids=["page", "phone"])
def test_hostile_and_long_labels_are_text_and_stay_complete(setting: Setting) -> None:
    svg = quartile_chart(QuartileData(HOSTILE, (QuartileRow(HOSTILE), QuartileRow(COMPOUND))), setting)
    assert "<script" not in svg
    assert "\x00" not in svg
    said = "".join(texts(svg, "label")).replace("-", "")
    assert COMPOUND in said
    assert "<script>alert('x')</script>" in " ".join(texts(svg, "label")).replace("- ", "")


@hypothesis_settings(max_examples=60, deadline=None)
@given(shares=st.lists(st.integers(0, 100), min_size=2, max_size=6))
def test_share_bars_are_proportional_to_their_values(shares: list[int]) -> None:
    data = ShareData("t", tuple(ShareBar(f"optie {index}", value) for index, value in enumerate(shares)), "n = 60")
    widths = [float(mark.get("width", "")) for mark in marks(share_chart(data, PHONE), "bar")]
    whole = max(shares) or 1
    for value, width in zip(shares, widths, strict=True):
        assert width == pytest.approx(value / whole * max(widths, default=0), abs=0.05)


def test_coded_share_shows_its_text_and_the_range_it_leaves_open() -> None:
    svg = share_chart(SHARES, Setting("c", format=number_format("nl", 0, "%")))
    assert "< 10" in texts(svg, "value")
    assert len(marks(svg, "bar")) == 3
    assert len(marks(svg, "suppressed")) == 1
    assert texts(svg, "base") == ["Basis: 28 organisaties die uitbesteden"]
    assert len(marks(svg, "own-mark")) == 1


def test_suppressed_question_shows_no_share() -> None:
    data = ShareData("t", (ShareBar("Ja", 45),), "7 organisaties", suppressed=REASON)
    svg = share_chart(data, Setting("c"))
    assert "45" not in words_of(svg)
    assert not marks(svg, "bar")
    assert share_table(data, Setting("c"))[1] == [["Ja", REASON], ["Basis", "7 organisaties"]]


def test_trend_line_is_broken_at_a_blank_and_at_a_break_in_every_series() -> None:
    svg = trend_chart(TREND, PAGE)
    # Released: 2021 alone, 2023 alone, 2024–2025; own: 2021–2023, 2024–2025.
    assert len(marks(svg, "series")) == 3
    assert len(marks(svg, "point")) == 4
    assert len(marks(svg, "suppressed")) == 1
    assert len([mark for mark in marks(svg, "break") if mark.get("stroke-dasharray")]) == 1
    assert texts(svg, "reason") == ["2022: minder dan 9 deelnemers", "2024: nawerk telt mee"]
    assert trend_table(TREND, PAGE)[1][3] == ["2024", f"240{NB}s", f"270{NB}s", "reeksbreuk; nawerk telt mee"]


@hypothesis_settings(max_examples=60, deadline=None)
@given(values=st.lists(st.integers(-100, 100), min_size=2, max_size=8, unique=True))
def test_trend_puts_a_larger_value_higher_and_a_later_round_further_right(values: list[int]) -> None:
    rounds = tuple(str(2015 + index) for index in range(len(values)))
    data = TrendData("t", rounds, (TrendSeries("s", tuple(TrendPoint(value) for value in values)),))
    points = marks(trend_chart(data, PHONE), "point")
    across = [float(point.get("cx", "")) for point in points]
    heights = [float(point.get("cy", "")) for point in points]
    assert across == sorted(across)
    assert [y for _, y in sorted(zip(values, heights, strict=True))] == sorted(heights, reverse=True)


def test_trend_keeps_a_small_change_small() -> None:
    series = TrendSeries("s", (TrendPoint(54.1), TrendPoint(55.0)))
    svg = trend_chart(TrendData("t", ("a", "b"), (series,), (0, 100)), PAGE)
    heights = [float(point.get("cy", "")) for point in marks(svg, "point")]
    assert abs(heights[0] - heights[1]) < 25


def test_trend_breaks_the_names_of_months_alike_and_cuts_none_on_a_phone() -> None:
    rounds = ("oktober 2025", "november 2025", "december 2025")
    data = TrendData("t", rounds, (TrendSeries("s", (TrendPoint(55.2), TrendPoint(54.3), TrendPoint(54.8))),))
    assert texts(trend_chart(data, PAGE), "round") == list(rounds)
    assert texts(trend_chart(data, PHONE), "round") == " ".join(rounds).split()


def test_trend_with_a_missing_point_is_refused() -> None:
    with pytest.raises(ChartDataError, match="2 rounds"):
        trend_chart(TrendData("t", ("a", "b"), (TrendSeries("s", (TrendPoint(1),)),)), PAGE)


def test_mix_parts_fill_the_bar_in_proportion_and_blanks_are_hatched() -> None:
    svg = mix_chart(MIX, Setting("c"))
    widths = [float(mark.get("width", "")) for mark in marks(svg, "part")]
    assert widths[:3] == pytest.approx([678 * share for share in (0.52, 0.40, 0.08)], abs=0.05)
    assert len(widths) == 4
    assert len(marks(svg, "suppressed")) == 1
    assert "te weinig deelnemers" in texts(svg, "reason")


@pytest.mark.parametrize("values", [(1.0,), (1.0, -1.0)])
def test_mix_that_does_not_fit_its_parts_is_refused(values: tuple[float, ...]) -> None:
    with pytest.raises(ChartDataError):
        mix_chart(MixData("t", ("a", "b"), (MixBar("x", values),)), PAGE)


def test_position_strip_is_the_same_for_every_value_in_the_band() -> None:
    strips = {
        position_strip(PositionData("t", POSITION.boundaries, bands_of(value, POSITION.boundaries)), PAGE)
        for value in (245.1, 260.0, 299.9)
    }
    assert len(strips) == 1
    own = box(marks(strips.pop(), "own-band")[0])
    assert own is not None
    assert own.left == pytest.approx(340, abs=1)
    assert own.right == pytest.approx(509.5, abs=1)


def test_value_on_a_boundary_claims_neither_band() -> None:
    ties = (Boundary("P25", 0), Boundary("mediaan", 0), Boundary("P75", 4))
    assert bands_of(0, ties) == (0, 2)
    assert band_text(PositionData("t", ties, (0, 2)), PAGE) == f"hoogstens P75 (4{NB}s)"
    assert bands_of(4, ties) == (2, 3)
    assert band_text(PositionData("t", ties, (2, 3)), PAGE) == f"minstens mediaan (0{NB}s)"
    assert band_text(PositionData("t", ties, (3, 3)), PAGE) == f"hoger dan P75 (4{NB}s)"
    assert band_text(PositionData("t", ties, (1, 1)), PAGE) == f"tussen P25 (0{NB}s) en mediaan (0{NB}s)"


def test_position_refuses_a_band_that_is_not_there() -> None:
    with pytest.raises(ChartDataError, match="band"):
        position_strip(PositionData("t", POSITION.boundaries, (2, 4)), PAGE)


def test_every_label_of_the_samples_is_there_in_words() -> None:
    assert texts(share_chart(SHARES, PHONE), "label") == ["Tijd", "Kwaliteit", "Risico", "Kosten"]
    assert texts(trend_chart(TREND, PHONE), "round") == list(TREND.rounds)
