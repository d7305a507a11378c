"""What counts as recovered, and when a promise is broken."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmark.stats.attack.reading import Document

Bounds = tuple[float, float]

PUBLIC = -1
EVERYTHING = (-math.inf, math.inf)
P, P_SENSITIVE = 0.10, 0.20  # what is promised: every value can still be this part higher and lower


@dataclass(frozen=True)
class Recovery:
    """An organisation's value is known to lie between `low` and `high`. `attacker` −1: anybody.

    `scene`: round and edition of the value. `partner`: the second attacker of a coalition of two. `room`: what the
    legal range leaves of the value for who knows how it changed. `knows`: what of changes, where others know more.
    """

    organisation: int
    kpi: str
    low: float
    high: float
    how: str
    attacker: int = PUBLIC
    scene: tuple[str, int] = ("", 1)
    partner: int = PUBLIC
    room: Bounds = EVERYTHING
    knows: str = ""

    @property
    def middle(self) -> float:
        """The attacker's best guess."""
        return (self.low + self.high) / 2


def narrow(document: Document, low: float, high: float, within: float) -> bool:
    """Whether the interval tells the value to within ±`within` (of the value, or of a scale with two ends)."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return False
    slack = 1e-7 * max(abs(low), abs(high))
    if document.absolute:
        return high - low <= 2 * document.width(within) + slack
    return high - low <= within * abs(high + low) + slack


def promised(document: Document, value: float, room: Bounds = EVERYTHING) -> Bounds:
    """The two values that must stay possible beside this one, clipped to the legal range (and the `room` in it)."""
    wide = document.width(P) if document.absolute else (P_SENSITIVE if document.sensitive else P) * abs(value)
    low, high = max(document.low, room[0]), min(document.high, room[1])
    return min(max(value - wide, low), high), max(min(value + wide, high), low)


def broken(document: Document, value: float, low: float, high: float, room: Bounds = EVERYTHING) -> bool:
    """Whether knowing that the value lies between `low` and `high` says more than was promised.

    `room`: what the legal range and the changes that this reader is taken to know leave of the value by themselves.
    """
    down, up = promised(document, value, room)
    slack = 1e-6 * max(abs(value), abs(up), 1e-9)
    return low > down + slack or high < up - slack


def settler(
    document: Document, within: float, truth: Mapping[int, float] | None = None
) -> Callable[[int, float, float], bool]:
    """A test that says of an interval known to be possible that nothing worth telling can follow any more.

    `truth`: the true values, for who checks a release against its promise; without them only closeness counts.
    """
    true = truth or {}

    def settled(organisation: int, low: float, high: float) -> bool:
        if narrow(document, low, high, within):
            return False
        return organisation not in true or not broken(document, true[organisation], low, high)

    return settled
