"""Audit of published sums: what can the public, or a participant, work out about an organisation's value?

Given intervals on sums (rounded means), the legal range and the attackers' own values, the largest and smallest
value of each organisation follow from linear programs (Fischetti & Salazar-González 2000; Hundepool et al.,
*Statistical Disclosure Control*, 2012, ch. 4). In deviations from the truth, with D_a the deviation of atom a's
total, dn_u and up_u the room of unit u down and up inside its legal range, and an attacker C (units that are known):

    unit i of atom a can rise by `need`  ⇔  max D_a ≥ need − Σ dn_u over u in a, u ≠ i, u ∉ C
    unit i of atom a can fall by `need`  ⇔  min D_a ≤ −need + Σ up_u over u in a, u ≠ i, u ∉ C

where the bounds of D_b are −Σ dn_u … Σ up_u over the units of b that are not in C. So one program per atom and
direction is shared by its units, and only the extremes of an atom matter: the threshold grows with the unit's value
while the level that can be reached is the same for all plain units; and the optimum is concave in the attacker's
value, so that its smallest and largest values are the worst. One solution serves every attacker whose values it
can leave as they are (donor rule), which leaves few programs per target.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.atoms import Family, Units
from benchmark.stats.disclosure.audit_local import can_trade
from benchmark.stats.disclosure.audit_model import FEASIBILITY, Extreme, SumModel

ComplexArray = NDArray[np.complex128]
PUBLIC = -1
MARGIN = 1e-7  # of the need: what holds exactly on paper must not fail by the solver's tolerance


@dataclass(frozen=True)
class Violation:
    """The attacker knows the target too well. `attacker`: contributor number, PUBLIC for anybody; `target`: a unit's
    contributor and its first atom; `direction` 1: it cannot be as high as it must, −1: as low. `reach`: how far it
    can move; `rows`: numbers of the family's rows that together give this away (they may not all stay)."""

    contributor: int
    atom: int
    attacker: int
    direction: int
    need: float
    reach: float
    rows: frozenset[int]


@dataclass(eq=False)
class Audit:
    """Outcome of an audit; `programs`: how many were solved, `targets`: how many (unit, direction) were examined."""

    violations: list[Violation] = field(default_factory=list)
    programs: int = 0
    targets: int = 0

    @property
    def clean(self) -> bool:
        """Whether nobody can be worked out."""
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
    """Attack the published rows (numbers) as the public and as every contributor.

    `exhaustive` examines every unit against every contributor instead of the worst ones only (same verdict, for
    tests and reports). `most`: stop a target after this many violations (0: never). `certified`: what earlier
    audits of more rows of this family have shown; it learns from this one.
    """
    result = Audit()
    if not published:
        return result
    known = (certified or Certified(family.values.size)).under(published)
    attack = _Attack(family, list(published), exhaustive, known)
    for atom in range(attack.units.weights.shape[1]):
        for direction in (1, -1):
            before = len(result.violations)
            for target in attack.targets(atom, direction):
                result.violations.extend(attack.violations(target, direction, most))
                result.targets += 1
            if len(result.violations) == before:
                own = attack.units.organisation[attack.by_atom[atom]]
                known[direction][own[own >= 0]] = True
    if certified is not None:
        certified.learn(published, known)
    result.programs = attack.programs
    return result


class _Attack:
    """One published set under attack; numbers in units of `scale`."""

    def __init__(
        self, family: Family, published: list[int], exhaustive: bool, certified: dict[int, NDArray[np.bool_]]
    ) -> None:
        units = family.units(published)
        self.units, self.published, self.exhaustive = units, np.array(published), exhaustive
        size = np.abs(units.total[units.total != 0])
        self.scale = float(np.median(size)) if size.size else 1.0
        need = {1: family.goal.up(units.total, units.high), -1: family.goal.down(units.total, units.low)}
        self.need = {sign: size / self.scale for sign, size in need.items()}
        self.by_atom = _split(units.atom, units.weights.shape[1])
        down, up = _rooms((units.total - units.low) / self.scale), _rooms((units.high - units.total) / self.scale)
        self.known = _Known(units, self._attackers(), down, up)
        single = units.organisation >= 0
        self.settled = {sign: single & known[units.organisation] for sign, known in certified.items()}
        if family.size is not None and not exhaustive:
            for sign, able in can_trade(units, need).items():
                self.settled[sign] |= able
        self._model: SumModel | None = None
        self.programs = 0

    @property
    def model(self) -> SumModel:
        """Built when the first target needs it: most atoms protect their own."""
        if self._model is None:
            slack = self.units.slack_low / self.scale, self.units.slack_high / self.scale
            low, high = -_level(self.known.total[-1]), _level(self.known.total[1])
            self._model = SumModel(self.units.weights, slack, low, high)
        return self._model

    def targets(self, atom: int, direction: int) -> list[int]:
        """Units that are worst off: the two largest (smallest) plain ones, and all that are not plain."""
        inside = self.by_atom[atom]
        if not self.exhaustive:
            inside = inside[~self.settled[direction][inside]]
            inside = _extremes(self.units, inside, *((2, 0) if direction == 1 else (0, 2)))
        return [int(unit) for unit in inside]

    def _attackers(self) -> IntArray:
        """Contributors worth trying: extremes of each atom, and all with several units or that are not plain."""
        contributor = self.units.contributor
        if self.exhaustive:
            return np.unique(contributor)
        several = np.flatnonzero(np.bincount(contributor, minlength=1) > 1)
        worst = [contributor[_extremes(self.units, inside, 2, 2)] for inside in self.by_atom]
        return np.unique(np.concatenate([several, *worst]))

    def violations(self, target: int, direction: int, most: int) -> Iterator[Violation]:
        """The attackers that know this unit too well: the public, or else participants.

        Attackers that are still in question are tried all together first, then in halves: what even the coalition
        of them cannot exclude, none of them can.
        """
        known, need = self.known, float(self.need[direction][target]) * (1 - MARGIN)
        public = known.contributors.size
        # How far D_a must go so that the unit can move by its need, per attacker. Not above zero: the rest of the
        # atom takes up the move, and no published sum changes.
        wanted = need - known.rest(target, direction)
        wanted[:-1][known.contributors == self.units.contributor[target]] = -np.inf
        open_ = wanted > 0
        stack = [np.flatnonzero(open_[:-1])]
        if open_[public]:
            stack.append(np.array([public]))
        count = 0
        while stack and not (most and count >= most):
            places = stack.pop()
            places = places[open_[places]]
            if not places.size:
                continue
            self.programs += 1
            bounds, rest = known.bounds(places), known.rest_of_all(target, direction, places)
            extreme = self.model.extreme(int(self.units.atom[target]), direction, bounds, need - rest)
            reach = direction * extreme.value
            if reach >= need - rest - FEASIBILITY:
                open_[places] = False
                open_ &= ~((wanted <= reach + FEASIBILITY) & known.keep(extreme.deviation))
            elif places.size > 1:
                stack.extend([places[places.size // 2 :], places[: places.size // 2]])
            else:
                count += 1
                yield self._violation(target, direction, int(places[0]), reach + rest, extreme)
                if places[0] == public:
                    return  # whoever knows more sees no less

    def _violation(self, target: int, direction: int, place: int, reach: float, extreme: Extreme) -> Violation:
        known = self.known.contributors
        return Violation(
            int(self.units.contributor[target]),
            int(self.units.atom[target]),
            PUBLIC if place == known.size else int(known[place]),
            direction,
            float(self.need[direction][target]) * self.scale,
            max(reach, 0.0) * self.scale,
            frozenset(int(i) for i in self.published[extreme.blamed]),
        )


class _Known:
    """What each attacker takes out of the atoms: the room of its own units. The last place is the public.

    Rooms are complex numbers: the finite part, and as imaginary part how many are unlimited; so that taking one
    unlimited room away from a sum leaves the right thing.
    """

    def __init__(self, units: Units, contributors: IntArray, down: ComplexArray, up: ComplexArray) -> None:
        self.contributors, atoms = contributors, units.weights.shape[1]
        self.atom, self.room = units.atom, {1: up, -1: down}
        self.total = {sign: _sums(units.atom, room, atoms) for sign, room in self.room.items()}
        mine = np.flatnonzero(np.isin(units.contributor, contributors))
        mine = mine[np.argsort(units.contributor[mine], kind="stable")]
        self._unit, self._place = mine, np.searchsorted(contributors, units.contributor[mine])
        self._atom = units.atom[mine]
        self._left = {sign: _level(self.total[sign][self._atom] - room[mine]) for sign, room in self.room.items()}
        self._in_atom = _split(self._atom, atoms)
        self._of_place = _split(self._place, contributors.size + 1)

    def rest(self, target: int, direction: int) -> FloatArray:
        """Room of the target's atom the other way, without the target and without the attacker; per attacker."""
        atom, room = int(self.atom[target]), self.room[-direction]
        rest = np.full(self.contributors.size + 1, self.total[-direction][atom] - room[target])
        mates = self._in_atom[atom]
        mates = mates[self._unit[mates] != target]
        rest[self._place[mates]] -= room[self._unit[mates]]
        return _level(rest)

    def keep(self, deviation: FloatArray) -> NDArray[np.bool_]:
        """Which attackers' own values may stay as they are when the atoms' totals deviate like this."""
        moved = deviation[self._atom]
        fits = (-moved <= self._left[-1] + FEASIBILITY) & (moved <= self._left[1] + FEASIBILITY)
        good = np.ones(self.contributors.size + 1, dtype=bool)
        good[self._place[~fits]] = False
        return good

    def rest_of_all(self, target: int, direction: int, places: IntArray) -> float:
        """The same against all these attackers together."""
        atom, room = int(self.atom[target]), self.room[-direction]
        own = self._own(places)
        own = self._unit[own[self._atom[own] == atom]]
        return float(_level(self.total[-direction][atom] - room[target] - room[own].sum()))

    def bounds(self, places: IntArray) -> tuple[IntArray, FloatArray, FloatArray]:
        """Atoms of the units of these attackers, and the bounds on their deviations that are left."""
        own = self._own(places)
        atoms, inverse = np.unique(self._atom[own], return_inverse=True)
        left = {
            sign: _level(self.total[sign][atoms] - _sums(inverse, room[self._unit[own]], atoms.size))
            for sign, room in self.room.items()
        }
        return atoms, -left[-1], left[1]

    def _own(self, places: IntArray) -> IntArray:
        return np.concatenate([self._of_place[place] for place in places.tolist()])


def _rooms(room: FloatArray) -> ComplexArray:
    return np.where(np.isinf(room), 1j, np.maximum(np.where(np.isinf(room), 0, room), 0))


def _level(room: ComplexArray) -> FloatArray:
    return np.where(room.imag > 0.5, np.inf, np.maximum(room.real, 0))


def _sums(atom: IntArray, room: ComplexArray, atoms: int) -> ComplexArray:
    return np.bincount(atom, room.real, atoms) + 1j * np.bincount(atom, room.imag, atoms)


def _split(number: IntArray, count: int) -> list[IntArray]:
    """Places of each number 0 … count − 1."""
    order = np.argsort(number, kind="stable")
    return np.split(order, np.searchsorted(number[order], np.arange(1, count)))


def _extremes(units: Units, inside: IntArray, largest: int, smallest: int) -> IntArray:
    """The plain units with the largest and smallest totals, and all others; each once, in ascending order."""
    plain = inside[units.plain[inside]]
    order = plain[np.argsort(units.total[plain], kind="stable")]
    ends = [order[: min(smallest, order.size)], order[max(order.size - largest, 0) :]]
    return np.unique(np.concatenate([inside[~units.plain[inside]], *ends]))
