"""One unit against every coalition of attackers.

A *move* is a set of deviations of atoms' totals that no published sum notices. Fitted to a target it shows how far
the target can go against every coalition that can find its own values as they are. A coalition that it does not hold
against has a member among those that the move hinders; so the search goes from the empty coalition (the public) to
larger ones, and solves a program only where no move found so far holds. The program prefers atoms where a deviation
hinders nobody, and that no move for a smaller coalition moved: c + 1 moves of different atoms hold against all.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.audit_known import Knowledge
from benchmark.stats.disclosure.audit_model import FEASIBILITY, Bounds, Extreme, SumModel

NOBODY: frozenset[int] = frozenset()
TRIED, SHARED = 24, 6  # moves found for others that are tried for a target, and that it takes


@dataclass(frozen=True, eq=False)
class Target:
    """A unit that must be able to move by `need` in a direction; its atom and the place of its contributor."""

    unit: int
    atom: int
    direction: int
    need: float
    own: int


@dataclass(frozen=True, eq=False)
class Move:
    """Deviations of some atoms' totals; `least` and `most`: the factors between which no published sum notices."""

    deviation: dict[int, float]
    least: float
    most: float


@dataclass(frozen=True, eq=False)
class Fit:
    """A move that is made for a target. `reach`: the deviation of the target's atom, in its direction; `others`: the
    other atoms'; `hindered`: places of which every coalition has one against which it does not hold."""

    reach: float
    others: dict[int, float]
    hindered: frozenset[int]


class Moves:
    """All moves found so far, by the atoms that they move."""

    def __init__(self, model: SumModel, atoms: int) -> None:
        self._weights, self._low, self._high = model.weights, *model.slack
        self._of: list[list[Move]] = [[] for _ in range(atoms)]

    def add(self, extreme: Extreme) -> None:
        """Remember a program's outcome for other targets."""
        if not extreme.atoms.size:
            return
        sums = self._weights[:, extreme.atoms] @ extreme.deviation
        with np.errstate(divide="ignore", invalid="ignore"):
            up = np.where(sums > 0, self._high / sums, np.where(sums < 0, self._low / sums, np.inf))
            down = np.where(sums > 0, self._low / sums, np.where(sums < 0, self._high / sums, -np.inf))
        still = np.abs(sums) <= FEASIBILITY
        move = Move(
            dict(zip(extreme.atoms.tolist(), extreme.deviation.tolist(), strict=True)),
            float(np.max(np.where(still, -1.0, down), initial=-np.inf)),
            float(np.min(np.where(still, 1.0, up), initial=np.inf)),
        )
        for atom in extreme.atoms.tolist():
            self._of[atom].append(move)

    def of(self, atom: int) -> Sequence[Move]:
        """Moves that move this atom, the last ones first."""
        return self._of[atom][::-1]


class Search:
    """All coalitions of attackers that know the target too well."""

    def __init__(self, known: Knowledge, model: SumModel, moves: Moves, target: Target, *, share: bool) -> None:
        self._known, self._model, self._moves, self.target = known, model, moves, target
        atom, away = target.atom, -target.direction
        self._inside = {int(place): int(unit) for unit, place in zip(*known.inside(atom), strict=True)}
        # The most that the atom's total may have to move, against any coalition.
        places, left = known.together(atom, away, target.unit)
        self._places, self._left = places, left
        alone = self._room_left(NOBODY)
        self.wanted = target.need - min(alone, float(np.min(left, initial=np.inf)))
        self.programs = 0
        self.fits: list[Fit] = []
        if alone >= target.need:
            self.fits.append(self._fit(0.0, {}))
        if share:
            self._borrow(alone)

    def violations(
        self, coalition: frozenset[int] = NOBODY, avoid: frozenset[int] = NOBODY
    ) -> Iterator[tuple[frozenset[int], float, Extreme]]:
        """Coalitions (places) that contain this one and know too much, how far the target can go, and why no more.

        `avoid`: atoms that moves for smaller coalitions moved already; others serve better.
        """
        fit = self._covering(coalition)
        if fit is None:
            failed = self._settle(coalition, avoid)
            if failed is not None:
                yield coalition, self.target.direction * failed.value + self._room_left(coalition), failed
                return
            fit = self.fits[-1]
        if len(coalition) < self._known.coalition:
            for place in sorted(self._next(coalition, fit) - coalition):
                yield from self.violations(coalition | {place}, avoid.union(fit.others))

    def _next(self, coalition: frozenset[int], fit: Fit) -> frozenset[int]:
        """Who must be in a larger coalition that knows too much. The last one is hindered by all that holds so far."""
        if len(coalition) + 1 < self._known.coalition:
            return fit.hindered
        good = (one.hindered for one in self.fits if one.hindered.isdisjoint(coalition))
        return fit.hindered.intersection(*good)

    def _settle(self, coalition: frozenset[int], avoid: frozenset[int]) -> Extreme | None:
        """Find a move that holds against the coalition; else the program that shows that there is none."""
        atom, direction = self.target.atom, self.target.direction
        wanted, known = self.task(coalition)
        self.programs += 1
        found = self._model.find(atom, direction, known, max(self.wanted, wanted), avoid - {atom})
        if found is None:
            self.programs += 1
            found = self._model.extreme(atom, direction, known, wanted)
            if direction * found.value < wanted - FEASIBILITY:
                return found
        self._moves.add(found)
        pairs = zip(found.atoms.tolist(), found.deviation.tolist(), strict=True)
        self.fits.append(self._fit(direction * found.value, {a: d for a, d in pairs if a != atom}))
        return None

    def task(self, coalition: frozenset[int]) -> tuple[float, Bounds]:
        """How far the target's atom must be able to move against exactly this coalition, and the bounds it leaves."""
        wanted = self.target.need - self._room_left(coalition)
        return wanted, self._known.bounds(sorted(coalition)) if coalition else _NO_BOUNDS

    def _room_left(self, coalition: frozenset[int]) -> float:
        """Room of the target's atom the other way, without the target and the coalition."""
        own = [self._inside[place] for place in coalition if place in self._inside]
        return self._known.left(self.target.atom, -self.target.direction, [self.target.unit, *own])

    def _covering(self, coalition: frozenset[int]) -> Fit | None:
        """The move with the fewest hindered attackers among those that hold against the coalition."""
        wanted = self.target.need - self._room_left(coalition)
        used: dict[int, list[int]] = {}
        for place in coalition:
            for atom, unit in self._known.owned[place]:
                used.setdefault(atom, []).append(unit)
        good = [fit for fit in self.fits if fit.reach >= wanted - FEASIBILITY and self._holds(fit, used)]
        return min(good, key=lambda fit: len(fit.hindered), default=None)

    def _holds(self, fit: Fit, used: dict[int, list[int]]) -> bool:
        for atom, units in used.items():
            deviation = fit.others.get(atom, 0.0)
            if deviation:
                room = self._known.left(atom, 1 if deviation > 0 else -1, units)
                if room < abs(deviation) - 4 * FEASIBILITY:
                    return False
        return True

    def _fit(self, reach: float, others: dict[int, float]) -> Fit:
        hindered = set(self._places[self.target.need - self._left > reach + FEASIBILITY].tolist())
        for atom, deviation in others.items():
            hindered.update(self._known.hindered(atom, deviation, FEASIBILITY))
        return Fit(reach, others, frozenset(hindered - {self.target.own}))

    def _borrow(self, alone: float) -> None:
        """Moves that were found for other targets, made larger or smaller."""
        atom, direction, taken = self.target.atom, self.target.direction, 0
        for move in self._moves.of(atom)[:TRIED]:
            size = abs(move.deviation[atom])
            factor = direction * self.wanted / move.deviation[atom]
            factor = min(max(factor, move.least), move.most)
            for other, deviation in move.deviation.items():
                if other != atom:
                    room = self._known.whole[1 if factor * deviation > 0 else -1][other]
                    if abs(factor * deviation) > room:
                        factor = math.copysign(room / abs(deviation), factor)
            reach = abs(factor) * size
            if factor * move.deviation[atom] * direction > 0 and reach >= self.target.need - alone:
                others = {a: factor * d for a, d in move.deviation.items() if a != atom}
                self.fits.append(self._fit(reach, others))
                taken += 1
                if taken == SHARED:
                    return


_NO_BOUNDS: tuple[IntArray, FloatArray, FloatArray] = (np.zeros(0, np.int64), np.zeros(0), np.zeros(0))
