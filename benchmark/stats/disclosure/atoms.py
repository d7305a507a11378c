"""Atoms: organisations that no published sum tells apart.

Two organisations are in the same atom when every row of the family counts them with the same weight (for means:
they are members of the same published groups; an organisation without a value is a member of none, so nonresponse
is part of it). A holding's organisations inside one atom are one unit. Because units of an atom are
exchangeable for the published sums, only the atom's total enters the audit, which then does not grow with the
number of organisations (compare the reduction of the attacker's problem in Fischetti & Salazar-González 2000,
"Models and algorithms for optimizing cell suppression in tabular data with linear constraints").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.indicators import Indicator


@dataclass(frozen=True, eq=False)
class SumRow:
    """A figure that is published, or offered: low ≤ Σ weight·x over the members ≤ high follows from it.

    `weights` None means 1 (a mean times n). `name` is unique in the family. `fixed`: a figure of an earlier release,
    a fact that nobody can withhold any more.
    """

    name: str
    members: IntArray
    low: float
    high: float
    weights: FloatArray | None = None
    fixed: bool = False


@dataclass(frozen=True, eq=False)
class Goal:
    """What must stay possible for each organisation: x − down and x + up, inside the legal range low … high.

    NaN where an organisation has no value. The width is absolute (`width`, for a scale with two ends) or
    relative (`relative`, elsewhere). A zero on an open scale must not be certain either: it stays uncertain by
    `relative` times the median of what is not zero. `later`: by what part a later value may differ and yet be tied.
    """

    low: float
    high: float
    relative: float = 0.0
    width: float = 0.0
    typical: float = 0.0
    later: float = 0.0

    def down(self, total: FloatArray, low: FloatArray) -> FloatArray:
        """How far each total must be able to fall, clipped to the legal range."""
        return np.minimum(self._size(total), np.maximum(total - low, 0))

    def up(self, total: FloatArray, high: FloatArray) -> FloatArray:
        """How far each total must be able to rise, clipped to the legal range."""
        return np.minimum(self._size(total), np.maximum(high - total, 0))

    def _size(self, total: FloatArray) -> FloatArray:
        if self.width:
            return np.full(total.shape, self.width)
        return self.relative * np.where(total == 0, self.typical, np.abs(total))


@dataclass(frozen=True, eq=False)
class Units:
    """Contributors inside atoms. Arrays over units; `atom` numbers the columns of `weights` (rows × atoms).

    `low`, `high`: legal range of the total (stretched to the total where a value lies outside its range).
    `plain`: one organisation with the ordinary range. `organisation`: its row where it is one, −1 where it is several
    of a holding. `size`: what the rows with weights weigh it with (all 1 without such rows). `slack_low`,
    `slack_high`: per row, how far below and above the truth it lets the sum be.
    """

    total: FloatArray
    low: FloatArray
    high: FloatArray
    contributor: IntArray
    atom: IntArray
    plain: NDArray[np.bool_]
    organisation: IntArray
    size: FloatArray
    weights: FloatArray
    slack_low: FloatArray
    slack_high: FloatArray


@dataclass(frozen=True, eq=False)
class Family:
    """One indicator's values with all rows that are offered: what the selection chooses from and the audit attacks.

    Values are those of organisations, or of versions where there are earlier releases (`scenes.py`). `size`: the
    denominators behind the weights, where there are any. `coalition`: how many contributors put their knowledge
    together. `low`, `high`: legal range per value where it is not the goal's.
    """

    values: FloatArray
    contributor: IntArray
    goal: Goal
    rows: tuple[SumRow, ...]
    size: FloatArray | None = None
    coalition: int = 1
    low: FloatArray | None = None
    high: FloatArray | None = None

    @property
    def fixed(self) -> list[int]:
        """Numbers of the rows that earlier releases published."""
        return [number for number, row in enumerate(self.rows) if row.fixed]

    def bounds(self, rows: IntArray) -> tuple[FloatArray, FloatArray]:
        """Least and greatest legal value of these organisations, stretched to a value that lies outside."""
        x = self.values[rows]
        low = self.goal.low if self.low is None else self.low[rows]
        high = self.goal.high if self.high is None else self.high[rows]
        return np.minimum(low, x), np.maximum(high, x)

    def units(self, published: Sequence[int]) -> Units:
        """Atoms and units when exactly these rows (numbers) are published.

        An organisation that is in no published row is left out: nothing is said about it.
        """
        rows = [self.rows[i] for i in published]
        label, columns = _atoms(self.values.size, rows)
        inside = np.flatnonzero(label >= 0)
        span = int(self.contributor.max(initial=0)) + 1
        key, first, inverse, count_of = np.unique(
            label[inside] * span + self.contributor[inside], return_index=True, return_inverse=True, return_counts=True
        )
        inverse, count = inverse.reshape(-1), count_of.size
        atom, contributor = key // span, key % span
        x, (low, high) = self.values[inside], self.bounds(inside)
        ordinary = (low == self.goal.low) & (high == self.goal.high)
        total, lowest, highest = (np.bincount(inverse, part, count).astype(np.float64) for part in (x, low, high))
        true = columns @ np.bincount(atom, total, columns.shape[1]) if count else np.zeros(len(rows))
        return Units(
            total,
            lowest,
            highest,
            contributor,
            atom,
            (count_of == 1) & (np.bincount(inverse, ordinary, count) == 1),
            np.where(count_of == 1, inside[first], -1),
            np.ones(count) if self.size is None else np.bincount(inverse, self.size[inside], count) / count_of,
            columns,
            np.minimum(np.array([row.low for row in rows]) - true, 0),
            np.maximum(np.array([row.high for row in rows]) - true, 0),
        )


def goal_of(indicator: Indicator, policy: Policy, values: FloatArray) -> Goal:
    """G(p, c) for this indicator: 10 % (sensitive 20 %) of the value; on a scale with two ends an absolute width."""
    low, high = indicator.range.min, indicator.range.max
    later = policy.change_tied
    if low is not None and high is not None:
        fraction = policy.bounded_percentage_points / 100 if indicator.unit == "%" else policy.bounded_scale_fraction
        return Goal(low, high, width=fraction * (high - low), later=later)
    if low is None and indicator.scale_type != "signed":
        low = 0.0
    known = np.abs(values[np.isfinite(values)])
    typical = float(np.median(known[known > 0])) if np.any(known > 0) else 1.0
    return Goal(
        -np.inf if low is None else low,
        np.inf if high is None else high,
        relative=policy.relative_width(sensitive=indicator.sensitive),
        typical=typical,
        later=later,
    )


def tied_beforehand(part: float) -> float:
    """How far two values may be apart that are both within `part` of a third one, which may come later."""
    return 2 * part / (1 - part)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Every bit depends on every other (the finaliser of SplitMix64): a weight of 1 ends in 52 zeros."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def _atoms(size: int, rows: Sequence[SumRow]) -> tuple[IntArray, FloatArray]:
    """Atom number per organisation (−1: in no row) and the weights, rows × atoms.

    Organisations are sorted by a 128-bit fingerprint of their column; equality inside each atom is then checked.
    """
    random = np.random.default_rng(20260131)  # fixed: the numbering is part of the reproducible result
    print_ = np.zeros((2, size), dtype=np.uint64)
    for row in rows:
        weights = np.ones(row.members.size) if row.weights is None else row.weights
        factor = random.integers(1, 2**63, size=(2, 1), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        print_[:, row.members] += _mixed(factor + weights.view(np.uint64)[None, :])
    _, first, label = np.unique(print_, axis=1, return_index=True, return_inverse=True)
    label = label.reshape(-1)
    columns = np.zeros((len(rows), first.size))
    for place, row in enumerate(rows):
        weights = np.ones(row.members.size) if row.weights is None else row.weights
        columns[place, label[row.members]] = weights
        dense = np.zeros(size)
        dense[row.members] = weights
        if not np.array_equal(columns[place, label], dense):
            raise AssertionError("two different columns have the same fingerprint")
    used = columns.any(axis=0)
    order = np.argsort(first[used], kind="stable")  # atoms in the order of their first organisation
    number = np.full(first.size, -1, dtype=np.int64)
    number[np.flatnonzero(used)[order]] = np.arange(int(used.sum()))
    return number[label], np.ascontiguousarray(columns[:, np.flatnonzero(used)[order]])
