"""Writing a computed release: the row, its documents and its cells, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from benchmark.models import IndicatorSet, Release, ReleasedCell, ReleasedDocument
from benchmark.stats.release import CellRow, content_hash, document_hash
from portal.errors import NotPossibleNow
from portal.models import User
from portal.services.audit import record
from surveys.models import Round
from surveys.services.rounds import advance_round

# One statement with arrays: as fast as COPY, which PostgreSQL refuses on tables with row-level security.
INSERT_CELLS = """
INSERT INTO benchmark_releasedcell (release_id, position, kpi, peer_group, statistic, value, status, n, reason)
SELECT %s, given.* FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                               %s::text[]) AS given
"""


def store_release(
    of: Round,
    edition: int,
    *,
    inputs_id: int,
    indicators: IndicatorSet,
    documents: Mapping[str, bytes],
    cells: Sequence[CellRow],
    manifest: Mapping[str, Any],
    flagged: Mapping[str, Mapping[str, int]],
    by: User | None,
) -> Release:
    """Write the release of an edition, in place of an earlier one that was not published, and advance the round.

    Flags say which indicators have odd answers and how many; they go to the audit trail, which only staff read, and
    not into the release. Raises NotPossibleNow when the round has moved on or the edition was published.
    """
    current = advance_round(of.pk, "compute", by=by)
    earlier = Release.objects.select_for_update().filter(round=current, edition=edition).first()
    if current.edition != edition or (earlier and earlier.state == Release.State.PUBLISHED):
        raise NotPossibleNow(
            _("Edition %(edition)s of round “%(round)s” is not under way any more; published results never change.")
            % {"edition": edition, "round": current.code}
        )
    fields = {"inputs_id": inputs_id, "indicators": indicators, "manifest": dict(manifest)}
    fields |= {"content_hash": content_hash(documents), "computed_at": Now()}
    fields |= {"state": Release.State.COMPUTED, "reviewed_at": None, "reviewed_by": None}
    release, _made = Release.objects.update_or_create(round=current, edition=edition, defaults=fields)
    ReleasedDocument.objects.filter(release=release).delete()
    ReleasedCell.objects.filter(release=release).delete()
    _insert_documents(release, documents)
    _insert_cells(release, cells)
    record("release.computed", subject=release, by=by, content_hash=release.content_hash, flagged=flagged)
    return release


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
