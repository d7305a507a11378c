"""One indicator over the rounds up to the one that is shown: a line for a number, a table for shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.dates import MONTHS
from django.utils.translation import gettext as _

from benchmark.charts import TrendData
from benchmark.charts import TrendPoint as ChartPoint
from benchmark.charts import TrendSeries as ChartSeries
from benchmark.reports.viewmodels import ChartView, Column, Row
from benchmark.reports.viewmodels_groups import Subject, figure_view
from benchmark.reports.viewmodels_words import rounded_own, statistic_name
from benchmark.selectors.own_values import OwnValue
from benchmark.selectors.releases import SHARE, ReleaseView
from benchmark.stats.columns import Status
from benchmark.stats.disclosure.reasons import reason_text
from benchmark.stats.peers import ALL
from benchmark.stats.release import ReleasedTable
from benchmark.stats.trends import Trend, TrendPoint, join_trend

OwnHistory = Mapping[str, Mapping[str, OwnValue]]


@dataclass(frozen=True)
class TrendViews:
    """What is shown of the rounds before: a chart, or rows of a table, and a note about both."""

    chart: ChartView | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    note: str = ""


def period_text(period: str) -> str:
    """A reference period in words: `2025`, `October 2025`."""
    year, _dash, month = period.partition("-")
    return f"{MONTHS[int(month)]} {year}" if month else year


def rounds_until(view: ReleaseView, history: Sequence[ReleaseView]) -> tuple[ReleaseView, ...]:
    """The releases of the same questionnaire before this one, oldest first, and this one itself."""
    code, period = view.questionnaire.questionnaire, view.round.reference_period
    earlier = [
        one for one in history if one.questionnaire.questionnaire == code and one.round.reference_period < period
    ]
    return (*sorted(earlier, key=lambda one: one.round.reference_period), view)


def trend_views(subject: Subject, history: Sequence[ReleaseView], own: OwnHistory) -> TrendViews:
    """The figure of all participants over the rounds, with the own values of those rounds."""
    tables = [one.tables[subject.table.kpi] for one in history if subject.table.kpi in one.tables]
    if len(tables) < 2:
        return TrendViews()
    if subject.is_share:
        return _share_rows(subject, tables)
    trend = join_trend(tables)
    points = [point for series in trend.series for point in series]
    data = TrendData(
        title=subject.name,
        rounds=tuple(period_text(point.period) for point in points),
        series=(_released_series(subject, trend, points), *_own_series(subject, trend, points, own)),
        legal=(subject.indicator.range.min, subject.indicator.range.max),
        direction=subject.indicator.direction,
    )
    title = _("%(name)s over the rounds") % {"name": subject.name}
    chart = ChartView(
        f"trend-{subject.indicator.code}", title, data, subject.language, subject.write, statistic_name(trend.statistic)
    )
    return TrendViews(chart, note=_trend_note(trend))


def repeats_note(table: ReleasedTable) -> str:
    """Why a later edition shows the figures of an earlier one; "" when it does not.

    Said whether a correction waits or nothing changed: the bytes are the same, and so are the words.
    """
    if table.repeats is None:
        return ""
    return _(
        "These are the figures of edition %(edition)s. A correction is shown once at least three participants changed"
        " something in every group that it touches; until then the figures stay."
    ) % {"edition": table.repeats}


def _released_series(subject: Subject, trend: Trend, points: Sequence[TrendPoint]) -> ChartSeries:
    return ChartSeries(
        _("All participants"),
        tuple(ChartPoint(point.value, _note(subject, trend, point), point.period in trend.breaks) for point in points),
    )


def _note(subject: Subject, trend: Trend, point: TrendPoint) -> str:
    if point.value is None:
        return reason_text(point.reason, subject.language) if point.reason else _("this figure was not computed")
    if point.period in trend.equivalent:
        return _("the question was worded differently, but measures the same")
    return ""


def _own_series(
    subject: Subject, trend: Trend, points: Sequence[TrendPoint], own: OwnHistory
) -> tuple[ChartSeries, ...]:
    """The own line; none where there is no own value in any round."""
    values = [own.get(point.round, {}).get(trend.kpi) for point in points]
    numbers = [one.value if one is not None and one.status is Status.ANSWERED else None for one in values]
    if all(number is None for number in numbers):
        return ()
    made = tuple(
        ChartPoint(None if number is None else rounded_own(number, subject.indicator), "", point.period in trend.breaks)
        for number, point in zip(numbers, points, strict=True)
    )
    return (ChartSeries(_("Your organisation"), made, own=True),)


def _trend_note(trend: Trend) -> str:
    notes = []
    if trend.breaks:
        periods = ", ".join(period_text(period) for period in trend.breaks)
        notes.append(
            _("Break in series in %(periods)s: the figures before and after it may not be compared.")
            % {"periods": periods}
        )
    if trend.held:
        periods = ", ".join(period_text(period) for period in trend.held)
        notes.append(
            _(
                "The figure of %(periods)s is not set beside the one before it, because only one or two participants"
                " joined or left in between: the difference would say something about them. The figure itself is in the"
                " results of that round."
            )
            % {"periods": periods}
        )
    return " ".join(notes)


def _share_rows(subject: Subject, tables: list[ReleasedTable]) -> TrendViews:
    """Options × rounds since the last break."""
    options = subject.option_labels()
    trend = join_trend(tables, ALL, SHARE + next(iter(options)))
    together = {(point.round, point.edition) for point in trend.series[-1]}
    shown = [table for table in tables if (table.meta.round, table.meta.edition) in together]
    if len(shown) < 2:
        return TrendViews(note=_trend_note(trend))
    columns = (Column("", num=False), *(Column(period_text(table.meta.period)) for table in shown))
    rows = []
    for code, label in options.items():
        cells = []
        for table in shown:
            group = table.groups.get(ALL)
            cell = group.cells.get(SHARE + code) if group else None
            cells.append(figure_view(subject, group, cell) if group and cell else _("not asked"))
        rows.append(Row(label, tuple(cells)))
    bases = tuple(table.groups[ALL].n_text if ALL in table.groups else "" for table in shown)
    rows.append(Row(_("Number of organisations"), bases))
    return TrendViews(columns=columns, rows=tuple(rows), note=_trend_note(trend))
