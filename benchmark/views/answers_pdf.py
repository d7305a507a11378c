"""An organisation's own answers as a PDF, to print or to keep; here because the renderer of PDFs lives here."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from benchmark.reports.pdf import RenderingFailed, render_pdf
from benchmark.views.participant import organisation_of
from benchmark.views.reading import reader_language
from portal.access import participant
from portal.one_at_a_time import one_at_a_time
from portal.roles import READING_RESULTS
from surveys.selectors.answers import answer_sheet
from surveys.views.participant_rounds import printed_sections

SECONDS, MEGABYTES = 10, 512


@participant(READING_RESULTS)
@one_at_a_time
@require_safe
def my_answers_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """Every question that is asked with its answer; where no PDF can be made, the page to print from."""
    organisation, language = organisation_of(request), reader_language()
    sheet = answer_sheet(organisation, code, language)
    if sheet is None or not (sheet.taking or sheet.submission):
        raise Http404
    latest = max((row.updated_at for row in sheet.rows.values()), default=None)
    context = {
        "sheet": sheet,
        "organisation": organisation,
        "sections": printed_sections(sheet),
        "language": language,
        "latest": localtime(latest) if latest else None,
        "stamp": latest.strftime("%Y-%m-%dT%H:%M:%SZ") if latest else "2000-01-01T00:00:00Z",
    }
    html = render_to_string("reports/answers.html", context)
    try:
        pdf = render_pdf(html, identifier=f"answers-{sheet.key}", seconds=SECONDS, megabytes=MEGABYTES)
    except RenderingFailed:
        return redirect(reverse("my_print", args=[code]))
    response = HttpResponse(pdf.data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{sheet.round.code}-{language}.pdf"'
    return response
