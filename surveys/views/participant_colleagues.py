"""Working with colleagues: who does which theme, and the history of an answer."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from portal.access import participant
from portal.errors import PortalError
from portal.roles import MEMBER_ROLE_LABELS, READING_RESULTS, SUBMITTING, MemberRole
from surveys.forms.typed_words import typed_text
from surveys.models import Answer, AnswerChange, ReasonChange
from surveys.questionnaire import Question
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.colleagues import Colleague, Seen, assigned_themes, changes_of, colleagues_of, reasons_of
from surveys.services.colleagues import assign_themes
from surveys.views.participant_sheet import crumbs, person_of, section_url, sheet_or_404

FIELD = "who-"


@participant(SUBMITTING)
@require_http_methods(["GET", "POST"])
def my_themes(request: HttpRequest, code: str) -> HttpResponse:
    """The coordinator asks colleagues to do themes; a POST stores it and mails who is asked anew."""
    sheet = sheet_or_404(request, code)
    people = [one for one in colleagues_of(sheet.organisation).values() if one.may_answer]
    if request.method == "GET":
        chosen = assigned_themes(sheet.organisation, sheet.round)
        return _themes_page(request, sheet, people, chosen)
    wanted = {
        section.code: [
            int(one) for one in request.POST.getlist(FIELD + section.code) if one.isdecimal() and len(one) < 18
        ]
        for section in sheet.file.sections
    }
    links = {one: request.build_absolute_uri(section_url(sheet, one)) for one in wanted}
    try:
        told = assign_themes(sheet.organisation, sheet.round, wanted, by=person_of(request), links=links)
    except PortalError as error:
        return _themes_page(request, sheet, people, wanted, str(error))
    text = ngettext("Saved; %(n)s colleague gets a mail.", "Saved; %(n)s colleagues get a mail.", told) % {"n": told}
    messages.success(request, text if told else _("Saved"))
    return redirect("my_round", code)


def _themes_page(
    request: HttpRequest, sheet: AnswerSheet, people: list[Colleague], chosen: dict[str, list[int]], problem: str = ""
) -> HttpResponse:
    options = [
        {"value": str(one.id), "label": one.name, "hint": MEMBER_ROLE_LABELS[MemberRole(one.role)]} for one in people
    ]
    themes = [
        {
            "id": f"who-{section.code}",
            "name": FIELD + section.code,
            "title": section.title.text(sheet.language),
            "chosen": [str(one) for one in chosen.get(section.code, [])],
        }
        for section in sheet.file.sections
    ]
    context = {
        "sheet": sheet,
        "themes": themes,
        "options": options,
        "problems": [{"id": "", "message": problem}] if problem else [],
        "breadcrumbs": crumbs(sheet, _("Who does what")),
    }
    return render(request, "surveys/submission/themes.html", context, status=422 if problem else 200)


@participant(READING_RESULTS)
@require_GET
def my_history(request: HttpRequest, code: str, question: str) -> HttpResponse:
    """Every change of one answer: who, when, from what to what."""
    sheet = sheet_or_404(request, code)
    if not sheet.file.has_question(question):
        raise Http404
    asked = sheet.file.question(question)
    section = next(one for one in sheet.file.sections if any(item.code == question for item in one.questions))
    changes = changes_of(sheet.submission, question) if sheet.submission else []
    context = {
        "sheet": sheet,
        "question": sheet.said(asked.text),
        "changes": sorted(
            [
                *(_told(sheet, asked, one) for one in changes),
                *(_reason_told(one) for one in (reasons_of(sheet.submission, question) if sheet.submission else ())),
            ],
            key=lambda one: one["at"],
            reverse=True,
        ),
        "back": section_url(sheet, section.code, question),
        "breadcrumbs": [
            *crumbs(sheet),
            {"label": section.title.text(sheet.language), "url": section_url(sheet, section.code)},
            {"label": _("History of an answer"), "url": ""},
        ],
    }
    return render(request, "surveys/submission/history.html", context)


def _reason_told(change: ReasonChange) -> dict[str, Any]:
    return {
        "who": str(change.changed_by) if change.changed_by else _("the foundation, or a former colleague"),
        "at": change.changed_at,
        "way": _("reason why it is right")
        if change.findings
        else _("reason, when there was nothing to explain any more"),
        "before": change.before,
        "after": change.reason,
    }


def _told(sheet: AnswerSheet, question: Question, change: AnswerChange) -> dict[str, Any]:
    who = str(change.changed_by) if change.changed_by else _("the foundation, or a former colleague")
    if change.way == AnswerChange.Way.API:
        who = _("your organisation’s key “%(name)s”") % {"name": change.program or "API"}
    return {
        "who": who,
        "at": change.changed_at,
        "way": change.get_way_display(),
        "before": _as_text(sheet, question, change.before, change.status_before),
        "after": _as_text(sheet, question, change.typed, change.status),
    }


def _as_text(sheet: AnswerSheet, question: Question, typed: Any, status: int | None) -> str:
    """What was typed then, as people read it."""
    if status is None:
        return ""
    if status == Answer.Status.NOT_AVAILABLE:
        return _("Not available")
    if status == Answer.Status.NOT_APPLICABLE:
        return _("Not applicable")
    return typed_text(question, typed, sheet.language)


def seen_text(seen: list[Seen], names: list[str]) -> str:
    """One line: who was asked, and who worked here short ago."""
    parts = []
    if names:
        parts.append(_("Asked: %(names)s.") % {"names": ", ".join(names)})
    recent = [one.name for one in seen if one.is_recent]
    if recent:
        parts.append(_("At work here in the last half hour: %(names)s.") % {"names": ", ".join(recent)})
    return " ".join(parts)
