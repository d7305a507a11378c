"""The whole attack on released documents, as the public or as one participant: what is recovered, and how.

T1 row space · T2 interval programs · T4 complements · T6 exact prints of plain quantiles · T8 option shares.
Only bytes, public attributes and own values go in.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.stats.attack.prints import exact_prints
from benchmark.stats.attack.reading import Document, Participants, read, unrounded
from benchmark.stats.attack.structure import complements, determined
from benchmark.stats.attack.sums import Sum, value_intervals

Own = Mapping[str, Mapping[int, float]]  # KPI → organisation → value
PUBLIC = -1


@dataclass(frozen=True)
class Recovery:
    """An organisation's value is known to lie between `low` and `high`. `attacker` −1: anybody."""

    organisation: int
    kpi: str
    low: float
    high: float
    how: str
    attacker: int = PUBLIC


def attack(
    documents: Iterable[bytes],
    participants: Participants,
    *,
    own: Own | None = None,
    attacker: int = PUBLIC,
    within: float = 0.05,
    plain_quantiles: bool = False,
) -> list[Recovery]:
    """What an attacker recovers to within ±`within` (of the value, or of the scale where it has two ends).

    `own`: values that the attacker knows (its own, by KPI; for a share the index of each option → 1 or 0 is
    `kpi:option`). `plain_quantiles`: the method page says type 7, unsmoothed.
    """
    found = []
    for data in documents:
        document = read(data, participants)
        known = {i: v for i, v in (own or {}).get(document.kpi, {}).items() if math.isfinite(v)}
        found += list(_from_sums(document, known, attacker, within))
        found += list(_from_shares(document, own or {}, attacker))
        if plain_quantiles:
            found += [
                Recovery(next(iter(one.candidates)), document.kpi, one.value, one.value, f"printed in {one.groups[0]}")
                for one in exact_prints(document)
                if len(one.candidates) == 1 and attacker == PUBLIC
            ]
    return found


def attack_all(
    documents: Sequence[bytes], participants: Participants, values: Own, *, within: float = 0.05
) -> list[Recovery]:
    """The public, then every participant (a holding once) with its own values; who the public has is not repeated."""
    found = attack(documents, participants, within=within)
    seen = {(one.organisation, one.kpi) for one in found}
    for attacker in sorted({min(participants.same_owner(i)) for i in participants.attributes}):
        mine = participants.same_owner(attacker)
        own = {kpi: {i: v for i, v in known.items() if i in mine} for kpi, known in values.items()}
        again = attack(documents, participants, own=own, attacker=attacker, within=within)
        found += [one for one in again if (one.organisation, one.kpi) not in seen]
    return found


def sums_of(document: Document) -> list[Sum]:
    """Every published mean as an interval on the sum over the members, where it is known who has a value."""
    found = []
    for group in document.groups:
        if "mean" in group.figures and group.n is not None and group.n == len(group.members):
            low, high = unrounded(group.figures["mean"][0], document.digits)
            found.append(Sum(group.key, group.members, group.n * low, group.n * high))
    return found


def structurally_determined(document: Document, participants: Participants) -> set[tuple[int, int]]:
    """T1: (target, attacker) that exact sums over the published groups would give away, whatever the values."""
    groups = [one.members for one in sums_of(document)]
    owners = {i: participants.same_owner(i) for i in participants.attributes}
    return set(determined(groups, owners))


def _from_sums(document: Document, known: Mapping[int, float], attacker: int, within: float) -> Iterator[Recovery]:
    sums = sums_of(document)
    found = dict(value_intervals(sums, document.low, document.high, known))
    for organisation, (low, high) in found.items():
        if _narrow(document, low, high, within):
            yield Recovery(organisation, document.kpi, low, high, "interval program", attacker)
    by_key = {one.about: one for one in sums}
    for whole, parts, rest in complements({key: one.members for key, one in by_key.items()}):
        left = rest - set(known)
        if len(left) == 1:
            mine = math.fsum(known[i] for i in rest & set(known))
            low = by_key[whole].low - math.fsum(by_key[part].high for part in parts) - mine
            high = by_key[whole].high - math.fsum(by_key[part].low for part in parts) - mine
            low, high = max(low, document.low), min(high, document.high)
            if _narrow(document, low, high, within):
                how = f"{whole} without {' and '.join(parts)}"
                yield Recovery(next(iter(left)), document.kpi, low, high, how, attacker)


def _from_shares(document: Document, own: Own, attacker: int) -> Iterator[Recovery]:
    """T8: each option is a KPI of ones and zeros, a percentage an interval on the count, in whole numbers."""
    options = sorted({name for group in document.groups for name in group.figures if name.startswith("share:")})
    for option in options:
        name = f"{document.kpi}:{option.removeprefix('share:')}"
        known = own.get(name, {})
        sums = []
        for group in document.groups:
            if option in group.figures and group.n is not None and group.n == len(group.members):
                counts = _counts(*group.figures[option], group.n)
                sums.append(Sum(group.key, group.members, *counts))
        for organisation, (low, high) in value_intervals(sums, 0.0, 1.0, known):
            if low > 1e-6 or high < 1 - 1e-6:
                sure = 1.0 if low > 1e-6 else 0.0
                yield Recovery(organisation, name, sure, sure, "counts behind percentages", attacker)


def _counts(percentage: float, coded: str, n: int) -> tuple[int, int]:
    """Least and greatest number of n that is written as this percentage. Coarse steps are read off the coding."""
    slack = 1e-9
    if coded == "<":
        return 0, math.ceil(percentage * n / 100 - slack) - 1
    if coded == ">":
        return math.floor(percentage * n / 100 + slack) + 1, n
    return math.ceil((percentage - 0.5) * n / 100 - slack), math.floor((percentage + 0.5) * n / 100 + slack)


def _narrow(document: Document, low: float, high: float, within: float) -> bool:
    if not (math.isfinite(low) and math.isfinite(high)):
        return False
    slack = 1e-7 * max(abs(low), abs(high))
    if math.isfinite(document.low) and math.isfinite(document.high):
        return high - low <= 2 * within * (document.high - document.low) / (2 if document.percentage else 1) + slack
    return high - low <= 2 * within * abs(high + low) / 2 + slack
