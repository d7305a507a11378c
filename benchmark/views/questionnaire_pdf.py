"""All questions of a questionnaire as a PDF, to print and to discuss; here because the renderer of PDFs lives here."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from benchmark.reports.pdf import RenderingFailed, render_pdf
from benchmark.views.reading import reader_language
from portal.access import staff
from portal.one_at_a_time import one_at_a_time
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from surveys.forms.question_kinds import option_texts
from surveys.forms.questionnaire_reading import readable_checks, readable_questions
from surveys.questionnaire import QuestionnaireErrors, QuestionnaireFile, Section, load_questionnaire
from surveys.selectors.rounds import questionnaire_version
from surveys.views.staff_drafts import draft_or_404

SECONDS, MEGABYTES = 20, 512


@staff(ANY_STAFF)
@one_at_a_time
@require_safe
def staff_questionnaire_pdf(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """A stored version; where no PDF can be made, the page to print from."""
    stored = questionnaire_version(code, version)
    if stored is None:
        raise Http404
    made = _pdf(stored.file, f"{stored.loaded_at:%Y-%m-%dT%H:%M:%SZ}", f"questionnaire-{stored.content_hash[:24]}")
    return made or redirect("staff_questionnaire", code, version)


@staff(RUNNING_ROUNDS)
@one_at_a_time
@require_safe
def staff_draft_pdf(request: HttpRequest, draft_id: int) -> HttpResponse:
    """A draft, when it can be read."""
    draft = draft_or_404(draft_id)
    try:
        file = load_questionnaire(draft.source)
    except QuestionnaireErrors:
        return redirect("staff_draft", draft_id)
    made = _pdf(file, f"{draft.changed_at:%Y-%m-%dT%H:%M:%SZ}", f"draft-{draft.pk}-{draft.revision}")
    return made or redirect("staff_draft", draft_id)


def _pdf(file: QuestionnaireFile, stamp: str, identifier: str) -> HttpResponse | None:
    language = reader_language()
    context = {
        "title": file.title.text(language),
        "version": file.version,
        "stamp": stamp,
        "language": language,
        "sections": [_section(section, language) for section in file.sections],
        "checks": readable_checks(file, language),
    }
    html = render_to_string("reports/questionnaire.html", context)
    try:
        pdf = render_pdf(html, identifier=f"{identifier}-{language}", seconds=SECONDS, megabytes=MEGABYTES)
    except RenderingFailed:
        return None
    response = HttpResponse(pdf.data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file.questionnaire}-{file.version}-{language}.pdf"'
    return response


def _section(section: Section, language: str) -> dict[str, Any]:
    options = {one.code: option_texts(one, language) for one in section.questions}
    return {
        "title": section.title.text(language),
        "intro": section.intro.text(language) if section.intro else "",
        "questions": [{"read": read, "options": options[read.code]} for read in readable_questions(section, language)],
    }
