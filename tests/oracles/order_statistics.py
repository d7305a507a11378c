"""Quantiles and windows by the definition, slowly: fractions, lists and searching every window."""

import math
from collections.abc import Sequence
from fractions import Fraction


def type7(values: Sequence[float], percent: int) -> float:
    """Hyndman and Fan (1996), definition 7: the mode of the order statistics' distribution, linear in between."""
    ordered = [Fraction(value) for value in sorted(values)]
    position = Fraction(percent, 100) * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (position - below) * (ordered[above] - ordered[below]))


def window(n: int, percent: int) -> list[int]:
    """Of all runs of w positions the one whose centre lies nearest to (n − 1)p, the more central one on a tie;
    for the median on a tie both."""
    width = 5 if n < 100 else max(5, math.ceil(Fraction(5 * n, 100)))
    position, middle = Fraction(percent, 100) * (n - 1), Fraction(n - 1, 2)
    runs = [list(range(start, start + width)) for start in range(-n, n + width)]

    def centre(run: list[int]) -> Fraction:
        return Fraction(run[0] + run[-1], 2)

    nearest = min(abs(centre(run) - position) for run in runs)
    tied = [run for run in runs if abs(centre(run) - position) == nearest]
    if percent == 50:
        return sorted({place for run in tied for place in run})
    return min(tied, key=lambda run: abs(centre(run) - middle))


def smoothed(values: Sequence[float], percent: int) -> float:
    """Mean of the order statistics in the window; NaN when it does not fit."""
    places = window(len(values), percent)
    if places[0] < 0 or places[-1] >= len(values):
        return math.nan
    ordered = sorted(values)
    return float(sum(Fraction(ordered[place]) for place in places) / len(places))
