"""Numbers, line breaking, ticks and colours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.charts import number_format, palette
from benchmark.charts.drawing import number
from benchmark.charts.scale import Scale, round_axis
from benchmark.charts.text import text_width, wrap


@pytest.mark.parametrize(
    ("language", "decimals", "unit", "value", "expected"),
    [
        ("nl", 1, "", 1234.5, "1.234,5"),
        ("en", 1, "", 1234.5, "1,234.5"),
        ("nl", 0, "%", 54.8, "55\u00a0%"),
        ("nl", 2, "€", -4.1, "€\u00a0\u22124,10"),
        ("nl", 0, "", -0.2, "0"),
        ("nl", 0, "", -22, "\u221222"),
    ],
)
def test_number_reads_as_in_the_language(language: str, decimals: int, unit: str, value: float, expected: str) -> None:
    assert number_format(language, decimals, unit)(value) == expected


@given(text=st.text(max_size=120), width=st.floats(30, 400))
def test_wrapped_lines_fit(text: str, width: float) -> None:
    assert all(text_width(line, 14) <= width for line in wrap(text, 14, width))


def test_wrap_breaks_at_words_and_keeps_them_all() -> None:
    lines = wrap("Energie en nutsbedrijven, consumenten en zakelijk", 14, 150)
    assert len(lines) > 1
    assert " ".join(lines) == "Energie en nutsbedrijven, consumenten en zakelijk"


@given(low=st.floats(-1e6, 1e6), span=st.floats(0.01, 1e6), most=st.integers(1, 9))
def test_axis_holds_its_values_between_rising_ticks(low: float, span: float, most: int) -> None:
    first, last, ticks = round_axis(low, low + span, most, str)
    assert first <= low + span * 1e-6
    assert last >= low + span * (1 - 1e-6)
    assert list(ticks) == sorted(set(ticks))
    assert 1 <= len(ticks) <= most + 2


@given(pair=st.tuples(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9)).map(sorted))
def test_scale_never_reverses_an_order_and_never_leaves_its_ends(pair: list[float]) -> None:
    scale = Scale(-100, 100, 20, 340)
    assert 20 <= scale(pair[0]) <= scale(pair[1]) <= 340


@pytest.mark.parametrize(
    ("value", "expected"), [(0.0, "0"), (-0.001, "0"), (1.5, "1.5"), (100.0, "100"), (1.239, "1.24")]
)
def test_coordinate_is_written_one_way(value: float, expected: str) -> None:
    assert number(value) == expected


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [palette.INK, palette.MUTED, palette.ACCENT, palette.OWN])
def test_text_colours_have_contrast(colour: str) -> None:
    assert _contrast(colour, palette.PAPER) >= 4.5


def test_marks_and_text_on_tones_have_contrast() -> None:
    assert _contrast(palette.AXIS, palette.PAPER) >= 3
    assert _contrast(palette.OWN, palette.ACCENT_LIGHT) >= 3
    assert all(_contrast(fill, ink) >= 4.5 for fill, _, _, ink in palette.TONES)


def test_neighbouring_tones_differ_in_lightness_or_pattern() -> None:
    for one, other in zip(palette.TONES, palette.TONES[1:], strict=False):
        assert one[1] != other[1] or _contrast(one[0], other[0]) >= 3
