"""The one rounding of released figures: decimal, half to even, the same on every machine."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

# Two machines may differ in the last binary digits of a quotient. Twelve digits first, so that they agree on a tie.
_STABLE = Context(prec=12, rounding=ROUND_HALF_EVEN)


def round_significant(value: float, digits: int) -> float:
    """The value with this many significant digits; raises ValueError when it is not a finite number."""
    if not math.isfinite(value):
        raise ValueError("only finite figures can be released")
    stable = _STABLE.create_decimal(Decimal(value))
    return float(Context(prec=digits, rounding=ROUND_HALF_EVEN).create_decimal(stable)) + 0.0


def half_step(value: float, digits: int) -> float:
    """How far the unrounded figure may lie from a figure that was rounded to this many significant digits."""
    if value == 0:
        return 0.0
    return 0.5 * 10.0 ** (Decimal(repr(abs(value))).adjusted() - digits + 1)


def round_percentage(count: int, base: int, step: int = 1) -> int:
    """100 × count / base to the nearest multiple of `step` percentage points, exactly, half to even."""
    return round(Fraction(100 * count, base * step)) * step


def rounding_interval(value: float, digits: int) -> tuple[float, float]:
    """Every unrounded figure that `round_significant` turns into this one lies in this interval, ends included.

    At a power of ten the lower side is ten times as fine: 100 in three digits comes from 99.95 … 100.5.
    """
    if value == 0:
        return 0.0, 0.0
    size = Decimal(repr(abs(value)))
    half = Decimal(5).scaleb(size.adjusted() - digits)
    fine = half / 10 if size == Decimal(1).scaleb(size.adjusted()) else half
    low, high = float(size - fine), float(size + half)
    return (low, high) if value > 0 else (-high, -low)
