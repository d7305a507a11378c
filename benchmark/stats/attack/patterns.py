"""Attack on the pattern of blanks and on their reasons (T10).

A reason may depend on public numbers only: two blanks with the same numbers and different reasons tell something
about values. And who supposes that a blank is there because one organisation is too large (the p%-rule) can combine
that with the group's sum, where it follows from other figures: the largest x₁ of a sum X then has
X − x₁ − x₂ < p·x₁. Without secondary suppression the sums of such groups do follow.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmark.stats.attack.figures import sums_of
from benchmark.stats.attack.reading import Document, Group
from benchmark.stats.attack.recovery import P_SENSITIVE, P, narrow
from benchmark.stats.attack.sums import Program, Sum


@dataclass(frozen=True)
class Telling:
    """Blanks with equal public numbers and unequal reasons."""

    kpi: str
    statistic: str
    n: int | None
    reasons: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Largest:
    """If the group is blank because of its largest organisation, that one's value lies between these."""

    group: str
    candidates: frozenset[int]
    low: float
    high: float
    close: bool


def blanks(documents: Iterable[Document]) -> Counter[str]:
    """How many figures are withheld, by reason."""
    return Counter(reason for one in documents for group in one.groups for reason in group.blank.values())


def telling_reasons(document: Document, structural: Iterable[str]) -> list[Telling]:
    """Reasons other than the `structural` ones (which follow from public numbers) must all be the same one."""
    kinds: dict[tuple[str, int | None], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    named = set(structural)
    for group in document.groups:
        for statistic, reason in group.blank.items():
            if reason not in named:
                kinds[statistic, group.n][reason].append(group.key)
    found = []
    overall = {reason for by_reason in kinds.values() for reason in by_reason}
    if len(overall) > 1:
        for (statistic, n), by_reason in sorted(kinds.items(), key=str):
            keys = tuple(sorted(key for inside in by_reason.values() for key in inside))
            found.append(Telling(document.kpi, statistic, n, tuple(sorted(by_reason)), keys))
    return found


def largest_of_blanks(
    document: Document, own: Mapping[int, float], *, within: float = 0.05, reason: str = "protected"
) -> Iterator[Largest]:
    """For each group with a blank mean whose sum follows from what is published: what the p%-rule then says.

    The attacker may be the second largest; x₁ lies between (X − own)/(1 + p) and X − own.
    """
    p = P_SENSITIVE if document.sensitive else P
    sums = sums_of(document)
    for group in document.groups:
        if group.blank.get("mean") != reason or not group.complete:
            continue
        total = _total(group, sums, document)
        mine = [own[i] for i in group.members if i in own]
        if total is None or not math.isfinite(total[1]):
            continue
        low, high = (total[0] - sum(mine)) / (1 + p), total[1] - max(mine, default=0.0)
        if not mine:
            low = total[0] / (2 + p)  # x₂ ≤ x₁, so X < (2 + p)·x₁
        others = group.members - set(own)
        if others and low > 0:
            yield Largest(group.key, others, low, high, narrow(document, low, high, within))


def _total(group: Group, sums: list[Sum], document: Document) -> tuple[float, float] | None:
    """Between what the sum over a blank group lies."""
    covered = frozenset[int]().union(*(one.members for one in sums))
    if not group.members or not group.members <= covered:
        return None
    free = Sum(group.key, group.members, -math.inf, math.inf)
    return Program([*sums, free], document.low, document.high).total(len(sums))
