"""What shown shares say, as whole numbers: between which counts every shown figure keeps its print.

A question is one choice of one answer out of several: a single choice as it is, each option of a multiple choice by
itself (chosen or not). Its rows say that the number of organisations of a group with certain answers lies between two
counts. Organisations in the same groups that may give the same answers are an atom; an atom's organisations with the
same answer are a class, and exchangeable. Organisations are versions (`scenes.py`): one row number per unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.disclosure.scenes import Cast, Scene
from benchmark.stats.disclosure.shares import Share, not_unanimous, printed_alike, rounding_base, share_verdicts
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import BoolArray
from benchmark.stats.peers import parse_key
from benchmark.stats.tables import GroupRow

SHARE = "share:"
SINGLE = -1  # in place of an option's number: the whole answer of a single choice
NOT_CHOSEN, CHOSEN = 0, 1

Unit = tuple[str, str]  # what is withheld together: (group key, statistic); all shares of a group have statistic ""


@dataclass(frozen=True, eq=False)
class Block:
    """A group of a scene with shown shares. `versions`: who is counted. `verdicts`: what the rules say of it.
    `delicate`: the counts of the options alone do not decide that, holdings or merges may."""

    scene: int
    row: GroupRow
    versions: IntArray
    verdicts: tuple[Share, ...]
    shown: frozenset[str]
    delicate: bool


@dataclass(frozen=True, eq=False)
class CountRow:
    """low ≤ number of organisations of a block with an answer in `mask` ≤ high. `unit` −1: an earlier scene's."""

    block: int
    unit: int
    mask: BoolArray
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Question:
    """One choice: `answer` per version (−1: none), `allowed` versions × answers, and the rows about it."""

    option: int
    answer: IntArray
    allowed: BoolArray
    contributor: IntArray
    blocks: tuple[Block, ...]
    rows: tuple[CountRow, ...]
    units: tuple[Unit, ...]

    @cached_property
    def membership(self) -> BoolArray:
        """Versions × blocks."""
        inside = np.zeros((self.answer.size, len(self.blocks)), dtype=bool)
        for place, block in enumerate(self.blocks):
            inside[block.versions, place] = True
        return inside

    @cached_property
    def atom(self) -> IntArray:
        """Atom number per version; −1 for who is in no block."""
        return alike(np.hstack([self.membership, self.allowed]), self.membership.any(axis=1) & (self.answer >= 0))

    @cached_property
    def inside(self) -> BoolArray:
        """Blocks × atoms."""
        made = np.zeros((len(self.blocks), int(self.atom.max(initial=-1)) + 1), dtype=bool)
        known = self.atom >= 0
        made[:, self.atom[known]] = self.membership[known].T
        return made

    @cached_property
    def members(self) -> Mapping[tuple[int, int], IntArray]:
        """Versions of each class (atom, answer), in ascending order."""
        order = np.lexsort((self.answer, self.atom))
        order = order[self.atom[order] >= 0]
        both = np.stack([self.atom[order], self.answer[order]], axis=1)
        keys, starts = np.unique(both, axis=0, return_index=True)
        parts = np.split(order, starts)[1:]
        return {(int(a), int(k)): part for (a, k), part in zip(keys, parts, strict=True)}

    @cached_property
    def masks(self) -> NDArray[np.int64]:
        """Rows × answers, 0 or 1."""
        return np.array([row.mask for row in self.rows], dtype=np.int64).reshape(len(self.rows), self.allowed.shape[1])

    @cached_property
    def room(self) -> tuple[IntArray, IntArray]:
        """How far the count of each row may fall (≤ 0) and rise (≥ 0)."""
        true = np.array([int(row.mask[self.answer[self.blocks[row.block].versions]].sum()) for row in self.rows])
        low, high = (np.array([getattr(row, end) for row in self.rows], dtype=np.int64) for end in ("low", "high"))
        return np.minimum(low - true, 0), np.maximum(high - true, 0)

    @cached_property
    def row_blocks(self) -> IntArray:
        """Block of each row."""
        return np.array([row.block for row in self.rows], dtype=np.int64)

    @cached_property
    def row_units(self) -> IntArray:
        """Unit of each row."""
        return np.array([row.unit for row in self.rows], dtype=np.int64)

    def overstepped(self, versions: IntArray, answers: IntArray) -> IntArray:
        """Rows whose figure would be printed otherwise if these versions gave these answers."""
        touched = self.membership[versions][:, self.row_blocks]  # changed versions × rows
        change = (touched * (self.masks[:, answers] - self.masks[:, self.answer[versions]]).T).sum(axis=0)
        low, high = self.room
        return np.flatnonzero((change < low) | (change > high))


def alike(columns: BoolArray, among: BoolArray) -> IntArray:
    """Number per row of `columns`, equal for equal rows, in the order of their first row; −1 for rows not `among`."""
    label = np.full(columns.shape[0], -1, dtype=np.int64)
    rows = np.flatnonzero(among)
    if rows.size:
        packed = np.ascontiguousarray(np.packbits(columns[rows], axis=1))
        _, first, inverse = np.unique(
            packed.view([("", packed.dtype, packed.shape[1])]).reshape(-1), return_index=True, return_inverse=True
        )
        rank = np.empty(first.size, dtype=np.int64)
        rank[np.argsort(first)] = np.arange(first.size)
        label[rows] = rank[inverse.reshape(-1)]
    return label


@dataclass(frozen=True, eq=False)
class Answers:
    """What every version answered. `options`: of all scenes together; `chosen`, `offered`: versions × options."""

    options: tuple[str, ...]
    chosen: BoolArray
    offered: BoolArray
    answered: BoolArray
    exclusive: bool


def answers_of(cast: Cast) -> Answers:
    """The answers of all versions, each from the newest scene that it takes part in."""
    options = tuple(dict.fromkeys(name for scene in cast.scenes for name in scene.table.values.options))
    place = {name: i for i, name in enumerate(options)}
    size = cast.organisation.size
    chosen, offered = np.zeros((size, len(options)), dtype=bool), np.zeros((size, len(options)), dtype=bool)
    answered = np.zeros(size, dtype=bool)
    for scene, row in reversed(list(zip(cast.scenes, cast.row, strict=True))):
        values = scene.table.values
        if values.chosen is None:
            continue
        here = np.flatnonzero(row >= 0)
        here = here[values.answered[row[here]]]
        columns = np.array([place[name] for name in values.options], dtype=np.int64)
        chosen[here], offered[here] = False, False
        chosen[np.ix_(here, columns)] = values.chosen[row[here]]
        offered[np.ix_(here, columns)] = True
        answered[here] = True
    return Answers(options, chosen, offered, answered, cast.scenes[0].table.values.exclusive)


def shown_blocks(
    scene: Scene, number: int, released: ProtectedTable, indicator: Indicator, policy: Policy
) -> list[Block]:
    """Groups of the scene of which at least one share is shown."""
    groups = {group.key: group for group in released.groups}
    found = []
    for row in scene.table.rows:
        cells = groups[row.key].cells.values()
        shown = {c.statistic.removeprefix(SHARE) for c in cells if c.status == "released"} - {"n"}
        if shown:
            verdicts = tuple(share_verdicts(scene.table, row, indicator, policy))
            versions = np.sort(scene.version[row.members])
            n = row.n_organisations
            nearly = any(printed_alike(count, n, 0)[1] > not_unanimous(n, policy) - 1 for count in row.counts.values())
            delicate = indicator.sensitive or (nearly and not scene.table.single)
            found.append(Block(number, row, versions, verdicts, frozenset(shown), delicate))
    return found


def questions_of(
    cast: Cast, answers: Answers, blocks: Sequence[Block], indicator: Indicator, policy: Policy
) -> list[Question]:
    """The questions behind the shown shares: one for a single choice, one per shown option of a multiple choice."""
    if answers.exclusive:
        answer = np.where(answers.answered, answers.chosen.argmax(axis=1), -1)
        return [_question(SINGLE, answer, answers.offered, cast, answers, blocks, indicator, policy)]
    made = []
    for i, name in enumerate(answers.options):
        about = [block for block in blocks if name in block.shown]
        if about:
            answer = np.where(answers.answered, answers.chosen[:, i].astype(np.int64), -1)
            made.append(_question(i, answer, _may_flip(answers, i), cast, answers, about, indicator, policy))
    return made


def _may_flip(answers: Answers, option: int) -> BoolArray:
    """Which of "not chosen" and "chosen" an organisation could have answered, its other options as they are.

    Nobody outside knows more than that; but an option that is only ever chosen alone ("none of these") is taken to
    exclude all others, and an empty answer counts as possible only where somebody gave one.
    """
    known = answers.chosen[answers.answered]
    number = known.sum(axis=1)
    alone = known.any(axis=0) & ~(known & (number > 1)[:, None]).any(axis=0)
    empty = bool((number == 0).any())
    allowed = np.zeros((answers.chosen.shape[0], 2), dtype=bool)
    mine = answers.chosen[:, option]
    rest = answers.chosen.copy()
    rest[:, option] = False
    others, excluding = rest.any(axis=1), (rest & alone[None, :]).any(axis=1)
    allowed[:, NOT_CHOSEN] = ~mine | others | empty
    allowed[:, CHOSEN] = mine | (answers.offered[:, option] & ~excluding & (~others | ~alone[option]))
    return allowed


def _question(
    option: int,
    answer: IntArray,
    allowed: BoolArray,
    cast: Cast,
    answers: Answers,
    blocks: Sequence[Block],
    indicator: Indicator,
    policy: Policy,
) -> Question:
    place = {name: i for i, name in enumerate(answers.options)}
    units: dict[Unit, int] = {}
    rows = []
    for number, block in enumerate(blocks):
        values = cast.scenes[block.scene].table.values
        named = [place[name] for name in values.options]
        unit = -1
        if not cast.scenes[block.scene].fixed:
            own = (block.row.key, "" if option == SINGLE else SHARE + answers.options[option])
            unit = units.setdefault(own, len(units))
        for parts, low, high in _intervals(block, cast.scenes[block.scene], indicator, policy):
            mask = np.zeros(allowed.shape[1], dtype=bool)
            if option == SINGLE:
                mask[[named[i] for i in parts]] = True
            elif [named[i] for i in parts] == [option]:
                mask[CHOSEN] = True
            else:
                continue
            rows.append(CountRow(number, unit, mask, low, high))
    return Question(option, answer, allowed, cast.contributor, tuple(blocks), tuple(rows), tuple(units))


def _intervals(
    block: Block, scene: Scene, indicator: Indicator, policy: Policy
) -> list[tuple[tuple[int, ...], int, int]]:
    """(numbers of options, least and greatest count) under which the group's shares stay as they are shown."""
    chosen = scene.table.values.chosen
    if chosen is None:
        return []
    here, n = chosen[block.row.members], block.row.n_organisations
    base = (rounding_base(block.row.n_contributors, policy) or 0) if indicator.sensitive else 0
    most = not_unanimous(n, policy)
    found = []
    for share in block.verdicts:
        if share.value is None or share.option not in block.shown:
            continue
        count = int(here[:, list(share.parts)].any(axis=1).sum())
        low, high = printed_alike(count, n, base)
        if indicator.sensitive:
            few = policy.share_sensitive_count  # nobody, or enough, on both sides
            low, high = (0, 0) if count == 0 else (max(low, few), min(high, n - few))
        found.append((share.parts, low, high if len(share.parts) > 1 else min(high, most)))
    if any(share.reason == Reason.MERGED for share in block.verdicts):
        # Which options are merged follows from all counts of the group: they stay as they are.
        counts = here.sum(axis=0).tolist()
        return [((i,), count, count) for i, count in enumerate(counts)]
    return found


def least_wanted(unit: Unit, sizes: Mapping[str, int]) -> tuple[int, int, str, str]:
    """Order in which shares are given up: crossings before single dimensions before all, small before large."""
    key, statistic = unit
    return -len(parse_key(key)), sizes[key], key, statistic
