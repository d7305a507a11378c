"""Trends: the released figures of one KPI over the published rounds of a questionnaire, joined where lineage allows."""

from collections.abc import Sequence

from benchmark.selectors.releases import ReleaseView, published_series
from benchmark.stats.peers import ALL
from benchmark.stats.trends import HEADLINE_STATISTIC, Trend, join_trend


def trend(
    kpi_code: str,
    questionnaire_code: str,
    *,
    key: str = ALL,
    statistic: str | None = None,
    series: Sequence[ReleaseView] | None = None,
) -> Trend | None:
    """The series of one KPI for one peer group, oldest first; None when no published round has it.

    `statistic`: default the newest release's headline; a share needs one (`share:yes`), else None is returned.
    `series`: `published_series(questionnaire_code)`, for a page that shows many KPIs and reads it once.
    """
    releases = published_series(questionnaire_code) if series is None else series
    tables = [release.tables[kpi_code] for release in releases if kpi_code in release.tables]
    if not tables or not (statistic or HEADLINE_STATISTIC.get(str(tables[-1].indicator["headline"]))):
        return None
    return join_trend(tables, key, statistic)
