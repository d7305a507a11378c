"""A draft as participants will see it: the same fields, routing, checks and computed values; nothing is stored."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import staff
from portal.models import Organisation
from portal.roles import RUNNING_ROUNDS
from surveys.forms.question_fields import section_fields
from surveys.forms.typed import read_typing
from surveys.models import Answer, QuestionnaireVersion, Round
from surveys.questionnaire import QuestionnaireFile
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.drafts import report_on
from surveys.selectors.previous import NOTHING_BEFORE
from surveys.services.answers import read_as_row
from surveys.views.staff_drafts import crumbs, draft_or_404, language

PROFILE = "profile-"


@staff(RUNNING_ROUNDS)
@require_http_methods(["GET", "POST"])
def draft_preview(request: HttpRequest, draft_id: int) -> HttpResponse:
    """One theme of the draft to try out. All that was typed travels with the page, also of other themes."""
    draft = draft_or_404(draft_id)
    file = report_on(draft, language()).file
    if file is None:
        raise Http404
    wanted = request.POST.get("theme", "")
    theme = next((one for one in file.sections if one.code == wanted), file.sections[0])
    sheet = _sheet(draft.source, file, request.POST)
    here = {question.code for question in theme.questions}
    carried = [
        (name, value)
        for name in request.POST
        if name.partition("-")[0] in ("a", "na") and not any(_belongs(name, code) for code in here)
        for value in request.POST.getlist(name)
    ]
    context = {
        "draft": draft,
        "theme": theme,
        "title": theme.title.text(language()),
        "intro": theme.intro.text(language()) if theme.intro else "",
        "fields": section_fields(sheet, theme),
        "findings": [one for one in sheet.findings if not one.code.startswith("required:")],
        "carried": carried,
        "themes": [
            {"code": one.code, "title": one.title.text(language()), "current": one is theme} for one in file.sections
        ],
        "profile": _profile(file, request.POST),
        "breadcrumbs": crumbs(draft, _("Preview")),
    }
    return render(request, "surveys/staff/draft_preview.html", context)


def _belongs(name: str, code: str) -> bool:
    """Whether a field of a form is one of a question's."""
    return name.partition("-")[2].partition("-")[0] == code


def _profile(file: QuestionnaireFile, post: QueryDict) -> list[dict[str, object]]:
    """A choice per peer dimension, where the questionnaire uses what is known of the organisation."""
    if not file.needs_profile:
        return []
    return [
        {
            "name": PROFILE + one.code,
            "label": one.label.text(language()),
            "value": post.get(PROFILE + one.code, ""),
            "options": [{"value": option.code, "label": option.label.text(language())} for option in one.options],
        }
        for one in file.dimensions
    ]


def _sheet(source: str, file: QuestionnaireFile, post: QueryDict) -> AnswerSheet:
    """A sheet of an organisation and a round that are not in the database, with what was typed."""
    dimensions = {one.code: post.get(PROFILE + one.code, "") for one in file.dimensions}
    organisation = Organisation(pk=0, name=_("Your organisation"), dimensions=dimensions)
    content_hash = hashlib.sha256(source.encode()).hexdigest()
    version = QuestionnaireVersion(version=file.version, source=source, content_hash=content_hash)
    round_ = Round(pk=0, code="preview", version=version, reference_period="2026", state=Round.State.OPEN)
    rows: dict[str, Answer] = {}
    for question in file.questions:
        typing = read_typing(question, post)
        row = read_as_row(question, typing, language())
        if row is not None:
            rows[question.code] = row
    return AnswerSheet(organisation, round_, True, None, rows, NOTHING_BEFORE, language())
