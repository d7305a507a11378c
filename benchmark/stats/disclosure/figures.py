"""Everything that is shown about one indicator, in all scenes, prepared once for the search of witnesses.

A figure says: low ≤ Σ x ≤ high over some members of its group: all of them (a mean times n), or those in a window of
the order (a smoothed quantile times its width). The windows of a group cut its order into segments; while everybody
stays in its segment, all this is linear. The marks between two segments lie half-way between their neighbours.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.disclosure.rounding import round_significant, rounding_interval
from benchmark.stats.disclosure.scenes import Cast
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import parse_key
from benchmark.stats.quantiles import PERCENT, smoothing_window
from benchmark.stats.tables import GroupRow

BoolArray = NDArray[np.bool_]
Changes = list[tuple[IntArray, FloatArray]]  # per scene the versions that differ and their new values
MEAN, QUANTILE, RATIO = "mean", "quantile", "ratio"
NEAR = 4  # members on either side of a mark that may move it
CELLS = 1_000_000  # of the largest table of changed orders that is made at once
MARGIN = 1e-10  # of the figure: nearer to the end of its interval it is rounded exactly


@dataclass(frozen=True)
class Figure:
    """One shown figure. `low`, `high`: of the sum over its members or its window; of the ratio itself.

    `price`: how much would be lost without it; `fixed`: of an earlier release.
    """

    group: int
    key: str
    statistic: str
    kind: str
    start: int
    stop: int
    low: float
    high: float
    shown: float
    digits: int
    price: float
    fixed: bool


@dataclass(frozen=True, eq=False)
class Group:
    """One group in one scene: its members with a value in ascending order (`versions`, `x`) and its figures."""

    scene: int
    row: GroupRow
    versions: IntArray
    x: FloatArray
    figures: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Ratios:
    """Ratios of sums of one scene, as arrays. `size`: absolute value as shown."""

    numbers: IntArray
    groups: IntArray
    low: FloatArray
    high: FloatArray
    size: FloatArray
    numerator: FloatArray
    denominator: FloatArray


class Figures:
    """All figures of a cast. `active`: which are (still) shown.

    Arrays groups × versions: `place` in the group's order (−1: no member), `strict` and `loose`: how far a version may
    deviate inside its segment, down and up, between constant marks and between free ones. `near`: per mark the
    members next to it. Arrays over figures: `linear`, whether it is a row on the values (a ratio only with
    denominators that everybody knows, then with `weights`), `bounds` of its sum, and the true `sum`.
    """

    def __init__(self, cast: Cast, newest: ProtectedTable, indicator: Indicator) -> None:
        self.cast, self.indicator = cast, indicator
        self.groups: list[Group] = []
        self.all: list[Figure] = []
        for scene, one in enumerate(cast.scenes):
            released = newest if one.released is None else one.released
            cells = {group.key: group.cells for group in released.groups}
            for row in one.table.rows:
                figures = [
                    self._figure(len(self.groups), row, name, float(cell.value), released, fixed=one.fixed)
                    for name, cell in cells[row.key].items()
                    if cell.value is not None and (name in ("mean", "ratio") or name in PERCENT)
                ]
                if figures:
                    numbers = tuple(range(len(self.all), len(self.all) + len(figures)))
                    versions = one.version[row.members]
                    x = one.table.values.value[row.members]
                    self.groups.append(Group(scene, row, versions, x, numbers))
                    self.all += figures
        self._arrays()

    def _arrays(self) -> None:
        cast, indicator = self.cast, self.indicator
        self.active = np.ones(len(self.all), dtype=bool)
        size = cast.value.size
        self.place = np.full((len(self.groups), size), -1, dtype=np.int64)
        self.inside = np.zeros((len(self.all), size), dtype=bool)
        self.value_in_group = np.zeros(self.place.shape)
        self.sum, self._size = np.zeros(len(self.all)), np.zeros(len(self.all))
        self._x = [cast.values_in(scene) for scene in range(len(cast.scenes))]
        self.weights: dict[int, FloatArray] = {}
        self.bounds = np.array([(one.low, one.high) for one in self.all]).reshape(-1, 2)
        for number, group in enumerate(self.groups):
            self.place[number, group.versions] = np.arange(group.versions.size)
            self.value_in_group[number, group.versions] = group.x
            for place in group.figures:
                figure = self.all[place]
                self.inside[place, group.versions[figure.start : figure.stop]] = True
                self.sum[place] = group.x[figure.start : figure.stop].sum()
                self._size[place] = np.abs(group.x[figure.start : figure.stop]).sum()
                if figure.kind == RATIO and indicator.denominator_public:
                    self._known_denominators(place, group)
        public = indicator.denominator_public
        self.sums = np.array([one.kind != QUANTILE for one in self.all], dtype=bool)
        self.linear = np.array([one.kind != RATIO or public for one in self.all], dtype=bool)
        self.strict, self.loose = (
            (np.full(self.place.shape, -np.inf), np.full(self.place.shape, np.inf)) for _ in range(2)
        )
        self.cuts: list[IntArray] = []
        self._near_of = [np.zeros((0, 2 * NEAR), dtype=np.int64)] * len(self.groups)  # `near` of each group
        self.ratios: list[Ratios] = []
        self._shown_quantiles: dict[int, list[Figure]] = {}
        self._means: list[tuple[IntArray, FloatArray, FloatArray]] = []
        self._ordered: list[IntArray] = []
        self.refresh()

    def _known_denominators(self, place: int, group: Group) -> None:
        """A ratio of sums with denominators that everybody knows is a row on the values, weighted by them."""
        values = self.cast.scenes[group.scene].table.values
        if values.denominator is None:
            return
        weights = np.zeros(self.cast.value.size)
        weights[group.versions] = values.denominator[group.row.members]
        unit = float(np.abs(weights).max(initial=0.0)) or 1.0
        rest = self.indicator.scale * group.row.numerator_sum - float(weights[group.versions] @ group.x)
        ends = self.bounds[place] * group.row.denominator_sum - rest
        self.bounds[place] = np.sort(ends) / unit
        self.sum[place] = float(weights[group.versions] @ group.x) / unit
        self.weights[place] = weights / unit

    def refresh(self) -> None:
        """Take in what is active now."""
        before, self.cuts = self.cuts, [self._cuts(group) for group in self.groups]
        ratios = [n for n in np.flatnonzero(self.active).tolist() if self.all[n].kind == RATIO]
        self.ratios = [self.ratio_rows(ratios, scene) for scene in range(len(self.cast.scenes))]
        near = self._near_of
        for number, group in enumerate(self.groups):
            if before and np.array_equal(before[number], self.cuts[number]):
                continue
            for ends, keep in ((self.strict, 0), (self.loose, NEAR)):
                low, high = segment_ends(group.x, self.cuts[number], keep)
                ends[0][number, group.versions] = low - group.x
                ends[1][number, group.versions] = high - group.x
            near[number] = neighbours(group.versions, self.cuts[number])
        self.segment = (self.strict[0].max(axis=0, initial=-np.inf), self.strict[1].min(axis=0, initial=np.inf))
        self.cut = np.array([n for n, cuts in enumerate(self.cuts) if cuts.size], dtype=np.int64)
        self._ask()
        self.near = np.concatenate([np.zeros((0, 2 * NEAR), dtype=np.int64), *near])
        self.near_group = np.repeat(np.arange(len(near)), [len(one) for one in near])

    def ratio_rows(self, numbers: Sequence[int], scene: int) -> "Ratios":
        """Those of these ratios that belong to the scene."""
        own = [n for n in numbers if self.groups[self.all[n].group].scene == scene]
        rows = [self.groups[self.all[n].group].row for n in own]
        table = [(one.low, one.high, one.shown) for one in (self.all[n] for n in own)]
        low, high, shown = np.array(table).reshape(-1, 3).T
        return Ratios(
            np.array(own, dtype=np.int64),
            np.array([self.all[n].group for n in own], dtype=np.int64),
            low,
            high,
            np.abs(shown),
            np.array([row.numerator_sum for row in rows]),
            np.array([row.denominator_sum for row in rows]),
        )

    def _ask(self) -> None:
        """What `holds` asks of each scene: how far sums may move, and which groups have quantiles."""
        active = np.flatnonzero(self.active).tolist()
        self._shown_quantiles = {number: [] for number in range(len(self.groups))}
        means: list[list[int]] = [[] for _ in self.cast.scenes]
        for number in active:
            one = self.all[number]
            if one.kind == MEAN:
                means[self.groups[one.group].scene].append(number)
            elif one.kind == QUANTILE:
                self._shown_quantiles[one.group].append(one)
        self._means, self._ordered = [], []
        for scene, numbers in enumerate(means):
            rows = np.array(numbers, dtype=np.int64)
            ends = np.array([(self.all[n].low, self.all[n].high) for n in numbers]).reshape(-1, 2)
            margin = 2 * MARGIN * self._size[rows]
            low, high = ends[:, 0] - self.sum[rows] + margin, ends[:, 1] - self.sum[rows] - margin
            self._means.append((rows, low, high))
            own = [n for n, some in self._shown_quantiles.items() if some and self.groups[n].scene == scene]
            self._ordered.append(np.array(own, dtype=np.int64))

    def shown_groups(self) -> IntArray:
        """Numbers of the groups of which anything is shown."""
        return np.array([n for n, group in enumerate(self.groups) if self.active[list(group.figures)].any()], dtype=int)

    def spoken_of(self) -> IntArray:
        """Versions that some shown figure counts."""
        return np.flatnonzero((self.place[self.shown_groups()] >= 0).any(axis=0))

    def moved(self, number: int, moves: dict[int, float]) -> IntArray:
        """The group's order after some of its members have moved: their places in the true order."""
        x = self.groups[number].x.copy()
        for version, move in moves.items():
            place = self.place[number, version]
            if place >= 0:
                x[place] += move
        return np.argsort(x, kind="stable")

    def holds(self, values: Changes) -> bool:
        """Whether all that is shown, but for ratios, stays the same with these values (per scene: versions, values).

        Means are looked at all together. Groups with quantiles are put in order anew. Figures well inside their
        interval round to the same; others are rounded.
        """
        return all(self._holds(scene, *one) for scene, one in enumerate(values) if one[0].size)

    def _holds(self, scene: int, versions: IntArray, new: FloatArray) -> bool:
        means, low, high = self._means[scene]
        delta = new - self._x[scene][versions]
        change = self.inside[means[:, None], versions] @ delta
        near = np.flatnonzero((change < low) | (change > high))
        if near.size and not all(self._exactly(one, versions, new) for one in means[near].tolist()):
            return False
        groups = self._ordered[scene]
        touched = groups[(self.place[groups[:, None], versions] >= 0).any(axis=1)]
        for number in touched.tolist():
            x = np.sort(self._changed(number, versions, new), kind="stable")
            if not all(self._same(one, x) for one in self._shown_quantiles[number]):
                return False
        return True

    def _exactly(self, number: int, versions: IntArray, new: FloatArray) -> bool:
        figure = self.all[number]
        if not self.inside[number, versions].any():
            return True
        return self._same(figure, np.sort(self._changed(figure.group, versions, new), kind="stable"))

    def _changed(self, number: int, versions: IntArray, new: FloatArray) -> FloatArray:
        place, x = self.place[number, versions], self.groups[number].x.copy()
        x[place[place >= 0]] = new[place >= 0]
        return x

    def spoilt(self, number: int, values: Sequence[Changes]) -> list[int]:
        """Which of these data sets do not give this figure (no ratio)."""
        figure = self.all[number]
        group, place = self.groups[figure.group], self.place[figure.group]
        count = np.array([one[group.scene][0].size for one in values], dtype=np.int64)
        if not count.sum():
            return []
        line = np.repeat(np.arange(count.size), count)
        at = place[np.concatenate([one[group.scene][0] for one in values])]
        new = np.concatenate([one[group.scene][1] for one in values])
        inside = at >= 0
        line, at, new = line[inside], at[inside], new[inside]
        left = ~self._plainly(figure, count.size, line, at, new)[line]
        asked, line = np.unique(line[left], return_inverse=True)
        at, new, spoilt = at[left], new[left], []
        step = max(1, CELLS // group.x.size)
        for first in range(0, asked.size, step):
            own = slice(*np.searchsorted(line, (first, first + step)))
            window = self._windows(figure, min(step, asked.size - first), line[own] - first, at[own], new[own])
            total, margin = window.sum(axis=1), MARGIN * np.abs(window).sum(axis=1)
            near = np.flatnonzero((total < figure.low + margin) | (total > figure.high - margin))
            spoilt += [int(asked[first + one]) for one in near.tolist() if not self._rounds(figure, window[one])]
        return spoilt

    def _windows(self, figure: Figure, count: int, line: IntArray, at: IntArray, new: FloatArray) -> FloatArray:
        """The window's members in each of `count` data sets, in order (`line`, `at`, `new` as in `_plainly`).

        With k changes nobody else moves by more than k places: who is further than that from the window stays out.
        """
        x, start, stop = self.groups[figure.group].x, figure.start, figure.stop
        most = int(np.bincount(line, minlength=1).max())
        low, high = max(0, start - most), min(x.size, stop + most)
        near = np.concatenate([np.tile(x[low:high], (count, 1)), np.full((count, most), np.inf)], axis=1)
        inside = (at >= low) & (at < high)
        near[line[inside], at[inside] - low] = new[inside]
        far = np.flatnonzero(~inside)
        near[line[far], high - low + np.arange(far.size) - np.searchsorted(line[far], line[far])] = new[far]
        near.sort(axis=1)
        before = start - low + np.bincount(line[at < low], minlength=count)
        windows: FloatArray = np.take_along_axis(near, before[:, None] + np.arange(stop - start), axis=1)
        return windows

    def _plainly(self, figure: Figure, count: int, line: IntArray, at: IntArray, new: FloatArray) -> BoolArray:
        """Which of `count` data sets give the figure without a new order: nobody passes an end of the window, and the
        sum stays well inside. `line`, `at`, `new`: of each change its data set, place in the true order, and value."""
        x, start, stop = self.groups[figure.group].x, figure.start, figure.stop
        ends = [-np.inf, np.inf]
        if start > 0:
            ends[0] = (x[start - 1] + x[start]) / 2
        if stop < x.size:
            ends[1] = (x[stop - 1] + x[stop]) / 2
        within = (at >= start) & (at < stop)
        stays = np.where(
            at < start, new <= ends[0], np.where(at < stop, (new >= ends[0]) & (new <= ends[1]), new >= ends[1])
        )
        change = np.where(within, new - x[at], 0.0)
        total = x[start:stop].sum() + np.bincount(line, change, count)
        margin = 2 * MARGIN * (np.abs(x[start:stop]).sum() + np.bincount(line, np.abs(change), count))
        passes = np.bincount(line, ~stays, count) > 0
        plainly: BoolArray = ~passes & (total >= figure.low + margin) & (total <= figure.high - margin)
        return plainly

    @classmethod
    def _same(cls, figure: Figure, x: FloatArray) -> bool:
        return cls._rounds(figure, x[figure.start : figure.stop])

    @staticmethod
    def _rounds(figure: Figure, part: FloatArray) -> bool:
        """Whether the mean of these, which are in the figure's window, is rounded to what is shown."""
        total, margin = float(part.sum()), MARGIN * float(np.abs(part).sum())
        if figure.low + margin <= total <= figure.high - margin:
            return True
        return round_significant(math.fsum(part.tolist()) / part.size, figure.digits) == figure.shown

    def _cuts(self, group: Group) -> IntArray:
        shown = (self.all[f] for f in group.figures if self.active[f])
        ends = {end for one in shown if one.kind == QUANTILE for end in (one.start, one.stop)}
        return np.array(sorted(end for end in ends if 0 < end < group.x.size), dtype=np.int64)

    @staticmethod
    def _figure(
        number: int, row: GroupRow, name: str, shown: float, released: ProtectedTable, *, fixed: bool
    ) -> Figure:
        n = row.n_organisations
        few = name in PERCENT and n < released.quantile_digits_below
        digits = released.quantile_digits if few else released.digits
        low, high = rounding_interval(shown, digits)
        start, stop, kind = 0, n, MEAN
        if name in PERCENT:
            window = smoothing_window(n, PERCENT[name])
            start, stop, kind = window.start, window.stop, QUANTILE
        if name == "ratio":
            kind = RATIO
        width = 1 if kind == RATIO else stop - start
        price = price_of(row.key, name, n)
        return Figure(number, row.key, name, kind, start, stop, low * width, high * width, shown, digits, price, fixed)


def price_of(key: str, statistic: str, n: int) -> float:
    """What is lost without a figure: all before dimensions before crossings, ratio and median before the tails."""
    terms = {0: 4.0, 1: 2.0, 2: 1.0}.get(len(parse_key(key)), 0.5)
    kind = {"mean": 20.0, "ratio": 3.0}.get(statistic)
    if kind is None:
        kind = {0: 2.0, 25: 1.2}.get(abs(PERCENT[statistic] - 50), 1.0)
    return terms * kind * math.log2(1 + n)


def segment_ends(x: FloatArray, cuts: IntArray, keep: int) -> tuple[FloatArray, FloatArray]:
    """Between which values the member at each place of an order must stay, so that nobody leaves its segment.

    `keep` 0: the marks are constants. Else the `keep` members on either side of a mark are bound to the mark itself,
    and the others to the values of the outermost of those.
    """
    low, high = np.full(x.size, -np.inf), np.full(x.size, np.inf)
    ends = [0, *cuts.tolist(), x.size]
    for before, cut, after in zip(ends, ends[1:], ends[2:], strict=False):
        mark = (x[cut - 1] + x[cut]) / 2
        if keep == 0:
            high[before:cut], low[cut:after] = mark, mark
        else:
            high[before : max(cut - keep, before)] = x[max(cut - keep, before)]
            low[min(cut + keep, after) : after] = x[min(cut + keep, after) - 1]
    return low, high


def neighbours(versions: IntArray, cuts: IntArray) -> IntArray:
    """Per mark the nearest members below it and above it in this order (−1: the segment has no more)."""
    ends = np.concatenate([[0], cuts, [versions.size]])
    places = cuts[:, None] + np.arange(-NEAR, NEAR)[None, :]
    inside = (places >= ends[:-2, None]) & (places < ends[2:, None])
    return np.where(inside, versions[np.clip(places, 0, versions.size - 1)], -1)
