"""Quantiles: Hyndman–Fan type 7 (the raw statistic) and the smoothed quantile (the releasable one).

A plain quantile prints somebody's exact value, so what is released is the mean of a window of order
statistics around the same position. Positions below count from 0 in the ascending order.
"""

import math
from dataclasses import dataclass

from benchmark.stats.columns import FloatArray

PROBABILITIES: dict[str, float] = {"p10": 0.10, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p90": 0.90}
# The same in percent: positions are computed in whole numbers, so 0.1 * 35 cannot become 3.5000000000000004.
PERCENT: dict[str, int] = {"p10": 10, "p25": 25, "p50": 50, "p75": 75, "p90": 90}

WINDOW = 5
PLAIN_FROM = 100


@dataclass(frozen=True)
class Window:
    """Order statistics `start` … `stop` − 1 (counted from 0, ascending) of `n` values."""

    start: int
    stop: int
    n: int

    @property
    def below(self) -> int:
        """How many values lie strictly before the window."""
        return self.start

    @property
    def above(self) -> int:
        """How many values lie strictly after the window."""
        return self.n - self.stop

    @property
    def fits(self) -> bool:
        """Whether the window lies inside the order statistics at all."""
        return 0 <= self.start < self.stop <= self.n


def type7(ordered: FloatArray, percent: int) -> float:
    """Hyndman–Fan type 7 quantile of ascending values: linear between the neighbours of (n − 1)p.

    NaN for no values.
    """
    n = int(ordered.size)
    if n == 0:
        return math.nan
    whole, rest = divmod((n - 1) * percent, 100)
    low = float(ordered[whole])
    if rest == 0:
        return low
    return low + (float(ordered[whole + 1]) - low) * (rest / 100)


def window_width(n: int) -> int:
    """Number of order statistics in the window: 5 below n = 100, then 5 % of n rounded up.

    (Plain type 7 above n = 100 needs a certificate, which belongs to the release gate.)
    """
    if n < PLAIN_FROM:
        return WINDOW
    return max(WINDOW, -(-n // 20))


def smoothing_window(n: int, percent: int) -> Window:
    """The window of whole order statistics centred on the type-7 position h = (n − 1)p.

    It starts at h − (w − 1)/2 rounded to the nearest whole position; a tie is rounded towards the middle
    of the distribution, so the window of p mirrors that of 1 − p. The median has no side to round to:
    there a tie widens the window by one order statistic (w = 6 of n = 10), which keeps it symmetric.
    """
    width = window_width(n)
    # Everything in 1/200: h = (n-1)*percent/100, half a width = (width-1)/2.
    start200 = 2 * (n - 1) * percent - 100 * (width - 1)
    whole, rest = divmod(start200, 200)
    if rest == 100 and percent == 50:
        return Window(whole, whole + width + 1, n)
    if rest > 100 or (rest == 100 and percent < 50):
        whole += 1
    return Window(whole, whole + width, n)


def smoothed(ordered: FloatArray, percent: int) -> float:
    """Mean of the order statistics in the smoothing window; NaN where the window does not fit.

    Exactly rounded sum (`math.fsum`), so the figure does not depend on the machine.
    """
    window = smoothing_window(int(ordered.size), percent)
    if not window.fits:
        return math.nan
    return math.fsum(ordered[window.start : window.stop].tolist()) / (window.stop - window.start)
