"""Figures and peer groups of one indicator, formatted, each blank with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _

from benchmark.charts import NumberFormat
from benchmark.reports.viewmodels import FigureView, GroupView
from benchmark.reports.viewmodels_words import (
    QUANTILES,
    count_text,
    figure_format,
    organisations_text,
    position_sentence,
    standing_text,
    statistic_head,
    statistic_name,
)
from benchmark.selectors.own_values import OwnValue
from benchmark.selectors.releases import SHARE, ReleaseView, label_category, label_peer_group, label_share
from benchmark.stats.columns import Status
from benchmark.stats.disclosure.cells import Cell
from benchmark.stats.disclosure.reasons import Reason, reason_text
from benchmark.stats.indicators import Indicator, option_codes
from benchmark.stats.peers import parse_key
from benchmark.stats.position import group_position
from benchmark.stats.release import ReleasedGroup, ReleasedTable

MERGE = "+"


@dataclass(frozen=True)
class Subject:
    """One indicator of a release and who reads it. `own`: None for the public and for who did not take part."""

    view: ReleaseView
    table: ReleasedTable
    indicator: Indicator
    language: str
    own: OwnValue | None = None
    write: NumberFormat = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "write", figure_format(self.indicator, self.language))

    @property
    def name(self) -> str:
        """Name of the indicator."""
        return self.indicator.name.text(self.language)

    @property
    def is_share(self) -> bool:
        """Whether the figures are shares of options."""
        return self.indicator.kind == "share"

    @property
    def own_number(self) -> float | None:
        """The own value, unrounded, None without one."""
        answered = self.own is not None and self.own.status is Status.ANSWERED
        return self.own.value if answered and self.own is not None else None

    def shown(self, key: str, statistic: str, value: float) -> str:
        """A released figure as text, with the digits that it was rounded to."""
        if self.is_share:
            return self.write(value)
        quantile = statistic in QUANTILES
        digits = self.table.quantile_digits(key) if quantile else int(self.table.policy["digits"])
        return figure_format(self.indicator, self.language, digits)(value)

    def option_label(self, code: str) -> str:
        """An option, or merged options, in words."""
        return label_share(SHARE + code, self.indicator, self.view.questionnaire, self.language)

    def option_labels(self) -> dict[str, str]:
        """Option code → label, in the order of the questionnaire; empty where there are no options."""
        codes = option_codes(self.indicator, self.view.questionnaire)
        return {code: self.option_label(code) for code in codes}

    def group_label(self, key: str) -> str:
        """A peer group in words."""
        return label_peer_group(key, self.view.questionnaire, self.language, self.view.round.unions)

    def short_group_label(self, key: str) -> str:
        """The same without the names of the dimensions, for where those are in the title."""
        file, declared = self.view.questionnaire, self.view.round.unions
        labels = [label_category(code, found, file, self.language, declared) for code, found in parse_key(key)]
        return ", ".join(labels) or self.group_label(key)


def statistics_of(subject: Subject) -> tuple[str, ...]:
    """The statistics that a group of this indicator has, in the order in which they are shown."""
    if subject.is_share:
        return tuple(SHARE + code for code in subject.option_labels())
    return (*(("ratio",) if subject.indicator.kind == "ratio" else ()), "mean", *QUANTILES)


def heads_of(subject: Subject) -> tuple[str, ...]:
    """Heads of the columns for these statistics."""
    if subject.is_share:
        return tuple(subject.option_labels().values())
    return tuple(statistic_head(name) for name in statistics_of(subject))


def group_view(subject: Subject, key: str) -> GroupView:
    """One peer group of the release; raises KeyError."""
    group = subject.table.groups[key]
    n = organisations_text(group.n, group.n_below)
    figures = tuple(
        figure_view(subject, group, cell)
        for name in statistics_of(subject)
        if (cell := group.cells.get(name)) is not None
    )
    blank = _blank(group, figures)
    made = GroupView(
        key=key,
        label=subject.group_label(key),
        short_label=subject.short_group_label(key),
        notes=() if blank else _notes(figures),
        n=n,
        n_text=count_text(group.n) if group.n is not None else group.n_text,
        figures=figures,
        blank=blank,
        order=len(group.terms),
    )
    own = subject.own_number
    if own is None:
        return replace(made, position=_same_answer(made, subject.own))
    band = group_position(subject.table, key, own)
    return replace(
        made,
        position=position_sentence(band, n),
        standing=standing_text(band, subject.language),
        standing_code=band.standing,
    )


def figure_view(subject: Subject, group: ReleasedGroup, cell: Cell) -> FigureView:
    """One cell, formatted, or the reason why it is blank with the nearest figure that is shown."""
    share = cell.statistic.startswith(SHARE)
    name = subject.option_label(cell.statistic.removeprefix(SHARE)) if share else statistic_name(cell.statistic)
    made = FigureView(
        cell.statistic,
        name,
        short=name if share else statistic_head(cell.statistic),
        n=organisations_text(group.n, group.n_below),
    )
    if cell.value is None:
        reason = reason_sentence(subject, group, cell)
        why = reason if cell.alternative.startswith(SHARE) else reason_text(cell.reason, subject.language)
        return replace(made, reason=reason, why=why)
    coded = {"<": _("less than"), ">": _("more than")}.get(cell.coded, "")
    text = f"{coded} {subject.shown(group.key, cell.statistic, cell.value)}".strip()
    return replace(made, text=text, value=None if cell.coded else cell.value)


def reason_sentence(subject: Subject, group: ReleasedGroup, cell: Cell) -> str:
    """Why a figure is blank, and where the nearest one is."""
    reason = reason_text(cell.reason, subject.language)
    if cell.alternative.startswith(SHARE):
        together = group.cells[cell.alternative]
        shown = figure_view(subject, group, together)
        return f"{reason} {shown.name}: {shown.text or shown.reason}"
    if not cell.alternative:
        return reason
    return reason + " " + _("Shown for: %(group)s.") % {"group": subject.group_label(cell.alternative)}


def short_reason(subject: Subject, group: ReleasedGroup, names: Mapping[str, str]) -> str:
    """One line about the blanks among these statistics (name → how it is called): each reason once."""
    found: dict[str, list[str]] = {}
    for statistic, called in names.items():
        cell = group.cells.get(statistic)
        if cell is not None and cell.value is None:
            found.setdefault(cell.reason, []).append(called)
    if len(found) == 1 and len(names) == len(next(iter(found.values()))):
        return reason_text(next(iter(found)), subject.language)
    return " ".join(f"{', '.join(called)}: {reason_text(code, subject.language)}" for code, called in found.items())


def released_shares(group: ReleasedGroup) -> tuple[Cell, ...]:
    """The share cells that stand for themselves: options that are shown or withheld, and merged options."""
    shares = (cell for name, cell in group.cells.items() if name.startswith(SHARE))
    return tuple(cell for cell in shares if cell.reason != Reason.MERGED)


def _same_answer(group: GroupView, own: OwnValue | None) -> str:
    """How common the one answer is that the reader gave; "" where it is not shown, or where several were given."""
    if own is None or len(own.options) != 1:
        return ""
    figure = group.figure(SHARE + own.options[0])
    if figure is None or not figure.text:
        return ""
    return _("Your answer was given by %(share)s of %(group)s.") % {"share": figure.text, "group": group.n}


def _notes(figures: tuple[FigureView, ...]) -> tuple[str, ...]:
    """Each reason once, with the figures that are blank for it."""
    found: dict[str, list[str]] = {}
    for figure in figures:
        if figure.reason:
            found.setdefault(figure.reason, []).append(figure.short)
    return tuple(f"{', '.join(names)}: {reason}" for reason, names in found.items())


def _blank(group: ReleasedGroup, figures: tuple[FigureView, ...]) -> str:
    """The one reason of a group in which nothing is shown; "" when anything is, or when reasons differ."""
    codes = {cell.reason for name, cell in group.cells.items() if name != "n"}
    if not figures or "" in codes or len(codes) != 1:
        return ""
    return figures[0].reason
