"""Trends: the headline figure of one indicator over releases, joined only where lineage allows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.peers import ALL
from benchmark.stats.release import ReleasedTable

HEADLINE_STATISTIC = {"ratio": "ratio", "mean": "mean", "median": "p50"}

# What must be equal before two figures may stand in one series.
SAME_FIGURE = ("unit", "direction", "scale", "kind", "scale_type")


@dataclass(frozen=True)
class TrendPoint:
    """The figure of one release; `value` None when it is withheld (then `reason`) or the group does not exist.

    Where the group's trend is held the reason is `trend_held`, although the release itself does show the figure.
    """

    period: str
    round: str
    edition: int
    value: float | None
    n: str
    reason: str = ""


@dataclass(frozen=True)
class Trend:
    """Series that may be drawn as one line each; `breaks`: periods at which the figure means something else.

    `equivalent`: periods whose question is worded otherwise but measures the same. `held`: periods whose figure is
    not set beside the one before, because one or two organisations joined or left; a new series starts there too.
    """

    kpi: str
    statistic: str
    series: tuple[tuple[TrendPoint, ...], ...]
    breaks: tuple[str, ...]
    equivalent: tuple[str, ...]
    held: tuple[str, ...] = ()


def join_trend(releases: Sequence[ReleasedTable], key: str = ALL, statistic: str | None = None) -> Trend:
    """Join the releases of one indicator, oldest first.

    `statistic`: default the last release's headline. A new series starts where a new version of the questionnaire
    declares the lineage broken, where unit, direction, scale or kind of figure differ (a reversed scale is
    never joined), and where the group's trend is held: then its first point is blank. Raises ValueError for no
    releases, or for releases of several indicators.
    """
    if len({table.kpi for table in releases}) != 1:
        raise ValueError("a trend needs releases of one indicator")
    default = HEADLINE_STATISTIC.get(str(releases[-1].indicator["headline"]))
    chosen = statistic or default
    if chosen is None:
        raise ValueError("a share has no headline figure: name the option's statistic")
    series: list[list[TrendPoint]] = []
    breaks, equivalent, held = [], [], []
    previous: ReleasedTable | None = None
    for table in releases:
        group = table.groups.get(key)
        changed = previous is not None and previous.meta.version != table.meta.version
        broken = previous is not None and _broken(previous, table)
        apart = previous is not None and not broken and group is not None and group.trend_held
        if previous is None or broken or apart:
            series.append([])
            breaks.extend([table.meta.period] if broken else [])
            held.extend([table.meta.period] if apart else [])
        elif changed and _relation(table.indicator) == "equivalent":
            equivalent.append(table.meta.period)
        series[-1].append(_point(table, key, chosen, apart=apart))
        previous = table
    return Trend(releases[0].kpi, chosen, tuple(map(tuple, series)), tuple(breaks), tuple(equivalent), tuple(held))


def _broken(before: ReleasedTable, after: ReleasedTable) -> bool:
    return not comparable(before.meta.version, before.indicator, after.meta.version, after.indicator)


def comparable(version_before: str, before: Mapping[str, Any], version_after: str, after: Mapping[str, Any]) -> bool:
    """Whether two definitions of one indicator, under these versions of the questionnaire, measure the same."""
    if version_before != version_after and _relation(after) == "broken":
        return False
    # A bounded scale with other ends (1–5 against 1–7) is another instrument.
    names = (*SAME_FIGURE, "range") if after.get("scale_type") == "bounded" else SAME_FIGURE
    return all(before.get(name) == after.get(name) for name in names)


def _relation(definition: Mapping[str, Any]) -> str:
    return str(definition.get("lineage", {}).get("relation", "same"))


def _point(table: ReleasedTable, key: str, statistic: str, *, apart: bool) -> TrendPoint:
    meta, group = table.meta, table.groups.get(key)
    cell = group.cells.get(statistic) if group else None
    value = group.value(statistic) if group else None
    n = group.n_text if group else ""
    if apart and value is not None:
        return TrendPoint(meta.period, meta.round, meta.edition, None, n, Reason.TREND_HELD)
    return TrendPoint(meta.period, meta.round, meta.edition, value, n, cell.reason if cell else "")
