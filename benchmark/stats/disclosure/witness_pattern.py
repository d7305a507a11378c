"""The pattern of what is withheld speaks too: would the rules have withheld the same with a witness's values?

In the profile `official` only such witnesses count. The primary rules look at one group at a time, so that only the
groups with a changed member are looked at, those without any shown figure included.
"""

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.primary import Verdicts, number_verdicts
from benchmark.stats.disclosure.scenes import Cast
from benchmark.stats.disclosure.witness import Witness
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import PeerGroup
from benchmark.stats.tables import GroupRow, Table, compute_table

OFFICIAL = "official"


class PrimaryPattern:
    """Verdicts of the primary rules on the newest scene's groups, to hold those of witnesses against."""

    def __init__(self, cast: Cast, indicator: Indicator, policy: Policy) -> None:
        self._cast, self._indicator, self._policy = cast, indicator, policy
        self._table = cast.scenes[0].table
        self._true: dict[str, Verdicts] = {}
        self._member = membership(self._table)

    def keeps(self, witness: Witness) -> bool:
        """Whether the same figures pass the primary rules."""
        rows = witness.changed(self._cast, 0)[0]
        touched = np.flatnonzero(self._member[:, rows].any(axis=1)).tolist()
        groups = groups_of(self._table, touched)
        other = compute_table(self._indicator, witness.data(self._cast), self._table.panel, groups)
        return all(
            self._verdicts(self._table, self._table.rows[place])
            == number_verdicts(other, row, self._indicator, self._policy)
            for place, row in zip(touched, other.rows, strict=True)
        )

    def _verdicts(self, table: Table, row: GroupRow) -> Verdicts:
        if row.key not in self._true:
            self._true[row.key] = number_verdicts(table, row, self._indicator, self._policy)
        return self._true[row.key]


def membership(table: Table) -> NDArray[np.bool_]:
    """Groups × rows of the panel: who counts in a group."""
    inside = np.zeros((len(table.rows), len(table.panel)), dtype=bool)
    for place, row in enumerate(table.rows):
        inside[place, counted(row)] = True
    return inside


def counted(row: GroupRow) -> IntArray:
    """All who count in a group: with a value, or with amounts only."""
    return np.sort(row.members) if row.ratio_members is None else np.union1d(row.members, row.ratio_members)


def groups_of(table: Table, places: list[int]) -> list[PeerGroup]:
    """Peer groups that give these rows of the table again."""
    return [PeerGroup(row.key, row.terms, counted(row)) for row in (table.rows[place] for place in places)]
