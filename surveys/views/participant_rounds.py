"""Which questionnaires there are for the organisation, and one of them with its themes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.access import participant
from portal.roles import READING_RESULTS
from surveys.forms.question_fields import answer_text
from surveys.selectors.answers import AnswerSheet, answer_sheets
from surveys.views.participant_sheet import (
    crumbs,
    link_or_nothing,
    may_answer,
    may_submit,
    organisation_of,
    reader_language,
    sheet_or_404,
)


@participant(READING_RESULTS)
@require_GET
def my_rounds(request: HttpRequest) -> HttpResponse:
    """Open rounds with what to do next, and past ones with their results."""
    sheets = answer_sheets(organisation_of(request), reader_language())
    return render(
        request,
        "surveys/submission/rounds.html",
        {
            "open_rounds": [_open_round(request, sheet) for sheet in sheets if sheet.taking],
            "past_rounds": [_past_round(sheet) for sheet in sheets if not sheet.taking],
        },
    )


def _open_round(request: HttpRequest, sheet: AnswerSheet) -> dict[str, Any]:
    answered, due = sheet.totals
    action, kind, state = _("Start"), "", _("Not started")
    if sheet.submitted:
        action, kind, state = _("View what was submitted"), "good", _("Submitted")
    elif answered:
        action, kind, state = _("Continue"), "busy", _("Being filled in")
    if not sheet.submitted and not may_answer(request):
        action = _("Read the questions")
    url = reverse("my_receipt" if sheet.submitted else "my_round", args=[sheet.round.code])
    return {
        "round": sheet.round,
        "url": url,
        "action": action,
        "kind": kind,
        "state": state,
        "answered": answered,
        "due": due,
        "submitted": sheet.submitted,
    }


def _past_round(sheet: AnswerSheet) -> dict[str, Any]:
    published = sheet.round.state == "published"
    results = link_or_nothing("my_result_round", sheet.round.code) if published else ""
    return {
        "round": sheet.round,
        "submitted": sheet.submitted,
        "answers_url": reverse("my_print", args=[sheet.round.code]),
        "results_url": results,
        "status": _("Results published") if published else _("Results are being prepared"),
        "kind": "good" if published else "",
    }


@participant(READING_RESULTS)
@require_GET
def my_round(request: HttpRequest, code: str) -> HttpResponse:
    """The hub: every theme with its progress, and the way to handing in."""
    sheet = sheet_or_404(request, code)
    themes = theme_items(sheet)
    following = next((one for one in themes if one["answered"] < one["due"]), None)
    return render(
        request,
        "surveys/submission/hub.html",
        {
            "sheet": sheet,
            "themes": themes,
            "following": following,
            "breadcrumbs": crumbs(sheet),
            "may_answer": may_answer(request),
            "may_submit": may_submit(request),
            "answered": sheet.totals[0],
            "due": sheet.totals[1],
        },
    )


def theme_items(sheet: AnswerSheet) -> list[dict[str, Any]]:
    """The themes as the component `theme_list` wants them."""
    items = []
    for section in sheet.file.sections:
        answered, due = sheet.progress[section.code]
        status, kind = _theme_status(sheet, [question.code for question in section.questions], answered, due)
        items.append(
            {
                "url": reverse("my_section", args=[sheet.round.code, section.code]),
                "title": section.title.text(sheet.language),
                "answered": answered,
                "due": due,
                "status": status,
                "kind": kind,
            }
        )
    return items


def _theme_status(sheet: AnswerSheet, codes: list[str], answered: int, due: int) -> tuple[str, str]:
    findings = [finding for code in codes for finding in sheet.findings_at.get(code, ())]
    if any(code in sheet.unread for code in codes) or any(
        one.kind == "hard" and not one.code.startswith("required:") for one in findings
    ):
        return _("To correct"), "bad"
    if any(one.needs_reason and one.code not in sheet.explanations for one in findings):
        return _("To explain"), "warn"
    if answered == due:
        return _("Complete"), "good"
    return (_("Under way"), "busy") if answered else (_("Not started"), "")


@participant(READING_RESULTS)
@require_GET
def my_print(request: HttpRequest, code: str) -> HttpResponse:
    """Every question on one page, with the organisation's answers: to read beforehand, to print, to keep."""
    sheet = sheet_or_404(request, code)
    return render(
        request,
        "surveys/submission/print.html",
        {"sheet": sheet, "sections": printed_sections(sheet), "breadcrumbs": crumbs(sheet, _("All questions"))},
    )


def printed_sections(sheet: AnswerSheet, only: str = "") -> list[dict[str, Any]]:
    """Themes with questions and answers as people read them; `only` names one theme."""
    language = sheet.language
    return [
        {
            "title": section.title.text(language),
            "intro": section.intro.text(language) if section.intro else "",
            "questions": [
                {
                    "code": question.code,
                    "text": question.text.text(language),
                    "help": question.help.text(language) if question.help else "",
                    "definition": question.definition.text(language) if question.definition else "",
                    "unit": question.unit.text(language) if question.unit else "",
                    "options": [one.label.text(language) for one in question.options or question.parts or ()],
                    "follows": [one.text.text(language) for one in question.depends_on.values()],
                    "answer": answer_text(question, sheet.rows.get(question.code), sheet),
                    "due": question.code in sheet.due,
                }
                for question in section.questions
            ],
        }
        for section in sheet.file.sections
        if only in ("", section.code)
    ]
