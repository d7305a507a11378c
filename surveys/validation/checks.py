"""The checks on numbers: unit slips, own history, ratio to size, peers."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surveys.validation.measured import Found, Measured
from surveys.validation.robust import FloatArray, Spread, spread_of
from surveys.validation.sizes import Size, sizes_of

FACTORS = (60.0, 100.0, 1000.0)
FAR = 3.5  # usual distances from the middle (Iglewicz and Hoaglin)
NEAR = 2.5  # what counts as among the others
SLIP_WITHIN = math.log(1.6)  # how exactly a change matches a factor: volumes grow or shrink that much in a year
LEAST_CHANGE = 0.25  # smaller changes are never worth a question
FACTOR_WITHOUT_PEERS = 2.0  # a change that is asked about when there are too few others to compare with
SMALL_COUNT = 100
LEAD = ("beside", "other", "ratio", "median", "low", "high", "others")  # of the closest partner that says so


@dataclass(frozen=True, eq=False)
class _Reference:
    """What a column's values are held against: all values, usual changes, and the columns that measure size."""

    spread: Spread | None
    changes: FloatArray
    usual: Spread | None
    size: Size


def check_measured(columns: Sequence[Measured], places: Sequence[int] | None = None) -> list[Found]:
    """Everything found in these columns, at most one finding an organisation and column: the most telling.

    `places`: only of these organisations; the others are still their peers.
    """
    wanted = range(len(columns[0].now) if columns else 0) if places is None else places
    sizes = sizes_of(columns)
    references = {one.column: _reference(one, sizes.get(one.column, Size())) for one in columns}
    found: list[Found] = []
    for place in wanted:
        values = {one.column: (one, float(one.now[place])) for one in columns if math.isfinite(one.now[place])}
        first = [
            _slip(one, place, value, references[code]) or _history(one, place, value, references[code])
            for code, (one, value) in values.items()
        ]
        alone = [one for one in first if one is not None]
        wrong = {one.column for one in alone}  # nothing is held against these any more
        beside = [
            _size(one, place, value, references[code], wrong) or _peers(one, place, value, references[code], wrong)
            for code, (one, value) in values.items()
            if code not in wrong
        ]
        found += [*alone, *_told_once([one for one in beside if one is not None])]
    return sorted(found, key=lambda item: (-item.weight, item.place, item.column))


def _reference(one: Measured, size: Size) -> _Reference:
    changes = _changes(one)
    # Amounts of organisations of every size are looked at on the log scale, unless somebody has none.
    log = True if not one.bounded and not (one.now <= 0).any() else None
    return _Reference(spread_of(one.now, log), changes, spread_of(changes, log=False), size)


def _changes(one: Measured) -> FloatArray:
    """By how much each organisation changed: logarithm of the ratio, or points for a bounded column."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if one.bounded:
            return np.asarray(one.now - one.before)
        positive = (one.now > 0) & (one.before > 0)
        return np.where(positive, np.log(one.now / one.before), np.nan)


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
            off = reference.size.off(place, unslipped)
            off = off if math.isfinite(off) or reference.spread is None else reference.spread.distance(unslipped)
            candidates.append((abs(off), factor))
    if not candidates:
        return None
    _off, factor = min(candidates)
    figures: dict[str, Any] = {"value": value, "factor": factor, "unslipped": value / factor}
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
    if not here < min(there, FAR):
        return False
    beside_there = abs(reference.size.off(place, value))
    if math.isfinite(beside_there):
        return beside_there > FAR and abs(reference.size.off(place, unslipped)) < NEAR
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
    figures: dict[str, Any] = {"value": value, "before": before}
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


def _size(one: Measured, place: int, value: float, reference: _Reference, wrong: Collection[str]) -> Found | None:
    """A value that does not go with the size of the organisation, as most of the columns that measure it say."""
    distance = reference.size.off(place, value, wrong)
    if not math.isfinite(distance) or abs(distance) <= FAR:
        return None
    partners = [partner.figures(place, value) for partner in reference.size.known(place, value, wrong)]
    lead = next(figures for figures in partners if _speaks_for(figures, distance))
    figures = {"value": value} | {key: lead[key] for key in LEAD} | {"partners": partners, "distance": distance}
    return Found(place, one.column, "size", min(abs(distance), 50.0), figures)


def _speaks_for(partner: dict[str, Any], distance: float) -> bool:
    """Whether this partner alone, too, says that the value is that way off."""
    return bool(abs(partner["distance"]) > FAR and partner["distance"] * distance > 0)


def _peers(one: Measured, place: int, value: float, reference: _Reference, wrong: Collection[str]) -> Found | None:
    """A value far from where all others lie, and not because the organisation is that large or small."""
    spread = reference.spread
    distance = spread.distance(value) if spread else math.nan
    if spread is None or not math.isfinite(distance) or abs(distance) <= FAR:
        return None
    size = reference.size
    if abs(size.off(place, value, wrong)) < NEAR or (size.known(place, value) and not size.known(place, value, wrong)):
        return None
    figures = {"value": value, "distance": distance, **_peer_figures(spread)}
    return Found(place, one.column, "peers", min(abs(distance), 50.0), figures)


def _peer_figures(spread: Spread) -> dict[str, float | str]:
    return {"median": spread.middle, "low": spread.at(-2), "high": spread.at(2), "others": float(spread.count)}


def _told_once(found: list[Found]) -> list[Found]:
    """A ratio that is off is told at one of its two columns: not again at a column all of whose partners are told."""
    kept: list[Found] = []
    told: set[str] = set()
    for one in sorted(found, key=lambda item: (-item.weight, item.column)):
        if one.kind == "size":
            said = {str(p["beside"]) for p in one.figures["partners"] if _speaks_for(p, one.figures["distance"])}
            if said <= told:
                continue
            told.add(one.column)
        kept.append(one)
    return kept
