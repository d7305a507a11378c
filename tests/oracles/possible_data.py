"""What is possible, by trying every data set of whole numbers: no programs, no atoms from the product."""

from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, product

Row = tuple[Sequence[int], int, int]  # members, least and greatest sum of their values


def known_to_coalitions(
    values: Sequence[int],
    contributor: Sequence[int],
    rows: Sequence[Row],
    low: int | Sequence[int],
    high: int | Sequence[int],
    need: int,
    *,
    most: int,
    told: Collection[int] | None = None,
) -> set[tuple[int, frozenset[int], int]]:
    """(contributor of the target, coalition, direction): the target's total over organisations in the same rows
    cannot move by `need` (clipped to the legal range) in any data set that the coalition believes. Coalitions of up to
    `most` contributors; the empty one is the public. `low`, `high`: the legal range, where it is not the same for all
    one for each value. `told`: numbers of the rows that attackers have (all); the targets are the same, whichever
    they have."""
    inside = [i for i in range(len(values)) if any(i in members for members, _, _ in rows)]
    least = [low] * len(values) if isinstance(low, int) else low
    greatest = [high] * len(values) if isinstance(high, int) else high
    alike = {i: (contributor[i], tuple(i in members for members, _, _ in rows)) for i in inside}
    published = [rows[i] for i in (range(len(rows)) if told is None else told)]
    coalitions = list(_coalitions({contributor[i] for i in inside}, most))
    reached: dict[tuple[object, frozenset[int]], set[int]] = {}
    for believed in _possible({i: range(least[i], greatest[i] + 1) for i in inside}, published):
        moved = {contributor[i] for i in inside if believed[i] != values[i]}
        totals = {unit: sum(believed[i] for i in inside if alike[i] == unit) for unit in set(alike.values())}
        for coalition in coalitions:
            if not moved & coalition:
                for unit, total in totals.items():
                    reached.setdefault((unit, coalition), set()).add(total)
    found = set()
    for (unit, coalition), totals_of in reached.items():
        members = [i for i in inside if alike[i] == unit]
        true = sum(values[i] for i in members)
        up = min(need, sum(greatest[i] for i in members) - true)
        down = min(need, true - sum(least[i] for i in members))
        if alike[members[0]][0] not in coalition:
            found |= {(contributor[members[0]], coalition, 1)} if max(totals_of) < true + up else set()
            found |= {(contributor[members[0]], coalition, -1)} if min(totals_of) > true - down else set()
    return found


def _possible(ranges: dict[int, range], rows: Sequence[Row]) -> Iterator[dict[int, int]]:
    """All data sets of whole numbers in these ranges that the rows allow."""
    for data in product(*ranges.values()):
        believed = dict(zip(ranges, data, strict=True))
        sums = ((sum(believed[i] for i in members), a, b) for members, a, b in rows)
        if all(a <= total <= b for total, a, b in sums):
            yield believed


def _coalitions(contributors: Collection[int], most: int) -> Iterator[frozenset[int]]:
    for size in range(most + 1):
        yield from map(frozenset, combinations(sorted(contributors), size))
