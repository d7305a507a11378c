"""Released cells as rows, filtered in the database."""

from collections.abc import Sequence

from benchmark.models import ReleasedCell
from benchmark.selectors.releases import ReleaseView
from benchmark.stats.release import CellRow


def observations(
    release: ReleaseView,
    *,
    kpi: Sequence[str] = (),
    peer_group: Sequence[str] = (),
    statistic: Sequence[str] = (),
    offset: int = 0,
    limit: int = 1000,
) -> tuple[int, list[CellRow]]:
    """(number of cells that fit, one page of them in the order of the release). An empty filter means all."""
    cells = ReleasedCell.objects.filter(release_id=release.id)
    for name, wanted in (("kpi", kpi), ("peer_group", peer_group), ("statistic", statistic)):
        if wanted:
            cells = cells.filter(**{f"{name}__in": list(wanted)})
    page = cells.order_by("position").values_list("kpi", "peer_group", "statistic", "value", "status", "n", "reason")
    rows = [CellRow(release.round.code, release.edition, *cell) for cell in page[offset : offset + limit]]
    return cells.count(), rows
