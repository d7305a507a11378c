"""W1: who can be in whose place. Whatever is released about groups stays as it is when two of the same groups exchange
their values."""

from collections.abc import Iterator

import numpy as np

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.figures import Figures
from benchmark.stats.disclosure.witness import Witness


def atom_mates(figures: Figures) -> Iterator[IntArray]:
    """Versions that are counted in the same shown groups and take part in the same scenes, by value."""
    cast = figures.cast
    shown = figures.shown_groups()
    spoken = np.flatnonzero((figures.place[shown] >= 0).any(axis=0) & np.isfinite(cast.value))
    keys = [np.packbits(np.vstack([figures.place[shown][:, spoken] >= 0, cast.row[:, spoken] >= 0]), axis=0).T]
    if figures.indicator.denominator_public:
        for scene, one in enumerate(cast.scenes):
            if one.table.values.denominator is not None:
                rows = cast.row[scene, spoken]
                size = np.where(rows >= 0, one.table.values.denominator[rows], 0.0)
                keys.append(np.ascontiguousarray(size)[:, None].view(np.uint8))
    _, label = np.unique(np.hstack(keys), axis=0, return_inverse=True)
    label = label.reshape(-1)
    order = np.lexsort((cast.value[spoken], label))
    for part in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if part.size > 1:
            yield spoken[part]


def pair_of(swap: Witness) -> tuple[int, int]:
    """Whom a swap exchanges."""
    one, other = swap.versions.tolist()
    return one, other
