"""The forecast against brute force: simulated rounds in which the end is known."""

import numpy as np
import pytest

from surveys.validation import Response, forecast_response
from surveys.validation.forecasting import Z, wilson


def test_a_round_like_the_last_one_ends_like_it() -> None:
    last = Response(tuple(float(day) for day in range(40)))  # one a day
    found = forecast_response(20, 20.0, [last], most=100)
    assert found is not None
    assert found.rounds == ((20, 40),)
    assert found.expected == 40
    assert found.low < 40 < found.high <= 100


@pytest.mark.parametrize("earlier", [[], [Response((1.0, 2.0))]])
def test_without_an_earlier_round_there_is_no_forecast(earlier: list[Response]) -> None:
    assert forecast_response(10, 5, earlier, most=60) is None


def test_before_anybody_answered_there_is_none_either() -> None:
    last = Response(tuple(float(day) for day in range(20)))
    assert forecast_response(0, 5, [last], most=60) is None
    assert forecast_response(3, 90, [last], most=60) is None


def test_the_range_stays_between_those_who_answered_and_those_who_could() -> None:
    last = Response(tuple(float(day) for day in range(20)))
    found = forecast_response(30, 18, [last], most=35)
    assert found is not None
    assert 30 <= found.low <= found.expected <= found.high <= 35


def test_the_range_holds_the_end_of_nine_in_ten_simulated_rounds() -> None:
    source, held, told = np.random.default_rng(5), 0, 0
    for _round in range(400):
        curve = source.uniform(0.5, 2.0)  # early or late in this sector, the same in both rounds
        before, now = (60 * source.beta(1, curve, size=count) for count in (50, int(source.integers(40, 80))))
        left = float(source.uniform(5, 40))
        found = forecast_response(int((now >= left).sum()), left, [Response(tuple(before))], most=200)
        if found is None:
            continue
        told += 1
        held += found.low <= now.size <= found.high
    assert told > 300
    assert held >= 0.9 * told


@pytest.mark.parametrize(("count", "total"), [(0, 10), (3, 20), (20, 20), (170, 400)])
def test_the_interval_holds_every_share_that_would_not_be_surprised(count: int, total: int) -> None:
    """Wilson's interval by its definition, share by share."""
    shares = np.linspace(0, 1, 200_001)
    unsurprised = np.abs(count / total - shares) <= Z * np.sqrt(shares * (1 - shares) / total)
    inside = shares[unsurprised]
    assert wilson(count, total) == pytest.approx((inside.min(), inside.max()), abs=1e-4)
