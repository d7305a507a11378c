"""Raw tables: every statistic of one indicator for every peer group, before any protection.

A Table never leaves the computation: pages, reports, exports and the API accept only what
`benchmark.stats.disclosure.protect` makes of it. Sums are exactly rounded (`math.fsum`), so a figure depends
neither on the machine nor on the order of the organisations.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray, Panel
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import ALL, PeerGroup, Terms, is_block
from benchmark.stats.quantiles import PERCENT, smoothed, type7


@dataclass(frozen=True, eq=False)
class GroupRow:
    """Raw statistics of one group. NaN (or None) where a statistic does not exist.

    `members`: row numbers with a value, in ascending order of value (ties: order of the panel).
    `n_organisations`, `n_contributors`: with a value. `quantiles`: type 7; `smoothed`: mean of a window of order
    statistics. `ratio`: scale × sum of numerators / sum of denominators over `ratio_members` (organisations with
    both, a zero denominator included), for the group `all` plus the round's unattributed amounts.
    `counts`: organisations per option.
    """

    key: str
    terms: Terms
    members: IntArray
    n_organisations: int
    n_contributors: int
    mean: float = math.nan
    quantiles: dict[str, float] = field(default_factory=dict)
    smoothed: dict[str, float] = field(default_factory=dict)
    ratio_members: IntArray | None = None
    numerator_sum: float = math.nan
    denominator_sum: float = math.nan
    ratio: float = math.nan
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Table:
    """Raw statistics of one indicator for all groups, with the contributions that they are made of.

    `single`: no organisation of the panel shares its contributor (holding) with another.
    """

    indicator_code: str
    values: KpiValues
    panel: Panel
    rows: tuple[GroupRow, ...]
    single: bool = False

    def row(self, key: str) -> GroupRow:
        """The row of a group; raises KeyError."""
        for row in self.rows:
            if row.key == key:
                return row
        raise KeyError(key)


def compute_table(indicator: Indicator, values: KpiValues, panel: Panel, groups: Sequence[PeerGroup]) -> Table:
    """All raw statistics of the indicator. The values are sorted once; each group filters that order.

    Shares are not offered for blocks, so a table of shares has none.
    """
    order = np.argsort(values.value, kind="stable")
    order = order[values.answered[order]]  # organisations with a value, ascending
    single = int(np.unique(panel.contributor).size) == len(panel)
    known = None if values.numerator is None else np.isfinite(values.numerator)
    rows = []
    inside = np.zeros(len(panel), dtype=bool)
    for group in groups:
        if indicator.kind == "share" and is_block(group.terms):
            continue
        inside[group.members] = True
        members = order[inside[order]]
        inside[group.members] = False
        paired = None if known is None else group.members[known[group.members]]
        n = count_contributors(panel.contributor[members], single=single)
        base = GroupRow(group.key, group.terms, members, int(members.size), n)
        rows.append(_filled(base, indicator, values, paired))
    return Table(indicator.code, values, panel, tuple(rows), single)


def count_contributors(contributor: IntArray, *, single: bool) -> int:
    """Number of different contributors; `single`: it is known that they are all different."""
    return int(contributor.size if single else np.unique(contributor).size)


def _filled(base: GroupRow, indicator: Indicator, values: KpiValues, paired: IntArray | None) -> GroupRow:
    members = base.members
    if values.chosen is not None:
        counts = values.chosen[members].sum(axis=0)
        return replace(base, counts=dict(zip(values.options, map(int, counts), strict=True)))
    ordered = values.value[members]
    base = replace(
        base,
        mean=mean(ordered),
        quantiles={name: type7(ordered, percent) for name, percent in PERCENT.items()},
        smoothed={name: smoothed(ordered, percent) for name, percent in PERCENT.items()},
    )
    if paired is None:
        return base
    over, under, ratio = ratio_of_sums(base.key, paired, indicator, values)
    return replace(base, ratio_members=paired, numerator_sum=over, denominator_sum=under, ratio=ratio)


def ratio_of_sums(key: str, paired: IntArray, indicator: Indicator, values: KpiValues) -> tuple[float, float, float]:
    """Sum of the numerators and of the denominators of a group, and their ratio (NaN of nothing)."""
    if values.numerator is None or values.denominator is None:
        return math.nan, math.nan, math.nan
    extra = (values.unattributed_numerator, values.unattributed_denominator) if key == ALL else (0.0, 0.0)
    over = math.fsum([*values.numerator[paired].tolist(), extra[0]])
    under = math.fsum([*values.denominator[paired].tolist(), extra[1]])
    return over, under, indicator.scale * over / under if under else math.nan


def mean(values: FloatArray) -> float:
    """Mean with an exactly rounded sum; NaN of nothing."""
    return math.fsum(values.tolist()) / values.size if values.size else math.nan
