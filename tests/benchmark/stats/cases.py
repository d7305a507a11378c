"""Small inputs for the tests of the statistics."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, ProtectedTable, protect
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import ReleasedTable, ReleaseMeta, read_document, release_document
from benchmark.stats.tables import Table, compute_table

META = ReleaseMeta("national-2025", 1, "national", "2025", "2025")


def indicator(**changes: Any) -> Indicator:
    """A plain unbounded value of `amount`, unless changed."""
    plain: dict[str, Any] = {
        "code": "kpi",
        "theme": "operations",
        "name": {"nl": "Getal", "en": "Number"},
        "kind": "value",
        "question": "amount",
        "unit": "s",
        "direction": "lower",
        "range": {"min": 0},
        "definition": {"en": "A number."},
    }
    if changes.get("kind") == "ratio":
        del plain["question"]
    return Indicator.model_validate(plain | changes)


def panel(
    size: int, groups: Sequence[int | None] | None = None, dimensions: Mapping[str, Sequence[str | None]] | None = None
) -> Panel:
    """Organisations 1 … size."""
    return Panel.build(range(1, size + 1), dimensions or {}, groups)


def table_of(
    values: Sequence[float], kpi: Indicator | None = None, *, of: Panel | None = None, options: Sequence[str] = ()
) -> Table:
    """Table of one column, `amount`."""
    members = of or panel(len(values))
    kpi = kpi or indicator()
    column = Column.from_values(np.array(values, dtype=float))
    return compute_table(kpi, kpi_values(kpi, {"amount": column}, None, options), members, lattice(members))


def protected_of(
    values: Sequence[float],
    kpi: Indicator | None = None,
    policy: Policy | None = None,
    *,
    of: Panel | None = None,
    options: Sequence[str] = (),
) -> ProtectedTable:
    """Protected table of one column, `amount`."""
    kpi = kpi or indicator()
    return protect(table_of(values, kpi, of=of, options=options), indicator=kpi, policy=policy or Policy())


def released_of(
    values: Sequence[float], kpi: Indicator | None = None, *, of: Panel | None = None, meta: ReleaseMeta = META
) -> ReleasedTable:
    """Released table of one column, `amount`."""
    kpi = kpi or indicator()
    return read_document(release_document(protected_of(values, kpi, of=of), kpi, meta))


def shown(protected: ProtectedTable, key: str = "all") -> dict[str, str]:
    """statistic → figure as text, or the reason in brackets."""
    from benchmark.stats.release import cell_text

    cells = protected.group(key).cells
    return {name: cell_text(cell) or f"({cell.reason})" for name, cell in cells.items()}
