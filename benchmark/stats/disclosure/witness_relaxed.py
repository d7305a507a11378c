"""Which other places in the order a witness could use: a program that looks at means alone.

Where nobody but the target may leave its segment there may be no witness, although there is one in which some donors
cross a mark as well. So the quantiles are left out, everybody may go wherever is legal (beyond its own segment at a
higher price), and whoever crosses a mark in the cheapest outcome is a move of the next order that is tried
(`witness_cone.py`). Prices are drawn anew for each attempt, so that attempts differ; the numbers are the same on every
machine.
"""

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.figures import Figures
from benchmark.stats.disclosure.witness import TOUCH, Claim, Needs
from benchmark.stats.disclosure.witness_programs import Programs

BEYOND = 2.5  # what deviating counts outside one's own segment
CHEAPEST, DEAREST = 0.6, 1.6
WIDTH = 0.9  # part of an interval that is used


def relaxed_moves(
    figures: Figures, needs: Needs, claim: Claim, donors: IntArray, target: float, programs: Programs, attempt: int
) -> dict[int, float] | None:
    """The `target`'s move and those of the donors that cross a mark; None when even the means do not allow it."""
    columns = np.unique(np.append(donors, claim.version))
    size, place = columns.size, int(np.searchsorted(columns, claim.version))
    scale = float(np.median(np.abs(figures.cast.value[columns]))) or 1.0
    least, most = np.zeros(4 * size), _room(figures, needs, columns) / scale
    own = np.arange(4) * size + place
    most[own] = 0.0
    most[own[0 if claim.direction == 1 else 1]] = needs.of(claim) * (1 + TOUCH) / scale
    least[own] = most[own]
    rows = np.flatnonzero(figures.active & figures.linear & figures.sums)
    inside = figures.inside[rows][:, columns]
    rows, inside = rows[inside.any(axis=1)], inside[inside.any(axis=1)]
    ends = figures.bounds[rows] - figures.sum[rows][:, None]
    low, high = WIDTH * np.minimum(ends[:, 0], 0) / scale, WIDTH * np.maximum(ends[:, 1], 0) / scale
    line, column = np.nonzero(inside)
    part = np.ones(line.size)
    for one, row in enumerate(rows.tolist() if figures.weights else ()):
        if row in figures.weights:
            part[line == one] = figures.weights[row][columns[column[line == one]]]
    random = np.random.default_rng([claim.version, claim.direction + 1, attempt])
    price = random.uniform(CHEAPEST, DEAREST, size)
    cost = np.concatenate([price, price, BEYOND * price, BEYOND * price])
    entries = (
        np.tile(line, 4),
        np.concatenate([column + side * size for side in range(4)]),
        np.concatenate([part, -part, part, -part]),
    )
    programs.load(cost, (least, most), (low, high), entries)
    solution = programs.solve()
    if solution is None:
        return None
    parts = solution.reshape(4, size) * scale
    crossing = np.flatnonzero(parts[2:].sum(axis=0) > TOUCH * scale)
    moves = {
        int(columns[one]): float(parts[0, one] - parts[1, one] + parts[2, one] - parts[3, one]) for one in crossing
    }
    return {claim.version: target, **moves}


def _room(figures: Figures, needs: Needs, columns: IntArray) -> FloatArray:
    """How far each can rise and fall inside its segment, and then beyond it."""
    room = np.stack([needs.spare_up[columns], needs.spare_down[columns]])
    near = np.maximum(np.minimum(np.stack([figures.segment[1][columns], -figures.segment[0][columns]]), room), 0.0)
    finite = np.where(np.isinf(near), 0.0, near)
    beyond = np.where(np.isinf(near), 0.0, room - finite)
    return np.concatenate([near.ravel(), beyond.ravel()])
