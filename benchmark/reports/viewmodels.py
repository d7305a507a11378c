"""What a reader sees of a release, ready to print: the page and the PDF show these same objects (one truth).

    result = participant_result(view, own, organisation.dimensions, "nl", history=history)   # viewmodels_build.py
    result.themes[0].kpis[0].own.text          # "245 s"
    result.themes[0].kpis[0].groups[0].position  # "Uw waarde ligt tussen … van 60 organisaties."
    result.themes[0].kpis[0].chart.svg         # for the page; .svg_phone, and .svg_print for WeasyPrint

Closure: everything here is a function of the release, of the public history of releases, and of the reader's own
values. All texts are in the reader's language, all figures are formatted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils.safestring import SafeString, mark_safe

from benchmark.charts import PAGE, PHONE, ChartData, NumberFormat, Setting, data_table, draw

PRINT = 560
HALF = 520


@dataclass(frozen=True)
class FigureView:
    """One figure: `text` when it is shown, else `reason` (a sentence; it names the nearest figure that is shown).

    `statistic`: its name in the release (`ratio`, `mean`, `p50`, `share:yes`); `name`: the same in words; `short`: for
    the head of a column. `n`: how many organisations it is about, in words. `why`: the reason alone, for where the
    nearest figure stands in the same table.
    """

    statistic: str
    name: str
    short: str = ""
    text: str = ""
    reason: str = ""
    n: str = ""
    value: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Column:
    """Head of a column in a data table."""

    label: str
    num: bool = True


@dataclass(frozen=True)
class Row:
    """A row of a data table; a cell is text, or a FigureView with a reason."""

    head: str
    cells: tuple["str | FigureView", ...]
    own: bool = False


@dataclass(frozen=True)
class ChartView:
    """A chart with its table. `ident`: unique on a page; `sub`: which statistic; `caption`: a true sentence."""

    ident: str
    title: str
    data: ChartData
    language: str
    write: NumberFormat = field(compare=False)
    sub: str = ""
    caption: str = ""

    def drawn(self, width: int, suffix: str = "", *, printed: bool = False) -> SafeString:
        """The chart as <svg>; `suffix` keeps ids unique where it is drawn more than once."""
        setting = Setting(self.ident + suffix, width, self.language, self.write, "print" if printed else "page")
        # The chart package escapes every text that it is given; nothing else can get into its drawing.
        return mark_safe(draw(self.data, setting))  # noqa: S308

    @property
    def svg(self) -> SafeString:
        """For a page."""
        return self.drawn(PAGE)

    @property
    def svg_half(self) -> SafeString:
        """For half a page, as in the overview."""
        return self.drawn(HALF)

    @property
    def svg_phone(self) -> SafeString:
        """For a narrow screen."""
        return self.drawn(PHONE, "-phone")

    @property
    def svg_print(self) -> SafeString:
        """For the PDF, with its full alternative text."""
        return self.drawn(PRINT, "-print", printed=True)

    @property
    def columns(self) -> list[Column]:
        """Heads of the table beside the chart."""
        heads, _rows = data_table(self.data, Setting(self.ident, PAGE, self.language, self.write))
        return [Column(head, num=place > 0) for place, head in enumerate(heads)]

    @property
    def rows(self) -> list[Row]:
        """Rows of the table beside the chart."""
        _heads, rows = data_table(self.data, Setting(self.ident, PAGE, self.language, self.write))
        return [Row(row[0], tuple(row[1:])) for row in rows]


@dataclass(frozen=True)
class OwnView:
    """The reader's own value. `state`: answered, nonresponse, not_applicable, not_available or absent (did not take
    part). `text`: formatted, or the chosen options; `sentence`: why there is none, "" when there is one."""

    state: str
    text: str = ""
    sentence: str = ""
    value: float | None = None
    options: tuple[str, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether there is a value."""
        return self.state == "answered"


@dataclass(frozen=True)
class GroupView:
    """One peer group. `figures` in a fixed order; `blank`: one reason for all of them, "" when something is shown.
    `notes`: one line per reason, where only some figures are blank. `short_label`: without the names of the dimensions.
    `n`: `60 organisations`, `n_text`: `60`. `order`: 0 all, 1 one dimension, 2 a pair.

    `position`: where the own value lies between released quantiles, `standing`: what that means given the direction of
    good; both "" when it cannot be said.
    """

    key: str
    label: str
    n: str
    figures: tuple[FigureView, ...]
    blank: str = ""
    n_text: str = ""
    short_label: str = ""
    notes: tuple[str, ...] = ()
    position: str = ""
    standing: str = ""
    standing_code: str = ""
    order: int = 0

    def figure(self, statistic: str) -> FigureView | None:
        """The figure of one statistic, or None."""
        return next((figure for figure in self.figures if figure.statistic == statistic), None)


@dataclass(frozen=True)
class GroupSet:
    """Peer groups that are compared in one chart and table: all participants, and the categories of a dimension."""

    code: str
    title: str
    groups: tuple[GroupView, ...]
    heads: tuple[str, ...]
    chart: ChartView | None = None

    @property
    def is_crossing(self) -> bool:
        """Whether these are pairs of categories."""
        return self.groups[-1].order > 1


@dataclass(frozen=True)
class KpiTexts:
    """What is said about an indicator; each "" when there is nothing to say.

    `statistic`: what the headline figure is and is not; `base`: how many of the participants it is about, where that
    is not all; `quantiles`: what the quantiles in the chart are; `lineage`: comparability with earlier rounds; `lead`:
    one true sentence about all participants; `repeats`: that the figures are those of an earlier edition.
    """

    definition: str
    why_it_matters: str
    direction: str
    statistic: str
    base: str
    quantiles: str
    lineage: str
    lead: str
    repeats: str = ""


@dataclass(frozen=True)
class KpiResult:
    """Everything that is said about one indicator.

    `headline`: the figure that the overview shows (None for a share); `highlight`: the same, or the
    share of the option that was given most; `others`: the further middles of all
    participants, to set beside it; `base`: `60 organisations`. `own`: None for the public. `groups`: the reader's peer
    groups (only all participants for the public), with `heads` over their figures; `group_sets`: every released group.
    `chart`: None when nothing was released at all. Shares have `trend_rows`, numbers a `trend` chart.
    """

    code: str
    theme: str
    name: str
    kind: str
    unit: str
    has_direction: bool
    texts: KpiTexts
    headline: FigureView | None
    highlight: FigureView | None
    others: tuple[FigureView, ...]
    base: str
    own: OwnView | None
    groups: tuple[GroupView, ...]
    heads: tuple[str, ...]
    chart: ChartView | None
    trend: ChartView | None = None
    trend_note: str = ""
    trend_columns: tuple[Column, ...] = ()
    trend_rows: tuple[Row, ...] = ()
    group_sets: tuple[GroupSet, ...] = ()

    @property
    def drawn(self) -> ChartView | None:
        """What an overview draws: the trend where there is one, else the spread."""
        return self.trend or self.chart

    @property
    def has_crossings(self) -> bool:
        """Whether there are groups of pairs of categories."""
        return any(one.is_crossing for one in self.group_sets)

    @property
    def position(self) -> str:
        """Where the own value stands among all participants, "" when that cannot be said."""
        return self.groups[0].position if self.groups else ""

    @property
    def standing(self) -> str:
        """The same, given the direction of good."""
        return self.groups[0].standing if self.groups else ""


@dataclass(frozen=True)
class ThemeResult:
    """The indicators of one theme, in the order of the questionnaire."""

    code: str
    title: str
    kpis: tuple[KpiResult, ...]

    @property
    def leads(self) -> tuple[KpiResult, ...]:
        """At most two indicators that an overview draws: the first number, and the first shares, that are shown."""
        drawn = [kpi for kpi in self.kpis if kpi.chart is not None and kpi.highlight is not None and kpi.highlight.text]
        firsts = [next((kpi for kpi in drawn if (kpi.kind == "share") is share), None) for share in (True, False)]
        found = [kpi for kpi in firsts if kpi is not None] if None not in firsts else drawn[:2]
        return tuple(kpi for kpi in self.kpis if kpi in found)

    @property
    def rest(self) -> tuple[KpiResult, ...]:
        """The others."""
        return tuple(kpi for kpi in self.kpis if kpi not in self.leads)


@dataclass(frozen=True)
class ReleaseFacts:
    """What is cited of a release. `published` is a date in words; `imprint` the sentence with all of it."""

    round: str
    title: str
    questionnaire: str
    questionnaire_title: str
    period: str
    edition: int
    published: str
    content_hash: str
    fingerprint: str
    organisations: int
    participants: str
    imprint: str
    is_invented: bool


@dataclass(frozen=True)
class RoundResult:
    """A whole release for a reader."""

    facts: ReleaseFacts
    language: str
    themes: tuple[ThemeResult, ...]

    def kpis(self) -> Iterator[KpiResult]:
        """All indicators, theme by theme."""
        for theme in self.themes:
            yield from theme.kpis

    def kpi(self, code: str) -> KpiResult:
        """One indicator; raises KeyError."""
        for kpi in self.kpis():
            if kpi.code == code:
                return kpi
        raise KeyError(code)


@dataclass(frozen=True)
class ParticipantResult(RoundResult):
    """A release for one organisation: its own values beside its peer groups.

    `peer_groups`: labels of the groups that it is compared with, crossings left out; `finest`: how many dimensions the
    finest of them crosses; `summary`: true sentences about the whole.
    """

    took_part: bool = False
    peer_groups: tuple[str, ...] = ()
    finest: int = 0
    summary: tuple[str, ...] = ()


@dataclass(frozen=True)
class NationalResult(RoundResult):
    """A release for the public."""
