"""How many will have answered by the closing of a round, from when those of earlier rounds did."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.645  # 90 % of the time
FEWEST = 8  # so few responders in an earlier round say nothing


@dataclass(frozen=True)
class Response:
    """When the organisations that answered an earlier round did: days before its closing, one number each."""

    days_before: tuple[float, ...]

    def share_by(self, days_left: float) -> tuple[int, int]:
        """(how many had answered with so many days left, how many did in the end)."""
        return sum(days >= days_left for days in self.days_before), len(self.days_before)


@dataclass(frozen=True)
class Forecast:
    """Expected number at the closing with a range, and what it rests on: (had answered by then, in the end) a round."""

    expected: int
    low: int
    high: int
    rounds: tuple[tuple[int, int], ...]


def forecast_response(now: int, days_left: float, earlier: Sequence[Response], most: int) -> Forecast | None:
    """The number at the closing: now, divided by the share that had answered by this time in earlier rounds.

    `most`: organisations that could answer. The range holds each earlier round's own estimate with its uncertainty
    (Wilson), and that of who is still to come. None without an earlier round of some size, or so early that nobody had
    answered then.
    """
    shares = [one.share_by(days_left) for one in earlier if len(one.days_before) >= FEWEST]
    if not shares or days_left < 0:
        return None
    then, all_of_them = (sum(column) for column in zip(*shares, strict=True))
    if then == 0 or now == 0:
        return None
    lows, highs = [], []
    for by_then, in_the_end in shares:
        least, greatest = wilson(by_then, in_the_end)
        lows.append(_total(now, greatest, -Z))
        highs.append(_total(now, least, Z) if least > 0 else float(most))
    bounds = [min(max(value, float(now)), float(most)) for value in (now * all_of_them / then, min(lows), max(highs))]
    expected, low, high = bounds
    return Forecast(round(expected), math.floor(low), math.ceil(high), tuple(shares))


def _total(now: int, share: float, z: float) -> float:
    """The total of which `now` is so large a share, `z` standard deviations off: chance in who came early this time."""
    total = now / share
    return total + z * math.sqrt(now * (1 - share)) / share


def wilson(count: int, total: int) -> tuple[float, float]:
    """A 90 % interval of a share (Wilson's)."""
    share, square = count / total, Z * Z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = Z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)
