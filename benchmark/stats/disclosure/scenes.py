"""Scenes and versions: one indicator in this release and in the earlier ones about the same people.

A scene is one release: the one that is being made, or an earlier round or edition whose figures are facts. What an
organisation answered in an earlier scene is *tied* to what it answered later when the change is small: readers are
then taken to know the change exactly, so that one unknown deviation moves both. A *version* is such an unknown: an
organisation with the scenes in which its values are tied together. Leavers, and earlier values that changed much,
are versions of their own and must stay uncertain as well. Without earlier scenes versions are organisations.

A new scene never ties together what earlier ones had apart: else it would tell of them what their certificates did
not reckon with, however little is shown of it.

A release that shows nothing of the indicator is no scene: nobody learns anything from it, and what somebody knows of
its answers is outside knowledge (ADR 23).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray, Panel
from benchmark.stats.disclosure.atoms import tied_beforehand
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import ProtectedTable
from benchmark.stats.tables import Table


@dataclass(frozen=True, eq=False)
class EarlierRelease:
    """An earlier published round or edition of the same indicator: its table (raw) and what was released of it."""

    table: Table
    released: ProtectedTable


@dataclass(frozen=True, eq=False)
class Scene:
    """One release of the cast. `version`: per row of the scene's panel the number of its version, −1 without value.

    `released`: its figures; None for the newest scene, which is still being made. `fixed`: nothing in it can be
    withheld any more.
    """

    table: Table
    released: ProtectedTable | None
    fixed: bool
    version: IntArray


@dataclass(frozen=True, eq=False)
class Cast:
    """All versions of one indicator. `scenes`: the newest first.

    Arrays over versions: `organisation` (identifier), `contributor` (equal for all that one holding has known in any
    scene), `value` (in the version's newest scene; NaN without). `row`: scenes × versions, row number in the scene's
    panel, −1 where the version does not take part. Versions 0 … len(panel) − 1 are the rows of the newest panel, in
    its order, those without a value included.
    """

    scenes: tuple[Scene, ...]
    organisation: IntArray
    contributor: IntArray
    value: FloatArray
    row: IntArray

    @property
    def contributors(self) -> int:
        """Number of contributors with a value in the newest scene."""
        answered = np.isfinite(self.value[: len(self.scenes[0].table.panel)])
        return int(np.unique(self.contributor[: answered.size][answered]).size)

    def coalition(self, policy: Policy) -> int:
        """How many contributors together must not find anybody out."""
        return policy.coalition_at(self.contributors)

    def versions(self, scene: int, rows: IntArray) -> IntArray:
        """Version numbers of these rows of the scene's panel (−1: no value there)."""
        return self.scenes[scene].version[rows]

    def values_in(self, scene: int) -> FloatArray:
        """Value of every version in a scene; NaN where it does not take part. Not to be written to."""
        return self._values[scene]

    @cached_property
    def _values(self) -> list[FloatArray]:
        tables = (scene.table.values.value for scene in self.scenes)
        return [np.where(row >= 0, values[row], np.nan) for row, values in zip(self.row, tables, strict=True)]


def speaking(earlier: Sequence[EarlierRelease]) -> tuple[EarlierRelease, ...]:
    """Those that show anything of the indicator."""
    return tuple(one for one in earlier if one.released.shown())


def cast_of(table: Table, earlier: Sequence[EarlierRelease], policy: Policy) -> Cast:
    """The cast of a release and the earlier ones, `earlier` in order of time, the latest first; those that show nothing
    have no part in it."""
    return cast_of_all(table, speaking(earlier), policy)


def cast_of_all(table: Table, earlier: Sequence[EarlierRelease], policy: Policy) -> Cast:
    """The same with all of `earlier`, whatever they show."""
    tables = [table, *(one.table for one in earlier)]
    organisation, value = table.panel.organisation.tolist(), table.values.value.tolist()
    chains = _chains(tables, policy.change_tied)
    numbers = [np.where(np.isfinite(table.values.value), np.arange(len(value)), -1)]
    number_of = {int(chain): row for row, chain in enumerate(chains[0].tolist()) if chain >= 0}
    for old, chain in zip(tables[1:], chains[1:], strict=True):
        number = np.full(len(old.panel), -1, dtype=np.int64)
        for row in np.flatnonzero(chain >= 0).tolist():
            if int(chain[row]) not in number_of:
                number_of[int(chain[row])] = len(organisation)
                organisation.append(int(old.panel.organisation[row]))
                value.append(float(old.values.value[row]))
            number[row] = number_of[int(chain[row])]
        numbers.append(number)
    rows = np.full((len(tables), len(organisation)), -1, dtype=np.int64)
    for scene, number in enumerate(numbers):
        inside = np.flatnonzero(number >= 0)
        rows[scene, number[inside]] = inside
    released = (None, *(one.released for one in earlier))
    scenes = (Scene(t, r, i > 0, n) for i, (t, r, n) in enumerate(zip(tables, released, numbers, strict=True)))
    ids = np.array(organisation, dtype=np.int64)
    return Cast(tuple(scenes), ids, _contributors(ids, [t.panel for t in tables]), np.array(value, dtype=float), rows)


def cast_before(cast: Cast, scene: int, policy: Policy) -> Cast:
    """The cast of an earlier scene, as it was when that was released."""
    table, *rest = cast.scenes[scene:]
    earlier = [EarlierRelease(one.table, one.released) for one in rest if one.released is not None]
    return cast_of_all(table.table, earlier, policy)


def _chains(tables: Sequence[Table], part: float) -> list[IntArray]:
    """Per scene (the newest first) and row the number of what it is tied to; −1 without value.

    Chains grow from the oldest scene: a value joins the nearest one of its organisation, and never joins two to one.
    So what is tied among earlier scenes stays as it was when they were released. Two values that are both within
    `part` of a third, which may come later, are tied as soon as there are two.
    """
    wide = tied_beforehand(part)
    own: dict[int, list[int]] = {}  # organisation → its chains
    members: list[list[tuple[Table, int]]] = []
    found: list[IntArray] = []
    for table in reversed(tables):
        chain = np.full(len(table.panel), -1, dtype=np.int64)
        for row in np.flatnonzero(np.isfinite(table.values.value)).tolist():
            chains = own.setdefault(int(table.panel.organisation[row]), [])
            apart = {one: min(_apart((table, row), old, wide) for old in members[one]) for one in reversed(chains)}
            near = min(apart, key=lambda one: apart[one], default=-1)
            if near < 0 or apart[near] == np.inf:
                near = len(members)
                chains.append(near)
                members.append([])
            members[near].append((table, row))
            chain[row] = near
        found.append(chain)
    return found[::-1]


def _apart(newer: tuple[Table, int], older: tuple[Table, int], part: float) -> float:
    """How far two values are apart; infinite where that is more than this part of the newer one, or answers differ."""
    (new, i), (old, j) = newer, older
    if new.values.chosen is not None and old.values.chosen is not None:
        same = new.values.options == old.values.options
        return 0.0 if same and np.array_equal(new.values.chosen[i], old.values.chosen[j]) else np.inf
    now, then = float(new.values.value[i]), float(old.values.value[j])
    return abs(now - then) if abs(now - then) <= part * abs(now) else np.inf


def _contributors(organisation: IntArray, panels: Sequence[Panel]) -> IntArray:
    """One number per version; the newest panel's own numbers where no earlier holding joins two of them."""
    owner: dict[int, int] = {}  # organisation → contributor
    joined: dict[int, int] = {}  # contributor → the one that it is part of

    def root(one: int) -> int:
        while joined.get(one, one) != one:
            one = joined[one]
        return one

    unused = int(panels[0].contributor.max(initial=-1)) + 1
    for panel in panels:
        here: dict[int, int] = {}  # this panel's number → ours
        for one, number in zip(panel.organisation.tolist(), panel.contributor.tolist(), strict=True):
            if panel is panels[0]:
                here.setdefault(number, number)
            if number not in here:
                here[number] = owner.get(one, unused)
                unused += one not in owner
            known = root(owner.setdefault(one, here[number]))
            other = root(here[number])
            joined[max(known, other)] = min(known, other)
    return np.array([root(owner[one]) for one in organisation.tolist()], dtype=np.int64)
