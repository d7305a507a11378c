"""The gate as staff see it before publication: what is proven, what is kept, what stays blank and why, in counts.

Everything comes from the release, from the numbers of its certificates, and from advice that a worker left in the
audit trail. Never a value, and nothing that needs one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from benchmark.models import Release, ReleaseCertificate
from benchmark.selectors.releases import ReleaseView
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.peers import is_block
from benchmark.stats.quantiles import PERCENT
from benchmark.stats.release import ReleasedGroup
from portal.models import AuditEntry

ADVISED = "release.advised"
FEW = frozenset({Reason.TOO_FEW, Reason.TOO_FEW_FOR_PERCENTILE, Reason.TOO_FEW_FOR_SHARES})


@dataclass(frozen=True)
class Blanks:
    """Figures that are shown, and those that are not by cause: too few organisations, protection of a sum or share
    (one that dominates, or several figures in combination), a percentile without proof, answers shown together."""

    shown: int = 0
    few: int = 0
    protection: int = 0
    percentile: int = 0
    merged: int = 0

    def __add__(self, other: "Blanks") -> "Blanks":
        return Blanks(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Blanks)))

    @property
    def withheld(self) -> int:
        """All that are not shown."""
        return self.few + self.protection + self.percentile + self.merged


@dataclass(frozen=True)
class KpiGate:
    """One indicator: its proof in numbers, and what stays blank. `kept`: weighted part of the means and ratios that
    passed the rules by themselves and are published, None for shares; `same_pattern`: of how many witnesses (and of
    how many tried) the whole gate would have left the same figures blank, None where nobody tried."""

    kpi: str
    claims: int
    proven: int
    witnesses: int
    checked: int
    certified: bool
    kept: float | None
    weight: float
    same_pattern: tuple[int, int] | None
    seconds: float
    blanks: Blanks


@dataclass(frozen=True)
class GroupGate:
    """One peer group over all indicators."""

    key: str
    n: str
    blanks: Blanks


@dataclass(frozen=True)
class Gate:
    """A whole release. `refused`: codes of indicators without a complete proof."""

    kpis: tuple[KpiGate, ...]
    groups: tuple[GroupGate, ...]

    @property
    def claims(self) -> int:
        """Claims of all indicators."""
        return sum(one.claims for one in self.kpis)

    @property
    def proven(self) -> int:
        """Those that are proven."""
        return sum(one.proven for one in self.kpis)

    @property
    def witnesses(self) -> int:
        """Witnesses of all indicators."""
        return sum(one.witnesses for one in self.kpis)

    @property
    def refused(self) -> tuple[str, ...]:
        """What stands in the way of publication."""
        return tuple(one.kpi for one in self.kpis if not one.certified)

    @property
    def kept(self) -> float | None:
        """Weighted part of the information that is kept, over all indicators."""
        told = [one for one in self.kpis if one.kept is not None and one.weight]
        weight = sum(one.weight for one in told)
        return sum((one.kept or 0.0) * one.weight for one in told) / weight if weight else None

    @property
    def same_pattern(self) -> tuple[int, int] | None:
        """As of one indicator, for those that were tried."""
        told = [one.same_pattern for one in self.kpis if one.same_pattern is not None]
        return (sum(same for same, _tried in told), sum(tried for _same, tried in told)) if told else None

    @property
    def seconds(self) -> float:
        """Processor time of protection and proof."""
        return sum(one.seconds for one in self.kpis)

    @property
    def blanks(self) -> Blanks:
        """All figures."""
        return sum((one.blanks for one in self.kpis), Blanks())


@dataclass(frozen=True)
class Advice:
    """Which unions would keep more, and what chosen groups cost; `merges`: dimension, categories, gain, won, lost;
    `price`: weights without and with blocks and in total, None in a round without chosen groups."""

    merges: tuple[Mapping[str, Any], ...]
    price: Mapping[str, Any] | None
    now: float


def gate_of(release: ReleaseView) -> Gate:
    """The gate of a release; needs the staff's scope. A document without a certificate is not certified."""
    rows = {row.kpi: row for row in ReleaseCertificate.objects.filter(release_id=release.id)}
    blanks = cell_blanks(release)
    kpis = tuple(_kpi(kpi, rows.get(kpi), found.values()) for kpi, found in blanks.items())
    groups: dict[str, Blanks] = {}
    names: dict[str, str] = {}
    for kpi, found in blanks.items():
        for key, one in found.items():
            groups[key] = groups.get(key, Blanks()) + one
            names[key] = _larger(names.get(key, ""), release.tables[kpi].groups[key].n_text)
    return Gate(kpis, tuple(GroupGate(key, names[key], one) for key, one in groups.items()))


def cell_blanks(release: ReleaseView) -> dict[str, dict[str, Blanks]]:
    """Per indicator and peer group, in the order of the documents; blocks count together as one group `block`."""
    found: dict[str, dict[str, Blanks]] = {}
    for kpi, table in release.tables.items():
        groups: dict[str, Blanks] = {}
        for key, group in table.groups.items():
            if not is_block(group.terms):
                groups[key] = _of_group(group)
        found[kpi] = groups
    return found


def advice_of(release_id: int) -> Advice | None:
    """The newest advice about a release, None when nobody asked for it; needs the staff's scope."""
    subject = f"{Release._meta.label_lower}:{release_id}"
    entry = AuditEntry.objects.filter(action=ADVISED, subject=subject).order_by("-id").first()
    if entry is None:
        return None
    return Advice(tuple(entry.detail["merges"]), entry.detail["price"], float(entry.detail["now"]))


def _of_group(group: ReleasedGroup) -> Blanks:
    total = Blanks()
    for cell in group.cells.values():
        if cell.statistic == "n":
            continue
        if cell.status == "released":
            total += Blanks(shown=1)
        elif cell.reason in FEW:
            total += Blanks(few=1)
        elif cell.reason == Reason.MERGED:
            total += Blanks(merged=1)
        elif cell.statistic in PERCENT:
            total += Blanks(percentile=1)
        else:
            total += Blanks(protection=1)
    return total


def _kpi(kpi: str, row: ReleaseCertificate | None, blanks: Iterable[Blanks]) -> KpiGate:
    total = sum(blanks, Blanks())
    if row is None:
        return KpiGate(kpi, 0, 0, 0, 0, False, None, 0.0, None, 0.0, total)
    proven, checked = row.proven - row.uncovered, row.replayed - row.mismatches
    offered = int(row.report.get("offered", 0))
    tried = row.report.get("patterns_tried")
    return KpiGate(
        kpi,
        row.claims,
        proven,
        row.witnesses,
        checked,
        proven == row.claims and checked == row.witnesses,
        float(row.report["kept"]) if offered and "kept" in row.report else None,
        float(offered),
        (int(row.report.get("patterns_same", 0)), int(tried)) if tried else None,
        row.seconds,
        total,
    )


def _larger(one: str, other: str) -> str:
    """The larger number of organisations; indicators differ in who answered."""
    return other if not one or (not other.startswith("<") and (one.startswith("<") or int(other) > int(one))) else one
