"""Certificates: every claim of a release with its witnesses, and the replay that checks them byte for byte.

Checking is simple and needs none of the search: put the witness's values in place of the true ones, publish, compare
the bytes; check that the target moved far enough inside the legal range, and that no contributor is a donor in all
witnesses of a claim. Certificates contain data near the real ones: internal.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.atoms import Family
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import ProtectedTable, protect, replay, same_figures
from benchmark.stats.disclosure.publisher_rows import family_of
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.disclosure.witness import (
    TOUCH,
    Claim,
    Witness,
    atom_mates,
    claims_of,
    groups_with_figures,
    swaps,
    unproven,
    wanted_value,
)
from benchmark.stats.disclosure.witness_cone import QuantileRow, cone_witnesses, quantile_rows
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import PeerGroup, parse_key
from benchmark.stats.quantiles import PERCENT
from benchmark.stats.tables import GroupRow, Table, compute_table

Release = Callable[[ProtectedTable], bytes]


@dataclass(frozen=True, eq=False)
class Certificate:
    """What was proven about one released table. `open_claims` have no proof: nothing may be released with any."""

    indicator_code: str
    claims: tuple[Claim, ...]
    witnesses: tuple[Witness, ...]
    open_claims: tuple[Claim, ...]

    @property
    def certified(self) -> float:
        """Part of the claims that is proven."""
        return 1 - len(self.open_claims) / len(self.claims) if self.claims else 1.0


@dataclass(frozen=True)
class Verification:
    """Outcome of a replay. `mismatches`: witnesses that would not give the same bytes, or do not do what they say;
    `uncovered`: claims that some contributor could still refute; `same_pattern`: witnesses for which the whole gate
    of primary rules would have withheld the same figures."""

    replayed: int
    mismatches: int
    uncovered: int
    same_pattern: int

    @property
    def sound(self) -> bool:
        """Whether the certificate proves what it says."""
        return self.mismatches == 0 and self.uncovered == 0


@dataclass(frozen=True, eq=False)
class Publisher:
    """Data in, bytes out, with everything else as it is: groups, rules, and which figures are withheld."""

    table: Table
    groups: Sequence[PeerGroup]
    indicator: Indicator
    policy: Policy
    pattern: ProtectedTable
    release: Release

    def publish(self, values: KpiValues) -> bytes:
        """The bytes that these values would give."""
        table = compute_table(self.indicator, values, self.table.panel, self.groups)
        return self.release(replay(table, self.pattern, indicator=self.indicator, policy=self.policy))

    def same_primary(self, values: KpiValues) -> bool:
        """Whether the primary rules withhold the same figures for these values."""
        table = compute_table(self.indicator, values, self.table.panel, self.groups)
        first, second = (protect(one, indicator=self.indicator, policy=self.policy) for one in (self.table, table))
        return all(
            a.status == b.status and a.reason == b.reason
            for (_, a), (_, b) in zip(first.cells(), second.cells(), strict=True)
        )


def certify(
    table: Table, released: ProtectedTable, indicator: Indicator, policy: Policy, *, known: Certificate | None = None
) -> Certificate:
    """Look for witnesses of every claim; `known`: what was found when more was released still holds."""
    family = family_of(table, released, indicator, policy)
    quantiles = quantile_rows(table, released, policy)
    groups = groups_with_figures(table, released)
    witnesses: dict[Claim, list[Witness]] = defaultdict(list)
    for one in known.witnesses if known else ():
        witnesses[one.claim].append(one)
    claims = []
    for mates in atom_mates(family, groups):
        for claim in claims_of(family, mates):
            claims.append(claim)
            found = witnesses[claim]
            if not found:
                found += swaps(claim, mates, family, table.values)
            if not _proven(found, family):
                more = cone_witnesses(family, quantiles, claim, table.values, found, indicator.scale)
                found += [one for one in more if _holds(one, table, released, indicator, policy)]
    open_claims = tuple(claim for claim in claims if not _proven(witnesses[claim], family))
    flat = tuple(one for claim in claims for one in witnesses[claim])
    return Certificate(indicator.code, tuple(claims), flat, open_claims)


def verify_certificate(certificate: Certificate, publisher: Publisher, *, patterns: bool = False) -> Verification:
    """Replay every witness; `patterns` also runs the primary rules on each (slower)."""
    values = publisher.table.values
    family = family_of(publisher.table, publisher.pattern, publisher.indicator, publisher.policy)
    contributor = publisher.table.panel.contributor
    bytes_ = publisher.release(publisher.pattern)
    mismatches = same = 0
    good: dict[Claim, list[Witness]] = defaultdict(list)
    for witness in certificate.witnesses:
        data = witness.data(values)
        if _does_what_it_says(witness, family, data, values) and publisher.publish(data) == bytes_:
            good[witness.claim].append(witness)
        else:
            mismatches += 1
        same += patterns and publisher.same_primary(data)
    everybody = claims_of(family, np.unique(np.concatenate(_spoken_of(publisher))))
    uncovered = sum(unproven(claim, good[claim], contributor) != frozenset() for claim in everybody)
    return Verification(len(certificate.witnesses), mismatches, uncovered, same)


def admit_quantiles(
    table: Table, released: ProtectedTable, indicator: Indicator, policy: Policy
) -> tuple[set[tuple[str, str]], Certificate]:
    """Quantiles (group key, statistic) that must be given up until every claim has its proof, and that proof.

    Given up first is the least wanted quantile without which the claim can be proven; where no single one helps, the
    least wanted of the organisation's groups. Least wanted: outer percentiles before the median, crossings before
    dimensions before all, small groups before large ones.
    """
    gone: set[tuple[str, str]] = set()
    certificate = certify(table, released, indicator, policy)
    while certificate.open_claims:
        family = family_of(table, released, indicator, policy)
        quantiles = [q for q in quantile_rows(table, released, policy) if (q.key, q.statistic) not in gone]
        blamed = _blamed(certificate, family, quantiles, table, indicator.scale)
        if blamed is None:
            return gone, certificate
        gone.add((blamed.key, blamed.statistic))
        left = protect_pattern(table, released, gone, indicator, policy)
        certificate = certify(table, left, indicator, policy, known=certificate)
    return gone, certificate


def protect_pattern(
    table: Table, released: ProtectedTable, gone: Collection[tuple[str, str]], indicator: Indicator, policy: Policy
) -> ProtectedTable:
    """The released table with these figures withheld as well."""
    before = {
        (group.key, cell.statistic)
        for group, cell in released.cells()
        if cell.status == "suppressed" and cell.reason == Reason.PROTECTED
    }
    return protect(table, indicator=indicator, policy=policy, withheld=before | set(gone))


def _blamed(
    certificate: Certificate, family: Family, quantiles: Sequence[QuantileRow], table: Table, scale: float
) -> QuantileRow | None:
    claim = certificate.open_claims[0]
    known = [one for one in certificate.witnesses if one.claim == claim]
    order = sorted(quantiles, key=_wanted)
    own = [one for one in order if claim.organisation in one.members] or order
    for candidate in own:
        without = [one for one in quantiles if one is not candidate]
        found = [*known, *cone_witnesses(family, without, claim, table.values, known, scale)]
        if _proven(found, family):
            return candidate
    return own[0] if own else None


def _wanted(one: QuantileRow) -> tuple[int, int, int, str, str]:
    """What is given up first comes first."""
    return -abs(PERCENT[one.statistic] - 50), -len(parse_key(one.key)), one.members.size, one.key, one.statistic


def _spoken_of(publisher: Publisher) -> list[np.ndarray]:
    answered = publisher.table.values.answered
    rows = groups_with_figures(publisher.table, publisher.pattern)
    return [row.members[answered[row.members]] for row in rows] or [np.zeros(0, dtype=np.int64)]


def _holds(witness: Witness, table: Table, released: ProtectedTable, indicator: Indicator, policy: Policy) -> bool:
    """Whether the groups that the witness touches would be released with the same figures."""
    touched = [(row, _counted(row)) for row in table.rows]
    groups = [
        PeerGroup(row.key, row.terms, counted) for row, counted in touched if np.isin(witness.rows, counted).any()
    ]
    other = compute_table(indicator, witness.data(table.values), table.panel, groups)
    return same_figures(other, released, policy)


def _counted(row: GroupRow) -> IntArray:
    """All who count in a group: with a value, or with amounts only."""
    return np.sort(row.members) if row.ratio_members is None else np.union1d(row.members, row.ratio_members)


def _proven(witnesses: Sequence[Witness], family: Family) -> bool:
    return unproven(witnesses[0].claim, witnesses, family.contributor) == frozenset() if witnesses else False


def _does_what_it_says(witness: Witness, family: Family, data: KpiValues, values: KpiValues) -> bool:
    """The target moved far enough, and every changed value is as legal as it was."""
    claim, x = witness.claim, data.value
    goal, own = wanted_value(family, claim), float(values.value[claim.organisation])
    moved = claim.direction * (float(x[claim.organisation]) - goal) >= -TOUCH * max(abs(goal), abs(goal - own))
    changed = np.flatnonzero((x != values.value) & np.isfinite(x))
    low = np.minimum(family.goal.low, values.value[changed])
    high = np.maximum(family.goal.high, values.value[changed])
    if witness.kind == "W1":  # somebody's true value, which may lie outside the range and then is known to exist
        low, high = np.full(changed.size, -np.inf), np.full(changed.size, np.inf)
    slack = 1e-9 * np.abs(x[changed])
    return bool(moved and np.all(x[changed] >= low - slack) and np.all(x[changed] <= high + slack))
