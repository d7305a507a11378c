"""Attack over rounds and editions (T7): the same people, released again.

Who did not change between two releases, or whose change is known, is one unknown in both: their sums together say more
than each alone. Who joined or left is what differs. An attacker that does not know the changes can suppose that nobody
changed (the programs contradict themselves when that is wrong), or that nobody changed by more than a part.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmark.stats.attack.figures import sums_of
from benchmark.stats.attack.reading import Document, Participants, unrounded
from benchmark.stats.attack.sums import Program, SolverFailedError, Sum

TIED = 0.05  # a change of at most this part of the value is taken to be known to everybody
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


def known_changes(values: Sequence[Mapping[int, float]], tied: float = TIED) -> Changes:
    """True changes from the values of every scene (oldest first), known as long as they are at most this part of a
    later value."""
    found: dict[tuple[int, int], tuple[int, float]] = {}
    made: dict[int, list[tuple[int, float]]] = {}
    for scene in range(len(values) - 1, -1, -1):
        for i, here in values[scene].items():
            versions = made.setdefault(i, [])
            same = [one for one in versions if abs(one[1] - here) <= tied * abs(one[1])]
            if not same:
                versions.append((scene, here))
                same = versions[-1:]
            found[scene, i] = (same[0][0], same[0][1] - here)
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


def program_over(scenes: Sequence[Scene], sums: Sequence[Sum]) -> Program | None:
    """The program of these sums, None when they contradict each other (so something was supposed wrongly)."""
    low = min(scene.document.low for scene in scenes)
    high = max(scene.document.high for scene in scenes)
    if not any(one.members for one in sums):
        return None
    try:
        program = Program(sums, low, high)
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
