"""The door: a raw Table goes in, a ProtectedTable comes out, and nothing else makes one.

Pages, reports, exports and the API accept only what comes out here.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from benchmark.stats.disclosure.cells import DOOR, Cell, ProtectedGroup, ProtectedTable
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.primary import number_verdicts
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.disclosure.rounding import round_significant
from benchmark.stats.disclosure.shares import MERGE, share_verdicts
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import Terms, Unions, group_key, parents, unions_among
from benchmark.stats.quantiles import PERCENT, smoothed
from benchmark.stats.tables import GroupRow, Table, mean, ratio_of_sums

__all__ = ["Cell", "ProtectedGroup", "ProtectedTable", "protect", "replay", "same_figures", "same_group"]

SHARE = "share:"


def protect(
    table: Table, *, indicator: Indicator, policy: Policy, withheld: Collection[tuple[str, str]] = ()
) -> ProtectedTable:
    """Apply the primary rules and the rounding to every figure of the table.

    `withheld`: (group key, statistic) of figures that stay back although they pass by themselves, because they and
    others together would tell too much. Raises ValueError when the table belongs to another indicator.
    """
    if table.indicator_code != indicator.code:
        raise ValueError(f"a table of {table.indicator_code} cannot be protected as {indicator.code}")
    cells = {row.key: _cells(table, row, indicator, policy) for row in table.rows}
    for key, statistic in withheld:
        if indicator.kind == "share" and table.values.exclusive:
            cells[key] = _without_shares(cells[key], table.values.options)
        elif cells[key][statistic].status == "released":
            cells[key][statistic] = _withheld(statistic, Reason.PROTECTED)
    return _sealed(table, cells, indicator, policy)


def replay(table: Table, pattern: ProtectedTable, *, indicator: Indicator, policy: Policy) -> ProtectedTable:
    """What would have been released if the data were those of `table` and the same figures withheld as in `pattern`.

    For witnesses only: the rules are not applied again. Raises ValueError for a table of shares, whose options are
    merged by the data.
    """
    if indicator.kind == "share":
        raise ValueError("shares are replayed through protect()")
    cells = {}
    for row in table.rows:
        before = pattern.group(row.key).cells
        reasons = {name: Reason(cell.reason) if cell.reason else None for name, cell in before.items() if name != "n"}
        cells[row.key] = {"n": before["n"], **_figures(row, reasons, policy)}
    return _sealed(table, cells, indicator, policy)


def same_figures(table: Table, pattern: ProtectedTable, policy: Policy) -> bool:
    """Whether the rows of `table` (some groups are enough) give the figures that `pattern` shows for them."""
    for row in table.rows:
        shown = shown_figures(pattern.group(row.key))
        cells = _figures(row, dict.fromkeys(shown), policy)
        if any(cells[name].value != value for name, value in shown.items()):
            return False
    return True


def shown_figures(group: ProtectedGroup) -> dict[str, float | None]:
    """By statistic what a group shows, its number apart."""
    return {name: cell.value for name, cell in group.cells.items() if cell.status == "released" and name != "n"}


def same_group(
    row: GroupRow, shown: Mapping[str, float | None], values: KpiValues, indicator: Indicator, policy: Policy
) -> bool:
    """Whether the group's figures (by statistic) come out as `shown` if the answers were `values`.

    Who has a value, and who has amounts, must be the same as in the row.
    """
    ordered = np.sort(values.value[row.members])
    for statistic, value in shown.items():
        if statistic in PERCENT:
            raw = smoothed(ordered, PERCENT[statistic])
        elif statistic == "ratio" and row.ratio_members is not None:
            raw = ratio_of_sums(row.key, row.ratio_members, indicator, values)[2]
        else:
            raw = mean(ordered)
        if round_significant(raw, _digits(row, statistic, policy)) != value:
            return False
    return True


def _without_shares(cells: dict[str, Cell], options: Sequence[str]) -> dict[str, Cell]:
    """Of a single choice all shares go together (one follows from the others), and what was merged is not told."""
    if all(cell.status == "suppressed" and cell.reason != Reason.MERGED for name, cell in cells.items() if name != "n"):
        return cells
    return {"n": cells["n"], **{SHARE + one: _withheld(SHARE + one, Reason.PROTECTED) for one in options}}


def _sealed(
    table: Table, cells: Mapping[str, Mapping[str, Cell]], indicator: Indicator, policy: Policy
) -> ProtectedTable:
    sizes = {row.key: row.n_organisations for row in table.rows}
    unions = unions_among([row.terms for row in table.rows])
    groups = tuple(_group(row, cells, sizes, unions, policy.minimum(indicator.scale_type)) for row in table.rows)
    return ProtectedTable(
        indicator.code,
        policy.profile,
        policy.version,
        policy.digits,
        policy.quantile_digits,
        policy.quantile_digits_below,
        groups,
        door=DOOR,
    )


def _cells(table: Table, row: GroupRow, indicator: Indicator, policy: Policy) -> dict[str, Cell]:
    minimum = policy.minimum(indicator.scale_type)
    if row.n_contributors >= minimum:
        number = Cell("n", "released", float(row.n_organisations))
    else:
        number = Cell("n", "released", float(minimum), "<")
    if indicator.kind == "share":
        shares = share_verdicts(table, row, indicator, policy)
        made = (
            _withheld(SHARE + share.option, share.reason)
            if share.value is None
            else Cell(SHARE + share.option, "released", float(share.value), share.coded)
            for share in shares
        )
        return {cell.statistic: cell for cell in (number, *made)}
    return {"n": number, **_figures(row, number_verdicts(table, row, indicator, policy), policy)}


def _figures(row: GroupRow, verdicts: Mapping[str, Reason | None], policy: Policy) -> dict[str, Cell]:
    return {
        statistic: _withheld(statistic, reason)
        if reason
        else Cell(statistic, "released", round_significant(_raw(row, statistic), _digits(row, statistic, policy)))
        for statistic, reason in verdicts.items()
    }


def _digits(row: GroupRow, statistic: str, policy: Policy) -> int:
    few = row.n_organisations < policy.quantile_digits_below
    return policy.quantile_digits if few and statistic in PERCENT else policy.digits


def _raw(row: GroupRow, statistic: str) -> float:
    if statistic in row.smoothed:
        return row.smoothed[statistic]
    return {"mean": row.mean, "ratio": row.ratio}[statistic]


def _withheld(statistic: str, reason: Reason | None) -> Cell:
    return Cell(statistic, "suppressed", reason=str(reason))


def _group(
    row: GroupRow, cells: Mapping[str, Mapping[str, Cell]], sizes: Mapping[str, int], unions: Unions, minimum: int
) -> ProtectedGroup:
    shown = row.n_contributors >= minimum
    own = cells[row.key]
    answered = {
        name: replace(cell, alternative=_alternative(row.terms, cell, cells, sizes, unions))
        for name, cell in own.items()
        if cell.status == "suppressed"
    }
    return ProtectedGroup(
        row.key,
        row.terms,
        row.n_organisations if shown else None,
        row.n_contributors if shown else None,
        None if shown else minimum,
        MappingProxyType({**own, **answered}),
    )


def _alternative(
    terms: Terms, cell: Cell, cells: Mapping[str, Mapping[str, Cell]], sizes: Mapping[str, int], unions: Unions
) -> str:
    """Nearest figure that is shown: the merged options of this group, else the smallest of the nearest parents."""
    if cell.reason == Reason.MERGED:
        option = cell.statistic.removeprefix(SHARE)
        for name in cells[group_key(terms)]:
            if option in name.removeprefix(SHARE).split(MERGE) and MERGE in name:
                return name
    found: list[tuple[int, int, int, str]] = []
    for place, parent in enumerate(parents(terms, unions)):
        key = group_key(parent)
        other = cells.get(key, {}).get(cell.statistic)
        if other is not None and other.status == "released":
            found.append((-len(parent), sizes[key], place, key))
    return min(found)[3] if found else ""
