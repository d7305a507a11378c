"""The page on which staff see what will be published, review it and publish it."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from benchmark.reports.viewmodels_words import count_text, figure_format, profile_name, statistic_head, statistic_name
from benchmark.selectors.releases import (
    SHARE,
    Headline,
    ReleaseView,
    label_peer_group,
    label_share,
    national_figure,
    release_for_review,
)
from benchmark.selectors.review import ReviewNotes, count_cells, review_notes
from benchmark.stats.disclosure.cells import Cell
from benchmark.stats.disclosure.reasons import reason_text
from benchmark.stats.indicators import Indicator
from benchmark.tables.staff_release import NUMBER, FigureColumn, GroupTable, KpiTable
from benchmark.views.staff_gate import gate_context
from portal.access import staff
from portal.models import User
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from surveys.rounds import TRANSITIONS


@dataclass(frozen=True)
class Figure:
    """A formatted figure, or the reason why there is none."""

    text: str = ""
    reason: str = ""


@dataclass(frozen=True)
class KpiRow:
    """One row of the review page."""

    name: str
    url: str
    figure: str
    headline: Figure
    n: str
    released: int
    withheld: str
    flagged: str


@staff(ANY_STAFF)
@require_GET
def staff_release(request: HttpRequest, code: str, edition: int) -> HttpResponse:
    """Everything that publishing would show, counted per KPI, and the buttons for those who may press them."""
    release = _release_or_404(request, code, edition)
    notes = review_notes(release.id)
    language = get_language() or "nl"
    gate = gate_context(release, language, may_ask=_reader(request).foundation_role in RUNNING_ROUNDS)
    themes = []
    for theme, items in release.themes():
        title = release.questionnaire.section(theme).title.text(language)
        table = KpiTable([_kpi_row(release, notes, item, language) for item in items])
        table.caption = title  # tells the tables of the page apart for who cannot see them
        themes.append({"title": title, "table": table})
    context = {
        "release": release,
        "breadcrumbs": _crumbs(release),
        "themes": themes,
        "counts": _counts(release, gate["total"], gate["blank"]),
        "waiting": _waiting(release, notes, language),
        "repeated": sum(table.repeats is not None for table in release.tables.values()),
        "facts": _facts(release, notes),
        "actions": _actions(release, notes, _reader(request)),
        "gate": gate,
        "reviewed_by_reader": release.state == "reviewed" and notes.reviewed_by == _reader(request),
    }
    return render(request, "benchmark/staff/release.html", context)


@staff(ANY_STAFF)
@require_GET
def staff_release_kpi(request: HttpRequest, code: str, edition: int, kpi: str) -> HttpResponse:
    """Every cell of one KPI as it would be published, a row per peer group."""
    release = _release_or_404(request, code, edition)
    if kpi not in release.tables:
        raise Http404
    language = get_language() or "nl"
    indicator, table = release.indicators.item(kpi), release.tables[kpi]
    names = dict.fromkeys(name for group in table.groups.values() for name in group.cells if name != "n")
    heads = {name: _head(name, indicator, release, language) for name in names}
    rows = [
        {
            "label": label_peer_group(group.key, release.questionnaire, language, release.round.unions),
            "n": group.n_text,
            **{name: _figure(cell, indicator, language) for name, cell in group.cells.items() if name != "n"},
        }
        for group in table.groups.values()
    ]
    columns = [(name, FigureColumn(verbose_name=head, attrs=NUMBER, accessor=name)) for name, head in heads.items()]
    context = {
        "release": release,
        "breadcrumbs": [*_crumbs(release, last=False), {"label": indicator.name.text(language)}],
        "title": indicator.name.text(language),
        "definition": indicator.definition.text(language),
        "table": GroupTable(rows, extra_columns=columns),
    }
    return render(request, "benchmark/staff/release_kpi.html", context)


def _release_or_404(request: HttpRequest, code: str, edition: int) -> ReleaseView:
    release = release_for_review(code, edition, by=_reader(request))
    if release is None:
        raise Http404
    return release


def _reader(request: HttpRequest) -> User:
    """The member of staff who looks; the middleware let nobody else through."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user


def _crumbs(release: ReleaseView, last: bool = True) -> list[dict[str, str]]:
    code = release.round.code
    here = {"label": _("Results, edition %(edition)s") % {"edition": release.edition}}
    if not last:
        here["url"] = reverse("staff_release", args=[code, release.edition])
    rounds = {"label": _("Rounds"), "url": reverse("staff_rounds")}
    return [rounds, {"label": release.round.title, "url": reverse("staff_round", args=[code])}, here]


def _kpi_row(release: ReleaseView, notes: ReviewNotes, indicator: Indicator, language: str) -> KpiRow:
    table = release.tables[indicator.code]
    headline, counts = national_figure(table), count_cells(table)
    withheld = [f"{count} × {reason_text(reason, language)}" for reason, count in counts.withheld.items()]
    flags = notes.flagged.get(indicator.code, {})
    return KpiRow(
        name=indicator.name.text(language),
        url=reverse("staff_release_kpi", args=[release.round.code, release.edition, indicator.code]),
        figure=statistic_name(headline.statistic) if headline.statistic else _("share of the organisations"),
        headline=_headline(headline, release, indicator, language),
        n=headline.n,
        released=counts.released,
        withheld=" ".join(withheld),
        flagged=" ".join(_flag(name, count) for name, count in sorted(flags.items())),
    )


def _headline(headline: Headline, release: ReleaseView, indicator: Indicator, language: str) -> Figure:
    if headline.figure != "share":
        return _figure(headline.cell, indicator, language) if headline.cell else Figure(reason=_("Does not exist."))
    shown = [
        f"{_figure(cell, indicator, language).text} {_head(cell.statistic, indicator, release, language)}"
        for cell in headline.cells
        if not cell.reason
    ]
    return Figure("; ".join(shown)) if shown else Figure(reason=reason_text(headline.reason, language))


def _figure(cell: Cell, indicator: Indicator, language: str) -> Figure:
    if cell.value is None:
        return Figure(reason=reason_text(cell.reason, language))
    coded = {"<": _("less than") + " ", ">": _("more than") + " "}.get(cell.coded, "")
    return Figure(coded + figure_format(indicator, language)(cell.value))


def _head(statistic: str, indicator: Indicator, release: ReleaseView, language: str) -> str:
    if statistic.startswith(SHARE):
        return label_share(statistic, indicator, release.questionnaire, language)
    return statistic_head(statistic)


def _flag(name: str, count: int) -> str:
    if name == "zero_denominator":
        return ngettext(
            "%(count)s organisation has a denominator of zero and no value.",
            "%(count)s organisations have a denominator of zero and no value.",
            count,
        ) % {"count": count}
    if name == "far_out":
        return ngettext(
            "%(count)s organisation lies very far from all others and counts all the same.",
            "%(count)s organisations lie very far from all others and count all the same.",
            count,
        ) % {"count": count}
    return ngettext(
        "%(count)s organisation lies outside the range of this indicator and counts all the same.",
        "%(count)s organisations lie outside the range of this indicator and count all the same.",
        count,
    ) % {"count": count}


def _waiting(release: ReleaseView, notes: ReviewNotes, language: str) -> list[dict[str, str]]:
    """The corrections that wait, and why, in counts."""
    found = []
    for item in release.indicators.items:
        counts = notes.waiting.get(item.code)
        if counts:
            why = ngettext(
                "%(changed)s contributor changed;", "%(changed)s contributors changed;", counts["changed"]
            ) % {"changed": counts["changed"]}
            where = ngettext(
                "in %(groups)s published group only one or two.",
                "in %(groups)s published groups only one or two.",
                counts["groups"],
            ) % {"groups": counts["groups"]}
            found.append({"name": item.name.text(language), "why": f"{why} {where}"})
    return found


def _counts(release: ReleaseView, total: dict[str, str], blank: str) -> dict[str, str | int]:
    return {
        "released": total["shown"],
        "suppressed": blank,
        "organisations": count_text(release.manifest["inputs"]["organisations"]),
        "kpis": len(release.tables),
    }


def _facts(release: ReleaseView, notes: ReviewNotes) -> list[dict[str, str]]:
    made = release.manifest
    profile = profile_name(made["policy"]["profile"])
    policy = _("%(profile)s, version %(version)s") % {**made["policy"], "profile": profile}
    people = [(_("Reviewed by"), notes.reviewed_by), (_("Published by"), notes.published_by)]
    questionnaire, indicators = release.questionnaire.questionnaire, release.indicators.indicators
    return [
        {"key": _("Hash of the results"), "value": release.content_hash},
        {"key": _("Hash of the frozen answers"), "value": made["inputs"]["hash"]},
        {"key": _("Protection policy"), "value": policy},
        {"key": _("Questionnaire"), "value": f"{questionnaire} {made['questionnaire']['version']}"},
        {"key": _("Indicators"), "value": f"{indicators} {made['indicators']['version']}"},
        {"key": _("Software"), "value": made["software"]},
        *({"key": label, "value": str(person)} for label, person in people if person is not None),
    ]


def _actions(release: ReleaseView, notes: ReviewNotes, reader: User) -> list[dict[str, Any]]:
    """The buttons that this reader may press now."""
    labels = {"review": _("These results are fit to publish"), "publish": _("Publish these results")}
    if release.edition != release.round.edition:
        return []
    return [
        {"action": action, "label": label, "is_final": action == "publish"}
        for action, label in labels.items()
        if release.round.state in TRANSITIONS[action].sources
        and reader.foundation_role in TRANSITIONS[action].roles
        and not (action == "publish" and notes.reviewed_by == reader)
    ]
