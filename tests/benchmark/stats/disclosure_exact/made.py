"""Random rounds as tables of the product, protected as a family and released."""

import numpy as np

from benchmark.stats.columns import Column
from benchmark.stats.disclosure import Policy
from benchmark.stats.disclosure.publisher import ProtectedTables, protect_family
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import release_document
from benchmark.stats.tables import Table, compute_table
from tests.benchmark.stats.cases import META, indicator
from tests.oracles.rounds import RandomRound

RATIO = {"kind": "ratio", "numerator": "over", "denominator": "under"}


def table_of_round(one: RandomRound, kpi: Indicator) -> Table:
    """Raw table; a ratio gets denominators of very different sizes."""
    if kpi.kind == "ratio":
        under = np.round(np.random.default_rng(3).lognormal(6, 1, len(one.panel)) + 1)
        columns = {"over": Column.from_values(one.values * under), "under": Column.from_values(under)}
    else:
        columns = {"amount": Column.from_values(one.values)}
    return compute_table(kpi, kpi_values(kpi, columns), one.panel, lattice(one.panel))


def protected_round(
    one: RandomRound, kpi: Indicator | None = None, policy: Policy | None = None, *, certified: bool = False
) -> tuple[Table, ProtectedTables]:
    """One KPI of a round through the door."""
    kpi = kpi or indicator()
    table = table_of_round(one, kpi)
    return table, protect_family([table], {kpi.code: kpi}, policy or Policy(), certified=certified)


def released_round(one: RandomRound, kpi: Indicator | None = None) -> bytes:
    """The bytes of one KPI of a round."""
    kpi = kpi or indicator()
    return release_document(protected_round(one, kpi)[1][kpi.code], kpi, META)
