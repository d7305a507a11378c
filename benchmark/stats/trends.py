"""Trends: the headline figure of one indicator over releases, joined only where lineage allows it."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.stats.peers import ALL
from benchmark.stats.release import ReleasedTable

HEADLINE_STATISTIC = {"ratio": "ratio", "mean": "mean", "median": "p50"}

# What must be equal before two figures may stand in one series.
SAME_FIGURE = ("unit", "direction", "scale", "kind", "scale_type")


@dataclass(frozen=True)
class TrendPoint:
    """The figure of one release; `value` None when it is withheld (then `reason`) or the group does not exist."""

    period: str
    round: str
    edition: int
    value: float | None
    n: str
    reason: str = ""


@dataclass(frozen=True)
class Trend:
    """Series that may be drawn as one line each; `breaks`: periods at which a new series starts.

    `equivalent`: periods whose question is worded otherwise but measures the same.
    """

    kpi: str
    statistic: str
    series: tuple[tuple[TrendPoint, ...], ...]
    breaks: tuple[str, ...]
    equivalent: tuple[str, ...]


def join_trend(releases: Sequence[ReleasedTable], key: str = ALL, statistic: str | None = None) -> Trend:
    """Join the releases of one indicator, oldest first.

    `statistic`: default the last release's headline. A new series starts where a new version of the questionnaire
    declares the lineage broken, or where unit, direction, scale or kind of figure differ (a reversed scale is
    never joined). Raises ValueError for no releases, or for releases of several indicators.
    """
    if len({table.kpi for table in releases}) != 1:
        raise ValueError("a trend needs releases of one indicator")
    default = HEADLINE_STATISTIC.get(str(releases[-1].indicator["headline"]))
    chosen = statistic or default
    if chosen is None:
        raise ValueError("a share has no headline figure: name the option's statistic")
    series: list[list[TrendPoint]] = []
    breaks, equivalent = [], []
    previous: ReleasedTable | None = None
    for table in releases:
        changed = previous is not None and previous.meta.version != table.meta.version
        if previous is None or _broken(previous, table):
            series.append([])
            breaks.extend([table.meta.period] if previous is not None else [])
        elif changed and _relation(table) == "equivalent":
            equivalent.append(table.meta.period)
        series[-1].append(_point(table, key, chosen))
        previous = table
    return Trend(releases[0].kpi, chosen, tuple(map(tuple, series)), tuple(breaks), tuple(equivalent))


def _broken(before: ReleasedTable, after: ReleasedTable) -> bool:
    if before.meta.version != after.meta.version and _relation(after) == "broken":
        return True
    # A bounded scale with other ends (1–5 against 1–7) is another instrument.
    names = (*SAME_FIGURE, "range") if after.indicator.get("scale_type") == "bounded" else SAME_FIGURE
    return any(before.indicator.get(name) != after.indicator.get(name) for name in names)


def _relation(table: ReleasedTable) -> str:
    return str(table.indicator.get("lineage", {}).get("relation", "same"))


def _point(table: ReleasedTable, key: str, statistic: str) -> TrendPoint:
    meta, group = table.meta, table.groups.get(key)
    cell = group.cells.get(statistic) if group else None
    value = group.value(statistic) if group else None
    n = group.n_text if group else ""
    return TrendPoint(meta.period, meta.round, meta.edition, value, n, cell.reason if cell else "")
