"""From released bytes back to the pattern of what was shown and withheld: for protection over rounds and editions.

What was released is a fact that the next release is protected together with. Only bytes that were released get
through: their hash must be the recorded one, and the pattern must give the very same bytes again. What the figures say
is then held against the frozen answers, so that a damaged store is noticed before anything is built on it.
"""

from dataclasses import replace

from benchmark.stats.disclosure.cells import DOOR, Cell, ProtectedGroup, ProtectedTable
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import protect, same_figures
from benchmark.stats.indicators import Indicator
from benchmark.stats.release import DocumentError, ReleasedTable, document_bytes, document_hash, read_document
from benchmark.stats.tables import Table


class FiguresDiffer(ValueError):
    """The released figures do not follow from the frozen answers."""


def pattern_of(data: bytes, released_hash: str) -> ProtectedTable:
    """The protected table that a release document was made of.

    `released_hash`: SHA-256 that was recorded when these bytes were released. Raises DocumentError for other bytes, for
    a document that repeats another edition's, and for anything that does not come out the same.
    """
    if document_hash(data) != released_hash:
        raise DocumentError("these bytes are not what was released")
    table = read_document(data)
    if table.repeats is not None:
        raise DocumentError("a repeated document is no release of its own: read the edition that it repeats")
    pattern = ProtectedTable(
        table.kpi,
        str(table.policy["profile"]),
        int(table.policy["version"]),
        int(table.policy["digits"]),
        int(table.policy["quantile_digits"]),
        int(table.policy["quantile_digits_below"]),
        tuple(
            ProtectedGroup(group.key, group.terms, group.n, group.contributors, group.n_below, group.cells)
            for group in table.groups.values()
        ),
        door=DOOR,
    )
    held = [key for key, group in table.groups.items() if group.trend_held]
    if document_bytes(pattern, table.indicator, table.meta, held, table.blocks) != data:
        raise DocumentError("the document does not come out the same")
    return pattern


def definition_of(table: ReleasedTable) -> Indicator:
    """The indicator as it was defined in a release."""
    return Indicator.model_validate(dict(table.indicator))


def check_figures(table: Table, pattern: ProtectedTable, indicator: Indicator, policy: Policy) -> None:
    """Hold every released figure against the frozen answers; raises FiguresDiffer, saying in which group.

    `policy`: the rules that the release was made under (its rounding is the pattern's). A share that is shown must be
    the one that the rules make of the counts, wherever the rules show it.
    """
    policy = replace(
        policy,
        digits=pattern.digits,
        quantile_digits=pattern.quantile_digits,
        quantile_digits_below=pattern.quantile_digits_below,
    )
    sizes = {row.key: row.n_organisations for row in table.rows}
    if list(sizes) != [group.key for group in pattern.groups]:
        raise FiguresDiffer(f"the groups of {indicator.code} are not those that were released")
    for group in pattern.groups:
        if group.n is not None and group.n != sizes[group.key]:
            raise FiguresDiffer(f"{indicator.code}: the number of organisations in {group.key} differs")
    if indicator.kind != "share":
        if not same_figures(table, pattern, policy):
            raise FiguresDiffer(f"{indicator.code}: a figure differs from the frozen answers")
        return
    again = protect(table, indicator=indicator, policy=policy)
    for group, cell in pattern.cells():
        other = again.group(group.key).cells.get(cell.statistic)
        shown = other is not None and other.status == cell.status == "released"
        if shown and not _same_share(cell, other):
            raise FiguresDiffer(f"{indicator.code}: {cell.statistic} of {group.key} differs from the frozen answers")


def _same_share(one: Cell, other: Cell | None) -> bool:
    return other is not None and (one.value, one.coded) == (other.value, other.coded)
