"""Size: the columns that go with another one, and whether a value goes with what an organisation answered there.

No question is declared to measure size. What goes with what is found from the answers, by rank correlation, and several
columns are asked: then one of them may be missing, or wrong itself.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveys.validation.measured import Measured
from surveys.validation.robust import FEWEST, FloatArray, Spread, spread_of

PARTNERS = 3  # so that one may be wrong
SAMPLED = 400  # organisations that are enough to see which columns go together
RELATED = 0.9  # correlation of ranks from which a column measures size for another


@dataclass(frozen=True, eq=False)
class Partner:
    """A column that goes with another one, and where the ratio of the other one to it usually lies."""

    measured: Measured
    usual: Spread

    def ratio(self, place: int, value: float) -> float:
        """The value per unit of this column; NaN where there is none."""
        other = float(self.measured.now[place])
        return value / other if other > 0 and value > 0 else math.nan

    def figures(self, place: int, value: float) -> dict[str, float | str]:
        """What proves that a value goes, or does not go, with this column."""
        ratio = self.ratio(place, value)
        return {
            "beside": self.measured.column,
            "other": float(self.measured.now[place]),
            "ratio": ratio,
            "median": self.usual.middle,
            "low": self.usual.at(-2),
            "high": self.usual.at(2),
            "others": float(self.usual.count),
            "distance": self.usual.distance(ratio),
        }


@dataclass(frozen=True, eq=False)
class Size:
    """What a column's values are held against for size: its partners, the closest first."""

    partners: tuple[Partner, ...] = ()

    def known(self, place: int, value: float, wrong: Collection[str] = ()) -> dict[Partner, float]:
        """Partner → how far the value lies from what goes with it, in usual distances; without those that are wrong."""
        found = {
            one: one.usual.distance(one.ratio(place, value))
            for one in self.partners
            if one.measured.column not in wrong
        }
        return {one: distance for one, distance in found.items() if math.isfinite(distance)}

    def off(self, place: int, value: float, wrong: Collection[str] = ()) -> float:
        """How far the value lies from what goes with the organisation's size; NaN where it cannot be said."""
        return agreed(list(self.known(place, value, wrong).values()))


def agreed(distances: Sequence[float]) -> float:
    """What most partners say: the distance in the middle; of two in the middle the one that is nearer, and 0 when these
    do not even lie on the same side. NaN without any.
    """
    if not distances:
        return math.nan
    known = sorted(distances)
    low, high = known[(len(known) - 1) // 2], known[len(known) // 2]
    if low * high < 0:
        return 0.0
    return min(low, high, key=abs)


def sizes_of(columns: Sequence[Measured]) -> dict[str, Size]:
    """For each column the ones that go with it; columns with none are left out."""
    samples = {
        one.column: (one, one.now[:: max(1, one.now.size // SAMPLED)])
        for one in columns
        if not one.bounded and _enough(one.now > 0)
    }
    strengths: dict[str, dict[str, float]] = {code: {} for code in samples}
    codes = list(samples)
    for at, first in enumerate(codes):
        for second in codes[at + 1 :]:
            strength = _related(samples[first][1], samples[second][1])
            if strength > RELATED:
                strengths[first][second] = strengths[second][first] = strength
    whole = {code: one for code, (one, _sample) in samples.items()}
    general = {code: len(related) for code, related in strengths.items()}
    found = {code: _size(whole[code], whole, related, general) for code, related in strengths.items()}
    return {code: size for code, size in found.items() if size.partners}


def _enough(which: NDArray[np.bool_]) -> bool:
    return int(np.count_nonzero(which)) >= 2 * FEWEST


def _related(one: FloatArray, other: FloatArray) -> float:
    """Correlation over ranks, which a slip of a factor 1,000 moves no further than any other outlier; NaN for few."""
    both = (one > 0) & (other > 0)
    if np.count_nonzero(both) < 2 * FEWEST:
        return math.nan
    with np.errstate(invalid="ignore"):  # equal values have no ranks to speak of
        return float(np.corrcoef(_ranks(one[both]), _ranks(other[both]))[0, 1])


def _size(
    one: Measured, columns: Mapping[str, Measured], related: Mapping[str, float], general: Mapping[str, int]
) -> Size:
    """The closest column, and those that measure size best in general: that most others go with. Of themes of their own
    where there are: what is asked together is often wrong together.
    """
    closest = sorted(related, key=lambda code: (-related[code], code))[:1]
    others = sorted(related, key=lambda code: (-general[code], -related[code], code))
    themes, apart = set(), []
    for code in [*closest, *others]:
        if columns[code].theme not in themes:
            themes.add(columns[code].theme)
            apart.append(code)
    chosen = list(dict.fromkeys([*apart, *closest, *others]))[:PARTNERS]
    made = [(columns[code], spread_of(_ratios(one.now, columns[code].now), log=True)) for code in chosen]
    return Size(tuple(Partner(measured, usual) for measured, usual in made if usual is not None))


def _ratios(over: FloatArray, under: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((over > 0) & (under > 0), over / under, np.nan)


def _ranks(values: FloatArray) -> FloatArray:
    """Ranks with equal values sharing the mean of theirs."""
    _unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray(((last - counts + 1 + last) / 2)[inverse], dtype=np.float64)
