"""The attacker's linear program: how far may an atom's total differ from the truth, given the published rows?

Variables are deviations from the truth, so that zero is always feasible; values are scaled to about 1 because the
solver's tolerances are absolute. One persistent HiGHS model; bounds and objective change, the basis stays.
"""

from dataclasses import dataclass

import highspy
import numpy as np

from benchmark.stats.columns import FloatArray, IntArray

FEASIBILITY = 1e-9


class SolverError(RuntimeError):
    """The solver gave no usable answer; nothing may be concluded from that."""


@dataclass(frozen=True, eq=False)
class Extreme:
    """Outcome of one program: the extreme deviation, the deviations of all atoms there, the rows that stop it."""

    value: float
    deviation: FloatArray
    blamed: IntArray


class SumModel:
    """Rows weights·D in [slack_low, slack_high], D in [low, high] (infinite allowed); all in units of `scale`."""

    def __init__(self, weights: FloatArray, slack: tuple[FloatArray, FloatArray], low: FloatArray, high: FloatArray):
        self.low, self.high = low, high
        self._solver = quiet_solver()
        status = self._solver.passModel(linear_program(weights, slack, (low, high)))
        if status == highspy.HighsStatus.kError:
            raise SolverError("the attacker's program was refused")

    def extreme(self, atom: int, sign: int, known: tuple[IntArray, FloatArray, FloatArray], cap: float) -> Extreme:
        """Largest (sign 1) or smallest (sign −1) deviation of the atom's total, looked for up to `cap` (> 0) only.

        `known`: atoms of which the attacker knows some units, and what bounds that leaves; for this program only.
        """
        low, high = self.low[atom], self.high[atom]
        atoms, lows, highs = known
        for i, least, most in zip(atoms.tolist(), lows.tolist(), highs.tolist(), strict=True):
            self._solver.changeColBounds(i, least, most)
            if i == atom:
                low, high = least, most
        low, high = (low, min(high, cap)) if sign == 1 else (max(low, -cap), high)
        self._solver.changeColBounds(atom, low, high)
        self._solver.changeColCost(atom, -float(sign))  # HiGHS minimises
        try:
            return self._solve(atom)
        finally:
            self._solver.changeColCost(atom, 0.0)
            for i in {atom, *atoms.tolist()}:
                self._solver.changeColBounds(i, self.low[i], self.high[i])

    def _solve(self, atom: int) -> Extreme:
        solver = self._solver
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            solver.clearSolver()  # once more without the last basis
            solver.run()
        status = solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(f"the attacker's program ended as {solver.modelStatusToString(status)}")
        solution = solver.getSolution()
        deviation = np.array(solution.col_value, dtype=np.float64)
        duals = np.array(solution.row_dual, dtype=np.float64)
        return Extreme(float(deviation[atom]), deviation, np.flatnonzero(np.abs(duals) > FEASIBILITY))


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
