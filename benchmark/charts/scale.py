"""From values to positions: linear scales and axis ticks that people find round."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

LARGEST = 1e15


class ChartDataError(ValueError):
    """The data cannot be drawn: a value is not finite or beyond 10^15, or the parts contradict each other."""


def check_values(values: Iterable[float | None]) -> list[float]:
    """The values that are present; raises ChartDataError at one that is not finite or absurdly large."""
    present = [float(value) for value in values if value is not None]
    for value in present:
        if not math.isfinite(value) or abs(value) > LARGEST:
            raise ChartDataError(f"cannot draw the value {value!r}")
    return present


@dataclass(frozen=True)
class Scale:
    """Linear map of [low, high] on [start, end]; what lies outside is held at the edge, so order is never reversed."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Position of `value` in user units."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)

    def holds(self, value: float) -> bool:
        """Whether `value` lies on the axis itself."""
        return self.low <= value <= self.high


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 2.5, 5 × 10^k that divides `span` into at most `most` steps."""
    raw = span / max(1, most)
    power = math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        step = factor * 10.0**power
        if step >= raw * (1 - 1e-9):
            return step
    raise ChartDataError(f"no step for a span of {span!r}")


def widen(low: float, high: float, share: float = 0.2) -> tuple[float, float]:
    """An interval of at least `share` of its largest absolute value: small differences stay small."""
    least = max(abs(low), abs(high)) * share or 1.0
    missing = least - (high - low)
    return (low - missing / 2, high + missing / 2) if missing > 0 else (low, high)


def readable_axis(
    low: float,
    high: float,
    most: int,
    write: Callable[[float], str],
    *,
    lowest: float | None = None,
    highest: float | None = None,
) -> tuple[float, float, tuple[float, ...]]:
    """`round_axis` with two ticks or more: a span too small for the unit's decimals grows, within the legal range."""
    for _ in range(40):
        first, last, ticks = round_axis(low, high, most, write, lowest=lowest, highest=highest)
        if len(ticks) > 1:
            break
        span = high - low
        low = low - span / 2 if lowest is None else max(min(low, lowest), low - span / 2)
        high = high + span / 2 if highest is None else min(max(high, highest), high + span / 2)
        if high - low <= span:
            break
    return first, last, ticks


def round_axis(
    low: float,
    high: float,
    most: int,
    write: Callable[[float], str],
    *,
    lowest: float | None = None,
    highest: float | None = None,
) -> tuple[float, float, tuple[float, ...]]:
    """Axis that holds [low, high]: its ends and its ticks, never beyond the legal range `lowest`…`highest`.

    Ticks whose labels would read the same (the unit has too few decimals for them) make way for a coarser step.
    """
    for count in range(max(1, most), 0, -1):
        first, last, step = _outward(low, high, count)
        first = max(first, lowest) if lowest is not None and low >= lowest else first
        last = min(last, highest) if highest is not None and high <= highest else last
        start = math.ceil(first / step - 1e-9)
        end = math.floor(last / step + 1e-9)
        ticks = tuple(round(index * step, 10) + 0.0 for index in range(start, end + 1))
        if len({write(tick) for tick in ticks}) == len(ticks):
            return first, last, ticks
    return first, last, ticks[:1]


def _outward(low: float, high: float, count: int) -> tuple[float, float, float]:
    step = nice_step(high - low, count)
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step
