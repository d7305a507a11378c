"""Peer groups: the fixed lattice of a round (all, each category, each crossing of two dimensions).

Groups are rules over the panel's dimensions, never picked by hand: who belongs to a group follows from
public attributes alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from benchmark.stats.columns import UNKNOWN, IntArray, Panel

ALL = "all"

Terms = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class PeerGroup:
    """A set of comparable organisations.

    `key` is canonical (`all`, `sector=public`, `sector=public&size_band=large`); `terms` are its
    (dimension, category) pairs in the panel's order of dimensions; `members` are row numbers, ascending.
    """

    key: str
    terms: Terms
    members: IntArray

    def __len__(self) -> int:
        return int(self.members.size)


def group_key(terms: Terms) -> str:
    """Canonical key of the terms; `%`, `&` and `=` inside a category are percent-encoded."""
    return "&".join(f"{dimension}={_quote(category)}" for dimension, category in terms) or ALL


def parse_key(key: str) -> Terms:
    """Terms of a canonical key; raises ValueError when it is not one."""
    if key == ALL:
        return ()
    terms = []
    for part in key.split("&"):
        dimension, equals, category = part.partition("=")
        if not (dimension and equals and category):
            raise ValueError(f"not a peer-group key: {key!r}")
        terms.append((dimension, _unquote(category)))
    return tuple(terms)


def lattice(panel: Panel, order: int = 2) -> tuple[PeerGroup, ...]:
    """All groups of the panel up to crossings of `order` dimensions, coarse before fine.

    An organisation whose category is unknown belongs to no group of that dimension (it does belong to
    `all`). Groups without members are left out, except `all`.
    """
    groups = [PeerGroup(ALL, (), np.arange(len(panel), dtype=np.int64))]
    for size in range(1, order + 1):
        for codes in combinations(panel.dimensions, size):
            groups.extend(_crossing(panel, codes))
    return tuple(groups)


def parents(terms: Terms) -> tuple[Terms, ...]:
    """The coarser groups that contain a group, nearest first: one term fewer, …, `all`."""
    return tuple(combination for size in range(len(terms) - 1, -1, -1) for combination in combinations(terms, size))


def _crossing(panel: Panel, codes: tuple[str, ...]) -> Iterator[PeerGroup]:
    sizes = [len(panel.categories[code]) for code in codes]
    known = np.ones(len(panel), dtype=bool)
    cell = np.zeros(len(panel), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        index = panel.dimensions[code]
        known &= index != UNKNOWN
        cell = cell * size + index
    rows = np.flatnonzero(known)
    rows = rows[np.argsort(cell[rows], kind="stable")]  # stable: members stay ascending inside a cell
    numbers, starts = np.unique(cell[rows], return_index=True)
    for number, members in zip(numbers, np.split(rows, starts)[1:], strict=True):
        digits = np.unravel_index(int(number), sizes)
        terms = tuple((code, panel.categories[code][int(i)]) for code, i in zip(codes, digits, strict=True))
        yield PeerGroup(group_key(terms), terms, members.astype(np.int64))


def _quote(category: str) -> str:
    return category.replace("%", "%25").replace("&", "%26").replace("=", "%3D")


def _unquote(category: str) -> str:
    return category.replace("%3D", "=").replace("%26", "&").replace("%25", "%")
