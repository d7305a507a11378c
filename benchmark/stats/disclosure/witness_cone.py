"""W2: a witness by linear program inside an order of the values.

As long as the same organisations are in a window, a smoothed quantile is their mean, so together with means and ratios
everything that is released is linear. The windows of a group cut its order into segments; which organisation is in
which segment makes the cone, and a free mark between two segments keeps them apart. The target is put at its new
rank; the program looks for values in that cone, inside every published interval and the legal range, that change as
little as possible (the sum of the changes: its vertices change few organisations, so there are few donors). When
there are none, the target is tried at the neighbouring ranks.
"""

from collections.abc import Collection, Iterator, Sequence

import highspy
import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.atoms import Family
from benchmark.stats.disclosure.audit_model import linear_program, quiet_solver
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import ProtectedTable
from benchmark.stats.disclosure.rounding import rounding_interval
from benchmark.stats.disclosure.witness import TOUCH, Claim, Witness, unproven, wanted_value
from benchmark.stats.kpis import KpiValues
from benchmark.stats.quantiles import PERCENT, smoothing_window
from benchmark.stats.tables import Table

INSIDE = 1e-5  # part of an interval kept free at its ends: what the program finds must round to the same figure
HOPS = (0, 1, -1, 2, -2)


class QuantileRow:
    """A released smoothed quantile: the mean of the order statistics start … stop − 1 of the members."""

    def __init__(self, key: str, statistic: str, members: IntArray, shown: float, digits: int) -> None:
        self.key, self.statistic, self.members = key, statistic, members
        self.window = smoothing_window(members.size, PERCENT[statistic])
        self.low, self.high = rounding_interval(shown, digits)

    def inside(self, rank: IntArray) -> IntArray:
        """The organisations in the window when they are ordered by `rank`."""
        ordered = self.members[np.argsort(rank[self.members], kind="stable")]
        return ordered[self.window.start : self.window.stop]


def quantile_rows(table: Table, released: ProtectedTable, policy: Policy) -> list[QuantileRow]:
    """All released quantiles."""
    found = []
    for row in table.rows:
        for name, cell in released.group(row.key).cells.items():
            if name in PERCENT and cell.value is not None:
                few = row.n_organisations < policy.quantile_digits_below
                digits = policy.quantile_digits if few else policy.digits
                found.append(QuantileRow(row.key, name, row.members, cell.value, digits))
    return found


class Cone:
    """All data sets in one order; changes p − q of each organisation, both from 0 up, with their sum as objective."""

    def __init__(self, family: Family, quantiles: Sequence[QuantileRow], claim: Claim, hop: int) -> None:
        self.family, self.claim = family, claim
        spoken = [row.members for row in family.rows] + [row.members for row in quantiles]
        self.rows_of = np.unique(np.concatenate(spoken))
        self.place = np.full(family.values.size, -1)
        self.place[self.rows_of] = np.arange(self.rows_of.size)
        self.x = family.values[self.rows_of]
        self.scale = float(np.median(np.abs(self.x[self.x != 0]))) if self.x.any() else 1.0
        self.goal = wanted_value(family, claim)
        rank = _ranks(family.values, claim, self.goal, hop)
        matrix, low, high = _rows(self, family, quantiles, rank)
        self._solver = quiet_solver()
        self._bounds()
        size, marks = self.x.size, matrix.shape[1] - self.x.size
        free = np.full(marks, np.inf)
        columns = np.concatenate([np.zeros(2 * size), -free]), np.concatenate([self.up, self.down, free])
        program = linear_program(
            np.hstack([matrix[:, :size], -matrix[:, :size], matrix[:, size:]]), (low, high), columns
        )
        program.col_cost_ = np.concatenate([np.ones(2 * size), np.zeros(marks)])
        self._solver.passModel(program)
        self._move_target()

    def _bounds(self) -> None:
        low, high = np.minimum(self.family.goal.low, self.x), np.maximum(self.family.goal.high, self.x)
        self.up, self.down = (high - self.x) / self.scale, (self.x - low) / self.scale

    def _move_target(self) -> None:
        place, size = int(self.place[self.claim.organisation]), self.x.size
        move = abs(self.goal - self.x[place]) / self.scale * (1 + TOUCH)
        column, other = (place, size + place) if self.claim.direction == 1 else (size + place, place)
        most = (self.up if self.claim.direction == 1 else self.down)[place]
        self._solver.changeColBounds(column, min(move, most), most)
        self._solver.changeColBounds(other, 0.0, 0.0)

    def find(self, fixed: Collection[int]) -> FloatArray | None:
        """Values of all organisations with those of the contributors in `fixed` unchanged; None when there are none."""
        own = np.flatnonzero(np.isin(self.family.contributor[self.rows_of], list(fixed))).tolist()
        for place in own:
            self._solver.changeColBounds(place, 0.0, 0.0)
            self._solver.changeColBounds(self.x.size + place, 0.0, 0.0)
        self._solver.run()
        good = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        solution = np.asarray(self._solver.getSolution().col_value) if good else None
        for place in own:
            self._solver.changeColBounds(place, 0.0, float(self.up[place]))
            self._solver.changeColBounds(self.x.size + place, 0.0, float(self.down[place]))
        if solution is None:
            return None
        change = solution[: self.x.size] - solution[self.x.size : 2 * self.x.size]
        change[np.abs(change) < 1e-10] = 0.0
        values = self.family.values.copy()
        values[self.rows_of] = self.x + change * self.scale
        return values


def cone_witnesses(
    family: Family,
    quantiles: Sequence[QuantileRow],
    claim: Claim,
    values: KpiValues,
    known: Sequence[Witness],
    scale: float,
) -> Iterator[Witness]:
    """Witnesses that hold where those that are `known` do not; stops when the claim is proven or nothing is found.

    First without any fixed values, then with all contributors in question fixed together, then with halves of them.
    """
    contributor, found = family.contributor, list(known)
    for hop in HOPS:
        cone = Cone(family, quantiles, claim, hop)
        missing = unproven(claim, found, contributor)
        stack: list[list[int]] = [sorted(missing)] if missing is not None else [[]]
        while stack:
            left = unproven(claim, found, contributor)
            fixed = [one for one in stack.pop() if left is None or one in left]
            if left is not None and not fixed:
                continue
            data = cone.find(fixed)
            if data is not None:
                found.append(_witness(claim, data, values, scale))
                yield found[-1]
                if left is None:
                    stack.append(sorted(unproven(claim, found, contributor) or ()))
            elif len(fixed) > 1:
                stack += [fixed[len(fixed) // 2 :], fixed[: len(fixed) // 2]]
        if unproven(claim, found, contributor) == frozenset():
            return


def _witness(claim: Claim, data: FloatArray, values: KpiValues, scale: float) -> Witness:
    rows = np.flatnonzero(np.isfinite(data) & (data != values.value))
    if values.numerator is None or values.denominator is None:
        return Witness(claim, "W2", rows, data[rows])
    under = values.denominator[rows]
    over = data[rows] * under / scale
    return Witness(claim, "W2", rows, scale * over / under, over, under)


def _ranks(values: FloatArray, claim: Claim, goal: float, hop: int) -> IntArray:
    """Rank of every organisation with the target at its new value, `hop` places further on."""
    moved = values.copy()
    moved[claim.organisation] = goal
    behind = np.zeros(values.size)
    behind[claim.organisation] = claim.direction  # among equals it has just passed them
    rank = np.lexsort((behind, moved)).argsort().astype(np.float64)
    rank[claim.organisation] += hop * (1 + TOUCH) + (0.5 if hop > 0 else -0.5 if hop < 0 else 0)
    return rank.argsort(kind="stable").argsort()


def _rows(
    cone: Cone, family: Family, quantiles: Sequence[QuantileRow], rank: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Published sums, published quantiles and the order, as rows on the changes and on the marks between segments."""
    made = [(row.members, row.weights, row.low, row.high) for row in family.rows]
    for one in quantiles:
        inside = one.inside(rank)
        made.append((inside, None, one.low * inside.size, one.high * inside.size))
    below, above, marks = _order(cone, quantiles, rank)
    size = cone.x.size
    matrix = np.zeros((len(made) + len(below) + len(above), size + marks))
    low, high = np.full(matrix.shape[0], -np.inf), np.full(matrix.shape[0], np.inf)
    for line, (members, weights, least, most) in enumerate(made):
        places = cone.place[members]
        matrix[line, places] = 1.0 if weights is None else weights
        true = float(matrix[line, :size] @ cone.x)
        free = INSIDE * (most - least)
        # A sum of changes; where the truth lies at the very end of its interval it may stay there.
        low[line], high[line] = min(least + free - true, 0.0), max(most - free - true, 0.0)
        if most < true or least > true:  # a window with other organisations in it
            low[line], high[line] = least + free - true, most - free - true
    for line, (place, mark) in enumerate(below, start=len(made)):
        matrix[line, place], matrix[line, size + mark] = 1.0, -1.0
        high[line] = -cone.x[place]
    for line, (place, mark) in enumerate(above, start=len(made) + len(below)):
        matrix[line, place], matrix[line, size + mark] = 1.0, -1.0
        low[line] = -cone.x[place]
    return matrix, low / cone.scale, high / cone.scale


def _order(
    cone: Cone, quantiles: Sequence[QuantileRow], rank: IntArray
) -> tuple[list[tuple[int, int]], list[tuple[int, int]], int]:
    """Who stays below and who above which mark. The ends of a group's windows cut its order into segments; between
    two segments lies a mark, and inside a segment the order is free."""
    ends: dict[str, set[int]] = {}
    members = {}
    for one in quantiles:
        ends.setdefault(one.key, set()).update((one.window.start, one.window.stop))
        members[one.key] = cone.place[one.members[np.argsort(rank[one.members], kind="stable")]].tolist()
    below, above, mark = [], [], 0
    for key, cuts in ends.items():
        inner = sorted(cut for cut in cuts if 0 < cut < len(members[key]))
        for before, cut, after in zip([0, *inner], inner, [*inner[1:], len(members[key])], strict=False):
            below += [(place, mark) for place in members[key][before:cut]]
            above += [(place, mark) for place in members[key][cut:after]]
            mark += 1
    return below, above, mark
