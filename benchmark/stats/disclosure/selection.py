"""Which of the offered sums are published: as much weight as possible, so that the audit is clean.

Publishing more never protects more, so the sets of rows that may not stay together (the rows with a dual in a
violated program) are cuts: of each at least one row goes. The least loss under the cuts is a hitting set, an integer
program; its solution is audited, new cuts are added, until the audit is clean. The result is optimal because every
cut is valid: the dual solution proves the disclosure from those rows alone (Benders-like, as for optimal cell
suppression in Fischetti & Salazar-González 2000). It is finite because there are finitely many sets.

Weights: log₂(1 + n) × priority (one dimension before crossings), in hundredths, as whole numbers; what was withheld
last round is cheaper to withhold again. The rows of the group `all` go only when they alone disclose somebody.
Ties are broken by a hash of the row's name, so that the result depends neither on machine nor on order.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from benchmark.stats.disclosure.atoms import Family
from benchmark.stats.disclosure.audit import Certified, audit
from benchmark.stats.disclosure.audit_model import SolverError, quiet_solver

Cut = frozenset[str]

TIE = 64  # weights are multiples of this plus the tie-breaker
PRIORITY: Mapping[int, float] = {0: 4.0, 1: 2.0, 2: 1.0}  # by number of terms; finer crossings 0.5
WITHHELD_BEFORE = 0.9


@dataclass(frozen=True)
class Selection:
    """Names of the rows that stay and that go; `loss` and `offered` in weight; `cuts` prove that no less is possible.

    `optimal` is False when the rounds ran out and the rest was taken away greedily: safe, but perhaps too little.
    """

    published: tuple[str, ...]
    withheld: tuple[str, ...]
    loss: int
    offered: int
    cuts: tuple[Cut, ...]
    rounds: int
    programs: int
    optimal: bool = True

    @property
    def kept(self) -> float:
        """Weighted part of what was offered that is published."""
        return 1 - self.loss / self.offered if self.offered else 1.0


def weight_of(name: str, n: int, terms: int, *, withheld_before: bool = False) -> int:
    """Weight of a row of a group of n organisations with this many terms (0: all)."""
    plain = math.log2(1 + n) * PRIORITY.get(terms, 0.5) * (WITHHELD_BEFORE if withheld_before else 1.0)
    tie = int.from_bytes(hashlib.sha256(name.encode()).digest()[:2], "big") % TIE
    return round(100 * plain) * TIE + tie


def select(
    families: Sequence[Family],
    weights: Mapping[str, int],
    *,
    last: frozenset[str] = frozenset(),
    rounds: int = 200,
) -> Selection:
    """The best set of rows for which every family's audit is clean; rows of one name stay or go together.

    Several families are a block of indicators with one pattern. `weights` by name, for every row of the families.
    `last`: names that go only where nothing else helps (the group `all`).
    """
    names = tuple(dict.fromkeys(row.name for family in families for row in family.rows))
    master = _Master(names, weights, last)
    attacked = [(family, Certified(family.values.size)) for family in families]
    programs, optimal, done = 0, False, 0
    chosen = set(names)
    while not optimal and done < rounds:
        done += 1
        cuts, solved = _attack(attacked, chosen)
        programs += solved
        optimal = not cuts
        if cuts:
            programs += _greedy(attacked, chosen, cuts, master)[1]
            chosen = master.solve()
    if not optimal:
        chosen, solved = _greedy(attacked, chosen, set(), master)
        programs += solved
    return _selection(names, chosen, weights, master, done, programs, optimal=optimal)


def greedily(families: Sequence[Family], weights: Mapping[str, int]) -> Selection:
    """A safe set by taking away the cheapest row of each disclosure: quick, up to a third worse (to compare with)."""
    names = tuple(dict.fromkeys(row.name for family in families for row in family.rows))
    master = _Master(names, weights, frozenset())
    attacked = [(family, Certified(family.values.size)) for family in families]
    chosen, programs = _greedy(attacked, set(names), set(), master)
    return _selection(names, chosen, weights, master, 0, programs, optimal=False)


def _selection(
    names: tuple[str, ...],
    chosen: set[str],
    weights: Mapping[str, int],
    master: "_Master",
    rounds: int,
    programs: int,
    *,
    optimal: bool,
) -> Selection:
    withheld = tuple(name for name in names if name not in chosen)
    kept = tuple(name for name in names if name in chosen)
    loss, offered = (sum(weights[name] for name in part) for part in (withheld, names))
    return Selection(kept, withheld, loss, offered, tuple(master.cuts), rounds, programs, optimal)


Attacked = Sequence[tuple[Family, Certified]]


def _attack(families: Attacked, chosen: set[str]) -> tuple[set[Cut], int]:
    """What may not stay together, for all families; and the number of programs."""
    cuts: set[Cut] = set()
    programs = 0
    for family, certified in families:
        published = [i for i, row in enumerate(family.rows) if row.name in chosen]
        found = audit(family, published, most=3, certified=certified)
        programs += found.programs
        for violation in found.violations:
            if not violation.rows:
                raise SolverError("a disclosure that no published row causes")
            cuts.add(frozenset(family.rows[i].name for i in violation.rows))
    return {cut for cut in cuts if not any(other < cut for other in cuts)}, programs


def _greedy(families: Attacked, chosen: set[str], cuts: set[Cut], master: "_Master") -> tuple[set[str], int]:
    """Take away the cheapest row of every cut until the audit is clean; the master learns all cuts on the way."""
    left, programs = set(chosen), 0
    while True:
        if not cuts:
            cuts, solved = _attack(families, left)
            programs += solved
            if not cuts:
                return left, programs
        master.add(cuts)
        for cut in sorted(cuts, key=sorted):
            if cut <= left:
                left.remove(min(cut, key=master.price))
        cuts = set()


class _Master:
    """min Σ weight·s, s binary, Σ s over each cut ≥ 1; the rows of `last` stay unless a cut has no others."""

    def __init__(self, names: Sequence[str], weights: Mapping[str, int], last: frozenset[str]) -> None:
        self.names, self.place = names, {name: i for i, name in enumerate(names)}
        self.cuts: dict[Cut, None] = {}
        self._weights, self._last = weights, last
        self._solver = quiet_solver()
        largest = max((weights[name] for name in names), default=1)
        # Weights are whole numbers: a gap of less than one is none.
        for option, value in (("presolve", "on"), ("mip_rel_gap", 0.0), ("mip_abs_gap", 0.5 / largest)):
            self._solver.setOptionValue(option, value)
        for i, name in enumerate(names):
            most = 0.0 if name in last else 1.0
            self._solver.addCol(weights[name] / largest, 0.0, most, 0, np.zeros(0, np.int32), np.zeros(0))
            self._solver.changeColIntegrality(i, highspy.HighsVarType.kInteger)

    def price(self, name: str) -> tuple[bool, int, str]:
        """What goes first has the lowest price."""
        return name in self._last, self._weights[name], name

    def add(self, cuts: Iterable[Cut]) -> None:
        """Add cuts that are new, in a reproducible order."""
        for cut in sorted(set(cuts) - set(self.cuts), key=sorted):
            self.cuts[cut] = None
            places = np.array(sorted(self.place[name] for name in cut), dtype=np.int32)
            self._solver.addRow(1.0, highspy.kHighsInf, places.size, places, np.ones(places.size))
            if cut <= self._last:
                for place in places.tolist():
                    self._solver.changeColBounds(place, 0.0, 1.0)

    def solve(self) -> set[str]:
        """Names that stay."""
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise SolverError("the selection was not solved to the end")
        gone = np.asarray(self._solver.getSolution().col_value) > 0.5
        return {name for name, out in zip(self.names, gone, strict=True) if not out}
