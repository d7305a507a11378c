"""The attacker's linear programs: how far may an atom's total differ from the truth, given the published rows?

Variables are deviations from the truth, each as what it rises and what it falls, so that no deviation at all is the
vertex where every program starts: few atoms move, and the outcome does not depend on what was solved before. Values
are scaled to about 1 because the solver's tolerances are absolute. Two HiGHS models: one looks for a deviation that
goes as far as it must and costs little (where costs are low for what few attackers would notice), one proves how far
an atom can go at most.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import FloatArray, IntArray

FEASIBILITY = 1e-9
NOTHING = 1e-12  # a smaller deviation is none
DEAR = 1000.0
PRIMAL, DUAL = 4, 1

Bounds = tuple[IntArray, FloatArray, FloatArray]  # atoms, and the least and greatest deviation of each


class SolverError(RuntimeError):
    """The solver gave no usable answer; nothing may be concluded from that."""


@dataclass(frozen=True, eq=False)
class Extreme:
    """Outcome of one program: the extreme deviation, which atoms deviate and how far, the rows that stop it."""

    value: float
    atoms: IntArray
    deviation: FloatArray
    blamed: IntArray


class SumModel:
    """Rows weights·D in [slack_low, slack_high], D in [low, high] (infinite allowed); all in units of `scale`.

    `cost`: of rising and of falling by 1, for all atoms (positive).
    """

    def __init__(
        self,
        weights: FloatArray,
        slack: tuple[FloatArray, FloatArray],
        bounds: tuple[FloatArray, FloatArray],
        cost: tuple[FloatArray, FloatArray],
    ):
        self.weights, self.slack, self.low, self.high = weights, slack, *bounds
        self._size, self._cost = self.low.size, np.concatenate(cost)

    def extreme(self, atom: int, sign: int, known: Bounds, cap: float) -> Extreme:
        """Largest (sign 1) or smallest (sign −1) deviation of the atom's total, looked for up to `cap` (> 0) only.

        `known`: atoms of which the attackers know some units, and what bounds that leaves; for this program only.
        """
        solver = self._prover
        solver.changeColCost(atom, -float(sign))  # HiGHS minimises
        solver.changeColCost(self._size + atom, float(sign))
        places = self._bound(solver, atom, sign, known, (0.0, cap))
        try:
            if not _solved(solver):
                raise SolverError(f"the attacker's program ended as {solver.getModelStatus()}")
            duals = np.array(solver.getSolution().row_dual, dtype=np.float64)
            return self._outcome(solver, atom, np.flatnonzero(np.abs(duals) > FEASIBILITY))
        finally:
            solver.changeColCost(atom, 0.0)
            solver.changeColCost(self._size + atom, 0.0)
            self._restore(solver, places)

    def find(self, atom: int, sign: int, known: Bounds, size: float, avoid: Collection[int]) -> Extreme | None:
        """Cheapest deviations with that of the atom's total exactly sign·size, or None.

        `known` as above; deviations of the atoms in `avoid` cost a thousand times as much.
        """
        solver = self._finder
        dear = np.array(sorted({*avoid, *(one + self._size for one in avoid)}), dtype=np.int32)
        solver.changeColsCost(dear.size, dear, DEAR * self._cost[dear])
        places = self._bound(solver, atom, sign, known, (size, size))
        try:
            return self._outcome(solver, atom, np.zeros(0, np.int64)) if _solved(solver) else None
        finally:
            solver.changeColsCost(dear.size, dear, self._cost[dear])
            self._restore(solver, places)

    def only(self, rows: NDArray[np.bool_]) -> "SumModel":
        """The same program when only these rows are published."""
        slack = self.slack[0][rows], self.slack[1][rows]
        costs = self._cost[: self._size], self._cost[self._size :]
        return SumModel(self.weights[rows], slack, (self.low, self.high), costs)

    @cached_property
    def _prover(self) -> highspy.Highs:
        return self._model(np.zeros(2 * self._size), PRIMAL)

    @cached_property
    def _finder(self) -> highspy.Highs:
        return self._model(self._cost, DUAL)

    def _model(self, cost: FloatArray, strategy: int) -> highspy.Highs:
        solver = quiet_solver()
        solver.setOptionValue("simplex_strategy", strategy)
        columns = np.zeros(2 * self._size), np.concatenate([self.high, -self.low])
        program = linear_program(np.hstack([self.weights, -self.weights]), self.slack, columns)
        program.col_cost_ = cost
        if solver.passModel(program) == highspy.HighsStatus.kError:
            raise SolverError("the attacker's program was refused")
        return solver

    def _bound(
        self, solver: highspy.Highs, atom: int, sign: int, known: Bounds, target: tuple[float, float]
    ) -> IntArray:
        """Set what is left of the atoms; the target's own moves in its direction only, between these sizes."""
        ends = {int(i): (float(-a), float(b)) for i, a, b in zip(*known, strict=True)}
        down, up = ends.get(atom, (float(-self.low[atom]), float(self.high[atom])))
        places = np.fromiter({**ends, atom: None}, dtype=np.int64)
        least = np.zeros(2 * places.size)
        ends[atom] = (0.0, min(up, target[1])) if sign == 1 else (min(down, target[1]), 0.0)
        most = np.array([ends[i][1] for i in places.tolist()] + [ends[i][0] for i in places.tolist()])
        own = int(np.flatnonzero(places == atom)[0]) + (0 if sign == 1 else places.size)
        least[own] = min(target[0], most[own])
        _change(solver, np.concatenate([places, places + self._size]), least, most)
        return places

    def _restore(self, solver: highspy.Highs, places: IntArray) -> None:
        columns = np.concatenate([places, places + self._size])
        _change(solver, columns, np.zeros(columns.size), np.concatenate([self.high[places], -self.low[places]]))

    def _outcome(self, solver: highspy.Highs, atom: int, blamed: IntArray) -> Extreme:
        parts = np.array(solver.getSolution().col_value, dtype=np.float64)
        deviation = parts[: self._size] - parts[self._size :]
        moved = np.flatnonzero(np.abs(deviation) > NOTHING)
        return Extreme(float(deviation[atom]), moved, deviation[moved], blamed)


def _solved(solver: highspy.Highs) -> bool:
    """Solve, from no deviation at all; once more the other way where that gives nothing."""
    usable = {highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible}
    solver.clearSolver()
    solver.run()
    if solver.getModelStatus() not in usable:
        strategy = solver.getOptionValue("simplex_strategy")[1]
        solver.setOptionValue("simplex_strategy", DUAL if strategy == PRIMAL else PRIMAL)
        solver.clearSolver()
        solver.run()
        solver.setOptionValue("simplex_strategy", strategy)
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def _change(solver: highspy.Highs, columns: IntArray, low: FloatArray, high: FloatArray) -> None:
    order = np.argsort(columns)
    solver.changeColsBounds(columns.size, columns[order].astype(np.int32), low[order], high[order])


def quiet_solver() -> highspy.Highs:
    """HiGHS, silent, one thread, no presolve (tiny programs, warm starts), tight tolerances: reproducible."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (
        ("output_flag", False),
        ("threads", 1),
        ("presolve", "off"),
        ("primal_feasibility_tolerance", FEASIBILITY),
        ("dual_feasibility_tolerance", FEASIBILITY),
    ):
        solver.setOptionValue(name, value)
    return solver


def linear_program(
    weights: FloatArray, rows: tuple[FloatArray, FloatArray], columns: tuple[FloatArray, FloatArray]
) -> highspy.HighsLp:
    """A program without objective from a dense matrix and the bounds of rows and columns."""
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = weights.shape
    program.col_cost_ = np.zeros(weights.shape[1])
    program.col_lower_, program.col_upper_ = columns
    program.row_lower_, program.row_upper_ = rows
    row, column = np.nonzero(weights)
    matrix = program.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kRowwise
    matrix.start_ = np.concatenate([[0], np.cumsum(np.count_nonzero(weights, axis=1))]).astype(np.int32)
    matrix.index_ = column.astype(np.int32)
    matrix.value_ = weights[row, column]
    return program
