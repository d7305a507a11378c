"""Attack on plain quantiles (T6): they print somebody's exact value, or a mixture of two neighbours.

A type-7 quantile at a whole position (n − 1)·p is one organisation's value. Whose, may follow: among all
organisations with different values, the one that a figure belongs to is a member of every group that prints it, and
of no group that, at a whole position too, prints something else in its place alone. Between two positions the figure
is a mixture of two neighbours in the order: who is one of them solves for the other.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmark.stats.attack.reading import Document, unrounded

PERCENT = {"p10": 10, "p25": 25, "p50": 50, "p75": 75, "p90": 90}


@dataclass(frozen=True)
class Print:
    """A value that is somebody's exactly; the candidates are who it can be."""

    value: float
    groups: tuple[str, ...]
    candidates: frozenset[int]


@dataclass(frozen=True)
class Neighbour:
    """If the attacker's value is next to it in this group's order, another organisation's lies in between these."""

    group: str
    statistic: str
    low: float
    high: float
    candidates: frozenset[int]


def exact_prints(document: Document) -> Iterator[Print]:
    """Values printed by plain (type 7) quantiles, each once, with who may own it."""
    printed: dict[float, list[tuple[str, frozenset[int]]]] = defaultdict(list)
    for group in document.groups:
        for name, percent in PERCENT.items():
            if name in group.figures and group.n and (group.n - 1) * percent % 100 == 0:
                printed[group.figures[name][0]].append((group.key, group.members))
    for value, places in sorted(printed.items()):
        yield Print(value, tuple(key for key, _ in places), frozenset.intersection(*(m for _, m in places)))


def neighbours(document: Document, own: Mapping[int, float]) -> Iterator[Neighbour]:
    """What plain quantiles between two positions say about the attacker's neighbour, for each side it may be on.

    A solution is on the right side of the own value, or it is left out.
    """
    for group in document.groups:
        mine = sorted(own[i] for i in group.members if i in own)
        for name, percent in PERCENT.items():
            rest = (group.n - 1) * percent % 100 / 100 if group.n else 0.0
            if name not in group.figures or not rest:
                continue
            low, high = unrounded(group.figures[name][0], document.quantile_digits_of(group))
            others = group.members - set(own)
            for value in mine:
                above = ((low - (1 - rest) * value) / rest, (high - (1 - rest) * value) / rest)
                below = ((low - rest * value) / (1 - rest), (high - rest * value) / (1 - rest))
                if above[0] >= value:
                    yield Neighbour(group.key, name, *above, others)
                if below[1] <= value:
                    yield Neighbour(group.key, name, *below, others)
