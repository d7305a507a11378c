"""The questionnaires that are stored, readable in both languages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_tables2 import RequestConfig

from portal.access import staff
from portal.active import actor_of
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from surveys.forms.questionnaire_reading import readable_checks, readable_sections
from surveys.selectors.drafts import drafts
from surveys.selectors.rounds import questionnaire_version, questionnaire_versions
from surveys.tables import QuestionnaireTable


@staff(ANY_STAFF)
@require_GET
def questionnaire_list(request: HttpRequest) -> HttpResponse:
    """All stored versions."""
    rows = questionnaire_versions().select_related("loaded_by").defer("source")
    table = QuestionnaireTable(rows, language=(get_language() or "nl")[:2])
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    may_write = actor_of(request).foundation_role in RUNNING_ROUNDS
    context = {"table": table, "may_write": may_write, "drafts": drafts() if may_write else []}
    return render(request, "surveys/staff/questionnaires.html", context)


@staff(ANY_STAFF)
@require_GET
def questionnaire_detail(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """One version with every question, definition, option, edit and condition, in both languages."""
    stored = questionnaire_version(code, version)
    if stored is None:
        raise Http404
    file, language = stored.file, (get_language() or "nl")[:2]
    facts = [
        {"key": _("Version"), "value": stored.version},
        {"key": _("Sections"), "value": len(file.sections)},
        {"key": _("Questions"), "value": sum(one.copy_number < 2 for one in file.questions)},
        {"key": _("Stored"), "value": f"{localtime(stored.loaded_at):%d-%m-%Y}"},
        {"key": _("Fingerprint"), "value": stored.content_hash[:16]},
    ]
    context = {
        "stored": stored,
        "may_write": actor_of(request).foundation_role in RUNNING_ROUNDS,
        "title": file.title.text(language),
        "facts": facts,
        "sections": readable_sections(file, language),
        "checks": readable_checks(file, language),
        "dimensions": [
            {
                "label": one.label.text(language),
                "options": ", ".join(one.labels(language).values()) or _("as in the organisations file"),
            }
            for one in file.dimensions
        ],
        "breadcrumbs": [
            {"label": _("Questionnaires"), "url": reverse("staff_questionnaires")},
            {"label": file.title.text(language)},
        ],
    }
    return render(request, "surveys/staff/questionnaire.html", context)
