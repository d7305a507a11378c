"""Results for one organisation: its own values beside its peer groups, each position a band between released figures.

Closure: these pages are a function of the release and of the organisation's own answers; nothing here can reach
another organisation's data, because the database role cannot.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from benchmark.reports.viewmodels_build import participant_kpi, participant_result, release_facts
from benchmark.reports.viewmodels_words import newer_words
from benchmark.selectors.own_values import OwnValues, own_values, rounds_taken_part
from benchmark.selectors.releases import PublishedRound, ReleaseView, published_rounds
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
from portal.access import participant
from portal.active import actor_of
from portal.models import Organisation
from portal.roles import READING_RESULTS
from surveys.selectors.answers import dimensions_in


@participant(READING_RESULTS)
@require_safe
def my_results(request: HttpRequest) -> HttpResponse:
    """The rounds with published results, those in which the organisation took part first."""
    organisation = organisation_of(request)
    rounds = published_rounds()
    own = rounds_taken_part(organisation, [one.round for one in rounds])
    context = {
        "organisation": organisation,
        "taken_part": [one for one in rounds if one.round.pk in own],
        "others": [one for one in rounds if one.round.pk not in own],
        "breadcrumbs": crumbs((_("Results"), "")),
    }
    return render(request, "benchmark/participant/results.html", context)


@participant(READING_RESULTS)
@require_safe
def my_result_round(request: HttpRequest, code: str) -> HttpResponse:
    """A summary per theme: own value, the national figure and the position."""
    organisation = organisation_of(request)
    view = release_or_404(request, code)
    own = own_values(organisation, view.round, view.indicators, computed_at=view.computed_at)
    result = participant_result(view, own, dimensions_in(organisation, view.round), reader_language())
    context = _facts(request, view, rounds_beside(view), page_url("my_result_round", code)) | {
        "result": result,
        "offers_chosen": view.round.offers_free_groups,
        "breadcrumbs": crumbs((_("Results"), page_url("my_results")), (view.round.title, "")),
    }
    return render(request, "benchmark/participant/round.html", context)


@participant(READING_RESULTS)
@require_safe
def my_result_kpi(request: HttpRequest, code: str, kpi: str) -> HttpResponse:
    """One indicator: own value against each own peer group, and over the rounds."""
    organisation = organisation_of(request)
    view = release_or_404(request, code)
    if kpi not in view.tables:
        raise Http404
    rounds = rounds_beside(view)
    history = history_of(view, rounds)
    own = own_values(organisation, view.round, view.indicators, computed_at=view.computed_at)
    result = participant_kpi(
        view,
        kpi,
        own,
        dimensions_in(organisation, view.round),
        reader_language(),
        history=history,
        own_history=own_history(organisation, history),
    )
    context = _facts(request, view, rounds, page_url("my_result_kpi", code, kpi)) | {
        "kpi": result,
        "own_is_newer": newer_words(own),
        "csv_url": page_url("kpi_csv", code, kpi) + edition_query(request, view),
        "breadcrumbs": crumbs(
            (_("Results"), page_url("my_results")),
            (view.round.title, page_url("my_result_round", code) + edition_query(request, view)),
            (result.name, ""),
        ),
    }
    return render(request, "benchmark/participant/kpi.html", context)


def own_history(organisation: Organisation, history: tuple[ReleaseView, ...]) -> dict[str, OwnValues]:
    """The organisation's own values of earlier rounds, by round code."""
    return {one.round.code: own_values(organisation, one.round, one.indicators) for one in history}


def organisation_of(request: HttpRequest) -> Organisation:
    """The organisation that the person acts for; the declared access guarantees that there is one."""
    organisation = actor_of(request).organisation
    if organisation is None:
        raise Http404
    return organisation


def _facts(request: HttpRequest, view: ReleaseView, rounds: tuple[PublishedRound, ...], url: str) -> dict[str, Any]:
    return {
        "facts": release_facts(view, reader_language()),
        "editions": editions_of(view, rounds, url),
        "query": edition_query(request, view),
        "organisation": organisation_of(request),
    }
