"""Attack on sums (T2, T3): the smallest and largest value of each organisation, by linear programs.

Organisations that are in the same rows are one variable, their sum Y. With own values the attacker's organisations
leave their variable. The interval of one organisation of a sum Y over m unknown ones with values in [L, U] is
[max(L, min Y − (m − 1)·U), min(U, max Y − (m − 1)·L)]; where each has a range of its own, (m − 1)·U is the sum of the
others' ends.

Every solution found is kept: it shows values that are possible. What is seen to be possible for the public stays
possible for an attacker as far as it agrees with the attacker's own values, and between two solutions on both sides of
an own value lies one that agrees. So most attackers need no program of their own.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from benchmark.stats.attack.solver import Array, SolverFailedError, new_solver

__all__ = ["Bounds", "Program", "SolverFailedError", "Sum", "value_intervals"]

Bounds = tuple[float, float]
Settled = Callable[[int, float, float], bool]  # organisation, low, high → no more need be known about it
KEPT_POINTS = 120
BEYOND = 50.0  # values without a limit are looked for this many times as far as the largest sum


@dataclass(frozen=True)
class Sum:
    """A published figure: the members' values add up to something between low and high. `about`: where it is from.

    `weights`: member → weight of its value in the sum; 1 for those that are not there.
    """

    about: str
    members: frozenset[int]
    low: float
    high: float
    weights: Mapping[int, float] = field(default_factory=dict)


class Left:
    """How many organisations there are and between what their sum can be; ends of single ones can be infinite."""

    def __init__(self, count: int, lows: Sequence[float], highs: Sequence[float]) -> None:
        self.count = count
        self._low, self._high = (math.fsum(x for x in ends if math.isfinite(x)) for ends in (lows, highs))
        self._open = [sum(not math.isfinite(x) for x in ends) for ends in (lows, highs)]
        self.low = -math.inf if self._open[0] else self._low
        self.high = math.inf if self._open[1] else self._high

    def without(self, low: float, high: float) -> Bounds:
        """The same but for one, who is between these."""
        ends_low, ends_high = math.isfinite(low), math.isfinite(high)
        least = self._low - low if ends_low else self._low
        most = self._high - high if ends_high else self._high
        return (
            -math.inf if self._open[0] > (not ends_low) else least,
            math.inf if self._open[1] > (not ends_high) else most,
        )


def value_intervals(
    sums: Sequence[Sum], low: float, high: float, own: Mapping[int, float], targets: Collection[int] | None = None
) -> Iterator[tuple[int, Bounds]]:
    """Interval of every organisation in the sums (or of the `targets`) that is not the attacker's own."""
    if any(one.members for one in sums):
        yield from Program(sums, low, high).intervals(own, targets)


class Program:
    """All published sums of one indicator as a linear program that many attackers use.

    `low`, `high`: legal range of a value; it is dropped when no values in it give these sums. `unit`: organisation →
    how its value counts in every sum (a public denominator), 1 for those that are not there. `room`: organisation →
    its own legal range, for those that have another one.
    """

    def __init__(
        self,
        sums: Sequence[Sum],
        low: float,
        high: float,
        unit: Mapping[int, float] | None = None,
        room: Mapping[int, Bounds] | None = None,
    ) -> None:
        self.sums, self.low, self.high, self.unit = list(sums), low, high, unit or {}
        self.room = {i: (a, b) for i, (a, b) in (room or {}).items() if (a, b) != (low, high) and a <= b}
        weighted: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for place, one in enumerate(self.sums):
            for organisation in one.members:
                weighted[organisation].append((place, one.weights.get(organisation, 1.0)))
        found: dict[tuple[tuple[int, float], ...], list[int]] = defaultdict(list)
        for organisation in sorted(weighted):
            found[tuple(weighted[organisation])].append(organisation)
        self.rows_of = list(found)
        self.classes = list(found.values())
        self.class_of = {i: place for place, members in enumerate(self.classes) for i in members}
        ends = [abs(end) for one in self.sums for end in (one.low, one.high) if math.isfinite(end)]
        self.scale = max(ends, default=1.0) or 1.0
        self.programs = 0
        self._inside: Mapping[int, float] | None = None  # what the solver has been told of an attacker's own values
        self.points = np.zeros((0, len(self.classes)))
        self._build()
        if not self._solve():
            self.low, self.high, self.room = -math.inf, math.inf, {}
            self._build()
            if not self._solve():
                raise SolverFailedError("no values at all give these sums")
        self._keep()

    def intervals(
        self,
        own: Mapping[int, float],
        targets: Collection[int] | None = None,
        settled: Settled = lambda organisation, low, high: False,
    ) -> Iterator[tuple[int, Bounds]]:
        """Interval of each organisation (of the `targets`) for an attacker with these own values.

        `settled` says of an interval that is known to be possible that nobody need look further; the organisations
        for which it says so are left out.
        """
        known = {i: value for i, value in own.items() if i in self.class_of}
        wanted = None if targets is None else frozenset(targets)
        at = [c for c, members in enumerate(self.classes) if wanted is None or not wanted.isdisjoint(members)]
        if not at:
            return
        shift = self._shift(known)
        seen = self._seen(known, shift, at)
        try:
            if seen.shape[0] == 0:
                self._set(known)
                if not self._solve():
                    return  # own values and sums contradict each other: nothing follows
                seen = self._solution(shift)[None, at]
            yield from self._look(at, known, targets, settled, seen, shift)
        finally:
            if self._inside is not None:
                self._set(dict.fromkeys(known, 0.0), back=True)

    def total(self, place: int) -> Bounds:
        """Between what the sum in this row lies, for the public."""
        rows = [c for c, inside in enumerate(self.rows_of) if any(row == place for row, _ in inside)]
        ends = []
        for sign in (-1.0, 1.0):
            for c in rows:
                self.solver.changeColCost(c, -sign)
            if not self._solve():
                raise SolverFailedError("the program had a solution and has none")
            ends.append(float(self._solution(np.zeros(len(self.classes)))[rows].sum()))
            for c in rows:
                self.solver.changeColCost(c, 0.0)
        return ends[0], ends[1]

    def _look(
        self,
        at: Sequence[int],
        known: Mapping[int, float],
        targets: Collection[int] | None,
        settled: Settled,
        seen: Array,
        shift: Array,
    ) -> Iterator[tuple[int, Bounds]]:
        least, most = seen.min(axis=0), seen.max(axis=0)
        for place, c in enumerate(at):  # `seen` has these classes only
            left = self._left(c, known)
            wanted = [i for i in self.classes[c] if i not in known and (targets is None or i in targets)]
            ends: Bounds | None = None
            for sign in (0, 1, -1):
                wanted = [i for i in wanted if not settled(i, *self._of_one(i, left, least[place], most[place]))]
                if sign == 0 or not wanted:
                    continue
                if self._inside is None:  # most attackers need no program
                    self._set(known)
                point = self._end(c, sign, shift)[at]
                least, most = np.minimum(least, point), np.maximum(most, point)
                ends = (float(least[place]), float(most[place]))
            wanted = [i for i in wanted if not settled(i, *self._of_one(i, left, least[place], most[place]))]
            for i in wanted:
                if ends is not None:
                    yield i, self._of_one(i, left, *ends)

    def _of_one(self, i: int, left: Left, least: float, most: float) -> Bounds:
        """Interval of one organisation when the sum over the unknown ones of its class (`left`) lies between these."""
        unit, limit = self._unit(i), 0.9 * BEYOND * self.scale
        low, high = own = self.room.get(i, (self.low, self.high))
        if left.count == 1:
            return max(low, least / unit) if least > -limit else low, min(high, most / unit) if most < limit else high
        others_low, others_high = left.without(unit * own[0], unit * own[1])
        if math.isfinite(others_high) and least > -limit:
            low = max(low, (least - others_high) / unit)
        if math.isfinite(others_low) and most < limit:
            high = min(high, (most - others_low) / unit)
        return low, high

    def _left(self, c: int, known: Collection[int] = ()) -> Left:
        """The organisations of a class that are not known: how many, and between what each can add to its sum."""
        if c in self._whole and not any(self.class_of[i] == c for i in known):
            return self._whole[c]
        ends = [self._range(i) for i in self.classes[c] if i not in known]
        return Left(len(ends), [low for low, _ in ends], [high for _, high in ends])

    def _range(self, i: int) -> Bounds:
        low, high = self.room.get(i, (self.low, self.high))
        unit = self._unit(i)
        return unit * low, unit * high

    def _unit(self, organisation: int) -> float:
        return self.unit.get(organisation, 1.0)

    def _build(self) -> None:
        self.solver = new_solver()
        self._whole: dict[int, Left] = {}
        for c in range(len(self.classes)):
            self._whole[c] = self._left(c)
            low, high = self._limits(self._whole[c])
            self.solver.addCol(0.0, low, high, 0, np.zeros(0, np.int32), np.zeros(0))
        entries: list[list[tuple[int, float]]] = [[] for _ in self.sums]
        for c, rows in enumerate(self.rows_of):
            for place, weight in rows:
                entries[place].append((c, weight))
        allowance = 1e-9  # own values and sums are exact to the computer's precision only
        self.ends = np.array([(one.low / self.scale, one.high / self.scale) for one in self.sums]).reshape(-1, 2)
        self.ends += np.array([-allowance, allowance])
        for place, inside in enumerate(entries):
            index = np.array([c for c, _ in inside], dtype=np.int32)
            weights = np.array([w for _, w in inside])
            self.solver.addRow(self.ends[place, 0], self.ends[place, 1], index.size, index, weights)

    def _limits(self, left: Left) -> Bounds:
        """Of a class's sum in the program's unit, over the unknown organisations."""
        low = left.low / self.scale if math.isfinite(left.low) else -BEYOND
        high = left.high / self.scale if math.isfinite(left.high) else BEYOND
        return low, max(low, high)

    def _shift(self, known: Mapping[int, float]) -> Array:
        """What the attacker knows of each class's sum."""
        shift = np.zeros(len(self.classes))
        for i, value in known.items():
            shift[self.class_of[i]] += self._unit(i) * value
        return shift

    def _set(self, known: Mapping[int, float], *, back: bool = False) -> None:
        """Take the known values out of the program, or (`back`) put their organisations in again."""
        self._inside = None if back else known
        rows: dict[int, float] = defaultdict(float)
        touched = {self.class_of[i] for i in known}
        for i, value in known.items():
            for place, weight in self.rows_of[self.class_of[i]]:
                rows[place] += weight * self._unit(i) * value / self.scale
        for place, mine in rows.items():
            self.solver.changeRowBounds(place, self.ends[place, 0] - mine, self.ends[place, 1] - mine)
        for c in touched:
            self.solver.changeColBounds(c, *self._limits(self._left(c, () if back else known)))

    def _solve(self) -> bool:
        self.programs += 1
        self.solver.run()
        status = self.solver.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal:
            return True
        if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
            return False
        raise SolverFailedError(self.solver.modelStatusToString(status))

    def _solution(self, shift: Array) -> Array:
        found = np.asarray(self.solver.getSolution().col_value) * self.scale
        self._keep(found + shift)
        return found

    def _end(self, c: int, sign: int, shift: Array) -> Array:
        self.solver.changeColCost(c, -float(sign))
        solved = self._solve()
        self.solver.changeColCost(c, 0.0)
        if not solved:
            raise SolverFailedError("the program had a solution and has none")
        return self._solution(shift)

    def _keep(self, point: Array | None = None) -> None:
        if point is None:
            point = np.asarray(self.solver.getSolution().col_value) * self.scale
        self.points = np.vstack([self.points, point[None, :]])
        if self.points.shape[0] > 2 * KEPT_POINTS:  # those at an end of some class, and the newest
            ends = {*self.points.argmin(axis=0).tolist(), *self.points.argmax(axis=0).tolist()}
            order = sorted(ends)[:KEPT_POINTS] + list(range(self.points.shape[0] - KEPT_POINTS // 2, len(self.points)))
            self.points = self.points[sorted(set(order))]

    def _seen(self, known: Mapping[int, float], shift: Array, at: Sequence[int]) -> Array:
        """Kept solutions that agree with what the attacker knows, of the unknown part of these classes' sums."""
        points = self.points - shift
        touched = sorted({self.class_of[i] for i in known})
        for c in touched:
            low, high = (end * self.scale for end in self._limits(self._left(c, known)))
            if len(touched) == 1:
                return _mixed(points, c, low, high, at)
            points = points[(points[:, c] >= low) & (points[:, c] <= high)]
        return points[:, at]


def _mixed(points: Array, c: int, low: float, high: float, at: Sequence[int]) -> Array:
    """The points whose coordinate c lies in [low, high], and mixtures of two points that do; of these classes only."""
    along, wanted = points[:, c], points[:, at]
    found = [wanted[(along >= low) & (along <= high)]]
    for end, other, across in [(low, along < low, along > low)] + [(high, along > high, along < high)] * (high > low):
        one, two = wanted[other][-40:], wanted[across][-40:]
        if math.isfinite(end) and one.shape[0] and two.shape[0]:
            here, there = along[other][-40:, None], along[across][None, -40:]
            part = (end - here) / (there - here)
            mixed = one[:, None, :] + part[:, :, None] * (two[None, :, :] - one[:, None, :])
            found.append(mixed.reshape(-1, wanted.shape[1]))
    return np.vstack(found)
