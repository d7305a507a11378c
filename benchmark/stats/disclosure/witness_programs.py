"""The solver of the small programs of the search. The program of an order cone is kept and changed between claims.

Claims about organisations of the same groups have the same donors, so that their programs differ only in who is moved
to where: some bounds, the costs, and coefficients of those who are in another window for it. Where a program has the
same columns and rows as the one that is kept of its cone, only these are changed, and the solver starts from the vertex
of before. A cone that nobody came back to for long is released. What is found then depends on what was asked before in
the same search, and on nothing else: a search starts with nothing kept.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import highspy
import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.audit_model import quiet_solver

Ends = tuple[FloatArray, FloatArray]
Entries = tuple[IntArray, IntArray, FloatArray]

ROWWISE, MINIMISE = int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize)
LONGEST = 5000  # simplex iterations
CONES = 30  # that are kept
CHANGES = 200  # coefficients; with more, the program is loaded anew


@dataclass(frozen=True, eq=False)
class _Program:
    """What a solver holds. `place`, `value`: the coefficients, by row and then column (row·columns + column)."""

    columns: int
    rows: Ends
    place: IntArray
    value: FloatArray


class _Model:
    """A solver with the program in it, None where that is not to be changed but replaced."""

    def __init__(self) -> None:
        self.solver = quiet_solver()
        self.solver.setOptionValue("simplex_iteration_limit", LONGEST)
        self.program: _Program | None = None

    def replace(self, program: _Program, cost: FloatArray, ends: Ends) -> None:
        row, column = np.divmod(program.place, program.columns)
        count = program.rows[0].size
        start = np.searchsorted(row, np.arange(count + 1)).astype(np.int32)
        whole = np.zeros(cost.size, dtype=np.int32)
        column = column.astype(np.int32)
        size = cost.size, count, row.size
        self.solver.passModel(
            *size, ROWWISE, MINIMISE, 0.0, cost, *ends, *program.rows, start, column, program.value, whole
        )

    def change(self, program: _Program, ends: Ends) -> bool:
        """Make the program that is held into another one; False, and nothing done, where too much differs.

        The costs are left to `Programs.change`.
        """
        held = self.program
        if held is None or held.columns != program.columns or held.rows[0].size != program.rows[0].size:
            return False
        places, values = _differing(held, program)
        if places.size > CHANGES:
            return False
        for place, value in zip(places.tolist(), values.tolist(), strict=True):
            self.solver.changeCoeff(place // program.columns, place % program.columns, value)
        other = np.flatnonzero((held.rows[0] != program.rows[0]) | (held.rows[1] != program.rows[1]))
        for row in other.tolist():
            self.solver.changeRowBounds(row, program.rows[0][row], program.rows[1][row])
        columns = np.arange(program.columns, dtype=np.int32)
        self.solver.changeColsBounds(columns.size, columns, *ends)
        return True


def _differing(held: _Program, program: _Program) -> tuple[IntArray, FloatArray]:
    """Places of the coefficients that differ, and what they become."""
    at = np.minimum(np.searchsorted(held.place, program.place), max(held.place.size - 1, 0))
    same = np.zeros(program.place.size, dtype=bool)
    if held.place.size:
        same = (held.place[at] == program.place) & (held.value[at] == program.value)
    gone = np.setdiff1d(held.place, program.place, assume_unique=True)
    return np.concatenate([gone, program.place[~same]]), np.concatenate([np.zeros(gone.size), program.value[~same]])


class Programs:
    """Solvers for all the small programs of a search: one for each cone that is kept, and one for all others."""

    def __init__(self) -> None:
        self._other = self._model = _Model()
        self._cones: dict[Hashable, _Model] = {}  # the one used last at the end
        self.solved = self.changed = 0
        self.loaded: object = None

    def load(self, cost: FloatArray, ends: Ends, rows: Ends, entries: Entries, cone: Hashable = None) -> None:
        """Another program: minimise cost·x with x between its `ends`, and the rows between theirs.

        `cone`: its order and donors, where the program is to be kept (its costs are given by `change` then).
        """
        row, column, value = entries
        place = row.astype(np.int64) * cost.size + column
        order = np.argsort(place, kind="stable") if cone is not None else np.argsort(row, kind="stable")
        program = _Program(cost.size, rows, place[order], value[order])
        self._model, self.loaded = self._other if cone is None else self._of(cone), None
        if cone is not None and self._model.change(program, ends):
            self.changed += 1
        else:
            self._model.replace(program, cost, ends)
        self._model.program = None if cone is None else program

    def _of(self, cone: Hashable) -> _Model:
        """The model of a cone; of a new one that of the cone that was left the longest ago, where there are enough."""
        model = self._cones.pop(cone, None)
        if model is None:
            model = self._cones.pop(next(iter(self._cones))) if len(self._cones) >= CONES else _Model()
            model.program = None
        self._cones[cone] = model
        return model

    def change(self, cost: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Other costs and ends for the first columns."""
        places = np.arange(cost.size, dtype=np.int32)
        self._model.solver.changeColsCost(places.size, places, cost)
        self._model.solver.changeColsBounds(places.size, places, low, high)

    def solve(self) -> FloatArray | None:
        """The best solution, None when there is none (or none was found in time)."""
        self.solved += 1
        solver = self._model.solver
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.asarray(solver.getSolution().col_value)
