"""Attack on sums (T2, T3): the smallest and largest value of each organisation, by linear programs.

Organisations that are in the same rows are one variable, their sum. With own values the attacker's organisations
leave their variable. The interval of one organisation of a sum Y over m unknown ones with values in [L, U] is
[max(L, min Y − (m − 1)·U), min(U, max Y − (m − 1)·L)].
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Sum:
    """A published figure: the members' values add up to something between low and high. `about`: where it is from."""

    about: str
    members: frozenset[int]
    low: float
    high: float


class SolverFailedError(RuntimeError):
    """The linear program gave no answer."""


def value_intervals(
    sums: Sequence[Sum], low: float, high: float, own: Mapping[int, float], targets: Collection[int] | None = None
) -> Iterator[tuple[int, Bounds]]:
    """Interval of every organisation in the sums (or of the `targets`) that is not the attacker's own."""
    classes: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for organisation in sorted({i for one in sums for i in one.members} - set(own)):
        classes[tuple(place for place, one in enumerate(sums) if organisation in one.members)].append(organisation)
    if not classes:
        return
    solver = _program(sums, classes, low, high, own)
    for place, members in enumerate(classes.values()):
        wanted = [i for i in members if targets is None or i in targets]
        if not wanted:
            continue
        rest = len(members) - 1
        # With an unlimited other one in the same sum nothing bounds this one from below (or from above).
        least = _end(solver, place, -1) - (rest * high if rest else 0.0) if not rest or math.isfinite(high) else low
        most = _end(solver, place, 1) - (rest * low if rest else 0.0) if not rest or math.isfinite(low) else high
        for organisation in wanted:
            yield organisation, (max(low, least), min(high, most))


def _program(
    sums: Sequence[Sum], classes: Mapping[tuple[int, ...], list[int]], low: float, high: float, own: Mapping[int, float]
) -> "_Scaled":
    scale = max((abs(end) for one in sums for end in (one.low, one.high)), default=1.0) or 1.0
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off")):
        solver.setOptionValue(name, value)
    for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        solver.setOptionValue(name, 1e-9)
    for members in classes.values():
        ends = [len(members) * end / scale if math.isfinite(end) else end for end in (low, high)]
        solver.addCol(0.0, ends[0], ends[1], 0, np.zeros(0, np.int32), np.zeros(0))
    for place, one in enumerate(sums):
        known = math.fsum(value for i, value in own.items() if i in one.members)
        inside = np.array([c for c, rows in enumerate(classes) if place in rows], dtype=np.int32)
        allowance = 1e-9 * scale  # own values and sums are exact to the computer's precision only
        least, most = (one.low - known - allowance) / scale, (one.high - known + allowance) / scale
        solver.addRow(least, most, inside.size, inside, np.ones(inside.size))
    return _Scaled(solver, scale)


class _Scaled:
    """The program and the size of its unit."""

    def __init__(self, solver: highspy.Highs, scale: float) -> None:
        self.solver, self.scale = solver, scale


def _end(program: "_Scaled", place: int, sign: int) -> float:
    solver = program.solver
    solver.changeColCost(place, -float(sign))
    solver.run()
    status = solver.getModelStatus()
    solver.changeColCost(place, 0.0)
    if status == highspy.HighsModelStatus.kOptimal:
        return float(np.asarray(solver.getSolution().col_value)[place]) * program.scale
    if status in (highspy.HighsModelStatus.kUnbounded, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return sign * math.inf
    raise SolverFailedError(solver.modelStatusToString(status))
