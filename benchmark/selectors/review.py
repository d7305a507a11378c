"""What staff see beside a release when they review it: odd answers, who did what, and counts of what is withheld."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmark.models import Release
from benchmark.stats.release import ReleasedTable
from portal.models import AuditEntry, User


@dataclass(frozen=True)
class ReviewNotes:
    """Never part of a release. `flagged`: per KPI, how many organisations have which flag (`kpis.Flag`).

    `waiting`: per KPI whose correction waits, how many contributors `changed`, and in how many published `groups` there
    are too few of them.
    """

    reviewed_by: User | None
    published_by: User | None
    flagged: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    waiting: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class CellCounts:
    """How many cells of a KPI are shown, and how many are withheld for which reason (code)."""

    released: int
    withheld: Mapping[str, int]


def review_notes(release_id: int) -> ReviewNotes:
    """The notes of one release; needs staff's scope, since the audit trail is theirs."""
    release = Release.objects.select_related("reviewed_by", "published_by").get(pk=release_id)
    subject = f"{Release._meta.label_lower}:{release_id}"
    entry = AuditEntry.objects.filter(action="release.computed", subject=subject).order_by("-id").first()
    detail = entry.detail if entry else {}
    flagged, waiting = detail.get("flagged", {}), detail.get("waiting", {})
    return ReviewNotes(release.reviewed_by, release.published_by, flagged, waiting)


def count_cells(table: ReleasedTable) -> CellCounts:
    """Counts over all peer groups of a KPI."""
    cells = [cell for group in table.groups.values() for cell in group.cells.values()]
    reasons = Counter(cell.reason for cell in cells if cell.status == "suppressed")
    return CellCounts(sum(cell.status == "released" for cell in cells), dict(sorted(reasons.items())))
