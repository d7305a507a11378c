"""Published figures as sums over the organisations: means, ratios with public denominators, complements of them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmark.stats.attack.reading import ALL, Document, Participants, unrounded
from benchmark.stats.attack.structure import Complement, complements, super_cells
from benchmark.stats.attack.sums import Sum

FEW = 6  # complements of more organisations are left to the programs


def sums_of(document: Document) -> list[Sum]:
    """Every published mean as an interval on the sum over the members, where it is known who has a value."""
    found = []
    for group in document.groups:
        if "mean" in group.figures and group.n is not None and group.complete:
            low, high = unrounded(group.figures["mean"][0], document.digits)
            found.append(Sum(group.key, group.members, group.n * low, group.n * high))
    return found


def ratio_sums(document: Document, participants: Participants) -> list[Sum]:
    """Every published ratio of sums as an interval on Σ denominator × value, where the denominators are public.

    The values count with their denominators, so `unit` of the program must be the denominators.
    """
    below = participants.denominators.get(document.kpi, {})
    more = participants.unattributed.get(document.kpi, (0.0, 0.0))
    found = []
    for group in document.groups:
        known = {i: below[i] for i in group.members if i in below}
        if "ratio" not in group.figures or len(known) != len(group.members) or not all(known.values()):
            continue
        top, bottom = more if group.key == ALL else (0.0, 0.0)
        total = math.fsum(known.values()) + bottom
        ends = (end * total - document.scale * top for end in unrounded(group.figures["ratio"][0], document.digits))
        low, high = sorted(ends)
        found.append(Sum(group.key, group.members, low, high))
    return found


def all_zero(document: Document) -> frozenset[int]:
    """Organisations in a group whose mean or ratio is 0 where no value can be below 0: they all have 0."""
    found: set[int] = set()
    for group in document.groups:
        zero = any(group.figures.get(name, (1.0, ""))[0] == 0 for name in ("mean", "ratio"))
        if zero and document.low >= 0 and group.complete:
            found |= group.members
    return frozenset(found)


@dataclass(frozen=True)
class Rest:
    """What is left of a published group without published parts, as an interval on its sum."""

    how: str
    members: frozenset[int]
    low: float
    high: float


def rests(sums: list[Sum]) -> Iterator[Rest]:
    """Small complements (T4), of groups and of super-cells, with what follows about their sums."""
    by_key = {one.about: one for one in sums}
    groups = {key: one.members for key, one in by_key.items()}
    together = super_cells(groups)
    unions = {name: frozenset[int]().union(*(groups[key] for key in keys)) for name, keys in together.items()}
    for name, keys in together.items():
        low, high = math.fsum(by_key[k].low for k in keys), math.fsum(by_key[k].high for k in keys)
        by_key[name] = Sum(name, unions[name], low, high)
    seen = set()
    found = [*complements(groups, FEW), *_across(groups | unions, together)]
    for whole, parts, left in found:
        if left and (whole, parts) not in seen:
            seen.add((whole, parts))
            low = by_key[whole].low - math.fsum(by_key[part].high for part in parts)
            high = by_key[whole].high - math.fsum(by_key[part].low for part in parts)
            yield Rest(f"{whole} without {' and '.join(parts)}", left, low, high)


def _across(groups: Mapping[str, frozenset[int]], together: Mapping[str, tuple[str, ...]]) -> Iterator[Complement]:
    """A group or super-cell that has another super-cell, by other dimensions, inside."""
    for whole in groups:
        for part in together:
            if part != whole and len(groups[part]) < len(groups[whole]) and groups[part] < groups[whole]:
                left = groups[whole] - groups[part]
                if len(left) <= FEW:
                    yield Complement(whole, (part,), left)
