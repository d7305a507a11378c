"""W2: a witness by linear program inside an order of the values.

While everybody stays in its segment of every group (`figures.py`), all that is shown is linear in the deviations. A
cone is such an order: the true one with some versions moved first (the target to its goal, or the target and another
in each other's place). A small set of donors may deviate, all others stay as they are, and the program looks for the
least total change (its vertices change few). The marks between segments are constants, so that staying in a segment
is a bound on a deviation; or, as a second attempt, variables.

The elastic program asks what to give up where there is no witness: every figure may be missed at its price.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.figures import NEAR, QUANTILE, BoolArray, Figures, neighbours, segment_ends
from benchmark.stats.disclosure.witness import TOUCH, Claim, Needs
from benchmark.stats.disclosure.witness_programs import Ends, Entries, Programs

INSIDE = 1e-5  # part of an interval kept free at its ends: what the program finds must round to the same figure
DEAR = 10.0  # what a deviation counts of somebody who is a donor already


@dataclass(frozen=True, eq=False)
class Found:
    """Deviations of some versions; `missed`: numbers of the figures that they miss (elastic programs only). `apart`: a
    version whose scenes do not move together, and how far each of them does.
    """

    versions: IntArray
    deviation: FloatArray
    missed: tuple[int, ...] = ()
    apart: tuple[int, FloatArray] | None = None


class Cone:
    """Data sets in one order around the truth in which only `donors` and the target deviate.

    `moves`: deviations that make the order (the target's own, and perhaps another's). `free`: marks are variables.
    `elastic`: figures of these kinds may be missed. `keep`: the program is kept for other claims with the same donors
    (`witness_programs.py`). `behind`: per scene, how far short of the others the target falls
    there, when the claim is about a part of it.
    """

    def __init__(
        self,
        figures: Figures,
        needs: Needs,
        claim: Claim,
        moves: dict[int, float],
        donors: IntArray,
        *,
        free: bool = False,
        elastic: tuple[str, ...] = (),
        keep: bool = False,
        behind: FloatArray | None = None,
    ) -> None:
        self.figures, self.claim, self.elastic, self._behind = figures, claim, elastic, behind
        self._keep = keep
        self.columns = np.unique(np.concatenate([list(moves), donors])).astype(np.int64)
        self.low, self.high = -needs.spare_down[self.columns], needs.spare_up[self.columns].copy()
        self.inside = figures.inside[:, self.columns]
        self.sum = figures.sum.copy()
        self.scale = float(np.median(np.abs(figures.cast.value[self.columns]))) or 1.0
        self._near = figures.near.copy() if free else np.zeros((0, 2 * NEAR), dtype=np.int64)
        self._moves = moves
        self._target(needs)
        self._order(moves, free)
        self._owner = figures.cast.contributor[self.columns]
        self._rows = np.zeros(0, dtype=np.int64)

    @property
    def possible(self) -> bool:
        """Whether everybody can be inside its segment at all."""
        return bool(np.all(self.low <= self.high))

    def _order(self, moves: dict[int, float], free: bool) -> None:
        figures, columns = self.figures, self.columns
        changed = (figures.place[figures.cut[:, None], list(moves)] >= 0).any(axis=1)
        still = figures.cut[~changed][:, None]
        low, high = figures.loose if free else figures.strict
        self.low = np.maximum(self.low, low[still, columns].max(axis=0, initial=-np.inf))
        self.high = np.minimum(self.high, high[still, columns].min(axis=0, initial=np.inf))
        for number in figures.cut[changed].tolist():
            group, cuts = figures.groups[number], figures.cuts[number]
            own = np.flatnonzero(figures.place[number, columns] >= 0)
            moves = self._in_scene(group.scene)
            order = figures.moved(number, moves)
            at = np.empty_like(order)
            at[order] = np.arange(order.size)
            place = figures.place[number, columns[own]]
            x, true = group.x.copy(), self._seen_as(group.x, number)
            for version, move in moves.items():
                if figures.place[number, version] >= 0:
                    x[figures.place[number, version]] += move
            least, most = segment_ends(x[order], cuts, NEAR if free else 0)
            self.low[own] = np.maximum(self.low[own], least[at[place]] - true[place])
            self.high[own] = np.minimum(self.high[own], most[at[place]] - true[place])
            if free:
                self._near[figures.near_group == number] = neighbours(group.versions[order], cuts)
            for f in group.figures:
                one = figures.all[f]
                if one.kind == QUANTILE and figures.active[f]:
                    self.inside[f] = False
                    self.inside[f, own] = (at[place] >= one.start) & (at[place] < one.stop)
                    self.sum[f] = group.x[order[one.start : one.stop]].sum()
        if self._behind is not None:
            self._fall_behind(self._behind)

    def _in_scene(self, scene: int) -> dict[int, float]:
        """The moves as they are in this scene."""
        if self._behind is None:
            return self._moves
        target = self.claim.version
        return {**self._moves, target: self._moves[target] + float(self._behind[scene])}

    def _seen_as(self, x: FloatArray, group: int) -> FloatArray:
        """Values from which deviations are counted in a group: of a target that falls behind there, as much less."""
        place = self.figures.place[group, self.claim.version]
        if self._behind is None or place < 0:
            return x
        x = x.copy()
        x[place] += self._behind[self.figures.groups[group].scene]
        return x

    def _fall_behind(self, behind: FloatArray) -> None:
        """What is shown of a scene counts the target as far as it goes there."""
        figures, target = self.figures, int(np.searchsorted(self.columns, self.claim.version))
        for number in np.flatnonzero(self.inside[:, target]).tolist():
            weight = figures.weights[number][self.claim.version] if number in figures.weights else 1.0
            self.sum[number] += weight * behind[figures.groups[figures.all[number].group].scene]

    def _target(self, needs: Needs) -> None:
        place = int(np.searchsorted(self.columns, self.claim.version))
        room = (needs.room_up if self.claim.direction == 1 else needs.room_down)[self.claim.version]
        need = min(needs.of(self.claim) * (1 + TOUCH), float(room))
        if self.claim.scenes:
            need = needs.of(self.claim) * (1 + TOUCH)
            self.low[place] = self.high[place] = self.claim.direction * need
        elif self.claim.direction == 1:
            self.low[place], self.high[place] = need, max(need, self.high[place])
        else:
            self.low[place], self.high[place] = min(-need, self.low[place]), -need

    def find(self, programs: Programs, frozen: Collection[int] = (), rather_not: Collection[int] = ()) -> Found | None:
        """Deviations of the least total with those of the contributors in `frozen` 0; None when there are none.

        What contributors in `rather_not` deviate counts more.
        """
        if not self.possible:
            return None
        if programs.loaded is not self and not self._load(programs):
            return None
        low, high = self._split()
        free = self._owner == self.figures.cast.contributor[self.claim.version]
        still = among(self._owner, frozen) & ~free
        if np.any(still & ((self.low > 0) | (self.high < 0))):
            return None
        twice = np.concatenate([still, still])
        cost = np.where(among(self._owner, rather_not) & ~free, DEAR, 1.0)
        programs.change(np.concatenate([cost, cost]), np.where(twice, 0.0, low), np.where(twice, 0.0, high))
        solution = programs.solve()
        return None if solution is None else self._found(solution)

    def _found(self, solution: FloatArray) -> Found:
        size = self.columns.size
        change = solution[:size] - solution[size : 2 * size]
        change[np.abs(change) < 1e-10] = 0.0
        some = np.flatnonzero(change)
        slack = solution[2 * size + len(self._near) :]
        missed = self._rows[np.unique(np.flatnonzero(slack > 1e-7) % max(self._rows.size, 1))] if self.elastic else ()
        apart = None
        if self._behind is not None:
            target = self.claim.version
            own = change[np.searchsorted(self.columns, target)] * self.scale
            apart = (target, own + self._behind)
        return Found(self.columns[some], change[some] * self.scale, tuple(int(one) for one in missed), apart)

    def _split(self) -> Ends:
        """Ends of the two parts, up and down, of every deviation."""
        low, high = self.low / self.scale, self.high / self.scale
        zero = np.zeros(low.size)
        return (
            np.concatenate([np.maximum(low, zero), np.maximum(-high, zero)]),
            np.concatenate([np.maximum(high, zero), np.maximum(-low, zero)]),
        )

    def _load(self, programs: Programs) -> bool:
        """Put the program into the solver; False when a figure is missed that nobody can repair."""
        figures = self.figures
        shown = figures.active & figures.linear
        least, most = figures.bounds[:, 0] - self.sum, figures.bounds[:, 1] - self.sum
        spare = INSIDE * (most - least)
        truth = (least <= 0) & (most >= 0)
        low = np.where(truth, np.minimum(least + spare, 0), least + spare)
        high = np.where(truth, np.maximum(most - spare, 0), most - spare)
        touched = self.inside.any(axis=1)
        missed = (low > 0) | (high < 0)
        if not self.elastic and np.any(shown & ~touched & missed):
            return False
        rows = np.flatnonzero(shown & (touched | missed))
        self._rows = rows
        line, column = np.nonzero(self.inside[rows])
        one = np.ones(line.size)
        for place, row in enumerate(rows.tolist() if figures.weights else ()):
            if row in figures.weights:
                one[line == place] = figures.weights[row][self.columns[column[line == place]]]
        marks, order_ends, order = self._marks(rows.size)
        cost, ends, slack = self._columns(rows, (most - least)[rows], marks)
        entries = [(line, column, one), (line, column + self.columns.size, -one), *slack, *order]
        joined = tuple(np.concatenate([part[i] for part in entries]) for i in range(3))
        row_ends = (
            np.concatenate([low[rows] / self.scale, order_ends[0]]),
            np.concatenate([high[rows] / self.scale, order_ends[1]]),
        )
        cone = (self.columns.tobytes(), rows.tobytes(), marks[0].size) if self._keep else None
        programs.load(cost, ends, row_ends, (joined[0], joined[1], joined[2]), cone)
        programs.loaded = self
        return True

    def _columns(self, rows: IntArray, width: FloatArray, marks: Ends) -> tuple[FloatArray, Ends, list[Entries]]:
        low, high = self._split()
        cost = np.concatenate([np.ones(low.size), np.zeros(marks[0].size)])
        low, high = np.concatenate([low, marks[0]]), np.concatenate([high, marks[1]])
        if not self.elastic:
            return cost, (low, high), []
        figures, at = self.figures, cost.size + np.arange(rows.size)
        price = np.array([figures.all[row].price for row in rows]) * 1e2 / (width / self.scale + 1e-6)
        soft = [figures.all[row].kind in self.elastic and not figures.all[row].fixed for row in rows]
        most = np.where(soft, np.inf, 0.0)
        line, one = np.arange(rows.size), np.ones(rows.size)
        ends = np.concatenate([low, np.zeros(2 * rows.size)]), np.concatenate([high, most, most])
        return np.concatenate([cost, price, price]), ends, [(line, at, one), (line, at + rows.size, -one)]

    def _marks(self, start: int) -> tuple[Ends, Ends, list[Entries]]:
        """Ends of the free marks by who does not deviate; rows that keep the others on their side of the mark."""
        figures, near, size = self.figures, self._near, self.columns.size
        if not near.size:
            return (np.zeros(0), np.zeros(0)), (np.zeros(0), np.zeros(0)), []
        index = np.full(figures.cast.value.size + 1, -1)
        index[self.columns] = np.arange(size)
        column, side = index[near], np.where(np.arange(2 * NEAR) < NEAR, -1, 1)[None, :]
        group = figures.near_group[:, None]
        x = np.where(near >= 0, figures.value_in_group[group, near], 0.0) / self.scale
        if self._behind is not None:
            scene = np.array([figures.groups[one].scene for one in figures.near_group.tolist()], dtype=np.int64)
            x = x + np.where(near == self.claim.version, self._behind[scene][:, None] / self.scale, 0.0)
        still = (near >= 0) & (column < 0)
        low = np.where(still & (side < 0), x, -np.inf).max(axis=1)
        high = np.where(still & (side > 0), x, np.inf).min(axis=1)
        # Members further off are bound to the outermost of these, where that is put by the moves.
        outer = x[:, [0, -1]] + sum(
            (np.where(near[:, [0, -1]] == one, move / self.scale, 0.0) for one, move in self._moves.items()), 0.0
        )
        low = np.maximum(low, np.where(near[:, 0] >= 0, outer[:, 0], -np.inf))
        high = np.minimum(high, np.where(near[:, -1] >= 0, outer[:, 1], np.inf))
        mark, place = np.nonzero(column >= 0)
        own, row = column[mark, place], start + np.arange(mark.size)
        one, up = np.ones(mark.size), side[0, place] > 0
        value = -x[mark, place]
        rows = np.where(up, value, -np.inf), np.where(up, np.inf, value)
        entries = [(row, own, one), (row, own + size, -one), (row, 2 * size + mark, -one)]
        return (low, high), rows, entries


def among(numbers: IntArray, wanted: Collection[int]) -> BoolArray:
    """Which of the numbers (≥ 0) are wanted."""
    table = np.zeros(int(numbers.max(initial=0)) + 1, dtype=bool)
    table[[one for one in wanted if one < table.size]] = True
    found: BoolArray = table[numbers]
    return found


def witness_values(figures: Figures, found: Found, needs: Needs) -> list[tuple[IntArray, FloatArray]]:
    """Per scene the versions that differ and their new values."""
    cast, values = figures.cast, []
    for scene in range(len(cast.scenes)):
        x = cast.values_in(scene)[found.versions]
        inside, move = np.isfinite(x), found.deviation
        if found.apart is not None:
            move = np.where(found.versions == found.apart[0], found.apart[1][scene], move)
        values.append((found.versions[inside], needs.legal(x[inside] + move[inside], x[inside])))
    return values
