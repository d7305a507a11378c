import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.disclosure.rounding import half_step, round_percentage, round_significant


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (54.82654297151901, 3, 54.8),
        (11.767396888077954, 3, 11.8),
        (0.12345, 3, 0.123),
        (2.125, 3, 2.12),
        (2.135, 3, 2.14),  # 2.135 in binary lies just above; on paper it is a tie, half to even
        (2.145, 3, 2.14),
        (0.1 + 0.2 - 0.175, 2, 0.12),  # 0.125 but for the last binary digit
        (1_355_000.0, 3, 1_360_000.0),  # a tie: 135 is odd
        (999.6, 3, 1000.0),
        (-2.125, 3, -2.12),
        (0.0, 3, 0.0),
        (-0.0, 3, 0.0),
        (87.5, 2, 88.0),
    ],
)
def test_significant_digits_half_to_even(value: float, digits: int, expected: float) -> None:
    assert repr(round_significant(value, digits)) == repr(expected)


@settings(deadline=None)
@given(st.floats(-1e12, 1e12).filter(lambda x: abs(x) > 1e-9), st.integers(1, 4))
def test_rounding_twice_changes_nothing_and_moves_less_than_half_a_step(value: float, digits: int) -> None:
    rounded = round_significant(value, digits)
    assert round_significant(rounded, digits) == rounded
    assert abs(rounded - value) <= half_step(rounded, digits) * (1 + 1e-9)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_cannot_be_released(value: float) -> None:
    with pytest.raises(ValueError):
        round_significant(value, 3)


def test_percentages_are_exact() -> None:
    assert [round_percentage(count, 60) for count in (27, 28, 5)] == [45, 47, 8]
    assert [round_percentage(count, 28) for count in (6, 1, 2, 2, 17)] == [21, 4, 7, 7, 61]
    assert [round_percentage(count, 200) for count in (1, 3, 5)] == [0, 2, 2]  # 0.5, 1.5, 2.5
    assert [round_percentage(count, 40, 10) for count in (2, 6, 10)] == [0, 20, 20]  # 5, 15, 25
