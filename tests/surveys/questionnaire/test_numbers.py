"""Numbers as typed: a strict grammar that reads both languages and never guesses."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import NumberError, format_number, parse_number, percent_changed
from surveys.questionnaire.messages import Times

READ = [
    # typed, nl, en
    ("12,5", 12.5, 12.5),
    ("12.5", 12.5, 12.5),
    ("1.234", 1234, 1.234),
    ("1,234", 1.234, 1234),
    ("1.234,5", 1234.5, 1234.5),
    ("1,234.5", 1234.5, 1234.5),
    ("1 234,5", 1234.5, 1234.5),
    ("1\u00a0234.5", 1234.5, 1234.5),
    ("1\u202f234\u202f567", 1234567, 1234567),
    ("1.234.567", 1234567, 1234567),
    ("1,234,567", 1234567, 1234567),
    ("1234.567", 1234.567, 1234.567),
    ("0.123", 0.123, 0.123),
    ("0,123", 0.123, 0.123),
    ("-5", -5, -5),
    ("\u22125", -5, -5),
    ("+5", 5, 5),
    ("007", 7, 7),
    ("4572.0", 4572, 4572),
    ("  12 ", 12, 12),
    ("999999999999999", 999999999999999, 999999999999999),
]
REFUSED = [
    "", " ", "nan", "inf", "-Infinity", "1e999", "1e5", "0x10", "1_000", "١٢", "１２", "²", "½", "1.23.4", "1,23,4",
    "12.34,5", "1.2345,6", "1..2", "1,,2", "12,", ",5", ".5", "--5", "5-", "5 %", "1 2345", "1.234 567", "1'234",
    "twelve", "12\n13", "1\u200b2", "１", "0.123.456",
]  # fmt: skip


@pytest.mark.parametrize(("typed", "dutch", "english"), READ)
def test_number_is_read_in_both_languages(typed: str, dutch: float, english: float) -> None:
    assert parse_number(typed, "nl") == dutch
    assert parse_number(typed, "en") == english


@pytest.mark.parametrize("typed", REFUSED)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_is_no_number_is_refused(typed: str, language: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_number(typed, language)
    assert caught.value.message_id == "number.not_a_number"


@pytest.mark.parametrize("typed", ["1234567890123456", "0.1234567890123456", "9" * 300])
def test_more_than_15_digits_are_refused(typed: str) -> None:
    with pytest.raises(NumberError) as caught:
        parse_number(typed, "nl")
    assert caught.value.message_id == "number.too_many_digits"


def test_minus_zero_is_zero() -> None:
    assert math.copysign(1, parse_number("-0,0", "nl")) == 1
    assert format_number(-0.0, None, "nl") == "0"
    assert format_number(-0.004, 2, "nl") == "0,00"


@pytest.mark.parametrize(
    ("value", "decimals", "dutch", "english"),
    [
        (1234.5, None, "1.234,5", "1,234.5"),
        (1234.5, 2, "1.234,50", "1,234.50"),
        (2.5, 0, "3", "3"),
        (-2.5, 0, "-3", "-3"),
        (0.125, 2, "0,13", "0.13"),
        (1e-7, None, "0,0000001", "0.0000001"),
        (1e21, 0, "1.000.000.000.000.000.000.000", "1,000,000,000,000,000,000,000"),
        (1e21, 2, "1.000.000.000.000.000.000.000,00", "1,000,000,000,000,000,000,000.00"),
    ],
)
def test_number_is_written_as_the_language_does(value: float, decimals: int | None, dutch: str, english: str) -> None:
    assert format_number(value, decimals, "nl") == dutch
    assert format_number(value, decimals, "en") == english


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_never_written(value: float) -> None:
    with pytest.raises(ValueError):
        format_number(value, 1, "nl")


@settings(deadline=None)
@given(
    st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1),
    st.integers(min_value=0, max_value=6),
    st.sampled_from("ne"),
)
def test_written_number_reads_back_the_same(digits: int, decimals: int, start: str) -> None:
    language = {"n": "nl", "e": "en"}[start]
    value = digits / 10**decimals
    assert parse_number(format_number(value, None, language), language) == value
    assert parse_number(format_number(value, decimals, language), language) == value


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(["nl", "en"]))
def test_any_text_is_a_finite_number_or_an_error(typed: str, language: str) -> None:
    try:
        value = parse_number(typed, language)
    except NumberError:
        return
    assert math.isfinite(value)
    assert typed.isascii() or any(space in typed for space in "\u00a0\u202f\u2009\u2007\u2212")


@given(st.integers(1, 10**6), st.integers(0, 10**7))
def test_a_change_in_percent_is_cut_off_to_the_decimal_that_whole_numbers_give(before: int, now: int) -> None:
    assert percent_changed((now - before) / before) == (1000 * abs(now - before) // before) / 10


TIMES = [
    (10, 1, "10 keer zoveel", "10 times as much"),
    (7, 0.7, "10 keer zoveel", "10 times as much"),
    (328, 5, "ruim 65 keer zoveel", "more than 65 times as much"),
    (7_719_298, 100, "ruim 77.000 keer zoveel", "more than 77,000 times as much"),
    (77_000, 1, "77.000 keer zoveel", "77,000 times as much"),
    (10**9, 3, "meer dan een miljoen keer zoveel", "more than a million times as much"),
]


@pytest.mark.parametrize(("now", "then", "dutch", "english"), TIMES)
def test_how_many_times_as_much_has_two_digits_and_is_never_too_much(
    now: float, then: float, dutch: str, english: str
) -> None:
    times = Times.of(now, then)
    assert times is not None
    assert (times.text("nl"), times.text("en")) == (dutch, english)


@pytest.mark.parametrize(("now", "then"), [(9.99, 1), (1, 10), (100, -1), (-100, -1), (100, 0), (0, 5)])
def test_a_change_of_less_than_ten_times_is_said_in_percent(now: float, then: float) -> None:
    assert Times.of(now, then) is None


@given(st.floats(1, 1e9), st.floats(1e-3, 1e3))
def test_times_as_much_is_said_of_no_more_than_there_is(now: float, then: float) -> None:
    times = Times.of(now, then)
    if times is not None and now / then < 1e6:
        said = parse_number("".join(one for one in times.text("en") if one.isdigit() or one == ","), "en")
        assert 0.9 * now / then < said <= now / then * (1 + 1e-9)
