"""Attack over rounds and editions (T7): the same people, released again.

Who did not change between two releases, or whose change is known, is one unknown in both: their sums together say more
than each alone. Who joined or left is what differs. Every value that a known change ties to the unknown lies in the
legal range, so the unknown lies where all these ranges, shifted by the changes, overlap. An attacker that does not know
the changes can suppose that nobody changed (the programs contradict themselves when that is wrong), or that nobody
changed by more than a part.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmark.stats.attack.figures import ratio_sums, sums_of
from benchmark.stats.attack.reading import Document, Participants, unrounded
from benchmark.stats.attack.sums import Bounds, Program, SolverFailedError, Sum

TIED = 0.05  # a change of at most this part of the value is taken to be known to everybody
SMALL = "small changes"  # what a reader knows: all of these, between any two releases
EQUAL = "equal values"
SMALL_OF_OTHERS = "equal values of this one, small changes of the others"
APART = 1_000_000_000_000  # added per earlier release to the number of an organisation whose value there is its own


@dataclass(frozen=True)
class Scene:
    """One release of one indicator with who took part in it; `values` where the true ones are known (own, or all)."""

    document: Document
    participants: Participants


@dataclass(frozen=True)
class Change:
    """What two editions say about who was corrected: one of `candidates` (all of them together) by this much."""

    candidates: frozenset[int]
    low: float
    high: float
    how: str


Changes = Callable[[int, int], tuple[int, float]]  # scene, organisation → scene of its unknown, value there − here


def nobody_changed(newest: int) -> Changes:
    """The simplest supposition: one unknown per organisation."""
    return lambda scene, organisation: (newest, 0.0)


def all_apart(scene: int, organisation: int) -> tuple[int, float]:
    """Nothing is supposed: an unknown per organisation and scene."""
    return scene, 0.0


@dataclass(frozen=True, eq=False)
class Ties:
    """Whose values of several scenes are one unknown. `members`: unknown → (scene, value of the unknown − value there)
    of each. `room`: between what the legal ranges of all these values leave the unknown."""

    changes: Changes
    members: Mapping[int, tuple[tuple[int, float], ...]]
    room: Mapping[int, Bounds]


def ties_of(
    scenes: Sequence[Scene], values: Sequence[Mapping[int, float]], tied: float = TIED, *, untold: Collection[int] = ()
) -> Ties:
    """What true values tie; of the `untold` organisations only equal values. Who knows a change knows that both values
    were legal."""
    changes, last = known_changes(values, tied, untold=untold), len(scenes) - 1
    members: dict[int, list[tuple[int, float]]] = {}
    room: dict[int, Bounds] = {}
    for place, (scene, own) in enumerate(zip(scenes, values, strict=True)):
        for i in own:
            where, change = changes(place, i)
            unknown = identity(where, i, last)
            members.setdefault(unknown, []).append((place, change))
            low, high = room.get(unknown, (-math.inf, math.inf))
            room[unknown] = max(low, scene.document.low + change), min(high, scene.document.high + change)
    return Ties(changes, {unknown: tuple(one) for unknown, one in members.items()}, room)


def known_changes(
    values: Sequence[Mapping[int, float]], tied: float = TIED, *, untold: Collection[int] = ()
) -> Changes:
    """True changes from the values of every scene (oldest first), known between any two scenes as long as they are at
    most this part of the later value, and through chains of such. Of the `untold` organisations only equal values."""
    found: dict[tuple[int, int], tuple[int, float]] = {}
    for i in set().union(*values):
        own = [(scene, one[i]) for scene, one in reversed(list(enumerate(values))) if i in one]
        chains: list[list[tuple[int, float]]] = []  # the newest first, in each and among them
        part = 0.0 if i in untold else tied
        for scene, here in own:
            near = [chain for chain in chains if any(abs(new - here) <= part * abs(new) for _, new in chain)]
            joined = sorted([*(one for chain in near for one in chain), (scene, here)], reverse=True)
            chains = [*(chain for chain in chains if chain not in near), joined]
        for chain in chains:
            found.update({(scene, i): (chain[0][0], chain[0][1] - here) for scene, here in chain})
    return lambda scene, organisation: found.get((scene, organisation), (scene, 0.0))


def known_answers(choices: Sequence[Mapping[int, frozenset[str]]]) -> Changes:
    """The same for shares: who chose the same options in two scenes is one unknown in both."""
    found: dict[tuple[int, int], int] = {}
    for scene in range(len(choices) - 1, -1, -1):
        for i, here in choices[scene].items():
            later = (s for s in range(len(choices) - 1, scene, -1) if choices[s].get(i) == here)
            found[scene, i] = next(later, scene)
    return lambda scene, organisation: (found.get((scene, organisation), scene), 0.0)


def identity(scene: int, organisation: int, last: int) -> int:
    """Number of the unknown that an organisation's untied value in a scene is; `last`: number of the newest scene."""
    return organisation + APART * (last - scene)


def organisation_of(unknown: int) -> int:
    """The organisation that an unknown belongs to."""
    return unknown % APART


def together(scenes: Sequence[Scene], changes: Changes) -> list[Sum]:
    """The sums of all scenes (oldest first) on common unknowns."""
    found = []
    for place, scene in enumerate(scenes):
        for one in sums_of(scene.document):
            known = {i: changes(place, i) for i in one.members}
            shift = math.fsum(change for _, change in known.values())
            members = frozenset(identity(where, i, len(scenes) - 1) for i, (where, _) in known.items())
            about = f"{one.about} in {scene.document.round or 'round'} edition {scene.document.edition}"
            found.append(Sum(about, members, one.low + shift, one.high + shift))
    return found


def drifting(scenes: Sequence[Scene], part: float) -> list[Sum]:
    """The sums of all scenes with an unknown per organisation and scene, each at most `part` from the one before."""
    last, found = len(scenes) - 1, []
    before: dict[int, int] = {}
    for place, scene in enumerate(scenes):
        sums = sums_of(scene.document)
        numbers = {i: identity(place, i, last) for one in sums for i in one.members}
        found += [replace(one, members=frozenset(numbers[i] for i in one.members)) for one in sums]
        for i, number in numbers.items():
            if i in before:
                pair = frozenset({number, before[i]})
                above = Sum("drift", pair, -math.inf, 0.0, {number: 1.0, before[i]: -(1.0 + part)})
                below = Sum("drift", pair, 0.0, math.inf, {number: 1.0, before[i]: -(1.0 - part)})
                found += [above, below]
        before |= numbers
    return found


def together_weighed(scenes: Sequence[Scene], changes: Changes) -> tuple[list[Sum], dict[int, float]]:
    """The ratios of all scenes with public denominators on common unknowns, and the unit of each: its newest
    denominator."""
    last, unit, found = len(scenes) - 1, dict[int, float](), list[Sum]()
    for place in range(last, -1, -1):
        scene = scenes[place]
        below = scene.participants.denominators.get(scene.document.kpi, {})
        for one in ratio_sums(scene.document, scene.participants):
            known = {i: changes(place, i) for i in one.members}
            numbers = {i: identity(where, i, last) for i, (where, _) in known.items()}
            for i, number in numbers.items():
                unit.setdefault(number, below[i])
            weights = {number: below[i] / unit[number] for i, number in numbers.items() if below[i] != unit[number]}
            shift = math.fsum(below[i] * change for i, (_, change) in known.items())
            found.append(Sum(one.about, frozenset(numbers.values()), one.low + shift, one.high + shift, weights))
    return found, unit


def program_over(
    scenes: Sequence[Scene],
    sums: Sequence[Sum],
    room: Mapping[int, Bounds] | None = None,
    unit: Mapping[int, float] | None = None,
) -> Program | None:
    """The program of these sums, None when they contradict each other (so something was supposed wrongly).

    `room`: unknown → its own legal range, where that is narrower. `unit`: as of the program."""
    low = min(scene.document.low for scene in scenes)
    high = max(scene.document.high for scene in scenes)
    if not any(one.members for one in sums):
        return None
    try:
        program = Program(sums, low, high, unit, room)
    except SolverFailedError:
        return None
    return program if (program.low, program.high) == (low, high) else None


def corrections(first: Document, second: Document) -> list[Change]:
    """Who was corrected between two editions of a round, and by how much in all.

    The organisations in every group whose mean changed, and in no group whose mean stayed the same.
    """
    other = {group.key: group for group in second.groups}
    changed, same = [], set[int]()
    for group in first.groups:
        later = other.get(group.key)
        if later is None or "mean" not in group.figures or "mean" not in later.figures:
            continue
        if group.members != later.members or not (group.complete and later.complete) or group.n is None:
            continue
        if group.figures["mean"] == later.figures["mean"]:
            same |= group.members
        else:
            before, after = (unrounded(g.figures["mean"][0], first.digits) for g in (group, later))
            size = group.n
            changed.append((group.key, group.members, size * (after[0] - before[1]), size * (after[1] - before[0])))
    if not changed:
        return []
    inside = frozenset.intersection(*(members for _, members, _, _ in changed))
    low, high = max(c[2] for c in changed), min(c[3] for c in changed)
    likely = inside - same or inside
    return [Change(likely, low, high, f"differs in {', '.join(c[0] for c in changed)}")]


def people_of(participants: Sequence[Participants]) -> Participants:
    """Everybody of several releases (oldest first), who left included; whoever ever shared a holding shares one."""
    attributes: dict[int, Mapping[str, str]] = {}
    found: list[set[int]] = []
    for one in participants:
        attributes.update(one.attributes)
        here: dict[int, set[int]] = {}
        for i, holding in one.holding.items():
            here.setdefault(holding, set()).add(i)
        for inside in here.values():
            met = [other for other in found if not other.isdisjoint(inside)]
            found = [*(other for other in found if other not in met), inside.union(*met)]
    return Participants(attributes, {i: min(inside) for inside in found for i in inside})
