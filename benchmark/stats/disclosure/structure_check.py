"""Who is determined by the structure of the published groups alone, whatever the values are: a check before the audit.

With exact sums an organisation's value follows when its column is the only one that no other solution moves: a null
vector of the matrix rows × atoms has nothing at that place. To an attacker that knows one whole atom, it follows as
well where every null vector has a fixed proportion between the two places; to one that knows more, where the place
depends on the known ones. Arithmetic is modulo a prime: exact whole numbers, no rounding; that a nonzero number
happens to be a multiple of the prime would name a suspect too many, and suspects are proven by a program before they
lead to a cut. Published sums are rounded, so not every suspect is really known too well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.atoms import Family, Units

PRIME = 2**31 - 1
WORK = 2e5  # rows × rows × atoms; in larger rounds most cuts are not of this kind, and the audit finds all
PUBLIC = -1


@dataclass(frozen=True, order=True)
class Suspect:
    """A unit (number in `Family.units`), and the contributor to whom its value follows from exact sums (or PUBLIC)."""

    unit: int
    attacker: int


def suspects(family: Family, published: Sequence[int]) -> list[Suspect]:
    """All that exact sums over the published groups would give away to the public or to one contributor.

    Only plain sums are looked at (means, not ratios). Nothing where the matrix is too large for this to be worth it.
    """
    plain = [i for i in published if family.rows[i].weights is None]
    units = family.units(plain)
    rows, atoms = units.weights.shape
    if not plain or rows * rows * atoms > WORK:
        return []
    return sorted(set(_suspects(units, null_space(units.weights.astype(np.int64)))))


def _suspects(units: Units, null: IntArray) -> Iterator[Suspect]:
    count = np.bincount(units.atom, minlength=null.shape[0])
    sole = np.flatnonzero(count[units.atom] == 1)  # units that are a whole atom
    known: dict[int, list[int]] = {}
    for unit in sole.tolist():
        known.setdefault(int(units.contributor[unit]), []).append(int(units.atom[unit]))
    fixed = np.asarray(~null.any(axis=1))
    yield from (Suspect(int(unit), PUBLIC) for unit in sole[fixed[units.atom[sole]]])
    # An atom of two whose total is fixed, each to the other.
    for unit, other in _pairs(units, np.flatnonzero(fixed & (count == 2))):
        yield Suspect(unit, int(units.contributor[other]))
    pairs = _pairs(units, np.flatnonzero(count == 2))
    for contributor, atoms in known.items():
        depends = _dependent(null, atoms) & ~fixed
        yield from (
            Suspect(int(unit), contributor)
            for unit in sole[depends[units.atom[sole]]].tolist()
            if units.contributor[unit] != contributor
        )
        yield from (
            Suspect(unit, contributor)
            for unit, other in pairs
            if units.contributor[other] == contributor and depends[units.atom[unit]]
        )


def _pairs(units: Units, atoms: IntArray) -> list[tuple[int, int]]:
    """(unit, the other one) of the atoms that have two."""
    found = []
    for atom in atoms.tolist():
        first, second = np.flatnonzero(units.atom == atom).tolist()
        found += [(first, second), (second, first)]
    return found


def _dependent(null: IntArray, atoms: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows of the null space are combinations of those of these atoms."""
    left = null.copy()
    for atom in atoms:
        places = np.flatnonzero(left[atom])
        if places.size:
            column = left[:, places[0]].copy()
            head = left[atom] * pow(int(left[atom, places[0]]), -1, PRIME) % PRIME
            left = (left - column[:, None] * head[None, :]) % PRIME
    depends = ~left.any(axis=1)
    return np.asarray(depends)


def null_space(matrix: IntArray) -> IntArray:
    """Columns × dimensions: a basis of all x with matrix·x = 0, modulo PRIME."""
    left = matrix % PRIME
    columns = left.shape[1]
    pivots: list[int] = []
    for column in range(columns):
        row = len(pivots)
        below = np.flatnonzero(left[row:, column])
        if not below.size:
            continue
        left[[row, row + below[0]]] = left[[row + below[0], row]]
        left[row] = left[row] * pow(int(left[row, column]), -1, PRIME) % PRIME
        others = np.flatnonzero(left[:, column])
        others = others[others != row]
        left[others] = (left[others] - left[others, column][:, None] * left[row][None, :]) % PRIME
        pivots.append(column)
        if len(pivots) == left.shape[0]:
            break
    free = np.setdiff1d(np.arange(columns), pivots)
    null = np.zeros((columns, free.size), dtype=np.int64)
    null[free, np.arange(free.size)] = 1
    null[pivots] = -left[: len(pivots)][:, free] % PRIME
    return null
