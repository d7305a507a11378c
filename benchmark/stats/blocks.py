"""Blocks: a partition of the panel into small sets, from which chosen peer groups are put together.

Blocks are made from public attributes and identifiers, never from answers. Every organisation is in exactly one
block, a holding's organisations in the same one. What is published of a block is its size and the strata (cells of
the lattice) that it holds organisations of; who is in it is not published. The protection does not lean on that: it
treats the members of a block as known, as it does for every peer group (docs/adr/0011).
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from benchmark.stats.columns import UNKNOWN, Panel
from benchmark.stats.peers import BLOCK, PeerGroup, group_key

MOST = 120  # blocks of a panel: in a large round blocks get larger, not more
USUAL = 10  # a stratum is divided into blocks of this size or more: a median needs 9, and some do not answer
STRATA = 2  # dimensions that make the strata, unless they are named

Cell = tuple[int, ...]  # index of the category per stratum dimension, UNKNOWN (−1) without one


@dataclass(frozen=True)
class BlockFacts:
    """What is published of a block: how many organisations it has, and keys of the strata that these come from.

    An organisation without a category stands in a stratum without that term (`all` without any).
    """

    organisations: int
    strata: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Blocks:
    """A partition. `groups` for the lattice (`block=b01` …); `facts` by group key; `dimensions` of the strata."""

    dimensions: tuple[str, ...]
    groups: tuple[PeerGroup, ...]
    facts: Mapping[str, BlockFacts]

    def codes(self, size: int) -> tuple[str, ...]:
        """The block of each of the `size` organisations of the panel, in its order; "" when there are no blocks."""
        found = [""] * size
        for group in self.groups:
            for row in group.members.tolist():
                found[row] = str(group.terms[0][1])
        return tuple(found)


NO_BLOCKS = Blocks((), (), MappingProxyType({}))


def partition(panel: Panel, *, size: int, salt: str, dimensions: Sequence[str] | None = None) -> Blocks:
    """Blocks of at least `size` contributors inside strata of `dimensions` (default: the panel's first two).

    A stratum with fewer contributors joins the nearest stratum with the same first category, and where there is none
    the nearest of the others. A large stratum is divided into blocks of `USUAL` or more in the order of a hash of
    `salt` and identifier, which follows nothing that matters. Filters choose whole strata, so smaller blocks would
    choose no finer. A panel that has not enough contributors for two blocks has none.
    Raises ValueError when a dimension is unknown, or is called `block` already.
    """
    names = tuple(panel.dimensions)[:STRATA] if dimensions is None else tuple(dimensions)
    if BLOCK in panel.dimensions or not set(names) <= set(panel.dimensions):
        raise ValueError(f"blocks cannot be made from the dimensions {names!r}")
    rows: dict[int, list[int]] = defaultdict(list)  # contributor → its organisations
    for row, contributor in enumerate(panel.contributor.tolist()):
        rows[contributor].append(row)
    if len(rows) < 2 * size:
        return NO_BLOCKS
    cells = list(zip(*(panel.dimensions[name].tolist() for name in names), strict=True)) or [()] * len(panel)
    strata: dict[Cell, list[int]] = defaultdict(list)
    for contributor, owned in rows.items():
        strata[_usual([cells[row] for row in owned])].append(contributor)
    target = max(size, USUAL, -(-len(rows) // MOST))
    order = {one: _hash(salt, int(panel.organisation[owned].min())) for one, owned in rows.items()}
    groups, facts = [], {}
    pools = [sorted(pool, key=order.__getitem__) for pool in _large_enough(strata, size)]
    made = [part for pool in pools for part in _split(pool, target)]
    for number, part in enumerate(made, start=1):
        terms = ((BLOCK, f"b{number:0{max(2, len(str(len(made))))}}"),)
        members = np.array(sorted(row for one in part for row in rows[one]), dtype=np.int64)
        group = PeerGroup(group_key(terms), terms, members)
        groups.append(group)
        held = sorted({cells[row] for row in members.tolist()})
        facts[group.key] = BlockFacts(members.size, tuple(_stratum_key(panel, names, cell) for cell in held))
    return Blocks(names, tuple(groups), MappingProxyType(facts))


def _usual(cells: list[Cell]) -> Cell:
    """The stratum in which a contributor has most of its organisations; the first of equals."""
    counts = Counter(cells)
    return min(counts, key=lambda cell: (-counts[cell], cell))


def _large_enough(strata: Mapping[Cell, list[int]], size: int) -> list[list[int]]:
    """Strata joined until each has at least `size` contributors, in the order of the categories."""
    pools = {cell: list(strata[cell]) for cell in sorted(strata)}
    for level in (1, 0):  # first within the same first category, then over all
        for _step in range(len(pools)):
            small = [cell for cell in pools if len(pools[cell]) < size]
            pairs = [
                (_distance(cell, other), len(pools[other]), cell, other)
                for cell in small
                for other in pools
                if other != cell and other[:level] == cell[:level]
            ]
            if not pairs:
                break
            _far, _size, cell, other = min(pairs)
            pools[other] += pools.pop(cell)
    return list(pools.values())


def _distance(one: Cell, other: Cell) -> tuple[int, ...]:
    """How far two strata lie apart: by the first dimension, then the next; no category is far from every category."""
    return tuple(
        0 if a == b else (1 << 20 if UNKNOWN in (a, b) else abs(a - b)) for a, b in zip(one, other, strict=True)
    )


def _split(contributors: list[int], target: int) -> list[list[int]]:
    """As many parts of about equal size as there can be with at least `target` in each."""
    parts = max(1, len(contributors) // target)
    ends = [len(contributors) * i // parts for i in range(parts + 1)]
    return [contributors[start:end] for start, end in pairwise(ends)]


def _hash(salt: str, organisation: int) -> str:
    return hashlib.sha256(f"{salt}\n{organisation}".encode()).hexdigest()


def _stratum_key(panel: Panel, names: Sequence[str], cell: Cell) -> str:
    terms = ((name, panel.categories[name][i]) for name, i in zip(names, cell, strict=True) if i != UNKNOWN)
    return group_key(tuple(terms))
