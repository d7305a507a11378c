"""Attack on smoothed quantiles (T6): where in a group's order an organisation stands, and what follows from it.

A smoothed quantile is the mean of a window of order statistics. So a group with published quantiles falls apart into
blocks in ascending order: below the first window, the window, between two windows, …, above the last. Of each block
the size is known, of the windows the sum too, and every value in a block lies between the quantiles around it. Per
organisation and block there are two unknowns: whether it is in the block, and its value there. All groups and all sums
together are one program in which the target and the attackers are in one block of each group, and all others may be
partly in several: what it allows contains everything that is possible, so a narrow interval is a true one. With
`whole` nobody is in parts: sharper and slower.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from benchmark.stats.attack.prints import PERCENT
from benchmark.stats.attack.reading import Document, Group, unrounded
from benchmark.stats.attack.solver import new_solver
from benchmark.stats.attack.sums import Bounds, Settled, Sum

NODES = 50
FAR = 20.0  # values without a limit are looked for this many times as far as the largest figure
WIDTH, WIDER_FROM = 5, 100  # the published algorithm: five order statistics, from 100 organisations 5 % of them


@dataclass(frozen=True)
class Block:
    """`size` organisations of a group that follow each other in the order, each with a value between `low` and `high`;
    `total`: between what their sum lies, where it is published."""

    size: int
    low: float
    high: float
    total: Bounds | None = None


@dataclass(frozen=True)
class Ordered:
    """A group in blocks, ascending. `members`: with a value."""

    key: str
    members: frozenset[int]
    blocks: tuple[Block, ...]


def window(n: int, percent: int) -> tuple[int, int]:
    """First and last-but-one position of the window around (n − 1)·percent/100, as the method page describes it."""
    width = WIDTH if n < WIDER_FROM else max(WIDTH, math.ceil(n / 20))
    twice = (n - 1) * percent / 50 - (width - 1)  # twice the position of the first one
    start = math.floor(twice / 2 + 1e-9)
    part = twice / 2 - start
    if math.isclose(part, 0.5, abs_tol=1e-9):
        if percent == 50:
            return start, start + width + 1
        return (start + 1 if percent < 50 else start), (start + 1 if percent < 50 else start) + width
    start = round(twice / 2)
    return start, start + width


def ordered_groups(document: Document) -> list[Ordered]:
    """Every group with published quantiles, as blocks. Windows that overlap the one before them are left out."""
    return [found for group in document.groups if (found := _blocks(document, group)) is not None]


class OrderProgram:
    """Sums and ordered groups of one indicator; every unknown organisation by itself. `room`: organisation → its own
    legal range, where that is narrower (an empty one is left out)."""

    def __init__(
        self,
        groups: Sequence[Ordered],
        sums: Sequence[Sum],
        low: float,
        high: float,
        *,
        whole: bool = False,
        room: Mapping[int, Bounds] | None = None,
    ) -> None:
        self.room = {i: ends for i, ends in (room or {}).items() if ends[0] <= ends[1]}
        self.groups, self.sums, self.whole = list(groups), list(sums), whole
        tops = [abs(end) for one in sums for end in (one.low, one.high) if math.isfinite(end)]
        tops += [abs(end) for group in groups for b in group.blocks for end in (b.low, b.high) if math.isfinite(end)]
        self.scale = max(tops, default=1.0) or 1.0
        self.limits = low, high
        self.low = low if math.isfinite(low) else -FAR * self.scale
        self.high = high if math.isfinite(high) else FAR * self.scale
        self.everybody = sorted(frozenset[int]().union(*(g.members for g in groups), *(s.members for s in sums)))
        self.column = {i: c for c, i in enumerate(self.everybody)}
        self.solver = new_solver(presolve=True, nodes=NODES)
        self.places: dict[int, list[int]] = {i: [] for i in self.everybody}
        for place, one in enumerate([*(g.members for g in groups), *(s.members for s in sums)]):
            for i in one:
                self.places[i].append(place)
        self.parts: dict[int, list[int]] = {i: [] for i in self.everybody}
        self._build()
        self._in_one_block(self.everybody if whole else ())

    def alone(self, own: Collection[int]) -> list[int]:
        """Organisations that are, own ones aside, in other figures than anybody else. Those that share all their
        figures with another one can change places with it, so that little can follow about either."""
        mates: dict[tuple[int, ...], list[int]] = {}
        for i, places in self.places.items():
            if i not in own:
                mates.setdefault(tuple(places), []).append(i)
        return [inside[0] for inside in mates.values() if len(inside) == 1]

    def intervals(
        self, own: Mapping[int, float], targets: Collection[int], settled: Settled
    ) -> Iterator[tuple[int, Bounds]]:
        """Interval of each target that is not settled by what is seen to be possible."""
        known = {i: v for i, v in own.items() if i in self.column}
        for i, value in known.items():
            self.solver.changeColBounds(self.column[i], value / self.scale, value / self.scale)
        self._in_one_block(known)
        seen: list[np.ndarray] = []
        for i in targets:
            if i in known or i not in self.column:
                continue
            self._in_one_block([i])
            ends = self._ends(i, settled, seen)
            self._in_one_block([i], back=True)
            if ends is not None:
                yield i, ends
        for i in known:
            low, high = self._range(i)
            self.solver.changeColBounds(self.column[i], low / self.scale, high / self.scale)
        self._in_one_block(known, back=True)

    def _ends(self, i: int, settled: Settled, seen: list[np.ndarray]) -> Bounds | None:
        c = self.column[i]
        ends = {}
        for sign in (1, -1):
            values = [point[c] for point in seen]
            if values and settled(i, min(values), max(values)):
                return None
            self.solver.changeColCost(c, -float(sign))
            self.solver.run()
            status = self.solver.getModelStatus()
            self.solver.changeColCost(c, 0.0)
            if status == highspy.HighsModelStatus.kOptimal:
                seen.append(np.asarray(self.solver.getSolution().col_value)[: len(self.everybody)] * self.scale)
                ends[sign] = float(seen[-1][c])
            elif status == highspy.HighsModelStatus.kSolutionLimit:  # what is proven so far
                ends[sign] = -sign * float(self.solver.getInfo().mip_dual_bound) * self.scale
            else:
                return None  # the figures contradict each other
        least = -math.inf if self.low != self.limits[0] and ends[-1] < 0.99 * self.low else ends[-1]
        most = math.inf if self.high != self.limits[1] and ends[1] > 0.99 * self.high else ends[1]
        return least, most

    def _in_one_block(self, organisations: Collection[int], *, back: bool = False) -> None:
        """These organisations are in exactly one block of each group (`back`: may be in parts again)."""
        if back and self.whole:
            return
        kind = highspy.HighsVarType.kContinuous if back else highspy.HighsVarType.kInteger
        columns = np.array([c for i in organisations for c in self.parts[i]], dtype=np.int32)
        if columns.size:
            self.solver.changeColsIntegrality(columns.size, columns, np.full(columns.size, kind))

    def _range(self, i: int) -> Bounds:
        low, high = self.room.get(i, (self.low, self.high))
        return max(low, self.low), min(high, self.high)

    def _build(self) -> None:
        for i in self.everybody:
            self._column(*self._range(i))
        for one in self.sums:
            slack = 1e-9 * self.scale
            self._row(one.low - slack, one.high + slack, {self.column[i]: 1.0 for i in one.members}, self.scale)
        for group in self.groups:
            self._add(group)

    def _add(self, group: Ordered) -> None:
        least = self._column(self.low, self.high)  # between two blocks lies a value, in ascending order
        parts: list[dict[int, int]] = []
        amounts: list[dict[int, int]] = []
        for block in group.blocks:
            low, high = max(block.low, self.low), min(block.high, self.high)
            most = self._column(low, self.high)
            self._row(-math.inf, 0.0, {least: 1.0, most: -1.0})
            inside = {i: self._column(0.0, self.scale) for i in sorted(group.members)}
            amount = {i: self._column(min(low, 0.0), max(high, 0.0)) for i in sorted(group.members)}
            for i in inside:  # low·part ≤ amount ≤ high·part
                self.parts[i].append(inside[i])
                self._row(
                    -math.inf, -self.low, {amount[i]: 1.0, most: -1.0, inside[i]: -self.low / self.scale}, self.scale
                )
                self._row(
                    -self.high, math.inf, {amount[i]: 1.0, least: -1.0, inside[i]: -self.high / self.scale}, self.scale
                )
                self._row(0.0, math.inf, {amount[i]: 1.0, inside[i]: -low / self.scale})
                self._row(-math.inf, 0.0, {amount[i]: 1.0, inside[i]: -high / self.scale})
            self._row(block.size, block.size, dict.fromkeys(inside.values(), 1.0))
            if block.total is not None:
                slack = 1e-9 * self.scale
                self._row(
                    block.total[0] - slack, block.total[1] + slack, dict.fromkeys(amount.values(), 1.0), self.scale
                )
            self._row(-math.inf, 0.0, dict.fromkeys(amount.values(), 1.0) | {most: -float(block.size)})
            self._row(0.0, math.inf, dict.fromkeys(amount.values(), 1.0) | {least: -float(block.size)})
            least = most
            parts.append(inside)
            amounts.append(amount)
        for i in group.members:
            self._row(1.0, 1.0, {inside[i]: 1.0 for inside in parts})
            self._row(0.0, 0.0, {self.column[i]: 1.0} | {amount[i]: -1.0 for amount in amounts})

    def _column(self, low: float, high: float) -> int:
        place = self.solver.getNumCol()
        self.solver.addCol(0.0, low / self.scale, high / self.scale, 0, np.zeros(0, np.int32), np.zeros(0))
        return int(place)

    def _row(self, low: float, high: float, entries: Mapping[int, float], unit: float = 1.0) -> None:
        index = np.array(list(entries), dtype=np.int32)
        self.solver.addRow(low / unit, high / unit, index.size, index, np.array(list(entries.values())))


def _blocks(document: Document, group: Group) -> Ordered | None:
    if group.n is None or not group.complete:
        return None
    digits = document.quantile_digits_of(group)
    blocks, at, floor = [], 0, document.low
    for name in sorted(PERCENT, key=lambda one: PERCENT[one]):
        if name not in group.figures or group.figures[name][1]:
            continue
        start, stop = window(group.n, PERCENT[name])
        if start < at or stop > group.n:
            continue
        low, high = unrounded(group.figures[name][0], digits)
        if start > at:
            blocks.append(Block(start - at, floor, high))
        blocks.append(Block(stop - start, floor, document.high, ((stop - start) * low, (stop - start) * high)))
        at, floor = stop, low
    if not blocks:
        return None
    if group.n > at:
        blocks.append(Block(group.n - at, floor, document.high))
    return Ordered(group.key, group.members, tuple(_capped(blocks, group, document)))


def _capped(blocks: Sequence[Block], group: Group, document: Document) -> Iterator[Block]:
    """No value of a window lies above the mean of the next window."""
    for place, block in enumerate(blocks):
        later = [b.total[1] / b.size for b in blocks[place + 1 :] if b.total is not None]
        yield Block(block.size, block.low, min(block.high, *later) if later else block.high, block.total)
