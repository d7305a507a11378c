"""What a set of peer groups keeps of the information: the price of blocks, and the merges that would gain most.

Both questions have the same answer by experiment: run the primary rules and the exact selection of means on the one
set of groups and on the other, and compare the weight of what is published. Nothing here changes a release; the
results are for the foundation's staff.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from benchmark.stats.blocks import Blocks
from benchmark.stats.columns import Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.publisher import select_sums
from benchmark.stats.disclosure.publisher_rows import SUMS, parse_row_name, row_name
from benchmark.stats.disclosure.selection import TIE, weight_of
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import PeerGroup, Unions, codes_of, group_key, is_block, lattice, parse_key
from benchmark.stats.tables import compute_table

CANDIDATES = 12  # merges that are tried out in full
RUNS = 1000  # selections at most, of one indicator with one merge
ORDER = 2


@dataclass(frozen=True, eq=False)
class Measured:
    """One indicator with everybody's values, to try sets of peer groups on."""

    indicator: Indicator
    values: KpiValues
    panel: Panel


@dataclass(frozen=True)
class Kept:
    """Means and ratios outside blocks: names (`key|statistic`) and weights of those offered, and of those published.

    Weight: log₂(1 + n) × priority (all 4, one dimension 2, crossings 1), as the selection weighs. A union counts only
    for what it adds to the largest of its categories that is published: "small or large" beside "large" says little.
    Offered is what has any organisation with a value, so that a figure that fails the primary rules counts as lost.
    """

    offered: Mapping[str, float]
    published: frozenset[str]

    @property
    def weight(self) -> float:
        """Weight of what is published."""
        return sum(self.adds(name, weight) for name, weight in self.offered.items() if name in self.published)

    def adds(self, name: str, weight: float) -> float:
        """What a figure of this weight adds to the published figures of the categories that its union joins."""
        parts = (part for part in parts_of(name) if part in self.published)
        return max(0.0, weight - max((self.offered[part] for part in parts), default=0.0))

    @property
    def total(self) -> float:
        """Weight of what is offered."""
        return sum(self.offered.values())


def parts_of(name: str) -> tuple[str, ...]:
    """Names of the same figure of the groups that a union joins; none for a group without a union."""
    key, statistic = parse_row_name(name)
    terms = parse_key(key)
    if all(isinstance(category, str) for _dimension, category in terms):
        return ()
    dimensions = [dimension for dimension, _category in terms]
    cells = product(*(codes_of(category) for _dimension, category in terms))
    return tuple(row_name(group_key(tuple(zip(dimensions, cell, strict=True))), statistic) for cell in cells)


@dataclass(frozen=True)
class PriceOfBlocks:
    """What offering chosen groups costs: weight of lattice figures published without and with blocks, the weight of
    all, and the figures that are given up (indicator, `key|statistic`)."""

    without: float
    with_blocks: float
    total: float
    given_up: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Merge:
    """A union that could be declared. `gain`: weight published with it minus now, over the indicators that were
    tried; `won`, `lost`: how many figures appear and disappear with it."""

    dimension: str
    categories: tuple[str, ...]
    gain: float
    won: int
    lost: int


def kept(measured: Measured, groups: Sequence[PeerGroup], policy: Policy) -> Kept:
    """What primary rules and selection of means leave of these groups' means and ratios; nothing for shares."""
    if measured.indicator.kind == "share":
        return Kept({}, frozenset())
    table = compute_table(measured.indicator, measured.values, measured.panel, groups)
    passed = protect(table, indicator=measured.indicator, policy=policy)
    chosen = select_sums(table, passed, measured.indicator, policy)
    offered = {
        row_name(row.key, statistic): weight_of("", row.n_organisations, len(row.terms)) // TIE / 100
        for row in table.rows
        if row.n_organisations and not is_block(row.terms)
        for statistic in SUMS
        if statistic in passed.group(row.key).cells
    }
    return Kept(offered, frozenset(name for name in chosen.published if name in offered))


def price_of_blocks(
    measured: Sequence[Measured], policy: Policy, blocks: Blocks, *, unions: Unions | None = None, order: int = ORDER
) -> PriceOfBlocks:
    """Protect every indicator twice, without and with the blocks, and compare what is left of the lattice."""
    without = with_blocks = total = 0.0
    given_up: list[tuple[str, str]] = []
    for one in measured:
        plain = kept(one, lattice(one.panel, order, unions=unions), policy)
        joint = kept(one, lattice(one.panel, order, unions=unions, blocks=blocks.groups), policy)
        without, with_blocks, total = without + plain.weight, with_blocks + joint.weight, total + plain.total
        lost = (name for name in plain.offered if name in plain.published - joint.published)
        given_up += [(one.indicator.code, name) for name in lost]
    return PriceOfBlocks(without, with_blocks, total, tuple(given_up))


def ranked_merges(
    measured: Sequence[Measured],
    policy: Policy,
    *,
    unions: Unions | None = None,
    order: int = ORDER,
    candidates: int = CANDIDATES,
    runs: int = RUNS,
) -> tuple[Merge, ...]:
    """Pairs of categories whose declared union would add most information, the largest gain first; only gains.

    Tried in full are the `candidates` pairs that promise most by the primary rules alone, fewer where that would take
    more than `runs` selections (but at least one pair).
    All indicators must be of the same panel. Ties follow the order of the panel's dimensions and categories.
    """
    if not measured:
        return ()
    panel, declared = measured[0].panel, {name: tuple(given) for name, given in (unions or {}).items()}
    groups = lattice(panel, order, unions=declared)
    now = [kept(one, groups, policy) for one in measured]
    pairs = [
        (name, pair)
        for name in panel.dimensions
        for pair in combinations(panel.categories[name], 2)
        if pair not in declared.get(name, ()) and _withholds(now, name, pair)
    ]
    promise = {pair: _promise(measured, now, pair, policy, declared, order) for pair in pairs}
    most = min(candidates, max(1, runs // len(measured)))
    best = sorted((pair for pair in pairs if promise[pair] > 0), key=lambda pair: -promise[pair])[:most]
    tried = [_tried(measured, now, pair, policy, declared, order) for pair in best]
    return tuple(sorted((one for one in tried if one.gain > 0), key=lambda one: -one.gain))


Pair = tuple[str, tuple[str, ...]]


def _with(unions: Mapping[str, tuple[tuple[str, ...], ...]], pair: Pair) -> Unions:
    name, union = pair
    return {**unions, name: (*unions.get(name, ()), union)}


def _withholds(now: Sequence[Kept], dimension: str, categories: tuple[str, ...]) -> bool:
    """Whether a figure about one of the categories, alone or in a crossing, is withheld in any indicator."""
    return any(
        (dimension, code) in parse_key(parse_row_name(name)[0])
        for one in now
        for name in one.offered
        if name not in one.published
        for code in categories
    )


def _of_union(groups: Sequence[PeerGroup], pair: Pair) -> list[PeerGroup]:
    return [group for group in groups if any((name, codes_of(term)) == pair for name, term in group.terms)]


def _promise(
    measured: Sequence[Measured],
    now: Sequence[Kept],
    pair: Pair,
    policy: Policy,
    unions: Mapping[str, tuple[tuple[str, ...], ...]],
    order: int,
) -> float:
    """What the union's figures that pass the primary rules would add: cheap, without selection."""
    gained = 0.0
    groups = _of_union(lattice(measured[0].panel, order, unions=_with(unions, pair)), pair)
    for one, before in zip(measured, now, strict=True):
        if one.indicator.kind == "share":
            continue
        table = compute_table(one.indicator, one.values, one.panel, groups)
        passed = protect(table, indicator=one.indicator, policy=policy)
        for row in table.rows:
            weight = weight_of("", row.n_organisations, len(row.terms)) // TIE / 100
            cells = passed.group(row.key).cells
            shown = [row_name(row.key, one) for one in SUMS if one in cells and cells[one].value is not None]
            gained += sum(before.adds(name, weight) for name in shown)
    return gained


def _tried(
    measured: Sequence[Measured],
    now: Sequence[Kept],
    pair: Pair,
    policy: Policy,
    unions: Mapping[str, tuple[tuple[str, ...], ...]],
    order: int,
) -> Merge:
    gain, won, lost = 0.0, 0, 0
    groups = lattice(measured[0].panel, order, unions=_with(unions, pair))
    for one, before in zip(measured, now, strict=True):
        then = kept(one, groups, policy)
        gain += then.weight - before.weight
        won += len(then.published - before.published)
        lost += len(before.published - then.published)
    return Merge(*pair, round(gain, 6), won, lost)
