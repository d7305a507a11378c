"""Certificates: every claim of a release with its witnesses, and the replay that checks them.

Checking is simple and needs none of the search: put a witness's values in place of the true ones in every scene that
it touches, publish, compare; check that the changed values are legal; and that for every claim no coalition has a part
in all the witnesses that move its version far enough. Certificates contain data near the real ones: internal.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from benchmark.stats.disclosure.atoms import goal_of
from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import protect, replay, same_group, shown_figures
from benchmark.stats.disclosure.scenes import Cast, EarlierRelease, cast_of
from benchmark.stats.disclosure.shares_admission import ShareCertificate
from benchmark.stats.disclosure.shares_verify import verify_shares
from benchmark.stats.disclosure.witness import (
    Claim,
    Needs,
    Witness,
    blocking,
    claims_of,
    former_needs,
    needs_of,
    served,
)
from benchmark.stats.disclosure.witness_pattern import PrimaryPattern, membership
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import PeerGroup
from benchmark.stats.tables import Table, compute_table

Release = Callable[[ProtectedTable], bytes]
LEAST, MOST = 0.5, 2.0  # what part of the true denominator an unknown one may be
CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Certificate:
    """What was proven about a released table of values or ratios. `coalition`: against how many contributors together.

    `open_claims` have no proof, and with any nothing may be released. `inherited` are proven as far as an earlier
    release promised, which was less than would be promised today. A table of which nothing is shown needs no claims.
    """

    indicator_code: str
    coalition: int
    claims: tuple[Claim, ...]
    witnesses: tuple[Witness, ...]
    open_claims: tuple[Claim, ...] = ()
    inherited: tuple[Claim, ...] = ()

    @property
    def certified(self) -> float:
        """Part of the claims that is proven."""
        return 1 - len(self.open_claims) / len(self.claims) if self.claims else 1.0


@dataclass(frozen=True)
class Verification:
    """Outcome of a replay. `mismatches`: witnesses that would not give the same, are not legal or prove nothing;
    `uncovered`: claims that some coalition could still refute; `same_pattern`: witnesses for which the primary rules
    would have withheld the same figures, of `pattern_sample` that were asked."""

    replayed: int
    mismatches: int
    uncovered: int
    same_pattern: int
    pattern_sample: int = 0
    claims: int = 0

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
    earlier: Sequence[EarlierRelease] = ()

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


def verify_certificate(
    certificate: Certificate | ShareCertificate,
    publisher: Publisher,
    *,
    patterns: bool = False,
    full: bool = True,
    sample: int = 200,
) -> Verification:
    """Check every witness and every claim.

    `full`: the bytes of the whole document are made again for every witness; else the figures of the groups that it
    touches (the others cannot differ). `patterns`: the primary rules are applied to a sample of so many witnesses.
    """
    if isinstance(certificate, ShareCertificate):
        cast = cast_of(publisher.table, publisher.earlier, publisher.policy)
        shares = verify_shares(
            certificate, cast, publisher.pattern, publisher.indicator, publisher.policy, publisher.release, full=full
        )
        return Verification(shares.replayed, shares.mismatches, shares.uncovered, 0)
    check = _Replay(publisher, certificate.inherited, full=full)
    donors: dict[Claim, list[frozenset[int]]] = defaultdict(list)
    mismatches = 0
    for witness in certificate.witnesses:
        moved = served(witness, check.cast, check.needs) if check.legal(witness) else []
        if not (moved and check.same(witness)):
            mismatches += 1
            continue
        owners = witness.owners(check.cast)
        for claim in moved:
            donors[claim].append(owners - {int(check.cast.contributor[claim.version])})
    # Nobody learns anything from a release that shows nothing; earlier ones have certificates of their own.
    claims = claims_of(spoken_of(check.cast, publisher.pattern), check.needs) if publisher.pattern.shown() else []
    coalition = check.cast.coalition(publisher.policy)
    uncovered = sum(blocking(donors[claim], coalition) is not None for claim in claims)
    step = max(1, len(certificate.witnesses) // sample)
    asked = certificate.witnesses[::step] if patterns else ()
    same = sum(check.primary.keeps(witness) for witness in asked)
    return Verification(len(certificate.witnesses), mismatches, uncovered, same, len(asked), len(claims))


def former_needs_of(needs: Needs, cast: Cast, indicator: Indicator, policy: Policy) -> Needs:
    """What earlier releases of this indicator promised; today's needs where they spoke of nothing."""
    goals = [goal_of(indicator, policy, one.table.values.value) for one in cast.scenes[1:]]
    return former_needs(needs, cast, goals, policy)


def spoken_of(cast: Cast, newest: ProtectedTable) -> set[int]:
    """Versions that some shown figure of any scene counts."""
    found: set[int] = set()
    for scene in cast.scenes:
        released = scene.released or newest
        shown = released.shown()
        for row in scene.table.rows:
            if row.key in shown:
                found.update(scene.version[row.members].tolist())
    return found


class _Replay:
    """Everything that a replay needs, prepared once."""

    def __init__(self, publisher: Publisher, inherited: Sequence[Claim], *, full: bool) -> None:
        self.publisher, self.full = publisher, full
        self.cast = cast_of(publisher.table, publisher.earlier, publisher.policy)
        self.goal = goal_of(publisher.indicator, publisher.policy, publisher.table.values.value)
        self.needs = needs_of(self.cast, self.goal)
        if inherited:
            former = former_needs_of(self.needs, self.cast, publisher.indicator, publisher.policy)
            self.needs = self.needs.lowered(inherited, former)
        self.primary = PrimaryPattern(self.cast, publisher.indicator, publisher.policy)
        self._true = publisher.release(publisher.pattern)
        self._answered = [scene.table.values.answered for scene in self.cast.scenes]
        self._member, self._shown, self._rules = [], [], []
        for scene in self.cast.scenes:
            groups = {group.key: group for group in (scene.released or publisher.pattern).groups}
            self._member.append(membership(scene.table))
            self._shown.append([shown_figures(groups[row.key]) for row in scene.table.rows])
            self._rules.append(_rounding(publisher.policy, scene.released))

    def same(self, witness: Witness) -> bool:
        """Whether every scene would be released the same."""
        return all(self._same_scene(witness, scene) for scene in range(len(self.cast.scenes)))

    def _same_scene(self, witness: Witness, scene: int) -> bool:
        one, publisher = self.cast.scenes[scene], self.publisher
        rows = witness.changed(self.cast, scene)[0]
        if rows.size == 0:
            return True
        if self.full and not one.fixed:
            return publisher.publish(witness.data(self.cast)) == self._true
        inside = self._member[scene][:, rows]
        touched = inside.any(axis=1)
        if witness.value is None and not self.full:
            touched &= ~inside.all(axis=1)  # a group with both has the same values as before
        shown = self._shown[scene]
        places = [place for place in np.flatnonzero(touched).tolist() if shown[place]]
        if not places:
            return True
        values, rules = witness.data(self.cast, scene), self._rules[scene]
        return all(
            same_group(one.table.rows[place], shown[place], values, publisher.indicator, rules) for place in places
        )

    def legal(self, witness: Witness) -> bool:
        """Whether the changed values could be true: of versions with a value, in their range, with fitting amounts."""
        if len(set(witness.versions.tolist())) != witness.versions.size:
            return False
        return all(self._legal_scene(witness, scene) for scene in range(len(self.cast.scenes)))

    def _legal_scene(self, witness: Witness, scene: int) -> bool:
        values, indicator = self.cast.scenes[scene].table.values, self.publisher.indicator
        rows, new, over, under = witness.changed(self.cast, scene)
        if rows.size == 0:
            return True
        if witness.value is None and rows.size != witness.versions.size:
            return False
        if not (self._answered[scene][rows].all() and np.isfinite(new).all()):
            return False
        if witness.value is not None:
            # A value that lies outside its legal range is known to exist: it may stay there.
            low, high = np.minimum(self.goal.low, values.value[rows]), np.maximum(self.goal.high, values.value[rows])
            slack = CLOSE * np.abs(new)
            if not (np.all(new >= low - slack) and np.all(new <= high + slack)):
                return False
        if values.denominator is None:
            return over is None and under is None
        if over is None or under is None:
            return False
        true = values.denominator[rows]
        product = new * under
        fits = bool(np.all(np.abs(indicator.scale * over - product) <= CLOSE * np.abs(product)))
        if indicator.denominator_public:
            return fits and bool(np.array_equal(under, true))
        if witness.value is None:
            return fits
        ends = np.sort(np.stack([LEAST * true, MOST * true]), axis=0)
        slack = CLOSE * np.abs(true)
        return fits and bool(np.all(under >= ends[0] - slack) and np.all(under <= ends[1] + slack))


def _rounding(policy: Policy, released: ProtectedTable | None) -> Policy:
    """The rules with the rounding of an earlier release."""
    if released is None:
        return policy
    return replace(
        policy,
        digits=released.digits,
        quantile_digits=released.quantile_digits,
        quantile_digits_below=released.quantile_digits_below,
    )
