"""Families of published sums for the tests: by hand, and as the product would offer them."""

from collections.abc import Sequence

import numpy as np

from benchmark.stats.columns import Panel
from benchmark.stats.disclosure.atoms import Family, Goal, SumRow
from benchmark.stats.disclosure.rounding import round_significant, rounding_interval
from benchmark.stats.peers import lattice


def family(
    values: Sequence[float],
    rows: Sequence[tuple[Sequence[int], float, float]],
    *,
    contributor: Sequence[int] | None = None,
    goal: Goal | None = None,
    coalition: int = 1,
    fixed: Sequence[int] = (),
) -> Family:
    """Rows as (members, low, high) of the sum; by default values from 0 that must stay uncertain by 10 %."""
    made = tuple(
        SumRow(f"row {i}", np.array(m, dtype=np.int64), lo, hi, fixed=i in fixed) for i, (m, lo, hi) in enumerate(rows)
    )
    owner = np.arange(len(values)) if contributor is None else np.array(contributor)
    x = np.array(values, dtype=float)
    return Family(x, owner, goal or Goal(0, np.inf, relative=0.1, typical=1.0), made, coalition=coalition)


def rounded_means(
    values: np.ndarray,
    panel: Panel,
    *,
    order: int = 2,
    least: int = 5,
    goal: Goal | None = None,
    coalition: int = 1,
) -> Family:
    """Means in three digits of all groups of the panel with at least `least` organisations."""
    rows = []
    for group in lattice(panel, order):
        members = group.members
        if members.size >= least:
            low, high = rounding_interval(round_significant(float(values[members].mean()), 3), 3)
            rows.append(SumRow(group.key, members, low * members.size, high * members.size))
    typical = float(np.median(values[values > 0]))
    goal = goal or Goal(0, np.inf, relative=0.1, typical=typical)
    return Family(values, panel.contributor, goal, tuple(rows), coalition=coalition)
