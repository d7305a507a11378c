"""Writing a questionnaire in the portal: drafts, their places, and the step to a version."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access import staff
from portal.active import actor_of
from portal.errors import Conflict, InvalidInput, NotPossibleNow, PortalError
from portal.roles import RUNNING_ROUNDS
from portal.services.virus_scan import refuse_infected
from surveys.forms.questionnaire_reading import TYPE_NAMES
from surveys.importers.questionnaires import read_upload
from surveys.models import QuestionnaireDraft
from surveys.questionnaire.writing import move, read_plain, remove
from surveys.selectors.drafts import DraftReport, report_on
from surveys.selectors.rounds import questionnaire_version
from surveys.services.drafts import (
    EMPTY,
    change_draft,
    drop_draft,
    publish_draft,
    start_draft,
    start_draft_from,
)
from surveys.services.questionnaires import Unconfirmed
from surveys.views.drafting_places import Place, find_place


def language() -> str:
    """The reader's language, nl or en."""
    return (get_language() or "nl")[:2]


def draft_or_404(draft_id: int) -> QuestionnaireDraft:
    """The draft, or the page for what does not exist."""
    draft = QuestionnaireDraft.objects.select_related("based_on__questionnaire").filter(pk=draft_id).first()
    if draft is None:
        raise Http404
    return draft


def revision_of(request: HttpRequest) -> int:
    """The revision that the posted page showed."""
    typed = request.POST.get("revision", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def crumbs(draft: QuestionnaireDraft | None, here: str) -> list[dict[str, str]]:
    """The trail to a page of drafting."""
    trail = [{"label": _("Questionnaires"), "url": reverse("staff_questionnaires")}]
    if draft is not None:
        trail.append(
            {"label": _("Draft %(title)s") % {"title": draft.title}, "url": reverse("staff_draft", args=[draft.pk])}
        )
    return [*trail, {"label": here, "url": ""}] if here else trail


@staff(RUNNING_ROUNDS)
@require_POST
def draft_start(request: HttpRequest) -> HttpResponse:
    """A new draft: empty, from a stored version, or from an uploaded file of ours or an XLSForm."""
    by, upload = actor_of(request).user, request.FILES.get("file")
    try:
        if upload is not None:
            data = upload.read(MAX_UPLOAD + 1)
            refuse_infected(data, by=by)
            text, left_out = read_upload(upload.name or "", data)
            draft = start_draft(text, by=by)
            for sentence in left_out:
                messages.warning(request, sentence)
        elif request.POST.get("code"):
            version = questionnaire_version(request.POST["code"], request.POST.get("version", ""))
            if version is None:
                raise Http404
            draft = start_draft_from(version, by=by)
        else:
            draft = start_draft(EMPTY, by=by)
    except (InvalidInput, NotPossibleNow) as error:
        for problem in [str(error), *getattr(error, "problems", [])[:20]]:
            messages.error(request, problem)
        return redirect("staff_questionnaires")
    return redirect("staff_draft", draft.pk)


MAX_UPLOAD = 2_000_000


@staff(RUNNING_ROUNDS)
@require_safe
def draft_detail(request: HttpRequest, draft_id: int) -> HttpResponse:
    """The draft with everything in it, what the compiler says, and what it does to trends."""
    return _draft_page(request, draft_or_404(draft_id))


def _draft_page(
    request: HttpRequest, draft: QuestionnaireDraft, problems: list[str] | None = None, status: int = 200
) -> HttpResponse:
    data = read_plain(draft.source)
    context = {
        "draft": draft,
        "heading": _texts(data)["text"] or draft.title,
        "report": report_on(draft, language()),
        "sections": [_section_shown(at, section) for at, section in enumerate(data["sections"])],
        "checks": [{"place": f"check-{at}", **_texts(one)} for at, one in enumerate(data.get("checks") or [])],
        "dimensions": [_dimension_shown(at, one) for at, one in enumerate(data.get("dimensions") or [])],
        "problems": [{"id": "publish", "message": one} for one in problems or []],
        "confirmed": request.POST.get("confirmed", ""),
        "breadcrumbs": [*crumbs(draft, "")[:1], {"label": draft.title, "url": ""}],
    }
    return render(request, "surveys/staff/draft.html", context, status=status)


KINDS: dict[str, Any] = {**TYPE_NAMES, "hard": gettext_lazy("blocks submitting"), "soft": gettext_lazy("asks a reason")}


def _texts(item: Any) -> dict[str, Any]:
    """What lists show of a place: code, text, and what kind it is."""
    found = item if isinstance(item, dict) else {}
    text = found.get("text") or found.get("title") or found.get("message") or found.get("label") or {}
    text = text if isinstance(text, dict) else {"nl": str(text)}
    other = "en" if language() == "nl" else "nl"
    kind = str(found.get("type") or found.get("kind", ""))
    return {
        "code": found.get("code", "?"),
        "kind": KINDS.get(kind, kind),
        "text": text.get(language()) or text.get(other, ""),
        "missing": [code for code in ("nl", "en") if not text.get(code)],
        "ask_if": found.get("ask_if") or found.get("expression", ""),
    }


def _section_shown(at: int, section: dict[str, Any]) -> dict[str, Any]:
    questions = [{"place": f"question-{at}-{index}", **_texts(one)} for index, one in enumerate(section["questions"])]
    return {
        "place": f"section-{at}",
        "at_text": str(at),
        **_texts(section),
        "questions": questions,
        "repeat": section.get("repeat"),
    }


def _dimension_shown(at: int, one: Any) -> dict[str, Any]:
    options = one.get("options") if isinstance(one, dict) else None
    values = [_texts(option)["text"] for option in options] if isinstance(options, list) else []
    return {"place": f"dimension-{at}", **_texts(one), "values": values}


@staff(RUNNING_ROUNDS)
@require_http_methods(["GET", "POST"])
def draft_edit(request: HttpRequest, draft_id: int, place: str) -> HttpResponse:
    """The form of one place. What was typed stays on the page when it cannot be kept, whatever the reason."""
    draft = draft_or_404(draft_id)
    found = find_place(read_plain(draft.source), place)
    if found is None:
        raise Http404
    form = found.form(request.POST if request.method == "POST" else None, language())
    if request.method == "GET":
        return _edit_page(request, draft, found, form)
    if not form.is_valid:
        return _edit_page(request, draft, found, form, status=422)
    try:
        change_draft(draft.pk, revision_of(request), found.writer(form.value), by=actor_of(request).user)
    except PortalError as error:
        return _edit_page(request, draft, found, form, [str(error), *getattr(error, "problems", [])], status=409)
    other_type = found.kind == "question" and form.value.get("type") != request.POST.get("shown_type")
    other_tables = found.kind == "dimension" and bool(form.value.get("open")) != bool(found.data.get("open"))
    if request.POST.get("stay") or other_type or other_tables:
        return redirect(reverse("staff_draft_edit", args=[draft.pk, found.anchor]) + "?saved=1")
    return redirect(reverse("staff_draft", args=[draft.pk]) + f"#{found.anchor}")


def _edit_page(
    request: HttpRequest,
    draft: QuestionnaireDraft,
    place: Place,
    form: Any,
    problems: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    about = [
        one for one in report_on(draft, language()).problems if place.path and one.path[: len(place.path)] == place.path
    ]
    context = {
        "draft": draft,
        "place": place,
        "heading": place.title if place.is_new or place.kind == "head" else _texts(place.data)["text"] or place.title,
        "form": form,
        "shown_type": request.POST.get("shown_type") or place.data.get("type", ""),
        "errors": [{"id": "", "message": one} for one in problems or []] + form.summary,
        "about": [] if place.is_new else [one.message for one in about],
        "saved_text": _("Saved") if request.GET.get("saved") else "",
        "revision": draft.revision if problems else revision_of(request) or draft.revision,
        "breadcrumbs": crumbs(draft, place.title),
    }
    return render(request, "surveys/staff/draft_edit.html", context, status=status)


@staff(RUNNING_ROUNDS)
@require_POST
def draft_change(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Move or remove a place (`up`, `down`, `remove`: its name), or throw the draft away (`drop`)."""
    draft, by = draft_or_404(draft_id), actor_of(request).user
    action = next((one for one in ("up", "down", "remove", "drop") if one in request.POST), "")
    anchor = ""
    if action in ("remove", "drop") and request.POST.get("confirm") != "yes":
        return _asked_first(request, draft, action)
    try:
        if action == "drop":
            drop_draft(draft.pk, revision_of(request), by=by)
            messages.success(request, _("The draft was thrown away."))
            return redirect("staff_questionnaires")
        place = find_place(read_plain(draft.source), request.POST.get(action, "")) if action else None
        if place is None or place.is_new or place.kind == "head":
            raise Http404
        anchor = _moved_or_removed(draft, place, action, revision_of(request), by)
    except Conflict as error:
        messages.error(request, str(error))
    except InvalidInput as error:
        messages.error(request, " ".join(error.problems) or str(error))
    return redirect(reverse("staff_draft", args=[draft.pk]) + anchor)


def _asked_first(request: HttpRequest, draft: QuestionnaireDraft, action: str) -> HttpResponse:
    """Whether somebody really wants to remove a place, or the whole draft: neither comes back."""
    place = find_place(read_plain(draft.source), request.POST["remove"]) if action == "remove" else None
    if action == "remove" and (place is None or place.is_new or place.kind == "head"):
        raise Http404
    back = reverse("staff_draft", args=[draft.pk])
    name = _texts(place.data)["text"] or place.title if place else draft.title
    context = {
        "title": _("Remove “%(name)s”?") % {"name": name} if place else _("Throw this draft away?"),
        "text": _("It does not come back.")
        if place
        else _("Everything in the draft “%(name)s” goes.") % {"name": name},
        "hidden": {action: request.POST[action], "revision": request.POST.get("revision", ""), "confirm": "yes"},
        "submit_label": _("Remove") if place else _("Throw this draft away"),
        "cancel_url": f"{back}#{place.anchor}" if place else back,
        "breadcrumbs": crumbs(draft, _("Remove") if place else _("Throw away")),
    }
    return render(request, "surveys/staff/sure.html", context)


def _moved_or_removed(draft: QuestionnaireDraft, place: Place, action: str, revision: int, by: Any) -> str:
    path, at = place.path[:-1], int(place.path[-1])
    siblings = read_plain(draft.source)
    for step in path:
        siblings = siblings[step]
    if action == "remove":
        if len(siblings) == 1 and place.kind not in ("check", "dimension"):
            raise InvalidInput(_("The last one cannot be removed: a theme has a question, a questionnaire a theme."))
        gone = path if len(siblings) == 1 else place.path
        change_draft(draft.pk, revision, lambda text: remove(text, gone), by=by)
        return f"#{place.anchor}"
    to = max(0, min(len(siblings) - 1, at + (-1 if action == "up" else 1)))
    change_draft(draft.pk, revision, lambda text: move(text, path, at, to), by=by)
    return f"#{place.anchor[: place.anchor.rindex('-')]}-{to}"


@staff(RUNNING_ROUNDS)
@require_POST
def draft_publish(request: HttpRequest, draft_id: int) -> HttpResponse:
    """Make a version of the draft; what it breaks must be typed by name."""
    draft = draft_or_404(draft_id)
    names = request.POST.get("confirmed", "").replace(",", " ").split()
    try:
        loaded = publish_draft(draft.pk, revision_of(request), confirmed=names, by=actor_of(request).user)
    except Unconfirmed as error:
        return _draft_page(request, draft, [str(error), *error.problems], status=422)
    except InvalidInput as error:
        return _draft_page(request, draft, [str(error), *error.problems], status=422)
    except PortalError as error:
        return _draft_page(request, draft, [str(error)], status=409)
    messages.success(request, _("Version %(version)s was stored.") % {"version": loaded.file.version})
    return redirect("staff_questionnaire", loaded.file.questionnaire, loaded.file.version)


__all__ = ["DraftReport", "draft_change", "draft_detail", "draft_edit", "draft_publish", "draft_start"]
