"""The rows that a table offers to the selection: what its means and ratios of sums say about the values.

A mean m of n organisations, rounded, says n·low ≤ Σx ≤ n·high. A ratio of sums r = scale·ΣN/ΣD says the same about
Σ D_i·x_i (x_i = scale·N_i/D_i) to an attacker who knows all denominators; taking that as known protects against
everybody who knows less. What belongs to no organisation, and numerators without a denominator, are taken as known.

What earlier releases published of the same people is part of the family: rows that are facts. They are written on
versions (`scenes.py`): where a value then and the newest one are tied, the change between them is known, so that it
moves from the sum into the bounds of the row.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.atoms import Family, SumRow, goal_of
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import ProtectedTable
from benchmark.stats.disclosure.rounding import rounding_interval
from benchmark.stats.disclosure.scenes import Cast, EarlierRelease, Scene, cast_of
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import ALL
from benchmark.stats.tables import GroupRow, Table

SUMS = ("mean", "ratio")
SEPARATOR = "|"


@dataclass(frozen=True, eq=False)
class _View:
    """A scene's versions and values; `shift`: value in the scene minus the version's newest one."""

    scene: Scene
    prefix: str
    shift: FloatArray
    digits: int

    def row(self, name: str, rows: IntArray, low: float, high: float, weights: FloatArray | None = None) -> SumRow:
        """A figure about these rows of the panel as a figure about versions."""
        members = self.scene.version[rows]
        shift = self.shift[members]
        known = float(shift.sum() if weights is None else weights @ shift)
        order = np.argsort(members, kind="stable")
        weights = None if weights is None else weights[order]
        return SumRow(self.prefix + name, members[order], low - known, high - known, weights, self.scene.fixed)


def row_name(key: str, statistic: str) -> str:
    """Name of a figure in a family."""
    return f"{key}{SEPARATOR}{statistic}"


def parse_row_name(name: str) -> tuple[str, str]:
    """Group key and statistic of a row's name."""
    key, _, statistic = name.rpartition(SEPARATOR)
    return key, statistic


def family_of(
    table: Table,
    passed: ProtectedTable,
    indicator: Indicator,
    policy: Policy,
    *,
    skip: Collection[str] = (),
    earlier: Sequence[EarlierRelease] = (),
    cast: Cast | None = None,
    ratios: bool = True,
) -> Family:
    """All means and ratios that passed the primary rules, as rows on the values of one indicator's versions.

    `skip`: names of rows that are not offered. `earlier`: releases about the same people, the latest first; their
    rows are fixed. `cast`: the versions where they are known already. `ratios`: whether ratios of sums belong to the
    family, with denominators that everybody is taken to know.
    """
    cast = cast or cast_of(table, earlier, policy)
    rows: list[SumRow] = []
    for number, scene in enumerate(cast.scenes):
        released = scene.released or passed
        then = cast.values_in(number)
        shift = np.where(np.isfinite(then), then - cast.value, 0.0)
        prefix = f"earlier {number}{SEPARATOR}" if scene.fixed else ""
        view = _View(scene, prefix, shift, released.digits)
        rows.extend(row for row in _rows(view, released, indicator, ratios=ratios) if row.name not in skip)
    goal = goal_of(indicator, policy, table.values.value)
    low, high = _bounds(cast, goal.low, goal.high) if len(cast.scenes) > 1 else (None, None)
    # Moves inside a group need one denominator for each version.
    weighted = any(row.weights is not None for row in rows) and len(cast.scenes) == 1
    size = table.values.denominator if weighted else None
    return Family(cast.value, cast.contributor, goal, tuple(rows), size, cast.coalition(policy), low, high)


def _bounds(cast: Cast, low: float, high: float) -> tuple[FloatArray, FloatArray]:
    """The legal range of each version: the narrowest of its scenes, on the scale of its newest value."""
    down, up = np.full(cast.value.size, np.inf), np.full(cast.value.size, np.inf)
    for number in range(len(cast.scenes)):
        values = cast.values_in(number)
        down = np.fmin(down, np.maximum(values - low, 0))
        up = np.fmin(up, np.maximum(high - values, 0))
    return cast.value - down, cast.value + up


def _rows(view: _View, released: ProtectedTable, indicator: Indicator, *, ratios: bool) -> Iterator[SumRow]:
    cells = {group.key: group.cells for group in released.groups}
    for row in view.scene.table.rows:
        for statistic in SUMS if ratios else SUMS[:1]:
            cell = cells[row.key].get(statistic)
            if cell is not None and cell.value is not None:
                made = _mean if statistic == "mean" else _ratio
                yield from made(view, row, indicator, rounding_interval(cell.value, view.digits))


def _mean(view: _View, row: GroupRow, indicator: Indicator, interval: tuple[float, float]) -> Iterator[SumRow]:
    n = row.n_organisations
    yield view.row(row_name(row.key, "mean"), np.sort(row.members), n * interval[0], n * interval[1])


def _ratio(view: _View, row: GroupRow, indicator: Indicator, interval: tuple[float, float]) -> Iterator[SumRow]:
    values, paired = view.scene.table.values, row.ratio_members
    if paired is None or values.numerator is None or values.denominator is None:
        return
    members = np.sort(paired)
    counted = members[values.answered[members]]
    without = members[~values.answered[members]]
    constant = indicator.scale * float(values.numerator[without].sum())
    if row.key == ALL:
        constant += indicator.scale * values.unattributed_numerator
    weights = values.denominator[counted]
    unit = float(np.mean(np.abs(weights))) or 1.0
    ends = sorted((end * row.denominator_sum - constant) / unit for end in interval)
    yield view.row(row_name(row.key, "ratio"), counted, ends[0], ends[1], weights / unit)
