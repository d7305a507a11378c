"""Choosing a peer group: filters in the address, so that a comparison can be bookmarked; works without JavaScript.

Closure: the answer is a function of released blocks, so this page can be asked anything, any number of times.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from benchmark.reports.viewmodels_build import release_facts
from benchmark.reports.viewmodels_chosen import chosen_view, problem_text
from benchmark.reports.viewmodels_words import newer_words
from benchmark.selectors.chosen_groups import Filter, chosen_group, filters_of
from benchmark.selectors.own_values import own_values
from benchmark.stats.chosen import ChoiceError, conditions
from benchmark.stats.peers import group_key
from benchmark.views.participant import organisation_of
from benchmark.views.reading import crumbs, edition_query, page_url, reader_language, release_or_404
from portal.access import participant
from portal.roles import READING_RESULTS

CONDITION = "in"


@participant(READING_RESULTS)
@require_safe
def my_chosen_group(request: HttpRequest, code: str) -> HttpResponse:
    """Filters, and the group that they give, with the own values beside it. `?in=sector=public&in=…`."""
    organisation, view, language = organisation_of(request), release_or_404(request, code), reader_language()
    given = request.GET.getlist(CONDITION)
    found, problem = None, ""
    try:
        found = chosen_group(view, given)
    except ChoiceError as error:
        problem = problem_text(error, view, language)
    asked = CONDITION in request.GET or "show" in request.GET
    own = own_values(organisation, view.round, view.indicators, computed_at=view.computed_at)
    context = {
        "facts": release_facts(view, language),
        "organisation": organisation,
        "query": edition_query(request, view),
        "edition": request.GET.get("edition", ""),
        "filters": [_field(one, conditions(found.choice) if found else given) for one in filters_of(view, language)],
        "problem": problem,
        "own_is_newer": newer_words(own),
        "chosen": chosen_view(view, found, own, language) if found and asked else None,
        "breadcrumbs": crumbs(
            (_("Results"), page_url("my_results")),
            (view.round.title, page_url("my_result_round", code) + edition_query(request, view)),
            (_("Choose a peer group"), ""),
        ),
    }
    return render(request, "benchmark/participant/chosen.html", context, status=400 if problem else 200)


def _field(one: Filter, ticked: list[str]) -> dict[str, Any]:
    """A dimension as tick boxes; the value of a box is the condition that it stands for."""
    return {
        "id": f"choose-{one.dimension.replace('_', '-')}",
        "label": one.name,
        "options": [{"value": group_key(((one.dimension, code),)), "label": label} for code, label in one.options],
        "value": ticked,
    }
