"""Who is in two releases of one indicator, who joined, who left, whose answer changed: counts of contributors.

Differences between two releases say something about exactly those who changed. So a correction, and the trend of a
group, show only what at least `ENOUGH` contributors changed together (or nobody), in every group that is published
and in what remains of a group when a published group inside it is taken away.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import IntArray, Panel
from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.tables import GroupRow, Table

ENOUGH = 3
REMAINDER = " − "  # in the name of what is left of a group without another

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Correction:
    """What differs between an edition that was published and the answers as they are frozen now.

    `changed`: contributors whose answer, group or presence differs. `short`: published groups, and remainders
    (`all` without `sector=public` is `all − sector=public`), that one or two contributors changed. `amounts`: what
    belongs to no organisation changed.
    """

    changed: int
    short: Mapping[str, int] = field(default_factory=dict)
    amounts: bool = False

    @property
    def unchanged(self) -> bool:
        """Nothing differs."""
        return not self.changed and not self.amounts

    @property
    def waits(self) -> bool:
        """Something differs, and showing it now would say too much about too few."""
        return bool(self.short)


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two tables on one list of organisations. `contributor`: equal for all that a holding has had in either panel.

    `now`, `then`: groups × organisations, who has data in the group. `data`: whose data differ.
    """

    keys: tuple[str, ...]
    contributor: IntArray
    now: Mask
    then: Mask
    data: Mask

    def of(self, organisations: Mask) -> "_Pair":
        """These organisations only."""
        now, then = self.now[:, organisations], self.then[:, organisations]
        return _Pair(self.keys, self.contributor[organisations], now, then, self.data[organisations])

    def counted(self, organisations: Mask) -> int:
        """Number of contributors among these organisations."""
        return int(np.unique(self.contributor[organisations]).size)

    def changed(self, now: Mask, then: Mask) -> Mask:
        """Who changes a sum over the members `now` against the sum over the members `then`."""
        return (now ^ then) | (now & then & self.data)


def correction_between(now: Table, then: Table, released: ProtectedTable) -> Correction:
    """What a new edition of a round would change about an indicator. `released`: what was published of `then`.

    Raises ValueError when the tables are of different indicators.
    """
    if now.indicator_code != then.indicator_code:
        raise ValueError(f"{now.indicator_code} is no correction of {then.indicator_code}")
    pair = _paired(now, then, published_groups(released))
    inside = _inside(pair)
    differs = pair.data | (pair.now != pair.then).any(axis=0)
    pair = pair.of(differs)
    short: dict[str, int] = {}
    for name, here, before in _published_parts(pair, inside):
        count = pair.counted(pair.changed(here, before))
        if 0 < count < ENOUGH:
            short[name] = count
    everybody = np.ones(pair.data.size, dtype=bool)
    return Correction(pair.counted(everybody), MappingProxyType(short), _amounts(now) != _amounts(then))


def held_groups(now: Table, then: Table, protected: ProtectedTable) -> frozenset[str]:
    """Published groups of `now` that one or two contributors joined, or left, since `then` (the round before).

    A group that the round before did not have has no trend, so nothing to hold.
    """
    keys = [key for key in published_groups(protected) if any(row.key == key for row in then.rows)]
    pair = _paired(now, then, keys)
    return frozenset(
        key
        for key, inside, before in zip(keys, pair.now, pair.then, strict=True)
        if any(0 < pair.counted(who) < ENOUGH for who in (inside & ~before, before & ~inside))
    )


def published_groups(protected: ProtectedTable) -> list[str]:
    """Keys of the groups of which any figure is shown besides the number of organisations."""
    return [
        group.key
        for group in protected.groups
        if any(cell.status == "released" for name, cell in group.cells.items() if name != "n")
    ]


def _inside(pair: _Pair) -> Mask:
    """groups × groups: whether all members of the second are members of the first, then and now, and not only they."""
    inside = np.ones((len(pair.keys), len(pair.keys)), dtype=bool)
    larger = np.zeros_like(inside)
    for members in (pair.now, pair.then):
        numbers = members.astype(np.float32)  # exact: counts far below 2**24
        shared, size = numbers @ numbers.T, numbers.sum(axis=1)
        inside &= shared == size[None, :]
        larger |= size[:, None] > size[None, :]
    return np.asarray(inside & larger)


def _published_parts(pair: _Pair, inside: Mask) -> Iterator[tuple[str, Mask, Mask]]:
    """(name, members now, members then) of the published groups, and of a group without a published group inside it."""
    for i, key in enumerate(pair.keys):
        yield key, pair.now[i], pair.then[i]
    for i, j in np.argwhere(inside).tolist():
        name = REMAINDER.join((pair.keys[i], pair.keys[j]))
        yield name, pair.now[i] & ~pair.now[j], pair.then[i] & ~pair.then[j]


def _paired(now: Table, then: Table, keys: Sequence[str]) -> _Pair:
    ids = np.union1d(now.panel.organisation, then.panel.organisation)
    places = [np.searchsorted(ids, table.panel.organisation) for table in (now, then)]
    owners = _owners([now.panel, then.panel])
    contributor = np.array([owners[one] for one in ids.tolist()], dtype=np.int64)
    members = [_members(table, place, keys, ids.size) for table, place in zip((now, then), places, strict=True)]
    data = _data_differ(now, then, places[0], places[1], ids.size)
    return _Pair(tuple(keys), contributor, members[0], members[1], data)


def _members(table: Table, place: IntArray, keys: Sequence[str], size: int) -> Mask:
    rows = {row.key: row for row in table.rows}
    inside = np.zeros((len(keys), size), dtype=bool)
    for i, key in enumerate(keys):
        if key in rows:
            inside[i, place[_with_data(rows[key])]] = True
    return inside


def _with_data(row: GroupRow) -> IntArray:
    """Members with a value, and those whose amounts count in a ratio of sums without one."""
    return row.members if row.ratio_members is None else np.union1d(row.members, row.ratio_members)


def _data_differ(now: Table, then: Table, here: IntArray, there: IntArray, size: int) -> Mask:
    """Whose answer to the indicator differs, presence included. Different options: everybody's answer differs."""
    new, old = _answers(now), _answers(then)
    if len(new) != len(old) or now.values.options != then.values.options:
        return np.ones(size, dtype=bool)
    differs = np.zeros(size, dtype=bool)
    for one, other in zip(new, old, strict=True):
        left, right = np.full(size, np.nan), np.full(size, np.nan)
        left[here], right[there] = one, other
        differs |= ~((left == right) | (np.isnan(left) & np.isnan(right)))
    return differs


def _answers(table: Table) -> list[NDArray[np.float64]]:
    """The numbers of each organisation that enter the figures: NaN without."""
    values = table.values
    if values.chosen is not None:
        return [np.where(values.answered, chosen, np.nan) for chosen in values.chosen.T]
    amounts = [one for one in (values.numerator, values.denominator) if one is not None]
    return [values.value, *amounts]


def _amounts(table: Table) -> tuple[float, float]:
    return table.values.unattributed_numerator, table.values.unattributed_denominator


def _owners(panels: Collection[Panel]) -> dict[int, int]:
    """Organisation → one number for all that belonged to one holding in any of the panels, holding after holding."""
    owner: dict[int, int] = {}
    parts: dict[int, list[int]] = {}
    for panel in panels:
        held: dict[int, list[int]] = {}
        for one, number in zip(panel.organisation.tolist(), panel.contributor.tolist(), strict=True):
            held.setdefault(number, []).append(one)
        for together in held.values():
            joined = sorted({part for one in together for part in parts.get(owner.get(one, one), [one])})
            for one in joined:
                owner[one] = joined[0]
            parts[joined[0]] = joined
    return owner
