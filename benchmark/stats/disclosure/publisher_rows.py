"""The rows that a table offers to the selection: what its means and ratios of sums say about the values.

A mean m of n organisations, rounded, says n·low ≤ Σx ≤ n·high. A ratio of sums r = scale·ΣN/ΣD says the same about
Σ D_i·x_i (x_i = scale·N_i/D_i) to an attacker who knows all denominators; taking that as known protects against
everybody who knows less. What belongs to no organisation, and numerators without a denominator, are taken as known.
"""

from collections.abc import Collection, Iterator

import numpy as np

from benchmark.stats.disclosure.atoms import Family, SumRow, goal_of
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import ProtectedTable
from benchmark.stats.disclosure.rounding import rounding_interval
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import ALL
from benchmark.stats.tables import GroupRow, Table

SUMS = ("mean", "ratio")
SEPARATOR = "|"


def row_name(key: str, statistic: str) -> str:
    """Name of a figure in a family."""
    return f"{key}{SEPARATOR}{statistic}"


def parse_row_name(name: str) -> tuple[str, str]:
    """Group key and statistic of a row's name."""
    key, _, statistic = name.rpartition(SEPARATOR)
    return key, statistic


def family_of(
    table: Table, passed: ProtectedTable, indicator: Indicator, policy: Policy, *, skip: Collection[str] = ()
) -> Family:
    """All means and ratios that passed the primary rules, as rows on the values of one indicator.

    `skip`: names of rows that are not offered.
    """
    rows: list[SumRow] = []
    for row in table.rows:
        cells = passed.group(row.key).cells
        for statistic in SUMS:
            cell = cells.get(statistic)
            if cell is None or cell.value is None or row_name(row.key, statistic) in skip:
                continue
            interval = rounding_interval(cell.value, policy.digits)
            rows.extend(_mean(row, interval) if statistic == "mean" else _ratio(table, row, indicator, interval))
    values = table.values.value
    weighted = table.values.denominator if any(row.weights is not None for row in rows) else None
    return Family(values, table.panel.contributor, goal_of(indicator, policy, values), tuple(rows), weighted)


def _mean(row: GroupRow, interval: tuple[float, float]) -> Iterator[SumRow]:
    n, members = row.n_organisations, np.sort(row.members)
    yield SumRow(row_name(row.key, "mean"), members, n * interval[0], n * interval[1])


def _ratio(table: Table, row: GroupRow, indicator: Indicator, interval: tuple[float, float]) -> Iterator[SumRow]:
    values, paired = table.values, row.ratio_members
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
    yield SumRow(row_name(row.key, "ratio"), counted, ends[0], ends[1], weights / unit)
