"""Attack on quantiles (T6): a plain quantile prints somebody's exact value.

A type-7 quantile at a whole position (n − 1)·p is one organisation's value. Whose, may follow: among all
organisations with different values, the one that a figure belongs to is a member of every group that prints it, and
of no group that, at a whole position too, prints something else in its place alone.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from benchmark.stats.attack.reading import Document

PERCENT = {"p10": 10, "p25": 25, "p50": 50, "p75": 75, "p90": 90}


@dataclass(frozen=True)
class Print:
    """A value that is somebody's exactly; the candidates are who it can be."""

    value: float
    groups: tuple[str, ...]
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
