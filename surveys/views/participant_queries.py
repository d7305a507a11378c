"""What the foundation asks about submitted answers: reading, replying, correcting."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from portal.access import participant
from portal.errors import Conflict, InvalidInput, PortalError
from portal.roles import READING_RESULTS, SUBMITTING
from surveys.forms.correcting import correction_field, other_answer, read_correction
from surveys.forms.question_fields import answer_text
from surveys.forms.typed import MARK, Posted
from surveys.models import Correction, Query, Submission
from surveys.questionnaire import Question
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.asked import asked_as
from surveys.selectors.corrections import (
    COUNTING_TEXTS,
    Counting,
    corrections_of,
    counting_of,
    round_moment,
    waiting_correction,
)
from surveys.selectors.exclusions import exclusions_of
from surveys.selectors.queries import KINDS, queries_of_organisation, query_of
from surveys.selectors.withdrawals import BEFORE_FREEZE
from surveys.services.corrections import correct_answer
from surveys.services.queries import reply_to_query
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

POSSIBLE = (Counting.NOW, Counting.NEXT_EDITION)


def _shown(query: Query) -> dict[str, Any]:
    thread = list(query.messages.all())
    return {
        "query": query,
        "url": reverse("my_query", args=[query.pk]),
        "question": asked_as(query.submission, query.question, reader_language()),
        "kind": KINDS[Query.State(query.state)],
        "thread": thread,
        "first": thread[0].text if thread else "",
    }


@participant(READING_RESULTS)
@require_GET
def my_queries(request: HttpRequest) -> HttpResponse:
    """All queries about the organisation's answers, those that wait for it first."""
    queries = [_shown(one) for one in queries_of_organisation(organisation_of(request))]
    title = _("Questions about your answers")
    trail = crumbs(None, _("Queries"))
    return render(request, "surveys/queries/list.html", {"title": title, "queries": queries, "breadcrumbs": trail})


@participant(READING_RESULTS)
@require_http_methods(["GET", "POST"])
def my_query(request: HttpRequest, query_id: int) -> HttpResponse:
    """One query: the dialogue, a reply, and the answer itself, which can be corrected here."""
    query = query_of(organisation_of(request), query_id)
    if query is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        if not may_answer(request):
            raise PermissionDenied
        try:
            reply_to_query(query, text=request.POST.get("text", ""), by=person_of(request))
        except PortalError as error:
            problem = str(error)
        else:
            messages.success(request, _("Your reply was sent."))
            return redirect("my_query", query.pk)
    sheet = sheet_or_404(request, query.submission.round.code)
    context = _shown(query) | {
        "sheet": sheet,
        "answer": _answer(sheet, query.question),
        "problems": [{"id": "text", "message": problem}] if problem else [],
        "text": request.POST.get("text", ""),
        "is_open": query.state != Query.State.RESOLVED,
        "may_reply": may_answer(request),
        "may_correct": may_submit(request) and counting_of(query.submission, query.question) in POSSIBLE,
        "breadcrumbs": [
            {"label": _("Queries"), "url": reverse("my_queries")},
            {"label": sheet.said(sheet.file.question(query.question).text), "url": ""},
        ],
    }
    return render(request, "surveys/queries/one.html", context, status=422 if problem else 200)


def _answer(sheet: AnswerSheet, code: str) -> str:
    return answer_text(sheet.file.question(code), sheet.rows.get(code), sheet) or _("Not answered")


@participant(READING_RESULTS)
@require_GET
def my_corrections(request: HttpRequest, code: str) -> HttpResponse:
    """Submitted answers with the way to correct each, what was corrected, and when it counts."""
    sheet, submission = _submitted_or_404(request, code)
    counting = round_moment(sheet.round).counting(asked=False)
    possible = counting in POSSIBLE and may_submit(request)
    themes = [
        {
            "title": section.title.text(sheet.language),
            "standing": link_or_nothing("my_standing", code, section.code)
            if sheet.round.state in BEFORE_FREEZE
            else "",
            "items": [
                {
                    "key": sheet.said(question.text),
                    "value": _answer(sheet, question.code),
                    "url": reverse("my_correct", args=[code, question.code]) if possible else "",
                }
                for question in section.questions
                if question.code in sheet.due
            ],
        }
        for section in sheet.file.sections
    ]
    context = {
        "sheet": sheet,
        "themes": themes,
        "when": COUNTING_TEXTS[counting],
        "possible": possible,
        "preliminary": any(theme["standing"] for theme in themes),
        "until": sheet.round.corrections_until if counting is Counting.NOW else None,
        "corrections": [_corrected(sheet, one) for one in corrections_of(submission)],
        "exclusions": [
            {"key": sheet.said(sheet.file.question(one.question).text), "value": one.reason}
            for one in exclusions_of(submission)
            if one.lifted_at is None and sheet.file.has_question(one.question)
        ],
        "breadcrumbs": crumbs(sheet, _("Corrections")),
    }
    return render(request, "surveys/queries/corrections.html", context)


def _corrected(sheet: AnswerSheet, one: Correction) -> dict[str, Any]:
    kinds = {Correction.State.WAITING: "busy", Correction.State.APPLIED: "good", Correction.State.REPLACED: ""}
    return {
        "correction": one,
        "question": sheet.said(sheet.file.question(one.question).text),
        "before": shown_text(one.before, one.status_before),
        "typed": shown_text(one.typed, one.status),
        "kind": kinds[Correction.State(one.state)],
    }


def shown_text(typed: Any, status: int) -> str:
    """Something typed as one line of text."""
    if status:
        return _("Not available") if status == 3 else _("Not applicable")
    if isinstance(typed, dict):
        return ", ".join(f"{key}: {value}" for key, value in typed.items() if value)
    return ", ".join(map(str, typed)) if isinstance(typed, list) else str(typed or "–")


@participant(SUBMITTING)
@require_http_methods(["GET", "POST"])
def my_correct(request: HttpRequest, code: str, question: str) -> HttpResponse:
    """Correct one submitted answer, with a reason. When a colleague was first, both answers are shown."""
    sheet, submission = _submitted_or_404(request, code)
    if not sheet.file.has_question(question):
        raise Http404
    asked = sheet.file.question(question)
    if request.method == "GET":
        return _correct_page(request, sheet, asked)
    if "theirs" in request.POST:
        messages.success(request, _("Your colleague’s answer stays."))
        return redirect("my_corrections", code)
    typing, seen = read_correction(asked, request.POST)
    person, reason = person_of(request), request.POST.get("reason", "")
    try:
        if MARK + question not in request.POST:
            raise InvalidInput(_("Fill in the answer."))
        made = correct_answer(submission, typing, reason=reason, by=person, language=sheet.language, seen=seen)
    except Conflict as error:
        again = sheet_or_404(request, code)
        return _correct_page(request, again, asked, posted=(typing, seen), problems=[str(error)], status=409)
    except PortalError as error:
        problems = [str(error), *getattr(error, "problems", [])]
        return _correct_page(request, sheet, asked, posted=(typing, seen), problems=problems, status=422)
    waits = made.state == Correction.State.WAITING
    messages.success(request, _("Kept for the next edition.") if waits else _("The answer was corrected."))
    return redirect("my_corrections", code)


def _correct_page(
    request: HttpRequest,
    sheet: AnswerSheet,
    asked: Question,
    *,
    posted: tuple[Posted, int] | None = None,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """The page of one correction; `posted` is what was typed and refused, with the correction that was known then."""
    if sheet.submission is None:
        raise Http404
    reader, counting = person_of(request).pk, counting_of(sheet.submission, asked.code)
    waiting = waiting_correction(sheet.submission, asked.code)
    field = correction_field(sheet, asked, posted[0] if posted else None, waiting, reader)
    other = other_answer(sheet, asked, waiting, reader) if status == 409 or (waiting and not posted) else None
    if other is not None and waiting is not None and status != 409 and waiting.made_by_id == reader:
        other = replace(other, who=_("you"))
    context = {
        "sheet": sheet,
        "one": field,
        "when": COUNTING_TEXTS[counting],
        "possible": counting in POSSIBLE,
        "other": other,
        "conflict": status == 409,
        "waiting": posted[1] if posted else getattr(waiting, "pk", 0),
        "reason": request.POST.get("reason", ""),
        "problems": [
            {"id": field.id if status == 409 else "reason" if not n else "", "message": one}
            for n, one in enumerate(problems)
        ],
        "breadcrumbs": [
            *crumbs(sheet),
            {"label": _("Corrections"), "url": reverse("my_corrections", args=[sheet.round.code])},
            {"label": sheet.said(asked.text), "url": ""},
        ],
    }
    return render(request, "surveys/queries/correct.html", context, status=status)


def _submitted_or_404(request: HttpRequest, code: str) -> tuple[AnswerSheet, Submission]:
    sheet = sheet_or_404(request, code)
    if sheet.submission is None or not sheet.submitted:
        raise Http404
    return sheet, sheet.submission
