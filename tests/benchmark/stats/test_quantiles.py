import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.quantiles import PERCENT, smoothed, smoothing_window, type7
from tests.oracles import order_statistics

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=130)
P = st.sampled_from(sorted(PERCENT.values()))


@settings(deadline=None)  # the machine may be busy
@given(VALUES, P)
def test_type7_equals_the_definition_and_numpy(values: list[float], percent: int) -> None:
    ordered = np.sort(np.array(values))
    assert type7(ordered, percent) == pytest.approx(order_statistics.type7(values, percent), rel=1e-9, abs=1e-9)
    assert type7(ordered, percent) == pytest.approx(float(np.quantile(ordered, percent / 100)), rel=1e-9, abs=1e-9)


@settings(deadline=None)  # the machine may be busy
@given(VALUES, P)
def test_smoothed_equals_the_search_over_all_windows(values: list[float], percent: int) -> None:
    ordered = np.sort(np.array(values))
    expected = order_statistics.smoothed(values, percent)
    assert smoothed(ordered, percent) == pytest.approx(expected, rel=1e-12, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("percent", sorted(PERCENT.values()))
def test_windows_of_p_and_of_1_minus_p_mirror_each_other(percent: int) -> None:
    for n in (*range(5, 130), 400):
        one, other = smoothing_window(n, percent), smoothing_window(n, 100 - percent)
        assert (one.below, one.above) == (other.above, other.below)
        assert list(range(one.start, one.stop)) == order_statistics.window(n, percent)


@pytest.mark.parametrize(("percent", "minimum"), [(50, 9), (25, 15), (75, 15), (10, 37), (90, 37)])
def test_from_the_minimum_on_two_lie_strictly_outside(percent: int, minimum: int) -> None:
    for n in range(minimum, 1000):
        window = smoothing_window(n, percent)
        assert min(window.below, window.above) >= 2, n
        assert window.stop - window.start >= max(5, math.ceil(0.05 * n) if n >= 100 else 5)


def test_smoothed_median_of_nine_and_of_ten() -> None:
    assert smoothed(np.array([0, 0, 1, 2, 3, 4, 5, 99, 99], dtype=float), 50) == 3
    assert smoothed(np.array([0, 0, 1, 2, 3, 4, 5, 9, 99, 99], dtype=float), 50) == 4  # six of them: 1, 2, 3, 4, 5, 9


def test_window_grows_from_hundred_on() -> None:
    assert [smoothing_window(n, 25).stop - smoothing_window(n, 25).start for n in (99, 100, 101, 4376)] == [
        5,
        5,
        6,
        219,
    ]


def test_quantiles_of_nothing_are_not_a_number() -> None:
    assert math.isnan(type7(np.array([]), 50))
    assert math.isnan(smoothed(np.array([]), 50))
