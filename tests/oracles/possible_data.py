"""What is possible, by trying every data set of whole numbers: no programs, no atoms from the product."""

from collections.abc import Sequence
from itertools import product

Row = tuple[Sequence[int], int, int]  # members, least and greatest sum of their values


def known_too_well(
    values: Sequence[int], contributor: Sequence[int], rows: Sequence[Row], low: int, high: int, need: int
) -> set[tuple[int, int, int]]:
    """(contributor of the target, attacker or −1 for the public, direction): the target's total over organisations
    in the same rows cannot move by `need` (clipped to the legal range) in any data set that the attacker believes."""
    size = range(len(values))
    inside = [i for i in size if any(i in members for members, _, _ in rows)]
    alike = {i: (contributor[i], tuple(i in members for members, _, _ in rows)) for i in inside}
    reached: dict[tuple[object, int], list[int]] = {}
    attackers = [-1, *sorted({contributor[i] for i in inside})]
    units = sorted(set(alike.values()))
    for data in product(range(low, high + 1), repeat=len(inside)):
        believed = dict(zip(inside, data, strict=True))
        if any(not least <= sum(believed[i] for i in members) <= most for members, least, most in rows):
            continue
        for attacker in attackers:
            if any(believed[i] != values[i] for i in inside if contributor[i] == attacker):
                continue
            for unit in units:
                total = sum(believed[i] for i in inside if alike[i] == unit)
                reached.setdefault((unit, attacker), []).append(total)
    found = set()
    for unit in units:
        members = [i for i in inside if alike[i] == unit]
        true = sum(values[i] for i in members)
        up, down = min(need, high * len(members) - true), min(need, true - low * len(members))
        for attacker in attackers:
            if attacker == unit[0]:
                continue
            if max(reached[unit, attacker]) < true + up:
                found.add((unit[0], attacker, 1))
            if min(reached[unit, attacker]) > true - down:
                found.add((unit[0], attacker, -1))
    return found
