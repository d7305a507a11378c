"""Attack on chosen peer groups (T5): what answers about groups that the attacker picks add up to.

`ask` is the benchmark: members → the printed mean (None: refused) with so many significant digits. Each way of asking
gives sums that the interval programs take together.
"""

import random
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from benchmark.stats.attack.reading import unrounded
from benchmark.stats.attack.sums import Sum

Ask = Callable[[frozenset[int]], float | None]
Rank = Callable[[float], int]  # an own value → how many others have more


def with_and_without(everybody: Collection[int], target: int, size: int, *, seed: int = 0) -> list[frozenset[int]]:
    """A group with the target and the same group without it."""
    others = random.Random(seed).sample(sorted(set(everybody) - {target}), size)  # noqa: S311 - a sample, no secret
    return [frozenset({*others, target}), frozenset(others)]


def random_groups(
    everybody: Collection[int], *, times: int = 160, least: int = 10, seed: int = 0
) -> list[frozenset[int]]:
    """Overlapping groups of random sizes: rounding is unpicked after some tens of them."""
    drawn = random.Random(seed)  # noqa: S311 - a sample, no secret
    people = sorted(everybody)
    sizes = [drawn.randint(min(least, len(people)), len(people)) for _ in range(times)]
    return [frozenset(drawn.sample(people, size)) for size in sizes]


def tracker(everybody: Collection[int], target: int, least: int) -> list[frozenset[int]]:
    """Where small groups are refused: everybody, a half, the half with the target, the other half with the target.

    The target belongs to both padded groups, so their sum exceeds everybody's by its value.
    """
    others = sorted(set(everybody) - {target})
    half = max(least - 1, len(others) // 2)
    return [
        frozenset(everybody),
        frozenset({*others[:half], target}),
        frozenset({*others[half:], target}),
    ]


def greedy(everybody: Sequence[int], least: int) -> Iterator[frozenset[int]]:
    """One after the other leaves: each step tells the value of who left."""
    people = list(everybody)
    while len(people) >= least:
        yield frozenset(people)
        people.pop()


def answered(ask: Ask, groups: Collection[frozenset[int]], digits: int) -> list[Sum]:
    """The answers as sums; refusals say nothing."""
    found = []
    for place, members in enumerate(groups):
        mean = ask(members)
        if mean is not None:
            low, high = unrounded(mean, digits)
            found.append(Sum(f"answer {place + 1}", members, len(members) * low, len(members) * high))
    return found


def values_behind_rank(rank: Rank, others: int, low: float, high: float, *, part: float = 0.001) -> list[float]:
    """All other values, largest first, where an exact own rank is shown for whatever own value one types.

    The rank falls by one at each other value; bisection finds where, to `part` of the value. Ties are found as often
    as they occur.
    """
    found = []
    for place in range(others):  # the largest v with rank(v) ≥ place + 1 is the value at this place
        below, above = low, high
        while above - below > part * max(abs(below), abs(above)) and above - below > part * part * (high - low):
            middle = (below + above) / 2
            below, above = (middle, above) if rank(middle) >= place + 1 else (below, middle)
        found.append((below + above) / 2)
    return found


def owners_of(
    ranked: Mapping[str, Sequence[float]], members: Mapping[str, frozenset[int]], *, part: float
) -> dict[int, float]:
    """Who owns a value that was found behind the ranks of several groups: the only one in all groups that have it."""
    values = sorted({value for inside in ranked.values() for value in inside})
    owners: dict[int, float] = {}
    for value in values:
        having = [key for key, inside in ranked.items() if any(abs(value - v) <= part * abs(value) for v in inside)]
        without = [key for key in ranked if key not in having]
        left = frozenset.intersection(*(members[key] for key in having)).difference(*(members[key] for key in without))
        if len(left) == 1:
            owners[next(iter(left))] = value
    return owners
