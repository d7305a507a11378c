"""Which chart an indicator gets, and what it is drawn from: released figures and the reader's own value alone."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from benchmark.charts import MixBar, MixData, QuartileData, QuartileRow, ShareBar, ShareData
from benchmark.reports.viewmodels import ChartView
from benchmark.reports.viewmodels_groups import MERGE, Subject, released_shares, short_reason
from benchmark.reports.viewmodels_words import QUANTILES, and_text, organisations_text, rounded_own, statistic_head
from benchmark.selectors.releases import SHARE
from benchmark.stats.disclosure.cells import Cell
from benchmark.stats.peers import ALL
from benchmark.stats.release import ReleasedGroup

MOST_PARTS = 6  # a stacked bar with more parts than this is not read


def quartile_view(
    subject: Subject, keys: Sequence[str], ident: str, sub: str = "", caption: str = "", *, short: bool = False
) -> ChartView:
    """Released quantiles of these groups, with the own value where there is one; `short`: labels without dimension."""
    own = subject.own_number
    limits = subject.indicator.range
    data = QuartileData(
        title=subject.name,
        rows=tuple(_quartile_row(subject, key, short=short) for key in keys),
        own=None if own is None else rounded_own(own, subject.indicator),
        legal=(limits.min, limits.max),
        direction=subject.indicator.direction,
    )
    return ChartView(ident, subject.name, data, subject.language, subject.write, sub, caption)


def share_view(subject: Subject, key: str, ident: str, sub: str = "", caption: str = "") -> ChartView:
    """Shares of the options in one group, with the own answer marked."""
    group = subject.table.groups[key]
    chosen = subject.own.options if subject.own is not None else ()
    cells = released_shares(group)
    withheld = all(cell.value is None for cell in cells)
    names = {cell.statistic: subject.option_label(cell.statistic.removeprefix(SHARE)) for cell in cells}
    data = ShareData(
        title=subject.name,
        bars=tuple(_share_bar(subject, cell, chosen) for cell in cells),
        base=organisations_text(group.n, group.n_below),
        suppressed=short_reason(subject, group, names) if withheld else "",
    )
    return ChartView(ident, subject.name, data, subject.language, subject.write, sub, caption)


def mix_view(subject: Subject, keys: Sequence[str], ident: str, sub: str = "") -> ChartView | None:
    """Stacked shares of several groups; None where the options do not add up or are too many to be read."""
    labels = subject.option_labels()
    exclusive = subject.indicator.question in {spec.code for spec in subject.view.questionnaire.columns()}
    if not exclusive or not 2 <= len(labels) <= MOST_PARTS:
        return None
    bars = tuple(_mix_bar(subject, subject.table.groups[key], labels) for key in keys)
    data = MixData(subject.name, tuple(labels.values()), bars)
    return ChartView(ident, subject.name, data, subject.language, subject.write, sub)


def lead_sentence(subject: Subject) -> str:
    """One true sentence about all participants; "" when the released figures do not carry one."""
    group = subject.table.groups.get(ALL)
    if group is None:
        return ""
    if subject.is_share:
        return _most_given_sentence(subject)
    low, high = group.value("p25"), group.value("p75")
    if low is None or high is None or low >= high:
        return ""
    return _("The middle half of the organisations lies between about %(low)s and %(high)s.") % {
        "low": subject.shown(ALL, "p25", low),
        "high": subject.shown(ALL, "p75", high),
    }


def most_given(subject: Subject) -> tuple[Cell, ...]:
    """The cell of the option that was chosen most, or the cells that share that place as far as the rounded figures
    tell; none when the released figures do not say which.
    """
    group = subject.table.groups.get(ALL)
    cells = released_shares(group) if group else ()
    values = [cell.value for cell in cells if cell.value is not None and not cell.coded]
    if not cells or len(values) != len(cells):
        return ()
    return tuple(cell for cell in cells if cell.value == max(values))


def _most_given_sentence(subject: Subject) -> str:
    found = most_given(subject)
    if not found or found[0].value is None:
        return ""
    words = {"option": options_text(subject, found), "share": subject.write(found[0].value)}
    if len(found) > 1:
        return _("Given most often: %(option)s (%(share)s each).") % words
    return _("Given most often: %(option)s (%(share)s).") % words


def options_text(subject: Subject, cells: Sequence[Cell]) -> str:
    """The options of these shares, each in quotation marks."""
    return and_text([f"“{subject.option_label(cell.statistic.removeprefix(SHARE))}”" for cell in cells])


def _quartile_row(subject: Subject, key: str, *, short: bool) -> QuartileRow:
    group = subject.table.groups[key]
    values = {name: group.value(name) for name in QUANTILES}
    reason = short_reason(subject, group, {name: statistic_head(name) for name in QUANTILES})
    blank = all(value is None for value in values.values())
    return QuartileRow(
        label=subject.short_group_label(key) if short else subject.group_label(key),
        p25=values["p25"],
        median=values["p50"],
        p75=values["p75"],
        p10=values["p10"],
        p90=values["p90"],
        n=group.n_text,
        suppressed=reason if blank else "",
        note="" if blank else reason,
    )


def _share_bar(subject: Subject, cell: Cell, chosen: tuple[str, ...]) -> ShareBar:
    codes = cell.statistic.removeprefix(SHARE)
    label = subject.option_label(codes)
    own = any(code in chosen for code in codes.split(MERGE))
    if cell.value is None or not cell.coded:
        return ShareBar(label, cell.value, own=own)
    low, high = (0.0, cell.value) if cell.coded == "<" else (cell.value, 100.0)
    word = _("less than") if cell.coded == "<" else _("more than")
    return ShareBar(label, None, f"{word} {subject.write(cell.value)}", low, high, own)


def _mix_bar(subject: Subject, group: ReleasedGroup, labels: dict[str, str]) -> MixBar:
    values = tuple(group.value(SHARE + code) for code in labels)
    names = {SHARE + code: label for code, label in labels.items()}
    note = short_reason(subject, group, names) if any(value is None for value in values) else ""
    n = organisations_text(group.n, group.n_below)
    return MixBar(f"{subject.short_group_label(group.key)} ({n})", values, note=note)
