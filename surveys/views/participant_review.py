"""Looking everything over, explaining, handing in, and the receipt."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.access import participant
from portal.errors import InvalidInput, NotPossibleNow, PortalError
from portal.roles import READING_RESULTS, SUBMITTING
from surveys.forms.question_fields import answer_text
from surveys.forms.remarks import remarks_at
from surveys.forms.saving import store_reasons
from surveys.forms.typed import KEEP_REASON, REASON, REASON_MARK, read_reasons
from surveys.models import Receipt
from surveys.questionnaire import Finding, Question
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.colleagues import colleagues_of
from surveys.selectors.receipts import receipt_of, receipts_of
from surveys.services.reasons import ReasonKept
from surveys.services.submissions import content_hash, reopen_submission, submit_submission
from surveys.views.participant_answering import REASON_CONFLICT
from surveys.views.participant_sheet import (
    crumbs,
    may_answer,
    may_submit,
    person_of,
    require_answering,
    section_url,
    sheet_or_404,
    tell_noted,
)

DIGITS = 32


@participant(READING_RESULTS)
@require_http_methods(["GET", "POST"])
def my_review(request: HttpRequest, code: str) -> HttpResponse:
    """All answers, what must be corrected, explained or is still open. A POST keeps the reasons given."""
    sheet = sheet_or_404(request, code)
    if request.method == "GET":
        return redirect("my_receipt", code) if sheet.submitted else _review_page(request, sheet)
    require_answering(request)
    try:
        kept = store_reasons(sheet, read_reasons(sheet.file.questions, request.POST), by=person_of(request))
    except PortalError as error:
        return _review_page(request, sheet, [str(error)], status=409)
    tell_noted(request, sheet, (code for code, one in kept.items() if one.noted))
    if not all(one.kept for one in kept.values()):
        return _review_page(request, replace(sheet), status=409, kept=kept)
    return redirect(reverse("my_review", args=[code]) + "?saved=1")


@participant(SUBMITTING)
@require_POST
def my_submit(request: HttpRequest, code: str) -> HttpResponse:
    """Keep the reasons given and hand in; a second press finds it done and shows the same receipt."""
    sheet = sheet_or_404(request, code)
    if sheet.submitted:
        return redirect("my_receipt", code)
    try:
        kept = store_reasons(sheet, read_reasons(sheet.file.questions, request.POST), by=person_of(request))
        sheet = replace(sheet)
        tell_noted(request, sheet, (code for code, one in kept.items() if one.noted))
        if not all(one.kept for one in kept.values()):
            return _review_page(request, sheet, status=409, kept=kept)
        if request.POST.get("confirm") != "yes":
            raise InvalidInput(_("Tick the box that says that the answers are true."))
        if sheet.submission is None:
            raise InvalidInput(_("Nothing has been answered yet."))
        after = submit_submission(sheet.submission, by=person_of(request), language=sheet.language)
    except NotPossibleNow as error:
        sheet = sheet_or_404(request, code)
        return redirect("my_receipt", code) if sheet.submitted else _review_page(request, sheet, [str(error)], 409)
    except InvalidInput as error:
        return _review_page(request, sheet, [str(error)], 422)
    if after.state != after.State.SUBMITTED:
        messages.success(request, _("Signed. The answers are submitted when a second coordinator signs as well."))
        return redirect("my_review", code)
    return redirect("my_receipt", code)


def _review_page(
    request: HttpRequest,
    sheet: AnswerSheet,
    problems: list[str] | None = None,
    status: int = 200,
    kept: Mapping[str, ReasonKept] | None = None,
) -> Any:
    hard, soft = _edits(request, sheet, kept or {})
    unkept = [
        {"id": f"why-{item['code']}", "message": f"{item['question']} {item['problem'] or REASON_CONFLICT}"}
        for item in soft
        if item["problem"] or item["conflict"]
    ]
    context = {
        "sheet": sheet,
        "breadcrumbs": crumbs(sheet, _("Check and submit")),
        "problems": [{"id": "confirm" if len(problems) == 1 else "", "message": one} for one in problems or ()]
        if problems
        else unkept,
        "hard": hard,
        "soft": soft,
        "missing": _missing(sheet),
        "unanswered": sheet.totals[1] - sheet.totals[0],
        "themes": _review_themes(sheet),
        "may_answer": may_answer(request) and sheet.writable,
        "may_submit": may_submit(request) and sheet.writable,
        "saved_text": _("Saved") if request.GET.get("saved") else "",
        "confirmed": request.POST.get("confirm") == "yes",
        "signature": _signature(sheet),
    }
    return render(request, "surveys/submission/review.html", context, status=status)


def _signature(sheet: AnswerSheet) -> str:
    """What the first of two signatures means now; empty where the round asks for one or nobody signed yet."""
    one = sheet.submission
    if one is None or not sheet.round.two_signatures or sheet.submitted:
        return ""
    if one.signed_by is None or one.signed_at is None:
        if sum(person.role in SUBMITTING for person in colleagues_of(sheet.organisation).values()) < 2:
            return _(
                "Two coordinators have to sign these answers, and your organisation has only one: nobody else can sign"
                " yet."
            )
        return _("Two coordinators sign: after the first one the answers wait for the second.")
    words = {"person": str(one.signed_by), "time": date_format(localtime(one.signed_at), "j F Y, H:i")}
    if one.signed_hash != content_hash(one, sheet.explanations):
        return _("%(person)s signed on %(time)s, but answers were changed after that: both sign again.") % words
    return _("Signed by %(person)s on %(time)s; a second coordinator has to sign as well.") % words


def _edits(
    request: HttpRequest, sheet: AnswerSheet, kept: Mapping[str, ReasonKept]
) -> tuple[list[dict[str, str]], list[dict[str, Any]]]:
    """(what must be corrected, what must be explained), each with its question and a link to it."""
    hard, soft = [], []
    for section in sheet.file.sections:
        for question in section.questions:
            findings = sheet.findings_at(question.code)
            unread = sheet.unread.get(question.code, "")
            item = {
                "url": section_url(sheet, section.code, question.code),
                "question": sheet.said(question.text),
                "code": question.code,
            }
            blocking = (
                [unread] if unread else [one.message for one in findings if one.kind == "hard" and not missed(one)]
            )
            hard += [{**item, "message": message} for message in blocking]
            asked = [] if unread else sheet.asked_at(question.code)
            if asked:
                answer = answer_text(question, sheet.rows.get(question.code), sheet)
                message = " ".join(one.message for one in asked)
                reason = _reason(request, sheet, question.code, kept.get(question.code))
                soft.append({**item, "answer": answer, "message": message, **reason})
    return hard, soft


def _reason(request: HttpRequest, sheet: AnswerSheet, code: str, kept: ReasonKept | None) -> dict[str, Any]:
    """The field of a reason: what was given, or what was posted and is not kept, with the mark that it was posted with
    and what a colleague wrote meanwhile.
    """
    remarks = remarks_at(sheet, sheet.file.question(code))
    posted = REASON + code in request.POST and not (kept and kept.kept)
    conflict = kept is not None and kept.conflict
    change = kept.change if kept else None
    return {
        "name": REASON + code,
        "reason": request.POST[REASON + code] if posted else remarks.reason,
        "earlier": "" if posted else remarks.earlier,
        "mark_name": REASON_MARK + code,
        "mark": request.POST.get(REASON_MARK + code, "") if posted else remarks.reason_mark,
        "problem": kept.problem if kept else "",
        "conflict": conflict,
        "keep_name": KEEP_REASON + code,
        "keep_mark": remarks.reason_mark,
        "other": kept.other if kept else "",
        "other_who": str(change.changed_by or "") if change else "",
    }


def missed(finding: Finding) -> bool:
    """Whether the finding says that a required question is still empty."""
    return finding.code.startswith("required:")


def _missing(sheet: AnswerSheet) -> list[dict[str, Any]]:
    """The required questions that are still empty, by theme."""
    found = []
    for section in sheet.file.sections:
        empty = [
            {"url": section_url(sheet, section.code, one.code), "question": sheet.said(one.text)}
            for one in section.questions
            if one.code not in sheet.unread and any(missed(finding) for finding in sheet.findings_at(one.code))
        ]
        if empty:
            found.append({"title": section.title.text(sheet.language), "questions": empty})
    return found


def _review_themes(sheet: AnswerSheet) -> list[dict[str, Any]]:
    return [
        {
            "title": section.title.text(sheet.language),
            "code": section.code,
            "url": section_url(sheet, section.code),
            "answered": sheet.progress[section.code][0],
            "due": sheet.progress[section.code][1],
            "items": [
                _review_item(sheet, section.code, question)
                for question in section.questions
                if question.code in sheet.due
            ],
        }
        for section in sheet.file.sections
    ]


def _review_item(sheet: AnswerSheet, section: str, question: Question) -> dict[str, Any]:
    """One question with its answer; where there is none, quietly, so that what was answered stands out."""
    answer = answer_text(question, sheet.rows.get(question.code), sheet)
    return {
        "key": sheet.said(question.text),
        "value": answer or _("Not answered"),
        "muted": not answer,
        "url": section_url(sheet, section, question.code) if sheet.writable else "",
    }


@participant(READING_RESULTS)
@require_GET
def my_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """When and by whom the answers were handed in, with their fingerprint."""
    sheet = sheet_or_404(request, code)
    submission = sheet.submission
    if submission is None or not sheet.submitted:
        return redirect("my_round", code)
    person = submission.submitted_by
    return render(
        request,
        "surveys/submission/receipt.html",
        {
            "sheet": sheet,
            "breadcrumbs": crumbs(sheet, _("Receipt")),
            "person": str(person) if person else "",
            "fingerprint": _in_groups(submission.content_hash),
            "receipts": [_receipt_item(sheet, one) for one in receipts_of(submission)],
            "themes": _review_themes(sheet),
            "may_reopen": may_submit(request) and sheet.taking and submission.source != "import",
            "may_withdraw": may_submit(request),
        },
    )


def _in_groups(fingerprint: str) -> str:
    return " ".join(fingerprint[at : at + 8] for at in range(0, DIGITS * 2, 8))


def _receipt_item(sheet: AnswerSheet, one: Receipt) -> dict[str, Any]:
    """One receipt as the page lists it; `what` names the answer that was corrected."""
    what = one.get_kind_display()
    if sheet.file.has_question(one.question):
        what = f"{what}: {sheet.said(sheet.file.question(one.question).text)}"
    return {
        "number": one.number,
        "at": one.made_at,
        "who": str(one.made_by) if one.made_by else _("the foundation, or a former colleague"),
        "what": what,
        "fingerprint": _in_groups(one.content_hash),
        "url": reverse("my_receipt_file", args=[sheet.round.code, one.number]),
    }


@participant(READING_RESULTS)
@require_GET
def my_receipt_file(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """What a receipt is the fingerprint of, byte for byte."""
    sheet = sheet_or_404(request, code, with_rows=False)
    found = receipt_of(sheet.submission, number) if sheet.submission else None
    if found is None:
        raise Http404
    response = HttpResponse(found.content.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{sheet.round.code}-receipt-{found.number}.json"'
    return response


@participant(SUBMITTING)
@require_POST
def my_reopen(request: HttpRequest, code: str) -> HttpResponse:
    """Take the submission back, to change answers while the round is open."""
    sheet = sheet_or_404(request, code)
    if sheet.submission is None:
        return redirect("my_round", code)
    try:
        reopen_submission(sheet.submission, by=person_of(request))
    except PortalError as error:
        return render(request, "surveys/submission/refused.html", {"sheet": sheet, "problem": str(error)}, status=409)
    return redirect("my_round", code)
