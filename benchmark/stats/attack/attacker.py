"""The whole attack on released documents: as the public, as every participant, as pairs of them.

Only bytes, public attributes and own values go in. What is tried, and where:
T1 row space (structure.py) · T2 interval programs, T3 coalitions (sums.py) · T4 complements and super-cells
(figures.py) · T5 chosen groups (chosen.py) · T6 quantiles (prints.py, order.py) · T7 rounds and editions (scenes.py) ·
T8 option shares (counts.py) · T9 channels (channels.py) · T10 patterns and reasons (patterns.py) · T11 altered bytes
(integrity.py).
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from benchmark.stats.attack.figures import sums_of
from benchmark.stats.attack.kpi import KpiAttack, Own
from benchmark.stats.attack.reading import Document, Participants, read
from benchmark.stats.attack.recovery import PUBLIC, Recovery
from benchmark.stats.attack.scenes import Scene, people_of
from benchmark.stats.attack.structure import determined

__all__ = ["PUBLIC", "Own", "Recovery", "attack", "attack_all", "pairs_of", "structurally_determined", "sums_of"]


def attack(
    documents: Iterable[bytes],
    participants: Participants,
    *,
    own: Own | None = None,
    attacker: int = PUBLIC,
    within: float = 0.05,
    plain_quantiles: bool = False,
    order: bool = False,
) -> list[Recovery]:
    """What an attacker recovers to within ±`within` (of the value, or of the scale where it has two ends).

    `own`: values that the attacker knows (its own, by KPI; for a share the index of each option → 1 or 0 is
    `kpi:option`). `plain_quantiles`: the method page says type 7, unsmoothed. `order`: solve the quantiles' order
    programs too (slower).
    """
    found = []
    for data in documents:
        scene = Scene(read(data, participants), participants)
        one = KpiAttack([scene], within=within, plain_quantiles=plain_quantiles, order=order)
        found += one.run([own or {}], attacker)
    return found


def attack_all(
    documents: Sequence[bytes], participants: Participants, values: Own, *, within: float = 0.05, order: bool = False
) -> list[Recovery]:
    """The public, then every participant (a holding once) with its own values; who the public has is not repeated."""
    found = []
    for data in documents:
        scene = Scene(read(data, participants), participants)
        found += attackers_on(KpiAttack([scene], within=within, order=order), [values], participants.owners())
    return found


def attackers_on(
    target: KpiAttack,
    values: Sequence[Own],
    attackers: Sequence[int],
    *,
    pairs: Iterable[tuple[int, int]] = (),
    order_most: int | None = None,
) -> list[Recovery]:
    """One indicator under attack by the public, these organisations (each with its holding) and these pairs of them.

    `values`: all values, per scene; each attacker gets its own. What the public has is not repeated (who is only
    close may still be known better, where the promise is known). `order_most`: only so many attackers also solve the
    order programs.
    """
    found = target.run([{} for _ in values])
    seen = {_about(one) for one in found if target.breaks(one) is not False}
    mine = OwnValues(target.kpi, values, people_of([scene.participants for scene in target.scenes]))
    for place, (first, second) in enumerate([*((one, PUBLIC) for one in attackers), *pairs]):
        own = mine.of(first, second)
        again = target.run(own, first, second, order=order_most is None or place < order_most)
        found += [one for one in again if _about(one) not in seen]
    return found


class OwnValues:
    """Everybody's values of one indicator, taken apart by owner."""

    def __init__(self, kpi: str, values: Sequence[Own], participants: Participants) -> None:
        self.participants = participants
        self.values = [{n: one[n] for n in one if n == kpi or n.startswith(f"{kpi}:")} for one in values]

    def of(self, *attackers: int) -> list[dict[str, dict[int, float]]]:
        """What these attackers know, per scene: their own values and those of their holdings."""
        owned = frozenset().union(*(self.participants.same_owner(a) for a in attackers if a != PUBLIC))
        return [{n: {i: known[i] for i in owned if i in known} for n, known in one.items()} for one in self.values]


def pairs_of(attackers: Sequence[int], most: int, *, seed: int = 0) -> tuple[list[tuple[int, int]], int]:
    """Coalitions of two, and how many there are; drawn at random when there are more than `most`."""
    every = len(attackers) * (len(attackers) - 1) // 2
    if every <= most:
        return list(combinations(attackers, 2)), every
    drawn = random.Random(seed)  # noqa: S311 - a sample, not a secret
    chosen: set[tuple[int, int]] = set()
    while len(chosen) < most:
        first, second = sorted(drawn.sample(list(attackers), 2))
        chosen.add((first, second))
    return sorted(chosen), every


def scenes_by_kpi(
    releases: Sequence[tuple[Iterable[bytes], Participants]],
) -> Iterator[tuple[str, list[tuple[int, Scene]]]]:
    """Releases (oldest first) taken apart by indicator: code → (number of the release, scene)."""
    found: dict[str, list[tuple[int, Scene]]] = defaultdict(list)
    for place, (documents, participants) in enumerate(releases):
        for data in documents:
            document = read(data, participants)
            found[document.kpi].append((place, Scene(document, participants)))
    yield from found.items()


def structurally_determined(document: Document, participants: Participants) -> set[tuple[int, int]]:
    """T1: (target, attacker) that exact sums over the published groups would give away, whatever the values."""
    groups = [one.members for one in sums_of(document)]
    owners = {i: participants.same_owner(i) for i in participants.attributes}
    return set(determined(groups, owners))


def worst(
    found: Iterable[Recovery], breaks: Callable[[Recovery], bool | None] = lambda one: None
) -> dict[tuple[int, str, tuple[str, int], str], Recovery]:
    """The narrowest interval of each value (organisation, KPI, scene), and of each knowledge of changes: of those that
    break the promise where some do (a wider one can, which lies to one side)."""
    best: dict[tuple[int, str, tuple[str, int], str], tuple[bool, float, Recovery]] = {}
    for one in found:
        key, rank = _about(one), (not breaks(one), one.high - one.low)
        if key not in best or rank < best[key][:2]:
            best[key] = (*rank, one)
    return {key: one for key, (_, _, one) in best.items()}


def _about(one: Recovery) -> tuple[int, str, tuple[str, int], str]:
    return one.organisation, one.kpi, one.scene, one.knows
