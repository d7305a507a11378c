"""Attack on option shares (T8): whole numbers of organisations behind rounded percentages.

Organisations in the same published groups are one class; per class and option the unknown is how many chose it, a
whole number. A percentage of n organisations is an interval on a count; merged options are an interval on a sum; where
an answer is one option, the counts of a class add up to its size. An organisation is disclosed when only one option is
left for it (single choice), or when one flag of it is certain (multiple choice).
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from benchmark.stats.attack.reading import MERGE, Document, Group
from benchmark.stats.attack.solver import Array, new_solver

SHARE = "share:"
STEPS, PER_STEP = (1, 2, 5, 10), 3  # a sensitive share: the smallest step with this many contributors a step
FIRST_POINTS, NODES = 12, 500


@dataclass(frozen=True)
class Count:
    """Between `low` and `high` of the members chose one of these options."""

    about: str
    members: frozenset[int]
    options: tuple[str, ...]
    low: int
    high: int


@dataclass(frozen=True)
class Certain:
    """The organisation surely did (or did not) choose the option."""

    organisation: int
    option: str
    chosen: bool


def counts_of(document: Document) -> list[Count]:
    """Every published share as an interval on a count, where it is known who has a value."""
    found = []
    for group in document.groups:
        for name, (value, coded) in group.figures.items():
            if name.startswith(SHARE) and group.n is not None and group.complete:
                low, high = counted(value, coded, group.n, step=_step(document, group))
                options = tuple(name.removeprefix(SHARE).split(MERGE))
                found.append(Count(group.key, group.members, options, low, high))
    return found


def options_of(document: Document) -> tuple[str, ...]:
    """All single options, shown or not."""
    names = {n.removeprefix(SHARE) for g in document.groups for n in (*g.figures, *g.blank) if n.startswith(SHARE)}
    return tuple(sorted(one for one in names if MERGE not in one))


def looks_exclusive(document: Document) -> bool:
    """Whether every answer is one option, as far as the figures show: merged, or adding up to 100 everywhere."""
    options = options_of(document)
    complete = [g for g in document.groups if all(SHARE + o in g.figures for o in options)]
    if len(options) < 2:
        return False
    if any(MERGE in name for g in document.groups for name in g.figures):
        return True
    slack = 0.5 * len(options) * max(1, 10 if document.sensitive else 1)
    return bool(complete) and all(
        any(g.figures[SHARE + o][1] for o in options)
        or abs(sum(g.figures[SHARE + o][0] for o in options) - 100) <= slack
        for g in complete
    )


def counted(percentage: float, coded: str, n: int, *, step: int = 0) -> tuple[int, int]:
    """Least and greatest number of n that is written as this percentage, in steps of so many points.

    Step 0: whole percentages without coded ends.
    """
    slack = 1e-9
    if coded == "<":
        return 0, math.ceil(percentage * n / 100 - slack) - 1
    if coded == ">":
        return math.floor(percentage * n / 100 + slack) + 1, n
    half = (step or 1) / 2
    low = math.ceil((percentage - half) * n / 100 - slack)
    high = math.floor((percentage + half) * n / 100 + slack)
    if step:  # fewer, or more, would be coded
        low = max(low, math.ceil(step * n / 100 - slack))
        high = min(high, math.floor((100 - step) * n / 100 + slack))
    return max(0, low), min(n, high)


class CountProgram:
    """All shares of one indicator as whole-number programs that many attackers use."""

    def __init__(self, counts: Sequence[Count], options: Sequence[str], *, exclusive: bool) -> None:
        self.counts, self.options, self.exclusive = list(counts), list(options), exclusive
        inside: dict[int, list[int]] = defaultdict(list)
        for place, one in enumerate(self.counts):
            for i in one.members:
                inside[i].append(place)
        found: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for i in sorted(inside):
            found[tuple(inside[i])].append(i)
        self.rows_of, self.classes = list(found), list(found.values())
        self.class_of = {i: c for c, members in enumerate(self.classes) for i in members}
        self.shape = (len(self.classes), len(self.options))
        self.points: list[Array] = []
        self.undecided = 0
        self.solver = self._build()
        random = np.random.default_rng(0)
        for _ in range(FIRST_POINTS):
            if self._best(random.normal(size=self.shape)) is None:
                break

    def certain(self, own: Mapping[int, frozenset[str]]) -> Iterator[Certain]:
        """What is certain for an attacker who knows which options its own organisations chose."""
        mine = {i: chosen for i, chosen in own.items() if i in self.class_of}
        taken, size = np.zeros(self.shape), np.array([float(len(members)) for members in self.classes])
        for i, chosen in mine.items():
            size[self.class_of[i]] -= 1
            for option in chosen & set(self.options):
                taken[self.class_of[i], self.options.index(option)] += 1
        agree = [p - taken for p in self.points if (p >= taken).all() and (p - taken <= size[:, None]).all()]
        for c, members in enumerate(self.classes):
            if size[c] > 0:
                unknown = [i for i in members if i not in mine]
                yield from self._of_class(c, unknown, agree, taken, size)

    def _of_class(self, c: int, unknown: list[int], agree: list[Array], taken: Array, size: Array) -> Iterator[Certain]:
        if self.exclusive:
            left = (
                [o for o in range(len(self.options)) if self._possible(c, [o], 1, agree, taken, size)]
                if (len({o for p in agree for o in np.flatnonzero(p[c] > 0.5).tolist()}) < 2)
                else []
            )
            if len(left) == 1:
                for i in unknown:
                    yield from (Certain(i, name, o == left[0]) for o, name in enumerate(self.options))
            return
        for o, name in enumerate(self.options):
            some = any(p[c, o] > 0.5 for p in agree) or self._possible(c, [o], 1, agree, taken, size)
            room = any(p[c, o] < size[c] - 0.5 for p in agree) or self._possible(c, [o], -1, agree, taken, size)
            if not (some and room):
                yield from (Certain(i, name, some) for i in unknown)

    def _possible(
        self, c: int, options: Sequence[int], sign: int, agree: list[Array], taken: Array, size: Array
    ) -> bool:
        """Whether somebody unknown of the class may have chosen (sign 1) or not chosen (−1) one of the options."""

        def reached(p: Array) -> bool:
            here = float(p[c, list(options)].sum())
            return here > 0.5 if sign > 0 else here < float(size[c]) - 0.5

        if any(reached(p) for p in agree):
            return True
        cost = np.zeros(self.shape)
        cost[c, options] = -sign
        point = self._best(cost, taken, size)
        if point is None:
            return True  # no answer in time, or a contradiction: nothing is certain
        agree.append(point - taken)
        return reached(agree[-1])

    def _build(self) -> highspy.Highs:
        solver = new_solver(presolve=True, nodes=NODES)
        options = {name: o for o, name in enumerate(self.options)}
        width = len(self.options)
        for members in self.classes:
            for _ in self.options:
                solver.addCol(0.0, 0.0, float(len(members)), 0, np.zeros(0, np.int32), np.zeros(0))
        columns = np.arange(len(self.classes) * width, dtype=np.int32)
        if columns.size:
            kind = np.full(columns.size, highspy.HighsVarType.kInteger)
            solver.changeColsIntegrality(columns.size, columns, kind)
        entries: list[list[int]] = [[] for _ in self.counts]
        for c, rows in enumerate(self.rows_of):
            for place in rows:
                entries[place] += [c * width + options[o] for o in self.counts[place].options if o in options]
        for one, inside in zip(self.counts, entries, strict=True):
            index = np.array(sorted(inside), dtype=np.int32)
            solver.addRow(float(one.low), float(one.high), index.size, index, np.ones(index.size))
        if self.exclusive:
            for c, members in enumerate(self.classes):
                index = np.arange(c * width, (c + 1) * width, dtype=np.int32)
                solver.addRow(float(len(members)), float(len(members)), width, index, np.ones(width))
        return solver

    def _best(self, cost: Array, taken: Array | None = None, size: Array | None = None) -> Array | None:
        """The whole-number solution of least cost that leaves what the attacker knows; None when there is none."""
        solver, width = self.solver, len(self.options)
        touched = []
        if taken is not None and size is not None:
            full = np.array([len(members) for members in self.classes])
            touched = np.flatnonzero((size < full) | taken.any(axis=1)).tolist()
            for c in touched:  # each of the class may still be in taken … taken + the unknown ones
                for o in range(width):
                    solver.changeColBounds(c * width + o, taken[c, o], taken[c, o] + size[c])
        index = np.arange(cost.size, dtype=np.int32)
        solver.changeColsCost(cost.size, index, cost.ravel())
        solver.run()
        optimal = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        self.undecided += solver.getModelStatus() == highspy.HighsModelStatus.kSolutionLimit
        point = np.round(np.asarray(solver.getSolution().col_value)).reshape(self.shape) if optimal else None
        for c in touched:
            for o in range(width):
                solver.changeColBounds(c * width + o, 0.0, float(len(self.classes[c])))
        if point is not None:
            self.points.append(point)
        return point


def _step(document: Document, group: Group) -> int:
    """Rounding step of a group's shares: 0 for whole percentages (an ordinary question)."""
    if not document.sensitive:
        return 0
    n = group.contributors if group.contributors is not None else len(group.members)
    return next((step for step in STEPS if step * n >= 100 * PER_STEP), STEPS[-1])
