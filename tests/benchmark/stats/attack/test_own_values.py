"""What an attacker takes off a sum is what it owns: the rest is the other's value, not only a narrow interval."""

import math

import pytest

from benchmark.stats.attack.sums import Sum, value_intervals


def test_one_of_two_works_out_the_value_of_the_other() -> None:
    two = Sum("two", frozenset({1, 2}), 30.0, 30.0)
    found = dict(value_intervals([two], 0.0, math.inf, {1: 10.0}))
    assert found[2] == pytest.approx((20.0, 20.0))
