"""What comes out of protection: figures that may be shown, and blanks with their reason. Types only, no computation.

Readers of releases import this module and `reasons`, never `protect`: an import contract keeps them away from the
tables that protection works on.
"""

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass
from typing import Literal

from benchmark.stats.peers import Terms

DOOR = object()  # only `protect` passes it on: nothing else may make a ProtectedTable


@dataclass(frozen=True)
class Cell:
    """One released or withheld figure.

    `value`: rounded; with `coded` "<" or ">" the figure lies below or above it. `reason`: code, for a withheld
    figure. `alternative`: key of the nearest coarser group (or, for merged options, the statistic of this group)
    where the figure is shown, "" when there is none.
    """

    statistic: str
    status: Literal["released", "suppressed"]
    value: float | None = None
    coded: str = ""
    reason: str = ""
    alternative: str = ""


@dataclass(frozen=True)
class ProtectedGroup:
    """The cells of one peer group. `n`, `contributors`: organisations with a value, and how many holdings and
    independent organisations those are; None below the minimum, where `n_below` says below which number."""

    key: str
    terms: Terms
    n: int | None
    contributors: int | None
    n_below: int | None
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class ProtectedTable:
    """All cells of one indicator that passed protection; only `protect` can make one (TypeError otherwise)."""

    indicator_code: str
    policy_profile: str
    policy_version: int
    digits: int
    quantile_digits: int
    quantile_digits_below: int
    groups: tuple[ProtectedGroup, ...]
    door: InitVar[object] = None

    def __post_init__(self, door: object) -> None:
        if door is not DOOR:
            raise TypeError("a ProtectedTable is made by protect() only")

    def group(self, key: str) -> ProtectedGroup:
        """The group with this key; raises KeyError."""
        for group in self.groups:
            if group.key == key:
                return group
        raise KeyError(key)

    def shown(self) -> frozenset[str]:
        """Keys of the groups of which anything is shown besides the number of organisations."""
        shown = (
            group.key
            for group in self.groups
            if any(cell.status == "released" and name != "n" for name, cell in group.cells.items())
        )
        return frozenset(shown)

    def cells(self) -> Iterator[tuple[ProtectedGroup, Cell]]:
        """All cells, group by group."""
        for group in self.groups:
            for cell in group.cells.values():
                yield group, cell
