"""Audit of published sums: what can the public, or a participant, work out about an organisation's value?

Given intervals on sums (rounded means), the legal range and the attackers' own values, the largest and smallest
value of each organisation follow from linear programs (Fischetti & Salazar-González 2000; Hundepool et al.,
*Statistical Disclosure Control*, 2012, ch. 4). In deviations from the truth, with D_a the deviation of atom a's
total, dn_u and up_u the room of unit u down and up inside its legal range, and an attacker C (units that are known):

    unit i of atom a can rise by `need`  ⇔  max D_a ≥ need − Σ dn_u over u in a, u ≠ i, u ∉ C
    unit i of atom a can fall by `need`  ⇔  min D_a ≤ −need + Σ up_u over u in a, u ≠ i, u ∉ C

where the bounds of D_b are −Σ dn_u … Σ up_u over the units of b that are not in C, a coalition of up to c contributors.
The level that D_a can reach is the same for all units of an atom, so only those that need most matter: c + 1 of them,
as up to c belong to the attackers. Of the attackers with one unit in the atom likewise only the largest c + 1 and the
smallest c + 1 matter: the optimum is concave in what they take away. `audit_search.py` goes through the coalitions.

Rows of earlier releases are facts. What they disclose by themselves no choice of this release can mend: it is told
apart (`given`), by leaving all other rows out of the program.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.atoms import Family
from benchmark.stats.disclosure.audit_known import Knowledge, from_the_top, level, others, rooms
from benchmark.stats.disclosure.audit_local import can_trade
from benchmark.stats.disclosure.audit_model import FEASIBILITY, Extreme, SumModel
from benchmark.stats.disclosure.audit_search import Moves, Search, Target
from benchmark.stats.disclosure.structure_check import Suspect

PUBLIC = -1
MARGIN = 1e-7  # of the need: what holds exactly on paper must not fail by the solver's tolerance


@dataclass(frozen=True)
class Violation:
    """The attackers know the target too well. `coalition`: contributor numbers, none for anybody; `contributor` and
    `atom`: the target; `direction` 1: it cannot be as high as it must, −1: as low. `reach`: how far it can move;
    `rows`: numbers of the family's rows that together give this away (they may not all stay)."""

    contributor: int
    atom: int
    coalition: tuple[int, ...]
    direction: int
    need: float
    reach: float
    rows: frozenset[int]

    @property
    def attacker(self) -> int:
        """The attacker when it is one, PUBLIC for anybody."""
        return self.coalition[0] if self.coalition else PUBLIC


@dataclass(eq=False)
class Audit:
    """Outcome of an audit; `programs`: how many were solved, `targets`: how many (unit, direction) were examined.

    `given`: what earlier releases alone disclose, so that nothing in this one can help.
    """

    violations: list[Violation] = field(default_factory=list)
    given: list[Violation] = field(default_factory=list)
    programs: int = 0
    targets: int = 0

    @property
    def clean(self) -> bool:
        """Whether nobody can be worked out by what is published now."""
        return not self.violations


class Certified:
    """Organisations that nobody works out from some published rows, so from none of their subsets either.

    Publishing less never tells more; so a later audit of fewer rows need not ask again. Units of several
    organisations are always asked: they grow when atoms merge.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._known: list[tuple[frozenset[int], dict[int, NDArray[np.bool_]]]] = []

    def under(self, published: Sequence[int]) -> dict[int, NDArray[np.bool_]]:
        """Per direction, the organisations that need not be asked about when these rows are published."""
        rows, known = set(published), {sign: np.zeros(self.size, dtype=bool) for sign in (1, -1)}
        for more, certified in self._known:
            if rows <= more:
                for sign in known:
                    known[sign] |= certified[sign]
        return known

    def learn(self, published: Sequence[int], certified: dict[int, NDArray[np.bool_]]) -> None:
        """Remember the outcome of an audit."""
        self._known.append((frozenset(published), certified))


def audit(
    family: Family,
    published: Sequence[int],
    *,
    exhaustive: bool = False,
    most: int = 0,
    certified: Certified | None = None,
) -> Audit:
    """Attack the published rows (numbers) as the public and as every coalition of `family.coalition` contributors.

    `exhaustive` examines every unit against every coalition instead of the worst ones only (same verdict, for
    tests and reports). `most`: stop a target after this many violations (0: never). `certified`: what earlier
    audits of more rows of this family have shown; it learns from this one.
    """
    result = Audit()
    if not published:
        return result
    known = (certified or Certified(family.values.size)).under(published)
    attack = _Attack(family, list(published), exhaustive, known)
    bad: set[tuple[int, int]] = set()
    for target in attack.targets():
        found, given = attack.violations(target, most)
        result.violations += found
        result.given += given
        result.targets += 1
        if found or given:
            bad.add((target.atom, target.direction))
    if certified is not None:
        certified.learn(published, attack.cleared(bad))
    result.programs = attack.programs
    return result


def proven(family: Family, published: Sequence[int], named: Sequence[Suspect]) -> list[Violation]:
    """Which of these suspects are really known too well, each by one program and direction."""
    if not named:
        return []
    attack = _Attack(family, list(published), exhaustive=True, certified={})
    found = []
    for suspect in named:
        place = attack.known.place_of(suspect.attacker)
        for direction in (1, -1):
            found += attack.proof(attack.target(suspect.unit, direction), frozenset({place}) - {-1})
    return found


class _Attack:
    """One published set under attack; numbers in units of `scale`."""

    def __init__(
        self, family: Family, published: list[int], exhaustive: bool, certified: dict[int, NDArray[np.bool_]]
    ) -> None:
        units = family.units(published)
        self.units, self.published, self.exhaustive = units, np.array(published), exhaustive
        self.fixed = np.array([family.rows[i].fixed for i in published], dtype=bool)
        self.size, self.coalition, self.certified = family.values.size, family.coalition, certified
        size = np.abs(units.total[units.total != 0])
        self.scale = float(np.median(size)) if size.size else 1.0
        need = {1: family.goal.up(units.total, units.high), -1: family.goal.down(units.total, units.low)}
        self.need = {sign: size / self.scale * (1 - MARGIN) for sign, size in need.items()}
        self.room = {
            -1: rooms((units.total - units.low) / self.scale),
            1: rooms((units.high - units.total) / self.scale),
        }
        single = units.organisation >= 0
        self.settled = {sign: single & known[units.organisation] for sign, known in certified.items()}
        if family.size is not None and not exhaustive:
            for sign, able in can_trade(units, need, family.coalition).items():
                self.settled[sign] |= able
        self.programs = 0

    @cached_property
    def known(self) -> Knowledge:
        """What the attackers know who are worth trying."""
        return Knowledge(self.units, self._attackers(), self.room, self.coalition)

    @cached_property
    def model(self) -> SumModel:
        """Built when the first target needs it: most atoms protect their own."""
        slack = self.units.slack_low / self.scale, self.units.slack_high / self.scale
        bounds = -level(self.known.total[-1]), level(self.known.total[1])
        typical = float(np.median(self.need[1])) or 1.0
        return SumModel(
            self.units.weights, slack, bounds, (self.known.costs(1, typical), self.known.costs(-1, typical))
        )

    @cached_property
    def moves(self) -> Moves:
        """What was found for some targets and may serve others."""
        return Moves(self.model, self.units.weights.shape[1])

    @cached_property
    def given(self) -> SumModel:
        """What the earlier releases alone tell."""
        return self.model.only(self.fixed)

    def targets(self) -> Iterator[Target]:
        """Units that are worst off: per atom and direction those c + 1 whose need the others can take up least.

        Those that the rest of their atom lets move, whatever coalition knows of it, are no targets.
        """
        atom, atoms = self.units.atom, self.units.weights.shape[1]
        for direction in (1, -1):
            room, need = self.room[-direction], self.need[direction]
            total = np.bincount(atom, room.real, atoms) + 1j * np.bincount(atom, room.imag, atoms)
            rest = level(total[atom] - room - others(atom, room, atoms, self.coalition))
            left = need > rest
            if not self.exhaustive:
                left &= ~self.settled[direction]
            inside = np.flatnonzero(left)
            if not self.exhaustive:
                worst = from_the_top(atom[inside], room.imag[inside], need[inside] + room.real[inside])
                inside = inside[worst <= self.coalition]
            for unit in inside[np.argsort(atom[inside], kind="stable")].tolist():
                yield self.target(unit, direction)

    def target(self, unit: int, direction: int) -> Target:
        """A unit as a target."""
        own = self.known.place_of(int(self.units.contributor[unit]))
        return Target(unit, int(self.units.atom[unit]), direction, float(self.need[direction][unit]), own)

    def proof(self, target: Target, coalition: frozenset[int]) -> list[Violation]:
        """The violation when this coalition (places) knows the target too well."""
        search = Search(self.known, self.model, self.moves, target, share=False)
        wanted, bounds = search.task(coalition)
        if wanted <= 0:
            return []
        extreme = self.model.extreme(target.atom, target.direction, bounds, wanted)
        reach = target.direction * extreme.value
        if reach >= wanted - FEASIBILITY or (self.fixed.any() and self._given(target, search, coalition)):
            return []
        return [self._violation(target, coalition, reach + target.need - wanted, extreme)]

    def violations(self, target: Target, most: int) -> tuple[list[Violation], list[Violation]]:
        """What gives the target away now, and what earlier releases alone have given away."""
        found: list[Violation] = []
        given: list[Violation] = []
        search = Search(self.known, self.model, self.moves, target, share=not self.exhaustive)
        for coalition, reach, extreme in search.violations():
            facts = bool(self.fixed.any()) and self._given(target, search, coalition)
            (given if facts else found).append(self._violation(target, coalition, reach, extreme))
            if most and len(found) >= most:
                break
        self.programs += search.programs
        return _smallest(found), _smallest(given)

    def cleared(self, bad: set[tuple[int, int]]) -> dict[int, NDArray[np.bool_]]:
        """Per direction the organisations that nobody works out from these rows, those known before included."""
        atoms = self.units.weights.shape[1]
        for direction, known in self.certified.items():
            good = np.ones(atoms, dtype=bool)
            good[[atom for atom, sign in bad if sign == direction]] = False
            own = self.units.organisation[good[self.units.atom]]
            known[own[own >= 0]] = True
        return self.certified

    def _attackers(self) -> IntArray:
        """Contributors worth trying: extremes of each atom, and all with several units or an extraordinary range."""
        contributor, count = self.units.contributor, self.coalition + 1
        if self.exhaustive:
            return np.unique(contributor)
        down, up = self.room[-1], self.room[1]
        several = np.bincount(contributor, minlength=1)[contributor] > 1
        odd = ~self.units.plain & (down.imag == 0) & (up.imag == 0)
        size = np.where(several | odd, np.nan, down.real - up.real)
        single = np.flatnonzero(np.isfinite(size))
        atom = self.units.atom[single]
        ends = np.minimum(from_the_top(atom, size[single]), from_the_top(atom, -size[single])) < count
        return np.unique(contributor[np.concatenate([np.flatnonzero(several | odd), single[ends]])])

    def _given(self, target: Target, search: Search, coalition: frozenset[int]) -> bool:
        wanted, bounds = search.task(coalition)
        self.programs += 1
        extreme = self.given.extreme(target.atom, target.direction, bounds, wanted)
        return target.direction * extreme.value < wanted - FEASIBILITY

    def _violation(self, target: Target, coalition: frozenset[int], reach: float, extreme: Extreme) -> Violation:
        known = self.known.contributors
        return Violation(
            int(self.units.contributor[target.unit]),
            target.atom,
            tuple(int(known[place]) for place in sorted(coalition)),
            target.direction,
            target.need * self.scale,
            max(reach, 0.0) * self.scale,
            frozenset(self.published[extreme.blamed[~self.fixed[extreme.blamed]]].tolist()),
        )


def _smallest(found: list[Violation]) -> list[Violation]:
    """Without the coalitions of which a part knows too much already."""
    sets = [set(one.coalition) for one in found]
    return [one for one, own in zip(found, sets, strict=True) if not any(other < own for other in sets)]
