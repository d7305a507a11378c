"""Witnesses: other data sets, as possible as the true one, from which the very same bytes would be released.

A witness for (organisation i, direction) moves x_i by at least what must stay uncertain and changes some other
organisations, the donors. Every contributor that owns none of the changed organisations (other than i's own) finds its
values as they are, so one witness holds against all of them; a claim is proven when no contributor is a donor in
every one of its witnesses.

W1 swaps i with an organisation of the same groups (an atom-mate): whatever is released about groups stays as it is,
whatever the statistic. W2 (`witness_cone.py`) is a linear program inside an order of the values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.atoms import Family, SumRow
from benchmark.stats.disclosure.protect import ProtectedTable
from benchmark.stats.kpis import KpiValues
from benchmark.stats.tables import Table

TOUCH = 1e-9  # a witness moves a little further than it must, so that no rounding of numbers can take it back


@dataclass(frozen=True)
class Claim:
    """Organisation (row of the panel) whose value can be as high (1) or as low (−1) as it must stay possible."""

    organisation: int
    direction: int


@dataclass(frozen=True, eq=False)
class Witness:
    """Another data set: `rows` of the panel with other values (for a ratio also other amounts)."""

    claim: Claim
    kind: str
    rows: IntArray
    value: FloatArray
    numerator: FloatArray | None = None
    denominator: FloatArray | None = None

    def data(self, values: KpiValues) -> KpiValues:
        """The whole data set of the witness."""

        def put(array: FloatArray | None, new: FloatArray | None) -> FloatArray | None:
            if array is None or new is None:
                return array
            changed = array.copy()
            changed[self.rows] = new
            return changed

        value = values.value.copy()
        value[self.rows] = self.value
        return replace(
            values,
            value=value,
            numerator=put(values.numerator, self.numerator),
            denominator=put(values.denominator, self.denominator),
        )

    def donors(self, contributor: IntArray) -> frozenset[int]:
        """Contributors that see their own values changed, the target's own not counted."""
        return frozenset(contributor[self.rows].tolist()) - {int(contributor[self.claim.organisation])}


def wanted_value(family: Family, claim: Claim) -> float:
    """How far the organisation's value must be able to go."""
    x = family.values[[claim.organisation]]
    low, high = np.minimum(family.goal.low, x), np.maximum(family.goal.high, x)
    if claim.direction == 1:
        return float(x[0] + family.goal.up(x, high)[0])
    return float(x[0] - family.goal.down(x, low)[0])


def claims_of(family: Family, spoken_of: IntArray) -> list[Claim]:
    """Both directions of every organisation that some released figure counts."""
    return [Claim(int(i), direction) for i in spoken_of for direction in (1, -1)]


def groups_with_figures(table: Table, released: ProtectedTable) -> list[SumRow]:
    """Who is counted in the groups of which anything but the number is shown; a ratio may count others besides."""
    rows = []
    for row in table.rows:
        shown = {c.statistic for c in released.group(row.key).cells.values() if c.status == "released"} - {"n"}
        if shown - {"ratio"}:
            rows.append(SumRow(row.key, np.sort(row.members), 0, 0))
        if "ratio" in shown and row.ratio_members is not None:
            rows.append(SumRow(row.key + "|ratio", np.sort(row.ratio_members), 0, 0))
    return rows


def atom_mates(family: Family, groups: Sequence[SumRow]) -> list[IntArray]:
    """Organisations with a value that are counted in exactly the same groups."""
    one = np.arange(family.values.size)
    units = Family(np.nan_to_num(family.values), one, family.goal, tuple(groups)).units(range(len(groups)))
    answered = np.isfinite(family.values[units.organisation])
    order = np.argsort(units.atom[answered], kind="stable")
    atoms, rows = units.atom[answered][order], units.organisation[answered][order]
    return np.split(rows, np.flatnonzero(np.diff(atoms)) + 1) if rows.size else []


def swaps(claim: Claim, mates: IntArray, family: Family, values: KpiValues) -> Iterator[Witness]:
    """W1: at most two swaps with mates of different contributors; two of them prove the claim."""
    target, x = claim.organisation, values.value
    enough = claim.direction * (x[mates] - wanted_value(family, claim)) >= 0
    used = set()
    for mate in mates[enough & (mates != target)].tolist():
        owner = int(family.contributor[mate])
        if owner in used:
            continue
        used.add(owner)
        rows, back = np.array([target, mate]), [mate, target]
        over, under = values.numerator, values.denominator
        yield Witness(
            claim, "W1", rows, x[back], None if over is None else over[back], None if under is None else under[back]
        )
        if len(used) == 2:
            return


def unproven(claim: Claim, witnesses: Sequence[Witness], contributor: IntArray) -> frozenset[int] | None:
    """Contributors against whom no witness holds: () when the claim is proven, None without any witness."""
    if not witnesses:
        return None
    return frozenset.intersection(*(one.donors(contributor) for one in witnesses))
