"""A whole family of tables through the door together: primary rules, then the exact selection of sums.

What one table's figures leave open, several tables' figures together may not; here every published mean and ratio of
an indicator is audited together with all others of it, against the public, every participant and every holding.
Quantiles, and ratios whose denominators others do not know, are admitted by witnesses (`admission.py`).
"""

import gc
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from weakref import WeakKeyDictionary

import numpy as np

from benchmark.stats.disclosure.admission import admit
from benchmark.stats.disclosure.admission_earlier import Before
from benchmark.stats.disclosure.atoms import goal_of
from benchmark.stats.disclosure.audit import audit
from benchmark.stats.disclosure.certificate import Certificate, former_needs_of
from benchmark.stats.disclosure.figures import MEAN, QUANTILE, RATIO, Figures
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import ProtectedTable, protect
from benchmark.stats.disclosure.publisher_rows import family_of, parse_row_name, row_name
from benchmark.stats.disclosure.scenes import Cast, EarlierRelease, cast_before, cast_of, speaking
from benchmark.stats.disclosure.selection import Selection, select, weight_of
from benchmark.stats.disclosure.shares_admission import ShareCertificate, admit_shares
from benchmark.stats.disclosure.witness import least_move, moved_together, needs_of
from benchmark.stats.disclosure.witness_cone import Found
from benchmark.stats.disclosure.witness_local import Search
from benchmark.stats.disclosure.witness_pattern import OFFICIAL, PrimaryPattern
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import ALL, parse_key
from benchmark.stats.tables import Table


@dataclass(frozen=True)
class Report:
    """How one indicator came out. `offered`, `published`: sums that passed the primary rules, and that stay.

    `kept`: weighted part of the offered sums that is published. `violations`: of the last audit, always 0.
    `quantiles_offered`, `quantiles_withheld`: passed the primary rules; given up for want of a proof. The same for
    ratios of sums; `means_withheld` is what even the selection's means lacked a proof for. `kept_weight`: part of
    everything that passed the primary rules and the selection. `open_before`: claims that are proven only as far as
    an earlier release promised. `certificate`: the witnesses
    (internal), None where none was asked for.
    `seconds`: of this machine's processor; no part of any release.
    """

    offered: int
    published: int
    withheld: tuple[str, ...]
    kept: float
    optimal: bool
    programs: int
    violations: int
    seconds: float
    quantiles_offered: int = 0
    quantiles_withheld: tuple[tuple[str, str], ...] = ()
    certificate: Certificate | ShareCertificate | None = None
    ratios_offered: int = 0
    ratios_withheld: tuple[tuple[str, str], ...] = ()
    means_withheld: tuple[tuple[str, str], ...] = ()
    kept_weight: float = 1.0
    open_before: int = 0


@dataclass(frozen=True)
class ProtectedTables:
    """Protected tables by indicator code, and how each came out (for staff and the manifest)."""

    tables: Mapping[str, ProtectedTable]
    reports: Mapping[str, Report]

    def __getitem__(self, code: str) -> ProtectedTable:
        return self.tables[code]


@dataclass(frozen=True)
class Outcome:
    """One protected table, how it came out, and the proof (internal; None where none was asked for)."""

    protected: ProtectedTable
    report: Report
    certificate: Certificate | ShareCertificate | None


class NotCertifiedError(RuntimeError):
    """The last audit of what would be released found somebody disclosed; nothing may be released."""


def protect_family(
    tables: Sequence[Table],
    indicators: Mapping[str, Indicator],
    policy: Policy,
    *,
    withheld_before: Mapping[str, frozenset[str]] | None = None,
    certified: bool = True,
) -> ProtectedTables:
    """Protect all tables of a release. `indicators` by code.

    `certified`: quantiles are released only as far as witnesses prove every organisation protected; without it they
    pass on the primary rules alone (quick, not to be published).

    `withheld_before`: per indicator the names of sums (`key|statistic`) that last round withheld; the same again is
    preferred. Raises KeyError for a table without indicator, NotCertifiedError when the final audit is not clean.
    """
    protected, reports = {}, {}
    for table in tables:
        code = table.indicator_code
        before = (withheld_before or {}).get(code, frozenset())
        outcome = protect_table(table, indicators[code], policy, withheld_before=before, certified=certified)
        protected[code], reports[code] = outcome.protected, outcome.report
    return ProtectedTables(MappingProxyType(protected), MappingProxyType(reports))


def protect_table(
    table: Table,
    indicator: Indicator,
    policy: Policy,
    *,
    earlier: Sequence[EarlierRelease] = (),
    withheld_before: frozenset[str] = frozenset(),
    certified: bool = True,
    effort: float = 1.0,
) -> Outcome:
    """Protect one table of any kind together with the `earlier` releases of the same indicator (latest first).

    `certified`, `withheld_before` as in `protect_family`; `effort`: how long is looked for proofs of percentiles and
    ratios, as a part of the usual. Raises NotCertifiedError when the last audit is not clean.
    """
    earlier = speaking(earlier)
    with no_collection():
        outcome = _protect_table(table, indicator, policy, earlier, withheld_before, certified=certified, effort=effort)
    if certified and not withheld_before:
        _made_before[table] = _Made(indicator, policy, tuple(earlier), effort, outcome)
    return outcome


@dataclass(frozen=True, eq=False)
class _Made:
    """What `protect_table` was asked of a table last, and the outcome."""

    indicator: Indicator
    policy: Policy
    earlier: tuple[EarlierRelease, ...]
    effort: float
    outcome: Outcome

    def answers(self, indicator: Indicator, policy: Policy, earlier: Sequence[EarlierRelease], effort: float) -> bool:
        """Whether the same is asked again: of the very same objects, so that nothing has to be compared."""
        return (
            (self.indicator, self.policy, self.effort) == (indicator, policy, effort)
            and len(self.earlier) == len(earlier)
            and all(a.table is b.table and a.released is b.released for a, b in zip(self.earlier, earlier, strict=True))
        )


# A release is often proven again for the next one a moment later. The outcome would be the same: nothing depends on it
# whether it is still here. It lives as long as its table.
_made_before: WeakKeyDictionary[Table, _Made] = WeakKeyDictionary()


def forget() -> None:
    """Prove everything anew from here on; the outcomes are the same."""
    _made_before.clear()


@contextmanager
def no_collection() -> Iterator[None]:
    """A search makes hundreds of thousands of objects without a cycle: looking for cycles among them takes a sixth of
    its time and finds nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _protect_table(
    table: Table,
    indicator: Indicator,
    policy: Policy,
    earlier: Sequence[EarlierRelease],
    withheld_before: frozenset[str],
    *,
    certified: bool,
    effort: float,
) -> Outcome:
    started = time.process_time()
    passed = protect(table, indicator=indicator, policy=policy)
    if indicator.kind == "share":
        return _protect_shares(table, passed, indicator, policy, earlier, withheld_before, started, certified)
    known = indicator.denominator_public or not certified  # then ratios are sums with known weights
    chosen = select_sums(table, passed, indicator, policy, withheld_before, earlier=earlier, ratios=known)
    withheld = {parse_row_name(name) for name in chosen.withheld}
    done = protect(table, indicator=indicator, policy=policy, withheld=withheld)
    proven = _Proven()
    if certified:
        proven = _certify(table, done, indicator, policy, earlier, effort)
        done = protect(table, indicator=indicator, policy=policy, withheld=withheld | proven.withheld)
    violations = _gate(table, done, indicator, policy, proven, earlier, ratios=known)
    report = _report(chosen, proven, violations, time.process_time() - started)
    return Outcome(done, report, proven.certificate)


def _report(chosen: Selection, proven: "_Proven", violations: int, seconds: float) -> Report:
    return Report(
        len(chosen.published) + len(chosen.withheld),
        len(chosen.published),
        chosen.withheld,
        chosen.kept,
        chosen.optimal,
        chosen.programs,
        violations,
        seconds,
        proven.offered.get(QUANTILE, 0),
        proven.gone.get(QUANTILE, ()),
        proven.certificate,
        proven.offered.get(RATIO, 0),
        proven.gone.get(RATIO, ()),
        proven.gone.get(MEAN, ()),
        proven.kept_weight,
        proven.open_before,
    )


@dataclass(frozen=True)
class _Proven:
    """What the search for witnesses came to: by kind how many figures were offered, and which are given up."""

    certificate: Certificate | None = None
    offered: Mapping[str, int] = field(default_factory=dict)
    gone: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    kept_weight: float = 1.0
    open_before: int = 0

    @property
    def withheld(self) -> set[tuple[str, str]]:
        return {one for part in self.gone.values() for one in part}


def _certify(
    table: Table,
    done: ProtectedTable,
    indicator: Indicator,
    policy: Policy,
    earlier: Sequence[EarlierRelease],
    effort: float,
) -> _Proven:
    """Search, withhold what has no proof, and put the certificate together."""
    cast = cast_of(table, earlier, policy)
    figures = Figures(cast, done, indicator)
    keeps = PrimaryPattern(cast, indicator, policy).keeps if policy.profile == OFFICIAL else None
    coalition = cast.coalition(policy)
    goal = goal_of(indicator, policy, table.values.value)
    needs = needs_of(cast, goal)
    search = Search(figures, needs, coalition, keeps)
    before = None
    if earlier:
        again = cache(lambda: tuple(_again(cast, indicator, policy, earlier, effort)))
        before = Before(former_needs_of(needs, cast, indicator, policy), again)
    admission = admit(search, before, effort=effort)
    own = [one for one in figures.all if not one.fixed]
    gone = [figures.all[number] for number in admission.withheld]
    named = {
        kind: tuple(sorted((one.key, one.statistic) for one in gone if one.kind == kind))
        for kind in (MEAN, RATIO, QUANTILE)
    }
    certificate = Certificate(indicator.code, coalition, (), ())  # showing nothing tells nothing
    if figures.active[[not one.fixed for one in figures.all]].any():
        witnesses = tuple(one for one, alive in zip(search.witnesses, search.alive, strict=True) if alive)
        open_claims, inherited = admission.open_claims, admission.inherited
        claims = tuple(search.claims())
        certificate = Certificate(indicator.code, coalition, claims, witnesses, open_claims, inherited)
    price = sum(one.price for one in own)
    kept = 1 - sum(one.price for one in gone) / price if price else 1.0
    return _Proven(certificate, Counter(one.kind for one in own), named, kept, len(admission.inherited))


def _again(
    cast: Cast, indicator: Indicator, policy: Policy, earlier: Sequence[EarlierRelease], effort: float
) -> Iterator[Found]:
    """The witnesses that the last release was proven with, made once more, as deviations of this cast's versions."""
    if not earlier:
        return
    last, rest = earlier[0], earlier[1:]
    known = _made_before.get(last.table)
    try:
        if known is not None and known.answers(indicator, policy, rest, effort):
            made = known.outcome.certificate
        else:
            made = protect_table(last.table, indicator, policy, earlier=rest, effort=effort).certificate
    except NotCertifiedError:
        return
    old = cast_before(cast, 1, policy)
    number = np.full(old.value.size, -1, dtype=np.int64)
    for scene, one in enumerate(old.scenes):
        inside = np.flatnonzero(one.version >= 0)
        number[one.version[inside]] = cast.scenes[scene + 1].version[inside]
    if not isinstance(made, Certificate):
        return
    for witness in made.witnesses:
        versions, moves = number[witness.versions], witness.moves(old)
        order, apart = (
            np.argsort(versions, kind="stable"),
            np.flatnonzero(~moved_together(moves, old.value[witness.versions])),
        )
        # A witness for a part of a version: how far each scene moves; the newest was not there yet.
        part = (int(versions[apart[0]]), np.append(np.nan, moves[:, apart[0]])) if apart.size else None
        yield Found(versions[order], least_move(moves)[order], (), None if witness.value is None else part)


def _protect_shares(
    table: Table,
    passed: ProtectedTable,
    indicator: Indicator,
    policy: Policy,
    earlier: Sequence[EarlierRelease],
    withheld_before: frozenset[str],
    started: float,
    certified: bool,
) -> Outcome:
    if not certified:
        return Outcome(passed, Report(0, 0, (), 1.0, True, 0, 0, time.process_time() - started), None)
    made = admit_shares(table, passed, indicator, policy, earlier=earlier, withheld_before=withheld_before)
    done = protect(table, indicator=indicator, policy=policy, withheld=made.pattern)
    names = tuple(row_name(key, statistic) for key, statistic in sorted(made.withheld))
    seconds = time.process_time() - started
    report = Report(made.offered, made.published, names, made.kept, False, 0, 0, seconds, certificate=made.certificate)
    return Outcome(done, report, made.certificate)


def _gate(
    table: Table,
    done: ProtectedTable,
    indicator: Indicator,
    policy: Policy,
    proven: _Proven,
    earlier: Sequence[EarlierRelease],
    *,
    ratios: bool,
) -> int:
    """What is about to be released is audited once more, from the figures as released; 0 violations or an error."""
    family = family_of(table, done, indicator, policy, earlier=earlier, ratios=ratios)
    violations = audit(family, range(len(family.rows)), most=1).violations
    if violations:
        raise NotCertifiedError(f"{len(violations)} disclosures are left in {indicator.code}")
    if proven.certificate is not None and proven.certificate.open_claims:
        raise NotCertifiedError(f"{len(proven.certificate.open_claims)} claims of {indicator.code} have no proof")
    return 0


def select_sums(
    table: Table,
    passed: ProtectedTable,
    indicator: Indicator,
    policy: Policy,
    before: frozenset[str] = frozenset(),
    *,
    earlier: Sequence[EarlierRelease] = (),
    ratios: bool = True,
) -> Selection:
    """The best set of means and ratios of the indicator that discloses nobody, with the `earlier` releases as given.

    `ratios`: whether ratios of sums take part, with denominators that everybody is taken to know.
    """
    family = family_of(table, passed, indicator, policy, earlier=earlier, ratios=ratios)
    weights = {}
    for row in family.rows:
        if not row.fixed:
            terms = len(parse_key(parse_row_name(row.name)[0]))
            weights[row.name] = weight_of(row.name, row.members.size, terms, withheld_before=row.name in before)
    last = frozenset(row_name(ALL, statistic) for statistic in ("mean", "ratio"))
    return select([family], weights, last=last)
