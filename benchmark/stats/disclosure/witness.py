"""Witnesses: other data sets, as possible as the true one, from which the very same bytes would be released.

A witness moves the value of some versions (see `scenes.py`; without earlier releases: organisations). It speaks for
every (version, direction) that it moves by at least what must stay uncertain, and holds against every coalition that
owns none of the other changed versions, its donors: such a coalition finds all its values as they are. A claim is
proven when no coalition of the size in question has a part in all its witnesses.

W1 swaps two versions of the same groups (atom-mates) with their whole histories: whatever is released about groups
stays as it is, whatever the statistic. W2 (`witness_cone.py`) is a linear program inside an order of the values.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.atoms import Goal
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.scenes import Cast, cast_before
from benchmark.stats.kpis import KpiValues

TOUCH = 1e-9  # a witness moves a little further than it must, so that no rounding of numbers can take it back
SWAP = "W1"


@dataclass(frozen=True)
class Claim:
    """Version whose value can be as high (1) or as low (−1) as it must stay possible."""

    version: int
    direction: int

    def __hash__(self) -> int:
        return 2 * self.version + (self.direction > 0)


@dataclass(frozen=True, eq=False)
class Witness:
    """Another data set: `versions` that differ from the truth.

    A swap (W1) exchanges two of them and needs no numbers. Others hold scenes × versions: `value`, and for a ratio
    the amounts behind it; NaN where a version does not take part.
    """

    kind: str
    versions: IntArray
    value: FloatArray | None = None
    numerator: FloatArray | None = None
    denominator: FloatArray | None = None

    def changed(self, cast: Cast, scene: int) -> tuple[IntArray, FloatArray, FloatArray | None, FloatArray | None]:
        """Rows of the scene's panel that differ, with their values, numerators and denominators."""
        rows = cast.row[scene, self.versions]
        inside = np.flatnonzero(rows >= 0)
        if self.value is None:
            values, other = cast.scenes[scene].table.values, rows[::-1]
            if inside.size < rows.size:  # no swap in this scene: NaN says so where only one takes part
                return rows[inside], np.full(inside.size, np.nan), None, None
            under, over = values.denominator, values.numerator
            return (
                rows,
                values.value[other],
                None if over is None else over[other],
                None if under is None else under[other],
            )
        amounts = (None if one is None else one[scene, inside] for one in (self.numerator, self.denominator))
        over, under = amounts
        return rows[inside], self.value[scene, inside], over, under

    def data(self, cast: Cast, scene: int = 0) -> KpiValues:
        """All answers of a scene in this data set."""
        values = cast.scenes[scene].table.values
        rows, value, over, under = self.changed(cast, scene)
        return replace(
            values,
            value=_put(values.value, rows, value),
            numerator=None if values.numerator is None else _put(values.numerator, rows, over),
            denominator=None if values.denominator is None else _put(values.denominator, rows, under),
        )

    def move(self, cast: Cast) -> FloatArray:
        """Per changed version how far it moves: in all its scenes at least so far; 0 when they do not agree."""
        moves = np.full((len(cast.scenes), self.versions.size), np.nan)
        for scene, one in enumerate(cast.scenes):
            inside = cast.row[scene, self.versions] >= 0
            rows, value, _, _ = self.changed(cast, scene)
            moves[scene, inside] = value - one.table.values.value[rows]
        least, most = np.fmin.reduce(moves), np.fmax.reduce(moves)
        return np.where(least > 0, least, np.where(most < 0, most, 0.0))

    def keeps_ties(self, cast: Cast) -> bool:
        """Whether each version changes by the same in all its scenes, as it must where changes are known."""
        moves = np.full((len(cast.scenes), self.versions.size), np.nan)
        size = np.abs(cast.value[self.versions])
        for scene, one in enumerate(cast.scenes):
            inside = cast.row[scene, self.versions] >= 0
            rows, value, _, _ = self.changed(cast, scene)
            moves[scene, inside] = value - one.table.values.value[rows]
        apart = np.fmax.reduce(moves) - np.fmin.reduce(moves)
        return bool(np.all(apart <= TOUCH * (size + np.fmax.reduce(np.abs(moves)))))

    def owners(self, cast: Cast) -> frozenset[int]:
        """Contributors that see a value of their own changed."""
        return frozenset(cast.contributor[self.versions].tolist())


@dataclass(frozen=True, eq=False)
class Needs:
    """How far each version must be able to rise and to fall: by the goal, inside what is legal in all its scenes.

    `room_up`, `room_down`: what is legal at all. NaN for versions without a value. `low`, `high`: the legal range.
    """

    up: FloatArray
    down: FloatArray
    room_up: FloatArray
    room_down: FloatArray
    low: float
    high: float

    def legal(self, new: FloatArray, true: FloatArray) -> FloatArray:
        """Values brought back into the range that a rounding error left; a true value outside it widens it."""
        return np.clip(new, np.minimum(self.low, true), np.maximum(self.high, true))

    def of(self, claim: Claim) -> float:
        """How far the claim's version must be able to move (≥ 0)."""
        return float((self.up if claim.direction == 1 else self.down)[claim.version])

    def lowered(self, claims: Collection[Claim], former: "Needs") -> "Needs":
        """These claims need no more than `former`, what earlier releases promised."""
        up, down = self.up.copy(), self.down.copy()
        for claim in claims:
            array = up if claim.direction == 1 else down
            array[claim.version] = min(self.of(claim), former.of(claim))
        return replace(self, up=up, down=down)


def former_needs(needs: Needs, cast: Cast, goals: Sequence[Goal], policy: Policy) -> Needs:
    """What every earlier release (`goals`: of each, the latest first) promised of the versions that it spoke of."""
    up, down = needs.up.copy(), needs.down.copy()
    for place, goal in enumerate(goals, start=1):
        old = cast_before(cast, place, policy)
        then = needs_of(old, goal)
        for scene, one in enumerate(old.scenes):
            inside = np.flatnonzero(cast.row[place + scene] >= 0)
            number = one.version[cast.row[place + scene, inside]]
            up[inside] = np.fmin(up[inside], then.up[number])
            down[inside] = np.fmin(down[inside], then.down[number])
    return replace(needs, up=up, down=down)


def needs_of(cast: Cast, goal: Goal) -> Needs:
    """Needs of all versions of the cast: the largest of their scenes, as each was promised for itself."""
    up, down = np.full(cast.value.size, np.inf), np.full(cast.value.size, np.inf)
    for scene in range(len(cast.scenes)):
        x = cast.values_in(scene)
        up = np.fmin(up, np.maximum(goal.high - x, 0))
        down = np.fmin(down, np.maximum(x - goal.low, 0))
    need_up, need_down = np.full(cast.value.size, np.nan), np.full(cast.value.size, np.nan)
    for scene in range(len(cast.scenes)):
        x = cast.values_in(scene)
        need_up, need_down = np.fmax(need_up, goal.up(x, x + up)), np.fmax(need_down, goal.down(x, x - down))
    return Needs(need_up, need_down, up, down, goal.low, goal.high)


def far_enough(move: float, need: float, value: float) -> int:
    """Direction in which a move of the value is at least the need, 0 when it is not."""
    return (1 if move > 0 else -1) if abs(move) >= need - TOUCH * (need + 1e-3 * abs(value)) and move else 0


def blocking(donors: Sequence[frozenset[int]], size: int) -> frozenset[int] | None:
    """A coalition of at most this size that has a part in every one of the donor sets; None when there is none.

    `donors`: per witness of one claim, the target's own contributor not counted.
    """
    if not donors:
        return frozenset()
    smallest = min(donors, key=len)
    if size == 0:
        return None
    for one in sorted(smallest):
        rest = [other for other in donors if one not in other]
        more = blocking(rest, size - 1)
        if more is not None:
            return more | {one}
    return None


def claims_of(spoken_of: Collection[int], needs: Needs) -> list[Claim]:
    """Both directions of every version that some released figure counts, but for what cannot move at all."""
    claims = (Claim(int(version), direction) for version in sorted(spoken_of) for direction in (1, -1))
    return [claim for claim in claims if needs.of(claim) > 0]


def _put(array: FloatArray, rows: IntArray, new: FloatArray | None) -> FloatArray:
    if new is None or rows.size == 0:
        return array
    changed: NDArray[np.float64] = array.copy()
    changed[rows] = new
    return changed
