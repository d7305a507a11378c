"""Which answers could have been given otherwise: an integer program on moves from one answer to another.

A move takes one organisation of a class (atom, answer) to another answer. The program looks for the fewest moves with
at least one of the target's class that keep the count of every shown figure in its interval. Counts are whole numbers
and organisations of a class are exchangeable, so as far as the shown figures go the program is exact: when it has no
solution, everybody in the class is known not to have answered otherwise.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.audit_model import quiet_solver
from benchmark.stats.disclosure.shares_rows import Question

Class = tuple[int, int]  # atom, answer
Moves = tuple[tuple[Class, int, int], ...]  # class, answer moved to, number of organisations

NODES = 2000  # of the search tree; a program that needs more is given up, which counts as unproven
ELASTIC_NODES, ELASTIC_GAP = 20, 0.2  # what goes need not be the very least, it only must be found soon
WHOLE = 1e-6  # how far a solver's whole number may be from one
CELLS = 20_000_000  # entries of the largest matrix that is built


@dataclass(frozen=True)
class Found:
    """`moves` None: there are none (`proven`), or none were found. `given_up`: numbers of units that must go.
    `conflict`: units of which one at least must go, when there are no moves."""

    moves: Moves | None
    proven: bool = False
    given_up: tuple[int, ...] = ()
    conflict: tuple[int, ...] = ()


class MoveProgram:
    """One persistent model: all moves between the given answers (all when None); with `prices` (one per unit) the
    rows of a unit may be given up for its price, which is what the program then keeps small. `relaxed`: fractions of
    organisations may move; quick with a warm start, and when even then there is no solution, there is none."""

    def __init__(
        self,
        question: Question,
        answers: Sequence[int] | None = None,
        prices: FloatArray | None = None,
        *,
        relaxed: bool = False,
    ) -> None:
        self.question, self.relaxed = question, relaxed
        self.classes = list(question.members)
        self.place = {one: i for i, one in enumerate(self.classes)}
        self.size = np.array([question.members[one].size for one in self.classes], dtype=np.float64)
        self.source, self.to = self._columns(answers)
        self.units = 0 if prices is None else prices.size
        self.withheld: set[int] = set()
        self.fits = self.source.size * len(question.rows) <= CELLS
        if self.fits and self.source.size:
            self._build(prices)

    def _columns(self, answers: Sequence[int] | None) -> tuple[IntArray, IntArray]:
        question = self.question
        known = range(question.allowed.shape[1]) if answers is None else answers
        source, to = [], []
        for place, (atom, answer) in enumerate(self.classes):
            if answer not in known:
                continue
            allowed = question.allowed[question.members[atom, answer][0]]
            for other in known:
                if other != answer and allowed[other]:
                    source.append(place)
                    to.append(other)
        return np.array(source, dtype=np.int64), np.array(to, dtype=np.int64)

    def _build(self, prices: FloatArray | None) -> None:
        question, columns = self.question, self.source.size
        atoms = np.array([atom for atom, _ in self.classes])[self.source]
        answers = np.array([answer for _, answer in self.classes])[self.source]
        change = question.masks[:, self.to] - question.masks[:, answers]
        counts = np.where(question.inside[question.row_blocks][:, atoms], change, 0).astype(np.float64)
        self.used = np.flatnonzero(counts.any(axis=1))  # rows that these moves can touch
        counts = counts[self.used]
        low, high = (end[self.used].astype(np.float64) for end in question.room)
        if prices is not None:
            elastic = np.zeros((self.used.size, prices.size))
            unit = question.row_units[self.used]
            large = counts.clip(0) @ self.size[self.source] + (-counts).clip(0) @ self.size[self.source] + 1
            elastic[np.flatnonzero(unit >= 0), unit[unit >= 0]] = large[unit >= 0]
            counts = np.vstack([np.hstack([counts, elastic]), np.hstack([counts, -elastic])])
            infinite = np.full(low.size, highspy.kHighsInf)
            low, high = np.concatenate([low, -infinite]), np.concatenate([infinite, high])
        capacity = np.zeros((len(self.classes), counts.shape[1]))
        capacity[self.source, np.arange(columns)] = 1.0
        self.first = counts.shape[0]  # the rows of the classes come after those of the figures
        lows = np.concatenate([low, np.zeros(self.size.size)])
        cost = np.ones(columns) if prices is None else np.concatenate([np.full(columns, 1e-3), prices])
        most = np.concatenate([self.size[self.source], np.ones(self.units)])
        self._pass(np.vstack([counts, capacity]), (lows, np.concatenate([high, self.size])), most, cost)

    def _pass(
        self, matrix: FloatArray, rows: tuple[FloatArray, FloatArray], most: FloatArray, cost: FloatArray
    ) -> None:
        program = highspy.HighsLp()
        program.num_row_, program.num_col_ = matrix.shape
        program.col_cost_, program.col_lower_, program.col_upper_ = cost, np.zeros(most.size), most
        program.row_lower_, program.row_upper_ = rows
        row, column = np.nonzero(matrix)
        sparse = program.a_matrix_
        sparse.format_ = highspy.MatrixFormat.kRowwise
        sparse.start_ = np.concatenate([[0], np.cumsum(np.count_nonzero(matrix, axis=1))]).astype(np.int32)
        sparse.index_, sparse.value_ = column.astype(np.int32), matrix[row, column]
        self._solver = quiet_solver()
        if not self.relaxed:
            program.integrality_ = [highspy.HighsVarType.kInteger] * most.size
            nodes, gap = (ELASTIC_NODES, ELASTIC_GAP) if self.units else (NODES, 0.0)
            for name, value in (("presolve", "choose"), ("mip_max_nodes", nodes), ("mip_rel_gap", gap)):
                self._solver.setOptionValue(name, value)
        self._solver.passModel(program)
        self._rows, self._out = rows, np.zeros(self.first, dtype=bool)

    def withhold(self, units: Collection[int]) -> None:
        """The rows of exactly these units are no longer shown."""
        self.withheld = set(units)
        if not (self.fits and self.source.size):
            return
        out = np.isin(self.question.row_units[self.used], sorted(units))
        for line in np.flatnonzero(np.tile(out, 2 if self.units else 1) != self._out).tolist():
            free = (-highspy.kHighsInf, highspy.kHighsInf)
            low, high = (self._rows[0][line], self._rows[1][line]) if self._out[line] else free
            self._solver.changeRowBounds(line, low, high)
            self._out[line] = not self._out[line]

    def find(self, target: Class, fixed: Mapping[Class, int]) -> Found:
        """Moves with at least one of the target's class, when so many of each class in `fixed` stay as they are."""
        if not self.fits:
            return Found(None)
        place = self.place[target]
        if not np.any(self.source == place):
            return Found(None, proven=True)
        bounds = {self.place[one]: (0.0, self.size[self.place[one]] - held) for one, held in fixed.items()}
        bounds[place] = (1.0, bounds.get(place, (0.0, self.size[place]))[1])
        for i, (low, high) in bounds.items():
            self._solver.changeRowBounds(self.first + i, low, high)
        try:
            return self._solve()
        finally:
            for i in bounds:
                self._solver.changeRowBounds(self.first + i, 0.0, self.size[i])

    def _conflict(self) -> tuple[int, ...]:
        """Units whose rows together make the relaxed program impossible (the rows of its dual ray)."""
        if not self.relaxed:
            return ()
        _, known, ray = self._solver.getDualRay()  # type: ignore[attr-defined]
        if not known:
            return ()
        rows = self.used[np.flatnonzero(np.abs(np.asarray(ray)[: self.used.size]) > WHOLE)]
        return tuple(sorted({int(unit) for unit in self.question.row_units[rows] if unit >= 0}))

    def _solve(self) -> Found:
        solver = self._solver
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return Found(None, proven=True, conflict=self._conflict())
        values = np.asarray(solver.getSolution().col_value)
        if (
            values.size == 0
            or solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible
        ):
            return Found(None)
        number = np.rint(values[: self.source.size]).astype(np.int64)
        if np.abs(values[: self.source.size] - number).max() > WHOLE:
            return Found(None)
        moves = tuple(
            (self.classes[self.source[i]], int(self.to[i]), int(number[i])) for i in np.flatnonzero(number).tolist()
        )
        gone = np.flatnonzero(values[self.source.size :] > 0.5)
        return Found(moves, given_up=tuple(gone.tolist()))
