"""Moves inside a peer group that no published sum notices, found without a program.

Where ratios of sums are published beside means, organisations with different denominators D are different columns.
Three organisations i, k, l that are in the same published groups can still trade: δ_i + δ_k + δ_l = 0 and
D_i·δ_i + D_k·δ_k + D_l·δ_l = 0 leave every mean and every ratio as it is, which gives

    δ_k = −δ_i·(D_l − D_i)/(D_l − D_k),   δ_l = −δ_i·(D_i − D_k)/(D_l − D_k).

c + 1 such pairs (k, l) without a common contributor protect i against every c contributors: they can know c of the
pairs only.
"""

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.atoms import Units

MATES = 24  # candidates per organisation: those of its group with the most room
TRIES = 6


def can_trade(units: Units, need: dict[int, FloatArray], coalition: int = 1) -> dict[int, NDArray[np.bool_]]:
    """Per direction, which units can move by their need within their own group, whichever coalition asks."""
    found = {sign: np.zeros(units.total.size, dtype=bool) for sign in need}
    if np.unique(units.size).size < 2:
        return found
    mask, label = np.unique(units.weights != 0, axis=1, return_inverse=True)
    group = label.reshape(-1)[units.atom]
    order = np.argsort(group, kind="stable")
    for inside in np.split(order, np.searchsorted(group[order], np.arange(1, mask.shape[1]))):
        if inside.size < 3 + 2 * coalition:
            continue
        room = np.minimum(units.total[inside] - units.low[inside], units.high[inside] - units.total[inside])
        mates = inside[np.argsort(-room, kind="stable")[:MATES]]
        for sign, wanted in need.items():
            for unit in inside.tolist():
                found[sign][unit] = _enough_pairs(units, unit, sign * float(wanted[unit]), mates, coalition + 1)
    return found


def _enough_pairs(units: Units, unit: int, move: float, mates: IntArray, count: int) -> bool:
    """Whether `count` pairs without a common contributor can each take up the unit's move."""
    owner = units.contributor
    mates = mates[owner[mates] != owner[unit]]
    size, own = units.size[mates], float(units.size[unit])
    between = size[None, :] - size[:, None]  # D_l − D_k
    with np.errstate(divide="ignore", invalid="ignore"):
        first = -move * (size[None, :] - own) / between
    second = -move - first  # the three moves add up to nothing
    down, up = (units.total - units.low)[mates] * (1 - 1e-9), (units.high - units.total)[mates] * (1 - 1e-9)
    fits = (first >= -down[:, None]) & (first <= up[:, None]) & (second >= -down[None, :]) & (second <= up[None, :])
    fits &= (np.abs(between) > 1e-9 * np.abs(size[None, :])) & (owner[mates][:, None] != owner[mates][None, :])
    fits = np.triu(fits)
    pairs = np.argwhere(fits)
    for start in pairs[:: max(1, len(pairs) // TRIES)].tolist():
        left, pair = fits.copy(), start
        for _ in range(count - 1):
            used = np.isin(owner[mates], owner[mates[pair]])
            left[used] = False
            left[:, used] = False
            if not left.any():
                break
            pair = np.argwhere(left)[0].tolist()
        else:
            return True
    return False
