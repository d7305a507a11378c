"""Writing a computed release: the row, its documents, cells and certificates, in the caller's transaction."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from benchmark.models import KpiWork, Release, ReleaseCertificate, ReleasedCell, ReleasedDocument
from benchmark.services.inputs import Inputs
from benchmark.stats.release import CellRow, cell_rows, content_hash, document_hash, read_document
from portal.errors import NotPossibleNow
from portal.models import User
from portal.services.audit import record
from surveys.services.rounds import advance_round

# One statement with arrays: as fast as COPY, which PostgreSQL refuses on tables with row-level security.
INSERT_CELLS = """
INSERT INTO benchmark_releasedcell (release_id, position, kpi, peer_group, statistic, value, status, n, reason)
SELECT %s, given.* FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                               %s::text[]) AS given
"""
MOVE_BODIES = """
INSERT INTO benchmark_certificatebody (certificate_id, body)
SELECT made.id, work.certificate FROM benchmark_releasecertificate made
JOIN benchmark_kpiwork work ON work.kpi = made.kpi
WHERE made.release_id = %s AND work.round_id = %s AND work.edition = %s
"""
COUNTED = ("claims", "proven", "witnesses", "replayed", "mismatches", "uncovered")


@dataclass(frozen=True, eq=False)
class MadeRelease:
    """All KPIs of a release under way, in order. `reports`: numbers for staff; `certificates`: of all together."""

    documents: Mapping[str, bytes]
    cells: Sequence[CellRow]
    reports: Mapping[str, Mapping[str, Any]]
    seconds: Mapping[str, float]
    certificates: Mapping[str, Any]


def made_release(round_id: int, edition: int, keys: Mapping[str, str]) -> MadeRelease | None:
    """What the workers made, or None when it is not all there; certificates stay where they are."""
    rows = KpiWork.objects.filter(round_id=round_id, edition=edition, state=KpiWork.State.DONE)
    made = {row.kpi: row for row in rows.defer("certificate").order_by("position")}
    if {kpi: row.key for kpi, row in made.items()} != dict(keys):
        return None
    documents = {kpi: bytes(made[kpi].document or b"") for kpi in keys}
    reports = {kpi: made[kpi].report for kpi in keys}
    cells = list(cell_rows([read_document(body) for body in documents.values()]))
    seconds = {kpi: made[kpi].seconds for kpi in keys}
    return MadeRelease(documents, cells, reports, seconds, sum_of_certificates(reports))


def sum_of_certificates(reports: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The numbers of all certificates together, and a hash over all of them; for the manifest."""
    kinds: Counter[str] = Counter()
    for report in reports.values():
        kinds.update(report["kinds"])
    hashes = "".join(f"{kpi} {report['certificate_hash']}\n" for kpi, report in sorted(reports.items()))
    return {
        **{name: sum(report[name] for report in reports.values()) for name in COUNTED},
        "kinds": dict(sorted(kinds.items())),
        "hash": hashlib.sha256(hashes.encode()).hexdigest(),
    }


def store_release(inputs: Inputs, made: MadeRelease, *, manifest: Mapping[str, Any], by: User | None) -> Release:
    """Write the release of an edition, in place of an earlier one that was not published, and advance the round.

    Flags say which indicators have odd answers and how many; they go to the audit trail, which only staff read, and
    not into the release. Raises NotPossibleNow when the round has moved on or the edition was published.
    """
    edition = inputs.edition
    current = advance_round(inputs.round.pk, "compute", by=by)
    earlier = Release.objects.select_for_update().filter(round=current, edition=edition).first()
    if current.edition != edition or (earlier and earlier.state == Release.State.PUBLISHED):
        raise NotPossibleNow(
            _("Edition %(edition)s of round “%(round)s” is not under way any more; published results never change.")
            % {"edition": edition, "round": current.code}
        )
    fields = {"inputs_id": inputs.contributions.edition_id, "indicators": inputs.indicators, "manifest": dict(manifest)}
    fields |= {"content_hash": content_hash(made.documents), "computed_at": Now()}
    fields |= {"state": Release.State.COMPUTED, "reviewed_at": None, "reviewed_by": None}
    release, _made = Release.objects.update_or_create(round=current, edition=edition, defaults=fields)
    for model in (ReleasedDocument, ReleasedCell, ReleaseCertificate):
        model.objects.filter(release=release).delete()
    _insert_documents(release, made.documents)
    _insert_cells(release, made.cells)
    _move_certificates(release, made)
    flagged = {kpi: report["flags"] for kpi, report in made.reports.items() if report["flags"]}
    waiting = {kpi: report["waiting"] for kpi, report in made.reports.items() if report["waiting"]}
    told: dict[str, Any] = {"flagged": flagged} | ({"waiting": waiting} if waiting else {})
    record("release.computed", subject=release, by=by, content_hash=release.content_hash, **told)
    return release


def _move_certificates(release: Release, made: MadeRelease) -> None:
    """Certificates go from the work to the release inside the database; the work is done with."""
    ReleaseCertificate.objects.bulk_create(
        ReleaseCertificate(
            release=release,
            kpi=kpi,
            position=position,
            document_hash=document_hash(made.documents[kpi]),
            content_hash=report["certificate_hash"],
            kinds=report["kinds"],
            report={name: value for name, value in report.items() if name not in (*COUNTED, "kinds")},
            seconds=made.seconds[kpi],
            **{name: report[name] for name in COUNTED},
        )
        for position, (kpi, report) in enumerate(made.reports.items())
    )
    with connection.cursor() as cursor:
        cursor.execute(MOVE_BODIES, [release.pk, release.round_id, release.edition])
    KpiWork.objects.filter(round=release.round_id, edition=release.edition).delete()


def _insert_documents(release: Release, documents: Mapping[str, bytes]) -> None:
    rows = (
        ReleasedDocument(release=release, kpi=kpi, position=position, body=body, content_hash=document_hash(body))
        for position, (kpi, body) in enumerate(documents.items())
    )
    ReleasedDocument.objects.bulk_create(rows, batch_size=50)


def _insert_cells(release: Release, cells: Sequence[CellRow]) -> None:
    columns: list[list[Any]] = [
        list(range(len(cells))),
        [cell.kpi for cell in cells],
        [cell.peer_group for cell in cells],
        [cell.statistic for cell in cells],
        [cell.value for cell in cells],
        [cell.status for cell in cells],
        [cell.n for cell in cells],
        [cell.reason for cell in cells],
    ]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_CELLS, [release.pk, *columns])
