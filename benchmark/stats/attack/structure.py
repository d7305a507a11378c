"""Attack on structure alone (T1, T4): whose value follows from exact sums, whatever the values are.

Row space in exact fractions. An organisation's unit vector lies in the row space of the published groups exactly
when the reduced row echelon form has a row with nothing but that column. Columns of which the attacker knows all
organisations are left out first. Complements say the same in words: a group without the parts of it that are
published too.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

Row = dict[int, Fraction]


class Complement(NamedTuple):
    """A published group, published parts of it, and who is left."""

    whole: str
    parts: tuple[str, ...]
    left: frozenset[int]


def determined(groups: Sequence[frozenset[int]], owners: Mapping[int, frozenset[int]]) -> Iterator[tuple[int, int]]:
    """Pairs (target, attacker): the target's value follows exactly from sums over the groups and what the attacker
    owns; attacker −1 stands for anybody. `owners`: organisation → it and those of its holding."""
    classes: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for organisation in sorted({i for group in groups for i in group}):
        classes[tuple(place for place, group in enumerate(groups) if organisation in group)].append(organisation)
    echelons: dict[frozenset[int], set[frozenset[int]]] = {}
    for attacker in [-1, *sorted({min(owners[i]) for inside in classes.values() for i in inside})]:
        known = owners[attacker] if attacker != -1 else frozenset[int]()
        left = {c: [i for i in inside if i not in known] for c, inside in enumerate(classes.values())}
        free = frozenset(c for c, unknown in left.items() if not unknown)
        if free not in echelons:
            rows = [
                {c: Fraction(1) for c, places in enumerate(classes) if place in places} for place in range(len(groups))
            ]
            echelons[free] = {frozenset(row) for row in reduced([_without(row, free) for row in rows])}
        for column, unknown in left.items():
            if len(unknown) == 1 and frozenset({column}) in echelons[free]:
                yield unknown[0], attacker


def reduced(rows: Sequence[Mapping[int, Fraction]]) -> list[Row]:
    """Reduced row echelon form without the empty rows."""
    echelon: dict[int, Row] = {}
    for given in rows:
        row = dict(given)
        for pivot in sorted(set(row) & set(echelon)):
            if pivot in row:
                _subtract(row, echelon[pivot], row[pivot])
        if not row:
            continue
        pivot = min(row)
        head = row[pivot]
        row = {column: value / head for column, value in row.items()}
        for other in echelon.values():
            if pivot in other:
                _subtract(other, row, other[pivot])
        echelon[pivot] = row
    return [echelon[pivot] for pivot in sorted(echelon)]


def complements(groups: Mapping[str, frozenset[int]], most: int | None = None) -> Iterator[Complement]:
    """A published group without published disjoint parts of it, `most` organisations left (all without a limit).

    Parts are one group inside, or all published groups that split the whole by the same dimension(s): a super-cell.
    """
    masks = {key: _mask(members) for key, members in groups.items()}
    for whole, mask in masks.items():
        inside = [key for key, part in masks.items() if part != mask and part & ~mask == 0]
        families: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for key in inside:
            families[tuple(term.split("=")[0] for term in key.split("&"))].append(key)
        for keys in [[key] for key in inside] + [keys for keys in families.values() if len(keys) > 1]:
            union, total = 0, 0
            for key in keys:
                union |= masks[key]
                total += len(groups[key])
            left = mask & ~union
            if total == union.bit_count() and (most is None or left.bit_count() <= most):
                yield Complement(whole, tuple(keys), groups[whole].difference(*(groups[key] for key in keys)))


def super_cells(groups: Mapping[str, frozenset[int]]) -> dict[str, tuple[str, ...]]:
    """Published parts by the same dimensions, disjoint, taken together: name → their keys. What is blank among the
    parts is missing from all of them at once."""
    families: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key in groups:
        if key != "all":
            families[tuple(term.split("=")[0] for term in key.split("&"))].append(key)
    found = {}
    for names, keys in families.items():
        union = frozenset[int]().union(*(groups[key] for key in keys))
        if len(keys) > 1 and len(union) == sum(len(groups[key]) for key in keys):
            found["every " + " and ".join(names)] = tuple(keys)
    return found


def _mask(members: frozenset[int]) -> int:
    mask = bytearray(max(members, default=0) // 8 + 1)
    for i in members:
        mask[i >> 3] |= 1 << (i & 7)
    return int.from_bytes(mask, "little")


def _subtract(row: Row, other: Mapping[int, Fraction], factor: Fraction) -> None:
    for column, value in other.items():
        rest = row.get(column, Fraction(0)) - factor * value
        if rest:
            row[column] = rest
        else:
            row.pop(column, None)


def _without(row: Mapping[int, Fraction], columns: frozenset[int]) -> Row:
    return {column: value for column, value in row.items() if column not in columns}
