"""While answering: where the organisation would stand, with what it filled in so far, in the last published release.

Closure: released figures and the reader's own answers, nothing else. The released figures are of an earlier round and
public to participants already, so that what somebody tries out here tells nothing that the release did not tell.
"""

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from benchmark.reports.viewmodels import KpiResult
from benchmark.reports.viewmodels_build import participant_kpi, release_facts
from benchmark.selectors.own_values import OwnValues, values_of_answers
from benchmark.selectors.releases import ReleaseView, published_release, published_rounds
from benchmark.stats.indicators import Indicator
from benchmark.views.participant import organisation_of
from benchmark.views.reading import crumbs, page_url, reader_language
from portal.access import participant
from portal.roles import READING_RESULTS
from surveys.questionnaire import AnswerValue, Section, parse_expression
from surveys.selectors.answers import AnswerSheet, answer_sheet
from surveys.selectors.previous import Lineage, lineage


@participant(READING_RESULTS)
@require_safe
def my_standing(request: HttpRequest, code: str, section: str) -> HttpResponse:
    """One theme: own values of now beside the last published figures; htmx gets the table alone."""
    organisation, language = organisation_of(request), reader_language()
    sheet = answer_sheet(organisation, code, language)
    if sheet is None or not (sheet.taking or sheet.submission):
        raise Http404
    theme = next((one for one in sheet.file.sections if one.code == section), None)
    if theme is None:
        raise Http404
    view = last_release(sheet)
    title = theme.title.text(language)
    context = {
        "title": title,
        "url": page_url("my_section", code, section),
        "facts": release_facts(view, language) if view else None,
        "kpis": standing_of(sheet, theme, view) if view else [],
        "breadcrumbs": crumbs(
            (_("Questionnaires"), page_url("my_rounds")),
            (sheet.round.title, page_url("my_round", code)),
            (title, page_url("my_section", code, section)),
            (_("Where you would stand"), ""),
        ),
    }
    partial = request.headers.get("HX-Request") == "true"
    name = "benchmark/participant/_standing.html" if partial else "benchmark/participant/standing.html"
    return render(request, name, context)


def last_release(sheet: AnswerSheet) -> ReleaseView | None:
    """The newest published results of an earlier round of the same questionnaire."""
    rounds = published_rounds(sheet.round.version.questionnaire.code)
    earlier = next((one for one in rounds if one.round.reference_period < sheet.round.reference_period), None)
    return published_release(earlier.round.code, earlier.edition) if earlier else None


def standing_of(sheet: AnswerSheet, theme: Section, view: ReleaseView) -> list[KpiResult]:
    """The indicators that this theme's questions enter and that can be worked out from what is filled in."""
    names = lineage(view.round.version, sheet.round.version)
    own = OwnValues(True, values_of_answers(view.indicators, view.questionnaire, _as_then(sheet, names)))
    here = {names[question.code][0] for question in theme.questions if question.code in names}
    found = []
    for _theme, indicators in view.themes():
        for one in indicators:
            value = own.get(one.code)
            if value is not None and not value.status and inputs_of(one) & here:
                dimensions = sheet.organisation.dimensions
                found.append(participant_kpi(view, one.code, own, dimensions, sheet.language))
    return found


def _as_then(sheet: AnswerSheet, names: Lineage) -> Mapping[str, AnswerValue]:
    """What is filled in now, under the codes of then; questions that ask something else now are left out."""
    return {names[code][0]: sheet.values[code] for code in sheet.due if code in names and code in sheet.values}


def inputs_of(indicator: Indicator) -> set[str]:
    """Codes of the questions that an indicator is made of."""
    texts = [text for text in (indicator.numerator, indicator.denominator) if text]
    columns = [name for text in texts for name in parse_expression(text).names]
    return {name.partition(".")[0] for name in [*columns, *([indicator.question] if indicator.question else [])]}
