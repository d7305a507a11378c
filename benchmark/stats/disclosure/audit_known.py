"""What attackers know: how much room the units that they do not own leave in each atom.

Rooms are complex numbers: the finite part, and as imaginary part how many are unlimited; so that taking one
unlimited room away from a sum leaves the right thing.
"""

from bisect import bisect_left
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.atoms import Units
from benchmark.stats.disclosure.audit_model import Bounds

ComplexArray = NDArray[np.complex128]


class Knowledge:
    """Attackers are contributors, numbered by their `place` in `contributors` (ascending).

    `room[1]`, `room[−1]`: how far each unit can rise and fall; `total` the same per atom. `coalition`: how many
    attackers work together.
    """

    def __init__(self, units: Units, contributors: IntArray, room: dict[int, ComplexArray], coalition: int) -> None:
        self.contributors, self.room, self.coalition = contributors, room, coalition
        self.atoms = units.weights.shape[1]
        self.total = {sign: sums(units.atom, own, self.atoms) for sign, own in room.items()}
        mine = np.flatnonzero(np.isin(units.contributor, contributors))
        mine = mine[np.argsort(units.atom[mine], kind="stable")]
        self._unit, self._atom = mine, units.atom[mine]
        self._place = np.searchsorted(contributors, units.contributor[mine])
        self._start = np.searchsorted(self._atom, np.arange(self.atoms + 1))
        self._by_place = np.argsort(self._place, kind="stable")
        self._place_start = np.searchsorted(self._place[self._by_place], np.arange(contributors.size + 1))
        self._others = {sign: others(units.atom, own, self.atoms, coalition - 1)[mine] for sign, own in room.items()}

    def place_of(self, contributor: int) -> int:
        """Place of a contributor, −1 when it is none of the attackers."""
        place = int(np.searchsorted(self.contributors, contributor))
        found = place < self.contributors.size and self.contributors[place] == contributor
        return place if found else -1

    def inside(self, atom: int) -> tuple[IntArray, IntArray]:
        """Units of attackers in an atom, and their places."""
        part = slice(self._start[atom], self._start[atom + 1])
        return self._unit[part], self._place[part]

    @cached_property
    def owned(self) -> list[list[tuple[int, int]]]:
        """Per place its units: (atom, unit)."""
        pairs = list(zip(self._atom[self._by_place].tolist(), self._unit[self._by_place].tolist(), strict=True))
        ends = self._place_start.tolist()
        return [pairs[start:stop] for start, stop in pairwise(ends)]

    def costs(self, sign: int, typical: float) -> FloatArray:
        """Per atom the cost of a deviation: low where it leaves all attackers' values possible."""
        worst = np.full(self.atoms, np.inf)
        np.minimum.at(worst, self._atom, self.rest[sign])
        return 0.01 + typical / (0.01 * typical + worst)

    def hindered(self, atom: int, deviation: float, slack: float) -> list[int]:
        """Places that may, with others, know too much of an atom for this deviation of its total to be possible."""
        rest, places = self._by_rest[1 if deviation > 0 else -1, atom]
        return places[: bisect_left(rest, abs(deviation) - slack)]

    @cached_property
    def _by_rest(self) -> "_Ordered":
        return _Ordered(self._start, self._place, self.rest)

    @cached_property
    def rest(self) -> dict[int, FloatArray]:
        """Per attacker's unit what is left of its atom without it and the worst others."""
        parts = {sign: self.total[sign][self._atom] - room[self._unit] for sign, room in self.room.items()}
        return {sign: level(part - self._others[sign]) for sign, part in parts.items()}

    @cached_property
    def numbers(self) -> dict[int, tuple[list[complex], list[complex]]]:
        """Per direction the rooms of atoms and of units, as plain numbers: for reckoning with few of them."""
        return {sign: (self.total[sign].tolist(), room.tolist()) for sign, room in self.room.items()}

    @cached_property
    def whole(self) -> dict[int, list[float]]:
        """Per direction the rooms of atoms to somebody who knows nobody."""
        return {sign: level(total).tolist() for sign, total in self.total.items()}

    def left(self, atom: int, sign: int, units: Iterable[int]) -> float:
        """Room of the atom without these units."""
        total, room = self.numbers[sign]
        rest = total[atom]
        for unit in units:
            rest -= room[unit]
        return inf if rest.imag > 0.5 else max(rest.real, 0.0)

    def together(self, atom: int, sign: int, unit: int) -> tuple[IntArray, FloatArray]:
        """Per attacker in the atom: its place and the room that is left without the unit, it, and the worst others."""
        part = slice(self._start[atom], self._start[atom + 1])
        own = self._unit[part]
        rest = self.total[sign][atom] - self.room[sign][unit] - self.room[sign][own] - self._others[sign][part]
        return self._place[part][own != unit], level(rest)[own != unit]

    def bounds(self, places: Iterable[int]) -> Bounds:
        """Atoms with units of these attackers, and the bounds on their deviations that are left."""
        chosen = np.fromiter(places, dtype=np.int64)
        own = np.concatenate([self._by_place[self._place_start[p] : self._place_start[p + 1]] for p in chosen.tolist()])
        atoms, inverse = np.unique(self._atom[own], return_inverse=True)
        left = {
            sign: level(self.total[sign][atoms] - sums(inverse, room[self._unit[own]], atoms.size))
            for sign, room in self.room.items()
        }
        return atoms, -left[-1], left[1]


class _Ordered(dict[tuple[int, int], tuple[list[float], list[int]]]):
    """Per direction and atom: what each attacker leaves, ascending, and who; made when first asked for."""

    def __init__(self, start: IntArray, place: IntArray, rest: dict[int, FloatArray]) -> None:
        super().__init__()
        self._start, self._place, self._rest = start, place, rest

    def __missing__(self, key: tuple[int, int]) -> tuple[list[float], list[int]]:
        sign, atom = key
        part = slice(self._start[atom], self._start[atom + 1])
        order = np.argsort(self._rest[sign][part], kind="stable")
        self[key] = self._rest[sign][part][order].tolist(), self._place[part][order].tolist()
        return self[key]


def rooms(room: FloatArray) -> ComplexArray:
    """Rooms as complex numbers."""
    return np.where(np.isinf(room), 1j, np.maximum(np.where(np.isinf(room), 0, room), 0))


def level(room: ComplexArray) -> FloatArray:
    """Rooms as ordinary numbers, from 0 to infinity."""
    return np.where(room.imag > 0.5, np.inf, np.maximum(room.real, 0))


def sums(number: IntArray, room: ComplexArray, count: int) -> ComplexArray:
    """Sum of the rooms of each number 0 … count − 1."""
    return np.bincount(number, room.real, count) + 1j * np.bincount(number, room.imag, count)


def others(atom: IntArray, room: ComplexArray, atoms: int, count: int) -> ComplexArray:
    """For each unit the sum of the `count` largest rooms in its atom, not counting its own."""
    if count == 0:
        return np.zeros(room.size, dtype=np.complex128)
    back = from_the_top(atom, room.imag, room.real)
    most = sums(atom, np.where(back < count, room, 0), atoms)
    more = sums(atom, np.where(back <= count, room, 0), atoms)
    return np.where(back < count, more[atom] - room, most[atom])


def from_the_top(atom: IntArray, *keys: FloatArray) -> IntArray:
    """Rank of each unit in its atom, 0 for the largest key (the first key decides; ties by number)."""
    order = np.lexsort((*keys[::-1], atom))[::-1]
    sorted_ = atom[order]
    first = np.flatnonzero(np.r_[True, sorted_[1:] != sorted_[:-1]]) if order.size else order
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size) - np.repeat(first, np.diff(np.r_[first, order.size]))
    return rank
