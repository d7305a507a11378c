"""The door: a raw Table goes in, a ProtectedTable comes out, and nothing else makes one.

Pages, reports, exports and the API accept only what comes out here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import InitVar, dataclass, replace
from types import MappingProxyType
from typing import Literal

from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.primary import number_verdicts
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.disclosure.rounding import round_significant
from benchmark.stats.disclosure.shares import MERGE, share_verdicts
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import Terms, group_key, parents
from benchmark.stats.quantiles import PERCENT
from benchmark.stats.tables import GroupRow, Table

SHARE = "share:"

_DOOR = object()


@dataclass(frozen=True)
class Cell:
    """One released or withheld figure.

    `value`: rounded; with `coded` "<" or ">" the figure lies below or above it. `reason`: code, for a withheld
    figure. `alternative`: key of the nearest coarser group (or, for merged options, the statistic of this group)
    where the figure is shown, "" when there is none.
    """

    statistic: str
    status: Literal["released", "suppressed"]
    value: float | None = None
    coded: str = ""
    reason: str = ""
    alternative: str = ""


@dataclass(frozen=True)
class ProtectedGroup:
    """The cells of one peer group. `n`, `contributors`: organisations with a value, and how many holdings and
    independent organisations those are; None below the minimum, where `n_below` says below which number."""

    key: str
    terms: Terms
    n: int | None
    contributors: int | None
    n_below: int | None
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class ProtectedTable:
    """All cells of one indicator that passed protection; only `protect` can make one (TypeError otherwise)."""

    indicator_code: str
    policy_profile: str
    policy_version: int
    digits: int
    quantile_digits: int
    quantile_digits_below: int
    groups: tuple[ProtectedGroup, ...]
    door: InitVar[object] = None

    def __post_init__(self, door: object) -> None:
        if door is not _DOOR:
            raise TypeError("a ProtectedTable is made by protect() only")

    def group(self, key: str) -> ProtectedGroup:
        """The group with this key; raises KeyError."""
        for group in self.groups:
            if group.key == key:
                return group
        raise KeyError(key)

    def cells(self) -> Iterator[tuple[ProtectedGroup, Cell]]:
        """All cells, group by group."""
        for group in self.groups:
            for cell in group.cells.values():
                yield group, cell


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
        if cells[key][statistic].status == "released":
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
        shown = {c.statistic: c.value for c in pattern.group(row.key).cells.values() if c.status == "released"}
        shown.pop("n", None)
        cells = _figures(row, dict.fromkeys(shown), policy)
        if any(cells[name].value != value for name, value in shown.items()):
            return False
    return True


def _sealed(
    table: Table, cells: Mapping[str, Mapping[str, Cell]], indicator: Indicator, policy: Policy
) -> ProtectedTable:
    sizes = {row.key: row.n_organisations for row in table.rows}
    groups = tuple(_group(row, cells, sizes, policy.minimum(indicator.scale_type)) for row in table.rows)
    return ProtectedTable(
        indicator.code,
        policy.profile,
        policy.version,
        policy.digits,
        policy.quantile_digits,
        policy.quantile_digits_below,
        groups,
        door=_DOOR,
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
    few = row.n_organisations < policy.quantile_digits_below
    cells = {}
    for statistic, reason in verdicts.items():
        digits = policy.quantile_digits if few and statistic in PERCENT else policy.digits
        cells[statistic] = (
            _withheld(statistic, reason)
            if reason
            else Cell(statistic, "released", round_significant(_raw(row, statistic), digits))
        )
    return cells


def _raw(row: GroupRow, statistic: str) -> float:
    if statistic in row.smoothed:
        return row.smoothed[statistic]
    return {"mean": row.mean, "ratio": row.ratio}[statistic]


def _withheld(statistic: str, reason: Reason | None) -> Cell:
    return Cell(statistic, "suppressed", reason=str(reason))


def _group(
    row: GroupRow, cells: Mapping[str, Mapping[str, Cell]], sizes: Mapping[str, int], minimum: int
) -> ProtectedGroup:
    shown = row.n_contributors >= minimum
    own = cells[row.key]
    answered = {
        name: replace(cell, alternative=_alternative(row.terms, cell, cells, sizes))
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


def _alternative(terms: Terms, cell: Cell, cells: Mapping[str, Mapping[str, Cell]], sizes: Mapping[str, int]) -> str:
    """Nearest figure that is shown: the merged options of this group, else the smallest of the nearest parents."""
    if cell.reason == Reason.MERGED:
        option = cell.statistic.removeprefix(SHARE)
        for name in cells[group_key(terms)]:
            if option in name.removeprefix(SHARE).split(MERGE) and MERGE in name:
                return name
    found: list[tuple[int, int, int, str]] = []
    for place, parent in enumerate(parents(terms)):
        key = group_key(parent)
        other = cells.get(key, {}).get(cell.statistic)
        if other is not None and other.status == "released":
            found.append((-len(parent), sizes[key], place, key))
    return min(found)[3] if found else ""
