"""Witnesses: other data sets, as possible as the true one, from which the very same bytes would be released.

A witness moves the value of some versions (see `scenes.py`; without earlier releases: organisations). It speaks for
every (version, direction) that it moves by at least what must stay uncertain, and holds against every coalition that
owns none of the other changed versions, its donors: such a coalition finds all its values as they are. A claim is
proven when no coalition of the size in question has a part in all its witnesses.

W1 swaps two versions of the same groups (atom-mates) with their whole histories, which changed by the same: whatever
is released about groups stays as it is, whatever the statistic. W2 (`witness_cone.py`) is a linear program inside an
order of the values.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

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
    """Version whose value can be as high (1) or as low (−1) as it must stay possible.

    `scenes`: of a version whose ties not everybody knows, those scenes in which the value goes so far (`parts_of`); the
    others follow as far as is legal. () where all its scenes go together.
    """

    version: int
    direction: int
    scenes: tuple[int, ...] = ()

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

    def moves(self, cast: Cast) -> FloatArray:
        """How far each changed version moves in each scene; NaN where it takes no part."""
        moves = np.full((len(cast.scenes), self.versions.size), np.nan)
        for scene, one in enumerate(cast.scenes):
            inside = cast.row[scene, self.versions] >= 0
            rows, value, _, _ = self.changed(cast, scene)
            moves[scene, inside] = value - one.table.values.value[rows]
        return moves

    def move(self, cast: Cast) -> FloatArray:
        """Per changed version how far it moves: in all its scenes at least so far; 0 when they do not agree."""
        return least_move(self.moves(cast))

    def owners(self, cast: Cast) -> frozenset[int]:
        """Contributors that see a value of their own changed."""
        return frozenset(cast.contributor[self.versions].tolist())


@dataclass(frozen=True, eq=False)
class Needs:
    """How far each version must be able to rise and to fall: by the goal, inside what is legal in all its scenes.

    `room_up`, `room_down`: what is legal at all. `spare_up`, `spare_down`: what stays legal whatever a later value that
    is tied to it will be, so how far it may go for another. NaN for versions without a value. `low`, `high`: the legal
    range. `parts`: claims about some scenes of a version, and how far these must be able to move; `later`: by what part
    values may differ of which everybody is taken to know the change.
    """

    up: FloatArray
    down: FloatArray
    room_up: FloatArray
    room_down: FloatArray
    spare_up: FloatArray
    spare_down: FloatArray
    low: float
    high: float
    parts: Mapping[Claim, float]
    later: float

    def legal(self, new: FloatArray, true: FloatArray) -> FloatArray:
        """Values brought back into the range that a rounding error left; a true value outside it widens it."""
        return np.clip(new, np.minimum(self.low, true), np.maximum(self.high, true))

    def of(self, claim: Claim) -> float:
        """How far the claim's version must be able to move (≥ 0)."""
        if claim.scenes:
            return self.parts[claim]
        return float((self.up if claim.direction == 1 else self.down)[claim.version])

    def lowered(self, claims: Collection[Claim], former: "Needs") -> "Needs":
        """These claims need no more than `former`, what earlier releases promised."""
        up, down = self.up.copy(), self.down.copy()
        for claim in claims:
            if claim.scenes:
                continue  # what is promised of a part is never lowered
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
    values = [cast.values_in(scene) for scene in range(len(cast.scenes))]
    up, down = np.full(cast.value.size, np.inf), np.full(cast.value.size, np.inf)
    for x in values:
        up = np.fmin(up, np.maximum(goal.high - x, 0))
        down = np.fmin(down, np.maximum(x - goal.low, 0))
    need_up, need_down = np.full(cast.value.size, np.nan), np.full(cast.value.size, np.nan)
    for x in values:
        need_up, need_down = np.fmax(need_up, goal.up(x, x + up)), np.fmax(need_down, goal.down(x, x - down))
    spare_up, spare_down = _spare(values, goal, up, down)
    parts = {claim: need for claim, need in parts_of(values, goal) if need > _whole(claim, need_up, need_down)}
    kept = MappingProxyType(parts)
    return Needs(need_up, need_down, up, down, spare_up, spare_down, goal.low, goal.high, kept, goal.later)


def _whole(claim: Claim, up: FloatArray, down: FloatArray) -> float:
    need = float((up if claim.direction == 1 else down)[claim.version])
    return need + TOUCH * (1 + need)


def parts_of(values: Sequence[FloatArray], goal: Goal) -> Iterator[tuple[Claim, float]]:
    """What must stay possible for who does not know all that is tied: (scenes of a version, direction), how far.

    `values`: of all versions, per scene.

    Values are tied beforehand that only a later one may tie, and an attacker may know no change at all. To these the
    range that another scene leaves says nothing. So two kinds of parts: equal values, and those that differ by no more
    than what is taken to be known.
    """
    x = np.array(values)
    several = np.flatnonzero(np.nan_to_num(np.fmax.reduce(x) - np.fmin.reduce(x)) > 0)
    for version in several.tolist():
        own = np.flatnonzero(np.isfinite(x[:, version]))
        parts = {one for tied in (0.0, goal.later) for one in near_parts(own.tolist(), x[:, version].tolist(), tied)}
        for part in sorted(parts):
            if len(part) < own.size:
                here = x[list(part), version]
                up, down = max(float(np.min(goal.high - here)), 0.0), max(float(np.min(here - goal.low)), 0.0)
                yield Claim(version, 1, part), float(np.max(goal.up(here, here + up)))
                yield Claim(version, -1, part), float(np.max(goal.down(here, here - down)))


def near_parts(scenes: list[int], x: list[float], tied: float) -> set[tuple[int, ...]]:
    """These scenes (the newest first) taken apart: together stay values that differ by at most this part."""
    found: list[set[int]] = []
    for scene in scenes:
        near = [one for one in found if any(abs(x[new] - x[scene]) <= tied * abs(x[new]) for new in one)]
        found = [one for one in found if one not in near] + [{scene}.union(*near)]
    return {tuple(sorted(one)) for one in found}


def _spare(values: Sequence[FloatArray], goal: Goal, up: FloatArray, down: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far each version can rise and fall so that a later value, tied to one of its own, is legal as well."""
    least, most = up.copy(), down.copy()
    for x in values:
        ends = np.sort(np.stack([x / (1 - goal.later), x / (1 + goal.later)]), axis=0)
        least = np.fmin(least, goal.high - np.minimum(ends[1], goal.high))
        most = np.fmin(most, np.maximum(ends[0], goal.low) - goal.low)
    return least, most


def far_enough(move: float, need: float, value: float) -> int:
    """Direction in which a move of the value is at least the need, 0 when it is not."""
    return (1 if move > 0 else -1) if abs(move) >= need - TOUCH * (need + 1e-3 * abs(value)) and move else 0


def blocking(donors: Sequence[frozenset[int]], size: int) -> frozenset[int] | None:
    """A coalition of at most this size that has a part in every one of the donor sets; None when there is none.

    `donors`: per witness of one claim, the target's own contributor not counted.
    """
    if not donors:
        return frozenset()
    if size == 0:
        return None
    smallest = min(donors, key=len)
    if size == 1:
        common = smallest.intersection(*donors)
        return frozenset((min(common),)) if common else None
    for one in sorted(smallest):
        rest = [other for other in donors if one not in other]
        more = blocking(rest, size - 1)
        if more is not None:
            return more | {one}
    return None


def disjoint(donors: Sequence[frozenset[int]]) -> int:
    """How many of the sets at least have nobody in common with one another."""
    used: set[int] = set()
    count = 0
    for one in sorted(donors, key=len):
        if used.isdisjoint(one):
            used |= one
            count += 1
    return count


def claims_of(spoken_of: Collection[int], needs: Needs) -> list[Claim]:
    """Both directions of every version that some released figure counts, but for what cannot move at all."""
    versions = set(spoken_of)
    whole = (Claim(int(version), direction) for version in sorted(versions) for direction in (1, -1))
    parts = [claim for claim in needs.parts if claim.version in versions]
    return [*(claim for claim in whole if needs.of(claim) > 0), *parts]


def served(witness: Witness, cast: Cast, needs: Needs) -> list[Claim]:
    """Claims that the witness speaks for: whose versions, or parts of one, it moves far enough. None at all when it
    breaks the ties of two versions, or of one that has no parts to speak of."""
    moves, value = witness.moves(cast), cast.value[witness.versions]
    together = moved_together(moves, value)
    if together.all():
        found = []
        for version, move in zip(witness.versions.tolist(), least_move(moves).tolist(), strict=True):
            need = float((needs.up if move > 0 else needs.down)[version])
            direction = far_enough(move, need, float(cast.value[version]))
            if direction:
                found.append(Claim(version, direction))
        return found
    places = np.flatnonzero(~together).tolist()
    return _served_parts(int(witness.versions[places[0]]), moves[:, places[0]], cast, needs) if places[1:] == [] else []


def _served_parts(version: int, moves: FloatArray, cast: Cast, needs: Needs) -> list[Claim]:
    """Claims about a part of the version that moves far enough.

    For whom the claim is, knows also how the values of the *other* parts changed among themselves: these keep that too.
    """
    found, x = [], float(cast.value[version])
    values = [float(cast.values_in(scene)[version]) for scene in range(len(cast.scenes))]
    own = np.flatnonzero(np.isfinite(moves)).tolist()
    known = [near_parts(own, values, tied) for tied in (0.0, needs.later)]

    def together(part: tuple[int, ...]) -> bool:
        return bool(moved_together(moves[list(part)][:, None], np.array([x])).all())

    kept = [parts for parts in known if all(together(part) for part in parts)]
    for claim, need in needs.parts.items():
        if claim.version == version and all(parts in kept for parts in known if claim.scenes in parts):
            least = float(least_move(moves[list(claim.scenes)][:, None])[0])
            if together(claim.scenes) and far_enough(least, need, x) == claim.direction:
                found.append(claim)
    return found


def least_move(moves: FloatArray) -> FloatArray:
    """Of scenes × versions: how far each moves in all its scenes."""
    least, most = np.fmin.reduce(moves), np.fmax.reduce(moves)
    return np.where(least > 0, least, np.where(most < 0, most, 0.0))


def moved_together(moves: FloatArray, value: FloatArray) -> NDArray[np.bool_]:
    """Which versions move by the same in all their scenes."""
    least, most = np.fmin.reduce(moves), np.fmax.reduce(moves)
    size = np.abs(value) + np.maximum(np.abs(least), np.abs(most))
    close: NDArray[np.bool_] = most - least <= TOUCH * size
    return close


def _put(array: FloatArray, rows: IntArray, new: FloatArray | None) -> FloatArray:
    if new is None or rows.size == 0:
        return array
    changed: NDArray[np.float64] = array.copy()
    changed[rows] = new
    return changed
