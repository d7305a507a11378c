"""Pages for everybody: the national overview, the rounds behind it, every released figure, and how figures are made."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from benchmark.reports.viewmodels_build import national_kpi, national_result, release_facts
from benchmark.reports.viewmodels_checked import checked_section
from benchmark.reports.viewmodels_method import method_view
from benchmark.selectors.releases import PublishedRound, ReleaseView, published_release, published_rounds
from benchmark.services.exporting import explained_csv
from benchmark.services.reports import policy_of
from benchmark.views.reading import (
    crumbs,
    edition_query,
    editions_of,
    history_of,
    page_url,
    reader_language,
    release_or_404,
    rounds_beside,
)
from portal.access import public

MAIN_QUESTIONNAIRE = "national"
KEPT_SECONDS = 60


@public
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The national overview of the latest published round, with the other published rounds in a list."""
    rounds = published_rounds()
    first = _first(rounds)
    view = published_release(first.round.code) if first else None
    if view is None:
        return _cached(request, render(request, "benchmark/public/nothing_yet.html"))
    beside = tuple(one for one in rounds if _questionnaire(one) == view.questionnaire.questionnaire)
    context = _overview(request, view, beside) | {"others": _others(rounds, view)}
    return _cached(request, render(request, "benchmark/public/home.html", context))


@public
@require_safe
def round_overview(request: HttpRequest, code: str) -> HttpResponse:
    """All themes of one round."""
    view = release_or_404(request, code)
    rounds = rounds_beside(view)
    context = _overview(request, view, rounds) | {"others": _others(rounds, view)}
    context["breadcrumbs"] = crumbs((_("National overview"), page_url("home")), (view.round.title, ""))
    return _cached(request, render(request, "benchmark/public/round.html", context))


@public
@require_safe
def kpi_page(request: HttpRequest, code: str, kpi: str) -> HttpResponse:
    """One indicator: its figures, every released peer group and the rounds before."""
    view = release_or_404(request, code)
    if kpi not in view.tables:
        raise Http404
    rounds = rounds_beside(view)
    result = national_kpi(view, kpi, reader_language(), history=history_of(view, rounds))
    context = _facts(request, view, rounds, page_url("kpi_page", code, kpi)) | {
        "kpi": result,
        "csv_url": page_url("kpi_csv", code, kpi) + edition_query(request, view),
        "neighbours": _neighbours(view, kpi),
        "breadcrumbs": crumbs(
            (_("National overview"), page_url("home")),
            (view.round.title, page_url("round_overview", code) + edition_query(request, view)),
            (result.name, ""),
        ),
    }
    return _cached(request, render(request, "benchmark/public/kpi.html", context))


@public
@require_safe
def kpi_csv(request: HttpRequest, code: str, kpi: str) -> HttpResponse:
    """Every released cell of one indicator, withheld ones with their reason, as CSV."""
    view = release_or_404(request, code)
    if kpi not in view.tables:
        raise Http404
    response = HttpResponse(explained_csv(view, kpi, reader_language()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{code}-{kpi}-edition-{view.edition}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return _cached(request, response)


@public
@require_safe
def method(request: HttpRequest) -> HttpResponse:
    """How figures are made and protected, by the rules of the newest published release; what a blank means."""
    found = _first(published_rounds())
    view = published_release(found.round.code) if found else None
    language = reader_language()
    parts = (*method_view(language, policy_of(view) if view else None), checked_section(language, view))
    context = {"method": parts, "release": view}
    return _cached(request, render(request, "benchmark/public/method.html", context))


def _first(rounds: tuple[PublishedRound, ...]) -> PublishedRound | None:
    """The newest round of the main questionnaire, else the newest of all."""
    return next((one for one in rounds if _questionnaire(one) == MAIN_QUESTIONNAIRE), next(iter(rounds), None))


def _overview(request: HttpRequest, view: ReleaseView, rounds: tuple[PublishedRound, ...]) -> dict[str, Any]:
    result = national_result(view, reader_language(), history=history_of(view, rounds))
    return _facts(request, view, rounds, page_url("round_overview", view.round.code)) | {"result": result}


def _facts(request: HttpRequest, view: ReleaseView, rounds: tuple[PublishedRound, ...], url: str) -> dict[str, Any]:
    """What every page of a release says about it."""
    return {
        "facts": release_facts(view, reader_language()),
        "editions": editions_of(view, rounds, url),
        "query": edition_query(request, view),
    }


def _others(rounds: tuple[PublishedRound, ...], view: ReleaseView) -> list[dict[str, Any]]:
    """The other published rounds as cards; of another questionnaire the newest three only."""
    cards: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for one in rounds:
        code = _questionnaire(one)
        if one.round.pk == view.round.pk or seen.get(code, 0) >= 3:
            continue
        seen[code] = seen.get(code, 0) + 1
        cards.append({"title": one.round.title, "url": page_url("round_overview", one.round.code), "round": one})
    return cards


def _neighbours(view: ReleaseView, kpi: str) -> list[dict[str, str]]:
    """The other indicators of the same theme."""
    language = reader_language()
    for _theme, indicators in view.themes():
        if any(indicator.code == kpi for indicator in indicators):
            return [
                {"label": one.name.text(language), "url": page_url("kpi_page", view.round.code, one.code)}
                for one in indicators
                if one.code != kpi
            ]
    return []


def _questionnaire(one: PublishedRound) -> str:
    return one.round.version.questionnaire.code


def _cached(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Anonymous readers may get a copy that is a minute old; a signed-in person's page says who that is."""
    if not request.user.is_authenticated:
        patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
    return response
