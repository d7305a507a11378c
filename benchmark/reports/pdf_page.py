"""What the printed report adds to the view models: tables that fit on paper, what stands out, and the method's numbers.

Closure: everything is a function of a ParticipantResult and the policy of its release.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benchmark.charts import QuartileData
from benchmark.reports.viewmodels import ChartView, FigureView, GroupView, KpiResult, ParticipantResult, ThemeResult
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.position import CANNOT_SAY

ALL = "all"
MOST_TELLING = 6
MOST_COLUMNS = 5  # peer groups beside each other in a table of options
MOST_ROWS = 5  # peer groups under each other: two or three indicators fit on a page
MOST_CHART_ROWS = 3
TREND_WIDTH = 260
TRENDS_IN_A_ROW = 3
CHART_WIDTH = 540
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# In the order in which they tell most.
GOOD = ("best_tenth", "best_quarter")
ROOM = ("worst_tenth", "worst_quarter")


@dataclass(frozen=True)
class PrintCell:
    """A figure, or a dash with the letter of the note that says why."""

    text: str = ""
    mark: str = ""


@dataclass(frozen=True)
class PrintLine:
    """A row: a group with its figures, or an option with its shares. `blank`: one reason for the whole row."""

    head: str
    n: str = ""
    cells: tuple[PrintCell, ...] = ()
    standing: str = ""
    blank: str = ""
    is_all: bool = False
    own: bool = False


@dataclass(frozen=True)
class PrintTable:
    """A table with the notes under it. `span`: columns that a blank row bridges."""

    heads: tuple[str, ...]
    lines: tuple[PrintLine, ...]
    notes: tuple[str, ...] = ()
    with_standing: bool = False

    @property
    def span(self) -> int:
        """Number of columns after the head and n."""
        return len(self.heads) + (1 if self.with_standing else 0)


@dataclass
class _Notes:
    """Letters for reasons: the same reason, the same letter."""

    reasons: dict[str, str] = field(default_factory=dict)

    def mark(self, reason: str) -> str:
        """The letter of this reason."""
        count = len(self.reasons)
        return self.reasons.setdefault(reason, LETTERS[count % 26] * (1 + count // 26))

    def lines(self) -> tuple[str, ...]:
        """`a  Too few organisations in this group.`"""
        return tuple(f"{mark}\u2002{reason}" for reason, mark in self.reasons.items())


@dataclass(frozen=True)
class PrintKpi:
    """One indicator with the chart and the table that go with it and the own position in a few words."""

    result: KpiResult
    chart: SafeString | None
    trend: SafeString | None
    table: PrintTable | None
    standing: str


@dataclass(frozen=True)
class PrintTheme:
    """A theme of the report."""

    result: ThemeResult
    kpis: tuple[PrintKpi, ...]


@dataclass(frozen=True)
class ReportContext:
    """All that the template needs. `identifier`: names the document; `stamp`: when the release was published."""

    organisation: str
    result: ParticipantResult
    themes: tuple[PrintTheme, ...]
    contents: tuple[tuple[PrintTheme, ...], tuple[PrintTheme, ...]]
    peer_groups: tuple[str, ...]
    good: tuple[PrintKpi, ...]
    room: tuple[PrintKpi, ...]
    trends: tuple[tuple[PrintKpi, ...], ...]
    policy: Policy
    stamp: str


def report_html(
    result: ParticipantResult, *, organisation: str, policy: Policy, published_at: datetime, site: str = ""
) -> str:
    """The report as a page of HTML for `render_pdf`, in the language of `result`."""
    with translation.override(result.language):
        context = report_context(result, organisation=organisation, policy=policy, published_at=published_at)
        return render_to_string("reports/report.html", {**vars(context), "facts": result.facts, "site_name": site})


def report_context(
    result: ParticipantResult, *, organisation: str, policy: Policy, published_at: datetime
) -> ReportContext:
    """Everything of the report; texts in the active language."""
    themes = tuple(PrintTheme(theme, tuple(_print_kpi(kpi) for kpi in theme.kpis)) for theme in result.themes)
    kpis = [kpi for theme in themes for kpi in theme.kpis]
    return ReportContext(
        organisation=organisation,
        result=result,
        themes=themes,
        contents=_halves(themes),
        peer_groups=tuple({group.label: None for kpi in kpis for group in kpi.result.groups if group.order < 2}),
        good=_telling(kpis, GOOD),
        room=_telling(kpis, ROOM),
        trends=_rows_of([kpi for kpi in kpis if kpi.trend], TRENDS_IN_A_ROW),
        policy=policy,
        stamp=published_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def short_standing(code: str) -> str:
    """A standing in two or three words for a table; "" when it cannot be said."""
    return {
        "best_tenth": _("beyond the best 10 % mark"),
        "best_quarter": _("better quarter"),
        "better_half": _("better half"),
        "around_median": _("around the middle"),
        "worse_half": _("half with room to improve"),
        "worst_quarter": _("quarter with most room"),
        "worst_tenth": _("beyond the last 10 % mark"),
        "highest_tenth": _("above P90"),
        "highest_quarter": _("above P75"),
        "higher_half": _("above the median"),
        "lower_half": _("below the median"),
        "lowest_quarter": _("below P25"),
        "lowest_tenth": _("below P10"),
    }.get(code, "")


def _rows_of(kpis: list[PrintKpi], width: int) -> tuple[tuple[PrintKpi, ...], ...]:
    """The indicators in rows of at most `width`."""
    return tuple(tuple(kpis[start : start + width]) for start in range(0, len(kpis), width))


def _halves(themes: tuple[PrintTheme, ...]) -> tuple[tuple[PrintTheme, ...], tuple[PrintTheme, ...]]:
    """The themes in two columns of about equal length, in their order."""
    lines = [len(theme.kpis) + 2 for theme in themes]
    cut = min(range(len(themes) + 1), key=lambda place: abs(sum(lines[:place]) - sum(lines[place:])))
    return themes[:cut], themes[cut:]


def _telling(kpis: Iterable[PrintKpi], codes: tuple[str, ...]) -> tuple[PrintKpi, ...]:
    """The indicators on which the organisation stands furthest out among all participants, at most MOST_TELLING."""
    found = [(codes.index(code), kpi) for kpi in kpis if (code := _standing_code(kpi.result)) in codes]
    return tuple(kpi for _rank, kpi in sorted(found, key=lambda pair: pair[0])[:MOST_TELLING])


def _standing_code(kpi: KpiResult) -> str:
    everyone = next((group for group in kpi.groups if group.key == ALL), None)
    return everyone.standing_code if everyone is not None and kpi.own is not None else CANNOT_SAY


def _print_kpi(kpi: KpiResult) -> PrintKpi:
    table = _option_table(kpi) if kpi.kind == "share" else _group_table(kpi)
    trend = kpi.trend.drawn(TREND_WIDTH, "-print", printed=True) if kpi.trend else None
    return PrintKpi(kpi, _print_chart(kpi.chart), trend, table, short_standing(_standing_code(kpi)))


def _print_chart(chart: ChartView | None) -> SafeString | None:
    """The chart for paper: without rows in which nothing is shown, which the table under it accounts for; None when
    that leaves no row.
    """
    if chart is None:
        return None
    if not isinstance(chart.data, QuartileData):
        return chart.drawn(CHART_WIDTH, "-print", printed=True)
    everyone, *others = chart.data.rows
    rows = [everyone, *[replace(row, note="") for row in others if not row.suppressed]][:MOST_CHART_ROWS]
    if everyone.suppressed and len(rows) == 1:
        return None
    return replace(chart, data=replace(chart.data, rows=tuple(rows))).drawn(CHART_WIDTH, "-print", printed=True)


def _group_table(kpi: KpiResult) -> PrintTable | None:
    """A row per peer group of which something is shown; the others stand together in a note."""
    if not kpi.groups:
        return None
    notes = _Notes()
    shown = [group for group in kpi.groups if group.key == ALL or not _is_blank(group)]
    lines = tuple(_group_line(group, notes) for group in shown[:MOST_ROWS])
    with_standing = any(line.standing for line in lines)
    more = _elsewhere(len(shown) - MOST_ROWS)
    return PrintTable(kpi.heads, lines, (*notes.lines(), *_withheld(kpi.groups), *more), with_standing)


def _group_line(group: GroupView, notes: _Notes) -> PrintLine:
    blank = _blank_reason(group)
    cells = () if blank else tuple(_cell(figure, notes) for figure in group.figures)
    standing = short_standing(group.standing_code)
    return PrintLine(group.label, group.n_text, cells, standing, blank, is_all=group.key == ALL)


def _option_table(kpi: KpiResult) -> PrintTable | None:
    """A row per option, a column per peer group of which something is shown; only the notes where that is what the
    chart shows.
    """
    having = [group for group in kpi.groups if not _is_blank(group)]
    shown = having[:MOST_COLUMNS]
    if not shown:
        return None
    notes = _Notes()
    own = kpi.own.options if kpi.own is not None else ()
    lines = []
    for place, figure in enumerate(shown[0].figures):
        cells = tuple(_cell(group.figures[place], notes) for group in shown)
        chosen = figure.statistic.removeprefix("share:") in own
        lines.append(PrintLine(figure.name, cells=cells, own=chosen))
    lines.append(PrintLine(_("Number of organisations"), cells=tuple(PrintCell(group.n_text) for group in shown)))
    heads = tuple(group.label for group in shown)
    more = _elsewhere(len(having) - MOST_COLUMNS)
    if [group.key for group in shown] == [ALL] and kpi.chart is not None and all(one.text for one in shown[0].figures):
        return PrintTable((), (), (*notes.lines(), *_withheld(kpi.groups)))
    return PrintTable(heads, tuple(lines), (*notes.lines(), *_withheld(kpi.groups), *more))


def _cell(figure: FigureView, notes: _Notes) -> PrintCell:
    return PrintCell(figure.text) if figure.text else PrintCell(mark=notes.mark(figure.reason))


def _is_blank(group: GroupView) -> bool:
    return not any(figure.text for figure in group.figures)


def _blank_reason(group: GroupView) -> str:
    """One reason for a row without any figure. Crossings are counted together, so the nearest figure, which is that
    of one of their two categories, is not named for each of them."""
    if not _is_blank(group):
        return ""
    crossing = group.order > 1
    told = (figure.why if crossing and figure.why else figure.reason for figure in group.figures if figure.reason)
    return " ".join(dict.fromkeys(told))


def _elsewhere(count: int) -> tuple[str, ...]:
    """A note about peer groups that have figures for which there is no room here."""
    if count <= 0:
        return ()
    words = ngettext(
        "Figures of %(count)s more peer group stand on the results page of the portal.",
        "Figures of %(count)s more peer groups stand on the results page of the portal.",
        count,
    )
    return (words % {"count": count},)


def _withheld(groups: Iterable[GroupView]) -> tuple[str, ...]:
    """Sentences about the peer groups of which nothing is shown."""
    found: dict[str, list[GroupView]] = {}
    for group in groups:
        if group.key != ALL and _is_blank(group):
            found.setdefault(_blank_reason(group), []).append(group)
    return tuple(
        _("Not shown: %(groups)s. %(reason)s") % {"groups": _named(blank), "reason": reason}
        for reason, blank in found.items()
    )


def _named(groups: list[GroupView]) -> str:
    """Groups by name; crossings of two dimensions, of which there are many, by number."""
    names = [group.label for group in groups if group.order < 2]
    pairs = len(groups) - len(names)
    if pairs:
        words = ngettext("%(count)s crossing of two", "%(count)s crossings of two", pairs)
        names.append(words % {"count": pairs})
    return "; ".join(names)
