"""Where most values lie, in a way that a few wrong ones cannot bend: median and MAD, on a log or a linear scale."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
MAD_TO_SIGMA = 1.4826  # of a normal distribution
MEAN_TO_SIGMA = 1.2533
FEWEST = 10  # fewer values have no spread to speak of


@dataclass(frozen=True)
class Spread:
    """The middle of a set of values and how far they usually lie from it; on the log scale both are logarithms."""

    centre: float
    width: float
    log: bool
    count: int

    def distance(self, value: float) -> float:
        """How many usual distances a value lies from the middle, with its sign; NaN where it cannot be said."""
        if not np.isfinite(value) or self.width <= 0 or (self.log and value <= 0):
            return float("nan")
        return ((float(np.log(value)) if self.log else value) - self.centre) / self.width

    def distances(self, values: FloatArray) -> FloatArray:
        """`distance` of each value."""
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = np.log(np.where(values > 0, values, np.nan)) if self.log else values
            return np.asarray((scaled - self.centre) / self.width) if self.width > 0 else np.full(values.size, np.nan)

    def at(self, distance: float) -> float:
        """The value that lies so many usual distances from the middle."""
        found = self.centre + distance * self.width
        return float(np.exp(found)) if self.log else float(found)

    @property
    def middle(self) -> float:
        """The median, as a value."""
        return self.at(0)


def spread_of(values: FloatArray, log: bool | None = None) -> Spread | None:
    """The spread of the finite values; None for fewer than `FEWEST`, or when all are equal.

    `log` None: the scale on which the middle half lies most evenly around the median; logarithms need values above
    zero.
    """
    known = values[np.isfinite(values)]
    if known.size < FEWEST:
        return None
    if log is None:
        log = bool((known > 0).all()) and abs(_skew(np.log(known))) <= abs(_skew(known))
    if log:
        known = np.log(known[known > 0])
        if known.size < FEWEST:
            return None
    centre = float(np.median(known))
    off = np.abs(known - centre)
    width = MAD_TO_SIGMA * float(np.median(off))
    if width == 0:  # more than half have the same value
        width = MEAN_TO_SIGMA * float(off.mean())
    return Spread(centre, width, log, int(known.size)) if width > 0 else None


def _skew(values: FloatArray) -> float:
    """Bowley's: by how much the median lies off the middle of the quartiles; -1 to 1."""
    low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
    return float((high + low - 2 * middle) / (high - low)) if high > low else 0.0
