"""The checks on numbers: unit slips, own history, ratio to size, peers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from surveys.validation.robust import FEWEST, FloatArray, Spread, spread_of

FACTORS = (60.0, 100.0, 1000.0)
FAR = 3.5  # usual distances from the middle (Iglewicz and Hoaglin)
NEAR = 2.5  # what counts as among the others
SLIP_WITHIN = math.log(1.6)  # how exactly a change matches a factor: volumes grow or shrink that much in a year
LEAST_CHANGE = 0.25  # smaller changes are never worth a question
FACTOR_WITHOUT_PEERS = 2.0  # a change that is asked about when there are too few others to compare with
SMALL_COUNT = 100
SAMPLED = 400  # organisations that are enough to see which columns go together
RELATED = 0.9  # correlation of logarithms from which a column measures size for another


@dataclass(frozen=True, eq=False)
class Measured:
    """One column of a round for all organisations, in one order. NaN where there is no value.

    `before`: last round's own values where the definition stayed the same. `bounded`: a percentage or a score, which
    has no size and no unit slips other than a factor 100.
    """

    column: str
    now: FloatArray
    before: FloatArray
    bounded: bool = False


@dataclass(frozen=True)
class Found:
    """One thing that a check found. `place`: of the organisation; `figures`: what proves it.

    `weight` sorts: usual distances from what was expected; unit slips come first.
    """

    place: int
    column: str
    kind: str
    weight: float
    figures: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Reference:
    """What a column's values are held against: all values, usual changes, and the column that measures size."""

    spread: Spread | None
    changes: FloatArray
    usual: Spread | None
    partner: Measured | None
    beside: Spread | None

    def ratio(self, place: int, value: float) -> float:
        """The value beside the organisation's size; NaN where there is none."""
        other = float(self.partner.now[place]) if self.partner is not None else math.nan
        return value / other if other > 0 and value > 0 else math.nan

    def off_size(self, place: int, value: float) -> float:
        """How far the value lies from what goes with the organisation's size; NaN where it cannot be said."""
        return self.beside.distance(self.ratio(place, value)) if self.beside is not None else math.nan


def check_measured(columns: Sequence[Measured], places: Sequence[int] | None = None) -> list[Found]:
    """Everything found in these columns, at most one finding an organisation and column: the most telling.

    `places`: only of these organisations; the others are still their peers.
    """
    wanted = range(len(columns[0].now) if columns else 0) if places is None else places
    sizes = _sizes(columns)
    found: list[Found] = []
    for one in columns:
        reference = _reference(one, sizes.get(one.column))
        for place in wanted:
            value = float(one.now[place])
            first = (
                (
                    _slip(one, place, value, reference)
                    or _history(one, place, value, reference)
                    or _size(one, place, value, reference)
                    or _peers(one, place, value, reference)
                )
                if math.isfinite(value)
                else None
            )
            if first is not None:
                found.append(first)
    return sorted(_told_once(found), key=lambda item: (-item.weight, item.place, item.column))


def _reference(one: Measured, partner: Measured | None) -> _Reference:
    changes = _changes(one)
    beside = spread_of(_ratio(one.now, partner.now), log=True) if partner is not None else None
    # Amounts of organisations of every size are looked at on the log scale, unless somebody has none.
    log = True if not one.bounded and not (one.now <= 0).any() else None
    return _Reference(spread_of(one.now, log), changes, spread_of(changes, log=False), partner, beside)


def _changes(one: Measured) -> FloatArray:
    """By how much each organisation changed: logarithm of the ratio, or points for a bounded column."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if one.bounded:
            return np.asarray(one.now - one.before)
        positive = (one.now > 0) & (one.before > 0)
        return np.where(positive, np.log(one.now / one.before), np.nan)


def _ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((over > 0) & (under > 0), over / under, np.nan)


def _slip(one: Measured, place: int, value: float, reference: _Reference) -> Found | None:
    """A value that is a factor 60, 100 or 1,000 away from what it was, or from where it would be among the others."""
    if value <= 0:
        return None
    before = float(one.before[place])
    known = math.isfinite(before) and before > 0
    factors = (100.0,) if one.bounded else FACTORS
    candidates = []
    for factor in (*factors, *(1 / f for f in factors)):
        unslipped = value / factor
        if known:
            off = abs(math.log(unslipped / before))
            if off <= SLIP_WITHIN:
                candidates.append((off, factor))
        elif _sits_apart(place, value, unslipped, reference):
            off = reference.off_size(place, unslipped)
            off = off if math.isfinite(off) or reference.spread is None else reference.spread.distance(unslipped)
            candidates.append((abs(off), factor))
    if not candidates:
        return None
    _off, factor = min(candidates)
    figures: dict[str, float | str] = {"value": value, "factor": factor, "unslipped": value / factor}
    if known:
        figures["before"] = before
    if reference.spread is not None:
        figures |= _peer_figures(reference.spread)
    return Found(place, one.column, "unit", 100 + abs(math.log(factor)), figures)


def _sits_apart(place: int, value: float, unslipped: float, reference: _Reference) -> bool:
    """Whether the value is far out and would, without the factor, be among the others; by size where that is known."""
    spread = reference.spread
    if spread is None:
        return False
    there, here = abs(spread.distance(value)), abs(spread.distance(unslipped))
    beside_there = abs(reference.off_size(place, value))
    beside_here = abs(reference.off_size(place, unslipped))
    if math.isfinite(beside_there):
        return beside_there > FAR and beside_here < NEAR and here < there and here < FAR
    return there > FAR and here < NEAR


def _history(one: Measured, place: int, value: float, reference: _Reference) -> Found | None:
    """A change since last round that is large, and larger than others' changes usually are."""
    usual, before = reference.usual, float(one.before[place])
    change = float(reference.changes[place])
    if not math.isfinite(before) or not math.isfinite(change) or (not one.bounded and _by_chance(value, before)):
        return None
    least = 5.0 if one.bounded else math.log(1 + LEAST_CHANGE)
    distance = usual.distance(change) if usual else float("nan")
    if usual is None:
        far = not one.bounded and abs(change) > math.log(FACTOR_WITHOUT_PEERS)
    else:
        far = abs(change) > least and math.isfinite(distance) and abs(distance) > FAR
    if not far:
        return None
    figures: dict[str, float | str] = {"value": value, "before": before}
    if usual is not None:
        low, high = usual.at(-2), usual.at(2)
        figures |= {"low": low, "high": high} if one.bounded else {"low": math.exp(low), "high": math.exp(high)}
        figures["others"] = float(usual.count)
    weight = abs(distance) if math.isfinite(distance) else abs(change) / math.log(FACTOR_WITHOUT_PEERS) * FAR
    return Found(place, one.column, "history", min(weight, 50.0), figures)


def _by_chance(value: float, before: float) -> bool:
    """Whether both are small counts that differ no more than counts do by themselves: three leavers, then five."""
    larger = max(value, before)
    return (
        larger < SMALL_COUNT and value.is_integer() and before.is_integer() and abs(value - before) <= 2 * larger**0.5
    )


def _size(one: Measured, place: int, value: float, reference: _Reference) -> Found | None:
    """A value that does not go with the size of the organisation, as the column that measures it best says."""
    partner, beside, distance = reference.partner, reference.beside, reference.off_size(place, value)
    if partner is None or beside is None or not math.isfinite(distance) or abs(distance) <= FAR:
        return None
    figures: dict[str, float | str] = {
        "value": value,
        "beside": partner.column,
        "other": float(partner.now[place]),
        "ratio": reference.ratio(place, value),
        "median": beside.middle,
        "low": beside.at(-2),
        "high": beside.at(2),
        "others": float(beside.count),
    }
    return Found(place, one.column, "size", min(abs(distance), 50.0), figures)


def _peers(one: Measured, place: int, value: float, reference: _Reference) -> Found | None:
    """A value far from where all others lie, and not because the organisation is that large or small."""
    spread = reference.spread
    distance = spread.distance(value) if spread else math.nan
    if spread is None or not math.isfinite(distance) or abs(distance) <= FAR:
        return None
    if abs(reference.off_size(place, value)) < NEAR:
        return None
    figures = {"value": value, "distance": distance, **_peer_figures(spread)}
    return Found(place, one.column, "peers", min(abs(distance), 50.0), figures)


def _peer_figures(spread: Spread) -> dict[str, float | str]:
    return {"median": spread.middle, "low": spread.at(-2), "high": spread.at(2), "others": float(spread.count)}


def _sizes(columns: Sequence[Measured]) -> dict[str, Measured]:
    """For each column the one that measures the same organisations' size best: strongly related on the log scale.

    Correlation is taken over ranks, which a slip of a factor 1,000 moves no further than any other outlier.
    """
    usable = [
        Measured(one.column, one.now[::step], one.before[::step])
        for one in columns
        for step in [max(1, one.now.size // SAMPLED)]
        if not one.bounded and np.count_nonzero(one.now[::step] > 0) >= 2 * FEWEST
    ]
    whole = {one.column: one for one in columns}
    found: dict[str, Measured] = {}
    for one in usable:
        best, strength = None, RELATED
        for other in usable:
            if other is one:
                continue
            both = (one.now > 0) & (other.now > 0)
            if np.count_nonzero(both) < 2 * FEWEST:
                continue
            related = float(np.corrcoef(_ranks(one.now[both]), _ranks(other.now[both]))[0, 1])
            if related > strength:
                best, strength = other, related
        if best is not None:
            found[one.column] = whole[best.column]
    return found


def _ranks(values: FloatArray) -> FloatArray:
    """Ranks with equal values sharing the mean of theirs."""
    _unique, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray(((last - counts + 1 + last) / 2)[inverse], dtype=np.float64)


def _told_once(found: list[Found]) -> list[Found]:
    """A ratio that is off is told at one of its two columns: not at the one that merely stands beside a slip."""
    blamed = {(one.place, one.column) for one in found if one.kind in ("unit", "history")}
    kept, pairs = [], set()
    for one in sorted(found, key=lambda item: (-item.weight, item.column)):
        if one.kind == "size":
            other = str(one.figures["beside"])
            pair = (one.place, *sorted((one.column, other)))
            if (one.place, other) in blamed or pair in pairs:
                continue
            pairs.add(pair)
        kept.append(one)
    return kept
