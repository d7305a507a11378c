"""Which questionnaires there are for the organisation, and one of them with its themes."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.access import participant
from portal.active import actor_of
from portal.roles import READING_RESULTS, SUBMITTING
from surveys.forms.question_fields import answer_text
from surveys.forms.question_kinds import option_texts
from surveys.forms.questionnaire_reading import copies_text
from surveys.selectors.answers import AnswerSheet, answer_sheets
from surveys.selectors.colleagues import Colleague, assigned_themes, colleagues_of, last_seen
from surveys.selectors.queries import open_queries
from surveys.services.round_mails import note_opened
from surveys.views.participant_colleagues import seen_text
from surveys.views.participant_sheet import (
    crumbs,
    link_or_nothing,
    may_answer,
    may_submit,
    organisation_of,
    person_of,
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
            "may_withdraw": may_submit(request),
            "asked": open_queries(organisation_of(request)),
        },
    )


def _open_round(request: HttpRequest, sheet: AnswerSheet) -> dict[str, Any]:
    answered, due = sheet.totals
    action, kind, state = _("Start"), "", _("Not started")
    if sheet.submitted:
        action, kind, state = _("View what was submitted"), "good", _("Submitted")
    elif sheet.submission is not None and sheet.submission.sent_back_note:
        action, kind, state = _("Continue"), "warn", _("Opened again by the foundation")
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
        "withdrawn": sheet.withdrawn,
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
    if not actor_of(request).previewing:
        note_opened(sheet.submission, sheet.organisation, sheet.round)
    people = colleagues_of(sheet.organisation)
    asked = assigned_themes(sheet.organisation, sheet.round)
    themes = theme_items(sheet, who_works_where(sheet, people, asked, person_of(request).pk))
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
            "asked": open_queries(sheet.organisation, sheet.round),
            "coordinators": sum(one.role in SUBMITTING for one in people.values()),
            "has_colleagues": sum(one.may_answer for one in people.values()) > 1,
        },
    )


def who_works_where(
    sheet: AnswerSheet, people: dict[int, Colleague], asked: dict[str, list[int]], reader_id: int
) -> dict[str, str]:
    """Section code → a line that says who was asked and who worked there short ago; empty lines are left out."""
    seen = last_seen(sheet, people, reader_id)
    lines = {
        code: seen_text(found, [people[one].name for one in asked.get(code, []) if one in people])
        for code, found in seen.items()
    }
    return {code: line for code, line in lines.items() if line}


def theme_items(sheet: AnswerSheet, lines: dict[str, str]) -> list[dict[str, Any]]:
    """The themes as the component `theme_list` wants them; `lines` by section code say who works there."""
    items = []
    for section in sheet.file.sections:
        answered, due = sheet.progress[section.code]
        status, kind = _theme_status(sheet, [question.code for question in section.questions], answered, due)
        items.append(
            {
                "url": reverse("my_section", args=[sheet.round.code, section.code]),
                "title": section.title.text(sheet.language),
                "intro": lines.get(section.code, ""),
                "answered": answered,
                "due": due,
                "status": status,
                "kind": kind,
            }
        )
    return items


def _theme_status(sheet: AnswerSheet, codes: list[str], answered: int, due: int) -> tuple[str, str]:
    findings = [finding for code in codes for finding in sheet.findings_at(code)]
    if any(code in sheet.unread for code in codes) or any(
        one.kind == "hard" and not one.code.startswith("required:") for one in findings
    ):
        return _("To correct"), "bad"
    if any(one.needs_reason and one.code not in sheet.explanations for one in findings):
        return _("To explain"), "warn"
    if not due:
        return _("Does not apply to you"), ""
    if answered == due:
        return _("Complete"), "good"
    if sheet.submitted:
        return "", ""  # what was left open stays open
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
    """Themes with questions and answers as people read them; `only` names one theme. Copies of a repeat that are not
    asked are left out, but for the first, which tells what would be.
    """
    language = sheet.language
    return [
        {
            "title": section.title.text(language),
            "intro": section.intro.text(language) if section.intro else "",
            "questions": [
                {
                    "code": question.code,
                    "text": sheet.said(question.text),
                    "help": sheet.said(question.help),
                    "definition": sheet.said(question.definition),
                    "unit": question.unit.text(language) if question.unit else "",
                    "options": option_texts(question, language),
                    "follows": [sheet.said(one.text) for one in question.depends_on.values()],
                    "answer": answer_text(question, sheet.rows.get(question.code), sheet),
                    "due": question.code in sheet.due,
                    "repeated": "" if question.code in sheet.due else copies_text(section, question, language),
                }
                for question in section.questions
                if question.copy_number < 2 or question.code in sheet.due or question.code in sheet.rows
            ],
        }
        for section in sheet.file.sections
        if only in ("", section.code)
    ]
