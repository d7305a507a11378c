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
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from benchmark.stats.disclosure.atoms import Family
from benchmark.stats.disclosure.audit import Certified, audit, proven
from benchmark.stats.disclosure.audit_model import SolverError, quiet_solver
from benchmark.stats.disclosure.structure_check import suspects
from benchmark.stats.peers import Terms, is_block, parse_key

Cut = frozenset[str]

TIE = 64  # weights are multiples of this plus the tie-breaker
PRIORITY: Mapping[int, float] = {0: 4.0, 1: 2.0, 2: 1.0}  # by number of terms
FINER = 0.5
BLOCK_PRIORITY = 1.5  # chosen groups are made of blocks
WITHHELD_BEFORE = 0.9


@dataclass(frozen=True)
class Selection:
    """Names of the rows that stay and that go; `loss` and `offered` in weight; `cuts` prove that no less is possible.

    `optimal` is False when the rounds ran out and the rest was taken away greedily: safe, but perhaps too little.
    `given`: how many (unit, coalition, direction) earlier releases alone disclose, which nothing here can mend.
    """

    published: tuple[str, ...]
    withheld: tuple[str, ...]
    loss: int
    offered: int
    cuts: tuple[Cut, ...]
    rounds: int
    programs: int
    optimal: bool = True
    given: int = 0

    @property
    def kept(self) -> float:
        """Weighted part of what was offered that is published."""
        return 1 - self.loss / self.offered if self.offered else 1.0


def weights_of(family: Family, before: Collection[str] = ()) -> dict[str, int]:
    """Weights of the rows that the family offers (`key|statistic`); `before`: names that last round withheld."""
    return {
        row.name: weight_of_group(
            row.name, parse_key(row.name.rpartition("|")[0]), row.members.size, withheld_before=row.name in before
        )
        for row in family.rows
        if not row.fixed
    }


def weight_of_group(name: str, terms: Terms, n: int, *, withheld_before: bool = False) -> int:
    """Weight of a row of a group with these terms: a union counts as one category, a block above a crossing."""
    priority = BLOCK_PRIORITY if is_block(terms) else PRIORITY.get(len(terms), FINER)
    return _weight(name, n, priority, withheld_before=withheld_before)


def weight_of(name: str, n: int, terms: int, *, withheld_before: bool = False) -> int:
    """Weight of a row of a group of n organisations with this many terms (0: all)."""
    return _weight(name, n, PRIORITY.get(terms, FINER), withheld_before=withheld_before)


def _weight(name: str, n: int, priority: float, *, withheld_before: bool) -> int:
    plain = math.log2(1 + n) * priority * (WITHHELD_BEFORE if withheld_before else 1.0)
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

    Several families are a block of indicators with one pattern. `weights` by name, for every row of the families
    that is not fixed; fixed rows are published whatever happens.
    `last`: names that go only where nothing else helps (the group `all`).
    """
    names = _names(families)
    master = Master(names, weights, last)
    attacked = _Attacked(families)
    optimal, done = False, 0
    master.add(attacked.structural_cuts())
    chosen = master.solve()
    while not optimal and done < rounds:
        done += 1
        cuts = attacked.cuts(chosen)
        optimal = not cuts
        if cuts:
            _greedy(attacked, chosen, cuts, master)
            chosen = master.solve()
    if not optimal:
        chosen = _greedy(attacked, chosen, set(), master)
    return _selection(names, chosen, weights, master, attacked, done, optimal=optimal)


def greedily(families: Sequence[Family], weights: Mapping[str, int]) -> Selection:
    """A safe set by taking away the cheapest row of each disclosure: quick, up to a third worse (to compare with)."""
    names = _names(families)
    master = Master(names, weights, frozenset())
    attacked = _Attacked(families)
    chosen = _greedy(attacked, set(names), set(), master)
    return _selection(names, chosen, weights, master, attacked, 0, optimal=False)


def _selection(
    names: tuple[str, ...],
    chosen: set[str],
    weights: Mapping[str, int],
    master: "Master",
    attacked: "_Attacked",
    rounds: int,
    *,
    optimal: bool,
) -> Selection:
    withheld = tuple(name for name in names if name not in chosen)
    kept = tuple(name for name in names if name in chosen)
    loss, offered = (sum(weights[name] for name in part) for part in (withheld, names))
    programs, given = attacked.programs, attacked.given
    return Selection(kept, withheld, loss, offered, tuple(master.cuts), rounds, programs, optimal, given)


def _names(families: Sequence[Family]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.name for family in families for row in family.rows if not row.fixed))


class _Attacked:
    """The families, what earlier audits of them have shown, and a count of the work."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = [(family, Certified(family.values.size)) for family in families]
        self.programs = self.given = 0

    def structural_cuts(self) -> set[Cut]:
        """What the structure of the groups gives away, and the values bear out: quick, and rarely all there is."""
        cuts = set()
        for family, _ in self._families:
            published = range(len(family.rows))
            named = suspects(family, published)
            self.programs += 2 * len(named)
            for violation in proven(family, published, named):
                cuts.add(frozenset(family.rows[i].name for i in violation.rows))
        return {cut for cut in cuts if not any(other < cut for other in cuts)} - {frozenset()}

    def cuts(self, chosen: set[str]) -> set[Cut]:
        """What may not stay together, for all families."""
        cuts: set[Cut] = set()
        self.given = 0
        for family, certified in self._families:
            published = [i for i, row in enumerate(family.rows) if row.fixed or row.name in chosen]
            found = audit(family, published, most=3, certified=certified)
            self.programs += found.programs
            self.given += len(found.given)
            for violation in found.violations:
                if not violation.rows:
                    raise SolverError("a disclosure that no published row causes")
                cuts.add(frozenset(family.rows[i].name for i in violation.rows))
        return {cut for cut in cuts if not any(other < cut for other in cuts)}


def _greedy(attacked: _Attacked, chosen: set[str], cuts: set[Cut], master: "Master") -> set[str]:
    """Take away the cheapest row of every cut until the audit is clean; the master learns all cuts on the way."""
    left = set(chosen)
    while True:
        cuts = cuts or attacked.cuts(left)
        if not cuts:
            return left
        master.add(cuts)
        for cut in sorted(cuts, key=sorted):
            if cut <= left:
                left.remove(min(cut, key=master.price))
        cuts = set()


class Master:
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
        if not self.names:
            return set()  # to the solver an empty program is no solved one
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise SolverError("the selection was not solved to the end")
        gone = np.asarray(self._solver.getSolution().col_value) > 0.5
        return {name for name, out in zip(self.names, gone, strict=True) if not out}
