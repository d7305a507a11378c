"""A whole family of tables through the door together: primary rules, then the exact selection of sums.

What one table's figures leave open, several tables' figures together may not; here every published mean and ratio of
an indicator is audited together with all others of it, against the public, every participant and every holding.
Quantiles are admitted by witnesses (`witness.py`).
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmark.stats.disclosure.audit import audit
from benchmark.stats.disclosure.certificate import Certificate, admit_quantiles
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import ProtectedTable, protect
from benchmark.stats.disclosure.publisher_rows import family_of, parse_row_name, row_name
from benchmark.stats.disclosure.selection import Selection, select, weight_of
from benchmark.stats.disclosure.witness_cone import quantile_rows
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import ALL, parse_key
from benchmark.stats.tables import Table


@dataclass(frozen=True)
class Report:
    """How one indicator came out. `offered`, `published`: sums that passed the primary rules, and that stay.

    `kept`: weighted part of the offered sums that is published. `violations`: of the last audit, always 0.
    `quantiles_offered`, `quantiles_withheld`: passed the primary rules; given up for want of a proof. `certificate`:
    the witnesses (internal), None where none was asked for or, so far, for shares.
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
    certificate: Certificate | None = None


@dataclass(frozen=True)
class ProtectedTables:
    """Protected tables by indicator code, and how each came out (for staff and the manifest)."""

    tables: Mapping[str, ProtectedTable]
    reports: Mapping[str, Report]

    def __getitem__(self, code: str) -> ProtectedTable:
        return self.tables[code]


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
        protected[code], reports[code] = _protect_one(table, indicators[code], policy, before, certified=certified)
    return ProtectedTables(MappingProxyType(protected), MappingProxyType(reports))


def _protect_one(
    table: Table, indicator: Indicator, policy: Policy, before: frozenset[str], *, certified: bool
) -> tuple[ProtectedTable, Report]:
    started = time.process_time()
    passed = protect(table, indicator=indicator, policy=policy)
    if indicator.kind == "share":
        return passed, Report(0, 0, (), 1.0, True, 0, 0, time.process_time() - started)
    chosen = select_sums(table, passed, indicator, policy, before)
    withheld = {parse_row_name(name) for name in chosen.withheld}
    done = protect(table, indicator=indicator, policy=policy, withheld=withheld)
    offered, gone, certificate = len(quantile_rows(table, done, policy)), set[tuple[str, str]](), None
    if certified:
        gone, certificate = admit_quantiles(table, done, indicator, policy)
        done = protect(table, indicator=indicator, policy=policy, withheld=withheld | gone)
    violations = _gate(table, done, indicator, policy, certificate)
    report = Report(
        len(chosen.published) + len(chosen.withheld),
        len(chosen.published),
        chosen.withheld,
        chosen.kept,
        chosen.optimal,
        chosen.programs,
        violations,
        time.process_time() - started,
        offered,
        tuple(sorted(gone)),
        certificate,
    )
    return done, report


def _gate(
    table: Table, done: ProtectedTable, indicator: Indicator, policy: Policy, certificate: Certificate | None
) -> int:
    """What is about to be released is audited once more, from the figures as released; 0 violations or an error."""
    family = family_of(table, done, indicator, policy)
    violations = audit(family, range(len(family.rows)), most=1).violations
    if violations:
        raise NotCertifiedError(f"{len(violations)} disclosures are left in {indicator.code}")
    if certificate is not None and certificate.open_claims:
        raise NotCertifiedError(f"{len(certificate.open_claims)} claims of {indicator.code} have no proof")
    return 0


def select_sums(
    table: Table, passed: ProtectedTable, indicator: Indicator, policy: Policy, before: frozenset[str] = frozenset()
) -> Selection:
    """The best set of means and ratios of the indicator that discloses nobody."""
    family = family_of(table, passed, indicator, policy)
    weights = {}
    for row in family.rows:
        terms = len(parse_key(parse_row_name(row.name)[0]))
        weights[row.name] = weight_of(row.name, row.members.size, terms, withheld_before=row.name in before)
    last = frozenset(row_name(ALL, statistic) for statistic in ("mean", "ratio"))
    return select([family], weights, last=last)
