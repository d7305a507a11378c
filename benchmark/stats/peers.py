"""Peer groups: the fixed lattice of a round (all, each category, each crossing of two dimensions).

Groups are rules over the panel's dimensions, never picked by hand: who belongs to a group follows from
public attributes alone. Categories that the foundation joined before the freeze (a declared union, "A or B") are
groups too, and so are the blocks of `benchmark.stats.blocks`. Keys are described in docs/peer-groups.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from benchmark.stats.columns import UNKNOWN, IntArray, Panel

ALL = "all"
BLOCK = "block"  # the dimension of blocks; it is never crossed

Category = str | tuple[str, ...]  # one category, or the categories of a union in the panel's order
Terms = tuple[tuple[str, Category], ...]
Unions = Mapping[str, Sequence[tuple[str, ...]]]  # dimension → declared unions of its categories


@dataclass(frozen=True, eq=False)
class PeerGroup:
    """A set of comparable organisations.

    `key` is canonical (`all`, `sector=public`, `sector=public|semi`, `sector=public&size_band=large`); `terms` are
    its (dimension, category) pairs in the panel's order of dimensions; `members` are row numbers, ascending.
    """

    key: str
    terms: Terms
    members: IntArray

    def __len__(self) -> int:
        return int(self.members.size)


def group_key(terms: Terms) -> str:
    """Canonical key of the terms; `%`, `&`, `=` and `|` inside a category are percent-encoded, `|` joins a union."""
    return "&".join(f"{name}={'|'.join(map(_quote, codes_of(category)))}" for name, category in terms) or ALL


def parse_key(key: str) -> Terms:
    """Terms of a canonical key; raises ValueError when it is not one."""
    if key == ALL:
        return ()
    terms: list[tuple[str, Category]] = []
    for part in key.split("&"):
        dimension, equals, category = part.partition("=")
        codes = tuple(map(_unquote, category.split("|")))
        if not (dimension and equals and all(codes)) or len(set(codes)) != len(codes):
            raise ValueError(f"not a peer-group key: {key!r}")
        terms.append((dimension, codes[0] if len(codes) == 1 else codes))
    return tuple(terms)


def codes_of(category: Category) -> tuple[str, ...]:
    """The categories that a term stands for: one, or those of a union."""
    return (category,) if isinstance(category, str) else category


def belongs(dimensions: Mapping[str, str], terms: Terms) -> bool:
    """Whether an organisation with these dimensions (dimension → category) is in the group of these terms."""
    return all(dimensions.get(name) in codes_of(category) for name, category in terms)


def is_block(terms: Terms) -> bool:
    """Whether a group is a block."""
    return len(terms) == 1 and terms[0][0] == BLOCK


def lattice(
    panel: Panel, order: int = 2, *, unions: Unions | None = None, blocks: Sequence[PeerGroup] = ()
) -> tuple[PeerGroup, ...]:
    """All groups of the panel up to crossings of `order` dimensions, coarse before fine, blocks last.

    An organisation whose category is unknown belongs to no group of that dimension (it does belong to
    `all`). Groups without members are left out, except `all`; so are unions of which only one category has members,
    because that category's group is the same. `unions`: declared unions per dimension, which are crossed with the
    other dimensions like a category. `blocks`: groups of `blocks.partition`, taken as they are.
    Raises ValueError for a union of fewer than two categories, or of categories that the panel does not know.
    """
    declared = _in_order(panel, unions or {})
    groups = [PeerGroup(ALL, (), np.arange(len(panel), dtype=np.int64))]
    for size in range(1, order + 1):
        for codes in combinations(panel.dimensions, size):
            plain = {group.terms: group for group in _crossing(panel, codes)}
            groups.extend(plain.values())
            groups.extend(_joined(plain, codes, declared))
    return (*groups, *blocks)


def parents(terms: Terms, unions: Unions | None = None) -> tuple[Terms, ...]:
    """The coarser groups that contain a group, nearest first: a union instead of a category, one term fewer, …, `all`.

    `unions`: the declared unions; of `sector=a` the group `sector=a|b` is a parent too, and so is it of a crossing.
    """
    found: list[Terms] = []
    for size in range(len(terms), -1, -1):
        for part in combinations(terms, size):
            wider = ([term, *_wider(term, unions or {})] for term in part)
            found.extend(one for one in product(*wider) if one != terms)
    return tuple(found)


def unions_among(groups: Sequence[Terms]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The unions that occur in these groups, per dimension: what `parents` needs to know of a release."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for terms in groups:
        for name, category in terms:
            if not isinstance(category, str):
                found.setdefault(name, {})[category] = None
    return {name: tuple(categories) for name, categories in found.items()}


def _wider(term: tuple[str, Category], unions: Unions) -> Iterator[tuple[str, Category]]:
    name, category = term
    inside = set(codes_of(category))
    for union in sorted(unions.get(name, ()), key=len):  # the smallest union is the nearest
        if inside < set(union):
            yield name, tuple(union)


def _in_order(panel: Panel, unions: Unions) -> dict[str, tuple[tuple[str, ...], ...]]:
    """The unions with their categories in the panel's order, each once."""
    found = {}
    for name, given in unions.items():
        order = panel.categories.get(name, ())
        if any(len(set(union)) < 2 or not set(union) <= set(order) for union in given):
            raise ValueError(f"a union of {name} needs two or more of its categories: {given!r}")
        found[name] = tuple(dict.fromkeys(tuple(c for c in order if c in set(union)) for union in given))
    return found


def _joined(
    plain: Mapping[Terms, PeerGroup], codes: tuple[str, ...], unions: Mapping[str, tuple[tuple[str, ...], ...]]
) -> Iterator[PeerGroup]:
    """The groups of one crossing in which at least one term is a union."""
    occurring: dict[str, list[Category]] = {name: [] for name in codes}
    for terms in plain:
        for name, category in terms:
            if category not in occurring[name]:
                occurring[name].append(category)
    for chosen in product(*([*occurring[name], *unions.get(name, ())] for name in codes)):
        terms = tuple(zip(codes, chosen, strict=True))
        cells = (tuple(zip(codes, one, strict=True)) for one in product(*map(codes_of, chosen)))
        parts = [plain[cell] for cell in cells if cell in plain]
        filled = [{part.terms[place][1] for part in parts} for place in range(len(codes))]
        is_union = [not isinstance(category, str) for category in chosen]
        if any(is_union) and all(len(found) > 1 for found, joined in zip(filled, is_union, strict=True) if joined):
            yield PeerGroup(group_key(terms), terms, np.sort(np.concatenate([part.members for part in parts])))


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
    return category.replace("%", "%25").replace("&", "%26").replace("=", "%3D").replace("|", "%7C")


def _unquote(category: str) -> str:
    return category.replace("%7C", "|").replace("%3D", "=").replace("%26", "&").replace("%25", "%")
