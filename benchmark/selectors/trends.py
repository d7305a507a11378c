"""Trends: the released figures of one KPI over the published rounds of a questionnaire, joined where lineage allows."""

from benchmark.selectors.releases import published_release, published_rounds
from benchmark.stats.peers import ALL
from benchmark.stats.trends import HEADLINE_STATISTIC, Trend, join_trend


def trend(kpi_code: str, questionnaire_code: str, *, key: str = ALL, statistic: str | None = None) -> Trend | None:
    """The series of one KPI for one peer group, oldest first; None when no published round has it.

    `statistic`: default the newest release's headline; a share needs one (`share:yes`), else None is returned.
    """
    rounds = reversed(published_rounds(questionnaire_code))
    releases = [published_release(one.round.code, one.edition) for one in rounds]
    tables = [release.tables[kpi_code] for release in releases if release and kpi_code in release.tables]
    if not tables or not (statistic or HEADLINE_STATISTIC.get(str(tables[-1].indicator["headline"]))):
        return None
    return join_trend(tables, key, statistic)
