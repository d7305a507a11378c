"""Answering a theme: the page, and saving single answers while somebody types."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import participant
from portal.kept_post import take_kept_post
from portal.roles import ANSWERING, READING_RESULTS
from surveys.forms.computed_shown import computed_texts
from surveys.forms.question_fields import QuestionField, mark_shown, question_field, section_fields, who_typed
from surveys.forms.remarks import Remarks, remarked_on_page, remarks_at
from surveys.forms.saving import PageSaved, save_page
from surveys.forms.typed import KEEP, KEEP_REASON, REASON
from surveys.questionnaire import Question, Section
from surveys.questionnaire.piping import says_any_of
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.colleagues import Colleague, assigned_themes, colleagues_of
from surveys.selectors.queries import beside_answers
from surveys.selectors.reasons import text_mark
from surveys.services.answers import Saved
from surveys.views.participant_rounds import printed_sections, who_works_where
from surveys.views.participant_sheet import (
    NOTED,
    crumbs,
    link_or_nothing,
    may_answer,
    person_of,
    require_answering,
    section_or_404,
    sheet_or_404,
    tell_noted,
)

REASON_CONFLICT = gettext_lazy("A colleague explained or changed this in the meantime: choose which reason to keep.")


@participant(READING_RESULTS)
@require_http_methods(["GET", "POST"])
def my_section(request: HttpRequest, code: str, section: str) -> HttpResponse:
    """A theme's questions. A POST saves what was typed; it comes back only with a conflict or a refusal.

    A page that was posted after the session had ended is saved now, after signing in again.
    """
    sheet = sheet_or_404(request, code)
    theme = section_or_404(sheet, section)
    kept = take_kept_post(request)
    if kept is not None:
        request.POST = kept  # type: ignore[assignment]
    if request.method == "POST" or kept is not None:
        require_answering(request)
        outcome = save_page(sheet, request.POST, by=person_of(request))
        if not outcome.comes_back:
            return _go_on(request, outcome, sheet, theme)
        return _section_page(request, outcome, theme)
    return _section_page(request, PageSaved(sheet), theme)


def _go_on(request: HttpRequest, outcome: PageSaved, before: AnswerSheet, theme: Section) -> HttpResponse:
    """To the next theme; back to this one when something in it asks for attention or was added by an answer."""
    sheet = outcome.sheet
    tell_noted(request, sheet, outcome.noted)
    here = reverse("my_section", args=[sheet.round.code, theme.code])
    added = [one.code for one in theme.questions if one.code in sheet.due - before.due]
    fields = [question_field(sheet, one, None, None, None) for one in theme.questions if one.code in outcome.saved]
    buttons = [(one.code, name + one.code) for one in theme.questions for name in (KEEP, KEEP_REASON)]
    kept = next((code for code, name in buttons if name in request.POST), None)
    chosen = kept or request.POST.get("theirs") or request.POST.get("take")
    if chosen and sheet.file.has_question(chosen):
        return HttpResponseRedirect(f"{here}?saved=1#q-{chosen}")
    if request.POST.get("go") != "next" or any(one.error or (one.doubt and not one.reason) for one in fields):
        return HttpResponseRedirect(f"{here}?saved=1")
    if added:
        return HttpResponseRedirect(f"{here}?saved=1&added={len(added)}#q-{added[0]}")
    return HttpResponseRedirect(_next_url(sheet, theme))


def _next_url(sheet: AnswerSheet, theme: Section) -> str:
    codes = [section.code for section in sheet.file.sections]
    following = codes[codes.index(theme.code) + 1 :]
    if following:
        return reverse("my_section", args=[sheet.round.code, following[0]])
    return reverse("my_review", args=[sheet.round.code])


def _section_page(request: HttpRequest, outcome: PageSaved, theme: Section) -> HttpResponse:
    sheet = outcome.sheet
    title = theme.title.text(sheet.language)
    context = {"sheet": sheet, "theme": theme, "title": title, "breadcrumbs": crumbs(sheet, title)}
    context |= _place(sheet, theme) | {"beside": beside_answers(sheet.submission)}
    if not outcome.refused and not (sheet.writable and may_answer(request)):
        context["sections"] = printed_sections(sheet, theme.code)
        return render(request, "surveys/submission/section_read.html", context)
    user = person_of(request)
    people = colleagues_of(sheet.organisation)
    fields = section_fields(
        sheet, theme, overlay=outcome.overlay, saved=outcome.saved, reader_id=user.pk, reasons=outcome.unkept
    )
    fields = [_with_history(sheet, one, people, user.pk) for one in fields]
    asked = assigned_themes(sheet.organisation, sheet.round)
    answered, due = sheet.progress[theme.code]
    context |= {
        "intro": theme.intro.text(sheet.language) if theme.intro else "",
        "fields": fields,
        "errors": _errors(fields),
        "refused": outcome.refused,
        "standing_url": link_or_nothing("my_standing", sheet.round.code, theme.code),
        "who": who_works_where(sheet, people, asked, user.pk).get(theme.code, ""),
        "progress_text": progress_text(answered, due) if due else "",
        "nothing_asked": not due,
        "saved_text": _("Saved") if request.GET.get("saved") else "",
        "added_text": _added_text(request.GET.get("added", "")),
        "sheet_key": outcome.key,
        "autosave": _autosave_settings(sheet, outcome.key, user.pk),
    }
    return render(request, "surveys/submission/section.html", context, status=409 if outcome.refused else 200)


def _with_history(
    sheet: AnswerSheet, one: QuestionField, people: dict[int, Colleague], reader_id: int
) -> QuestionField:
    """The field with who changed it last and its history, where there is more to tell than one's own typing."""
    row = sheet.rows.get(one.code)
    if row is None or (row.version == 1 and row.updated_by_id in (None, reader_id)):
        return one
    name = people[row.updated_by_id].name if row.updated_by_id in people else who_typed(row, None)
    name = _("you") if row.updated_by_id == reader_id else name
    at = localtime(row.updated_at)
    when = at.strftime("%H:%M") if at.date() == timezone.localdate() else date_format(at, "j F Y")
    said = _("Last changed by %(name)s, %(when)s.") % {"name": name, "when": when}
    return replace(one, changed=said, history_url=reverse("my_history", args=[sheet.round.code, one.code]))


def _errors(fields: Iterable[QuestionField]) -> list[dict[str, str]]:
    """What the list at the top of the page says, with links to the fields."""
    found = ((one, _trouble_of(one)) for one in fields)
    return [{"id": one.id, "message": f"{one.label} {trouble}"} for one, trouble in found if trouble]


def _trouble_of(one: QuestionField) -> str:
    if one.explaining is not None and one.explaining.conflict is not None:
        return str(REASON_CONFLICT)
    problem = one.explaining.problem if one.explaining else ""
    return _trouble(problem or one.error, conflict=one.conflict is not None)


def _trouble(error: str, *, conflict: bool) -> str:
    if conflict:
        return _("A colleague answered this in the meantime: choose which answer to keep.")
    return error


def _added_text(count: str) -> str:
    if not count.isdecimal() or len(count) > 3:
        return ""
    return ngettext(
        "Your answer brings %(n)s more question. It is on this page.",
        "Your answer brings %(n)s more questions. They are on this page.",
        int(count),
    ) % {"n": count}


def progress_text(answered: int, due: int) -> str:
    """How far a theme is."""
    return _("%(answered)s of %(due)s answered") % {"answered": answered, "due": due}


def _place(sheet: AnswerSheet, theme: Section) -> dict[str, Any]:
    codes = [section.code for section in sheet.file.sections]
    index = codes.index(theme.code)
    before = reverse("my_section", args=[sheet.round.code, codes[index - 1]]) if index else ""
    place = _("Theme %(n)s of %(total)s") % {"n": index + 1, "total": len(codes)}
    return {
        "place": place,
        "next_url": _next_url(sheet, theme),
        "previous_url": before,
        "is_last": index + 1 == len(codes),
    }


def _autosave_settings(sheet: AnswerSheet, key: str, user_id: int) -> dict[str, Any]:
    """What autosave.js needs to know, sentences included."""
    return {
        "urls": {code: _autosave_url(sheet, code) for code, _name in settings.LANGUAGES},
        "signIn": f"{reverse('account_login')}?next={reverse('my_round', args=[sheet.round.code])}",
        "store": f"portal-answers-{user_id}-{key}",
        "texts": {
            "saving": _("Saving…"),
            "saved": _("Saved at %(time)s"),
            "typed": _("Not saved yet"),
            "offline": _("No connection. What you typed is kept on this device and sent as soon as it is back."),
            "offlineHere": _(
                "No connection. What you typed is only on this page and is not kept on this device: leave the page"
                " open, and it is sent as soon as the connection is back."
            ),
            "signedOut": _("You are signed out. What you typed is kept on this device: sign in again in another tab."),
            "signedOutHere": _(
                "You are signed out. What you typed is only on this page and is not kept on this device: leave the"
                " page open and sign in again in another tab."
            ),
            "signIn": _("Sign in (opens in a new tab)"),
            "refused": _("Not saved"),
            "conflict": _("Not saved: a colleague answered this in the meantime"),
            "choose": _(
                "Choose which answer to keep. You may also leave the page by “All themes”: your other answers are"
                " saved, this one is kept on this device, and you are asked again."
            ),
            "chooseHere": _(
                "Choose which answer to keep before you leave the page: your other answers are saved, this one is only"
                " on this page and is not kept on this device."
            ),
            "restored": _("What you typed earlier and was not sent yet has been put back."),
            "added": _("A question was added below, because of your answer."),
            "leave": _("Not everything is saved yet."),
            "listed": _("There is something to correct. It is listed at the top of the page."),
        },
    }


def _autosave_url(sheet: AnswerSheet, language: str) -> str:
    """Where answers go that were typed on a page in `language`, so that they are read in it."""
    with override(language):
        return reverse("my_autosave", args=[sheet.round.code])


@participant(ANSWERING)
@require_POST
def my_autosave(request: HttpRequest, code: str) -> HttpResponse:
    """Save the answers that a page sends while somebody types; answers in JSON."""
    sheet = sheet_or_404(request, code, with_rows=False)
    outcome = save_page(sheet, request.POST, by=person_of(request))
    return _told(request, outcome)


def _told(request: HttpRequest, outcome: PageSaved) -> JsonResponse:
    """What became of an autosave. `html`: the questions of which the page has to remark something else than it does;
    `same`: those of which it remarks what there is to remark. At the others there is nothing.
    """
    if outcome.refused:
        return JsonResponse({"refused": outcome.refused}, status=409)
    sheet, saved = outcome.sheet, outcome.saved
    theme = next((one for one in sheet.file.sections if one.code == request.POST.get("section")), None)
    here = theme.questions if theme else ()
    remarked, remarks = _remarked(sheet, saved, here, remarked_on_page(request.POST))
    remarks |= {one.code: remarks_at(sheet, one) for one in here if says_any_of(one, saved)}
    shown = {code: sheet.file.question(code) for code in remarks}
    same = _same(request.POST, outcome, remarks)
    same = [code for code in same if not says_any_of(sheet.file.question(code), saved)]
    unkept, reader = outcome.unkept, person_of(request).pk
    fields = [
        question_field(sheet, one, outcome.overlay.get(code), saved.get(code), reader, unkept.get(code))
        for code, one in shown.items()
        if code not in same
    ]
    answered, due = sheet.progress[theme.code] if theme else (0, 0)
    errors = {"errors": _errors_told(outcome, {code: remarks[code] for code in remarked})}
    return JsonResponse(
        {
            "time": timezone.localtime().strftime("%H:%M"),
            "marks": {code: mark_shown(sheet, shown[code], outcome.overlay.get(code)) for code in saved},
            "conflicts": [code for one in (saved, outcome.kept) for code, found in one.items() if found.conflict],
            "merged": [code for code, one in saved.items() if one.merged is not None],
            "reasons": _reason_marks(request.POST, remarks),
            "noted": {code: str(NOTED) for code in outcome.noted},
            "unkept": {code: one.problem for code, one in outcome.kept.items() if one.problem},
            "unread": [code for code, one in saved.items() if one.error],
            "html": {one.code: render_to_string("surveys/submission/_question.html", {"one": one}) for one in fields},
            "same": same,
            "summary": render_to_string("components/error_summary.html", errors) if errors["errors"] else "",
            "due": [one.code for one in here if one.code in sheet.due],
            "computed": computed_texts(sheet),
            "progress": progress_text(answered, due) if theme else "",
        }
    )


def _remarked(
    sheet: AnswerSheet, saved: Mapping[str, Saved], here: Iterable[Question], on_page: Mapping[str, str]
) -> tuple[list[str], dict[str, Remarks]]:
    """The questions of this theme with something to remark, or just saved; and the remarks of these and all `saved`.

    A question that says only how it changed is no finding: it is looked at because the page names it.
    """
    remarks = {code: remarks_at(sheet, sheet.file.question(code)) for code in saved}
    for one in (question for question in here if question.code not in saved):
        certain = one.code in sheet.unread or bool(sheet.findings_at(one.code))
        if certain or one.code in on_page:
            found = remarks_at(sheet, one)
            if certain or found.key:
                remarks[one.code] = found
    return [one.code for one in here if one.code in remarks], remarks


def _reason_marks(post: QueryDict, remarks: Mapping[str, Remarks]) -> dict[str, str]:
    """The marks of the fields of reasons that hold what is stored."""
    shown = {code: post.get(REASON + code, "") for code in remarks if REASON + code in post}
    return {
        code: remarks[code].reason_mark
        for code, reason in shown.items()
        if remarks[code].reason_mark and text_mark(reason) == text_mark(remarks[code].reason)
    }


def _same(post: QueryDict, outcome: PageSaved, remarks: Mapping[str, Remarks]) -> list[str]:
    """The questions at which the page remarks what there is to remark, and has nothing else to show."""
    shown = remarked_on_page(post)
    news = (code for code, one in outcome.saved.items() if one.conflict or one.merged is not None)
    asks = {*post.getlist("take"), *news, *outcome.reasons}
    return [code for code, one in remarks.items() if code not in asks and shown.get(code, "") == one.key]


def _errors_told(outcome: PageSaved, remarks: Mapping[str, Remarks]) -> list[dict[str, str]]:
    """As `_errors`, of questions whose fields nobody needs."""
    found = []
    for code, one in remarks.items():
        kept = outcome.kept.get(code)
        trouble = REASON_CONFLICT if kept and kept.conflict else kept.problem if kept else ""
        conflict = code in outcome.saved and outcome.saved[code].conflict is not None
        trouble = str(trouble) or _trouble(one.error, conflict=conflict)
        if trouble:
            label = outcome.sheet.said(outcome.sheet.file.question(code).text)
            found.append({"id": f"q-{code}", "message": f"{label} {trouble}"})
    return found
