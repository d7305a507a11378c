"""From a release, its history and a reader's own values to what is printed: `participant_result`, `national_result`.

Both are pure functions of what they are given (closure). `language` decides every text and figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from benchmark.reports.viewmodels import (
    ChartView,
    FigureView,
    GroupSet,
    GroupView,
    KpiResult,
    KpiTexts,
    NationalResult,
    ParticipantResult,
    ReleaseFacts,
    ThemeResult,
)
from benchmark.reports.viewmodels_charts import (
    lead_sentence,
    mix_view,
    most_given,
    options_text,
    quartile_view,
    share_view,
)
from benchmark.reports.viewmodels_groups import Subject, figure_view, group_view, heads_of
from benchmark.reports.viewmodels_trends import OwnHistory, period_text, repeats_note, rounds_until, trend_views
from benchmark.reports.viewmodels_words import (
    count_text,
    direction_text,
    newer_words,
    organisations_text,
    own_view,
    smoothed_note,
    statistic_note,
)
from benchmark.selectors.own_values import OwnValues
from benchmark.selectors.releases import ReleaseView, group_figure, groups_for
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import ALL, is_block

GOOD_SIDE = frozenset({"best_tenth", "best_quarter", "better_half"})
ROOM_SIDE = frozenset({"worst_tenth", "worst_quarter", "worse_half"})


@dataclass(frozen=True)
class Reader:
    """Who reads: `own` is None for the public. `past`: own values by round code. `all_groups`: every released group."""

    own: OwnValues | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    past: OwnHistory = field(default_factory=dict)
    all_groups: bool = False


PUBLIC = Reader()


def participant_result(
    view: ReleaseView,
    own: OwnValues,
    dimensions: Mapping[str, str],
    language: str,
    *,
    history: Sequence[ReleaseView] = (),
    own_history: OwnHistory | None = None,
) -> ParticipantResult:
    """A release for one organisation.

    `dimensions`: its peer dimensions. `history`: published releases of the same questionnaire (later ones are left
    out); `own_history`: own values by round code, for the trend.
    """
    with translation.override(language):
        reader = Reader(own, dimensions, {**(own_history or {}), view.round.code: own})
        themes = _themes(view, language, history, reader)
        groups = {group.label: group.order for theme in themes for kpi in theme.kpis for group in kpi.groups}
        return ParticipantResult(
            facts=release_facts(view, language),
            language=language,
            themes=themes,
            took_part=own.took_part,
            peer_groups=tuple(label for label, order in groups.items() if order < 2),
            finest=max(groups.values(), default=0),
            summary=(*newer_words(own), *_summary(themes)) if own.took_part else (),
        )


def participant_kpi(
    view: ReleaseView,
    code: str,
    own: OwnValues,
    dimensions: Mapping[str, str],
    language: str,
    *,
    history: Sequence[ReleaseView] = (),
    own_history: OwnHistory | None = None,
) -> KpiResult:
    """One indicator of `participant_result`, without reading the others; raises KeyError."""
    with translation.override(language):
        reader = Reader(own, dimensions, {**(own_history or {}), view.round.code: own})
        return _kpi(view, code, language, history, reader)


def national_result(view: ReleaseView, language: str, *, history: Sequence[ReleaseView] = ()) -> NationalResult:
    """A release for the public. `history`: published releases of the same questionnaire."""
    with translation.override(language):
        themes = _themes(view, language, history, PUBLIC)
        return NationalResult(facts=release_facts(view, language), language=language, themes=themes)


def national_kpi(view: ReleaseView, code: str, language: str, *, history: Sequence[ReleaseView] = ()) -> KpiResult:
    """One indicator for the public with every released peer group in `group_sets`; raises KeyError."""
    with translation.override(language):
        return _kpi(view, code, language, history, Reader(all_groups=True))


def release_facts(view: ReleaseView, language: str) -> ReleaseFacts:
    """What is cited of a release."""
    with translation.override(language):
        organisations = int(view.manifest.get("inputs", {}).get("organisations", 0))
        published = date_format(timezone.localtime(view.published_at), "j F Y") if view.published_at else ""
        fingerprint = " ".join(view.content_hash[i : i + 4] for i in range(0, 16, 4))
        words = {"edition": view.edition, "date": published, "fingerprint": fingerprint}
        return ReleaseFacts(
            round=view.round.code,
            title=view.round.title,
            questionnaire=view.questionnaire.questionnaire,
            questionnaire_title=view.questionnaire.title.text(language),
            period=period_text(view.round.reference_period),
            edition=view.edition,
            published=published,
            content_hash=view.content_hash,
            fingerprint=fingerprint,
            organisations=organisations,
            participants=organisations_text(organisations, None),
            imprint=_("Edition %(edition)s, published on %(date)s, fingerprint %(fingerprint)s") % words
            if published
            else _("Edition %(edition)s, not published, fingerprint %(fingerprint)s") % words,
            is_invented=view.round.is_invented,
        )


def _themes(
    view: ReleaseView, language: str, history: Sequence[ReleaseView], reader: Reader
) -> tuple[ThemeResult, ...]:
    for one in rounds_until(view, history):
        one.tables.values()  # one query for all documents of a release, instead of one each
    titles = {section.code: section.title.text(language) for section in view.questionnaire.sections}
    return tuple(
        ThemeResult(
            code,
            titles.get(code, code),
            tuple(_kpi(view, indicator.code, language, history, reader) for indicator in indicators),
        )
        for code, indicators in view.themes()
    )


def _kpi(view: ReleaseView, code: str, language: str, history: Sequence[ReleaseView], reader: Reader) -> KpiResult:
    table = view.tables[code]
    indicator = view.indicators.item(code)
    subject = Subject(view, table, indicator, language, reader.own.get(code) if reader.own is not None else None)
    groups = tuple(group_view(subject, group.key) for group in groups_for(reader.dimensions, table))
    headline = _headline(subject)
    trend = trend_views(subject, rounds_until(view, history), reader.past)
    whole = groups[0] if groups else None
    labels = subject.option_labels()
    return KpiResult(
        code=code,
        theme=indicator.theme,
        name=subject.name,
        kind=indicator.kind,
        unit=indicator.unit,
        has_direction=indicator.direction != "neutral",
        texts=_texts(subject),
        headline=headline,
        highlight=headline or _highlight(subject),
        others=_others(whole, headline),
        base=whole.n if whole else "",
        own=None if reader.own is None else own_view(subject.own, indicator, subject.write, labels),
        groups=groups,
        heads=heads_of(subject),
        chart=_chart(subject, groups),
        trend=trend.chart,
        trend_note=trend.note,
        trend_columns=trend.columns,
        trend_rows=trend.rows,
        group_sets=_group_sets(subject) if reader.all_groups else (),
    )


def _texts(subject: Subject) -> KpiTexts:
    indicator, language = subject.indicator, subject.language
    why = indicator.why_it_matters
    return KpiTexts(
        definition=indicator.definition.text(language),
        why_it_matters=why.text(language) if why else "",
        direction=direction_text(indicator.direction),
        statistic=statistic_note(indicator),
        base=_base_note(subject),
        quantiles="" if subject.is_share else smoothed_note(),
        lineage=_lineage(indicator, language),
        lead=lead_sentence(subject),
        repeats=repeats_note(subject.table),
    )


def _headline(subject: Subject) -> FigureView | None:
    """The figure of all participants that the indicator's definition names; None for a share."""
    cell = group_figure(subject.table, ALL).cell
    if cell is None or subject.is_share:
        return None
    return group_view(subject, ALL).figure(cell.statistic)


def _highlight(subject: Subject) -> FigureView | None:
    """Of a share: the option or options that were given most, or the reason why nothing is shown; None where neither
    is known.
    """
    group = subject.table.groups.get(ALL)
    if group is None or not subject.is_share:
        return None
    found = most_given(subject)
    if found:
        return replace(figure_view(subject, group, found[0]), name=options_text(subject, found))
    whole = group_view(subject, ALL)
    return whole.figures[0] if whole.blank else None


def _others(whole: GroupView | None, headline: FigureView | None) -> tuple[FigureView, ...]:
    """The other middles of all participants: which of ratio, mean and median are not the headline."""
    if whole is None or headline is None:
        return ()
    middles = ("ratio", "mean", "p50")
    return tuple(f for f in whole.figures if f.statistic in middles and f.statistic != headline.statistic)


def _chart(subject: Subject, groups: tuple[GroupView, ...]) -> ChartView | None:
    """Quartiles of the reader's groups (pairs only where something is shown), or the shares of all participants."""
    if not groups:
        return None
    ident = f"kpi-{subject.indicator.code}"
    if subject.is_share:
        sub = _("share of the organisations that answered")
        return share_view(subject, groups[0].key, ident, sub, lead_sentence(subject))
    keys = [group.key for group in groups if group.order < 2 or not group.blank]
    return quartile_view(subject, keys, ident, _("spread over the organisations, smoothed"), lead_sentence(subject))


def _group_sets(subject: Subject) -> tuple[GroupSet, ...]:
    """Every released group: per dimension with a chart, then per pair of dimensions."""
    by_dimensions: dict[tuple[str, ...], list[str]] = {}
    for key, group in subject.table.groups.items():
        if group.terms and not is_block(group.terms):  # blocks are for chosen groups only
            by_dimensions.setdefault(tuple(code for code, _category in group.terms), []).append(key)
    order = [dimension.code for dimension in subject.view.questionnaire.dimensions]
    names = {one.code: one.label.text(subject.language) for one in subject.view.questionnaire.dimensions}
    whole = group_view(subject, ALL)
    heads = heads_of(subject)
    sets = []
    for codes in sorted(by_dimensions, key=lambda found: (len(found), [order.index(code) for code in found])):
        keys = by_dimensions[codes]
        code = "-".join(codes)
        title = _("By %(dimension)s") % {"dimension": _(" and ").join(names[one].lower() for one in codes)}
        groups = (whole, *(group_view(subject, key) for key in keys))
        chart = _set_chart(subject, (ALL, *keys), f"by-{code}") if len(codes) == 1 else None
        sets.append(GroupSet(code, title, groups, heads, chart))
    return tuple(sets)


def _set_chart(subject: Subject, keys: Iterable[str], ident: str) -> ChartView | None:
    shown = list(keys)
    ident = ident.replace("_", "-")
    if subject.is_share:
        return mix_view(subject, shown, ident, _("share of the organisations that answered"))
    return quartile_view(subject, shown, ident, _("spread over the organisations, smoothed"), short=True)


def _base_note(subject: Subject) -> str:
    """How many of the participants the figures are about, where that is not all of them."""
    group = subject.table.groups.get(ALL)
    took_part = int(subject.view.manifest.get("inputs", {}).get("organisations", 0))
    if group is None or group.n is None or group.n >= took_part:
        return ""
    words = {"n": count_text(group.n), "all": count_text(took_part)}
    file = subject.view.questionnaire
    asked = {code.partition(".")[0] for code in subject.indicator.columns}
    if any(file.has_question(code) and file.question(code).ask_if for code in asked):
        return (
            _(
                "Base: %(n)s of the %(all)s participating organisations. The question was put only to those to whom it"
                " applies, so the base is smaller than the round."
            )
            % words
        )
    return _("Base: %(n)s of the %(all)s participating organisations have this figure.") % words


def _lineage(indicator: Indicator, language: str) -> str:
    """How the figure relates to earlier rounds, in words."""
    lineage = indicator.lineage
    note = lineage.note.text(language) if lineage.note else ""
    said = {
        "broken": _("Break in series: this figure may not be compared with earlier rounds."),
        "equivalent": _("Worded differently than in the last round, but it measures the same."),
        "same": _("Measured in the same way since %(year)s.") % {"year": lineage.since} if lineage.since else "",
    }[lineage.relation]
    return f"{said} {note}".strip()


def _summary(themes: tuple[ThemeResult, ...]) -> tuple[str, ...]:
    """True sentences about the whole: how many figures, and on which side of the middle."""
    kpis = [kpi for theme in themes for kpi in theme.kpis]
    answered = sum(kpi.own is not None and kpi.own.answered for kpi in kpis)
    sentences = [
        ngettext(
            "You have a value of your own for %(answered)s of the %(all)s figure.",
            "You have a value of your own for %(answered)s of the %(all)s figures.",
            len(kpis),
        )
        % {"answered": answered, "all": len(kpis)}
    ]
    codes = [kpi.groups[0].standing_code for kpi in kpis if kpi.groups]
    good, room = sum(code in GOOD_SIDE for code in codes), sum(code in ROOM_SIDE for code in codes)
    if good + room:
        sentences.append(
            _(
                "Of the figures where higher or lower is better, you are in the better half of all participants for"
                " %(good)s and in the other half for %(room)s."
            )
            % {"good": good, "room": room}
        )
    return tuple(sentences)
