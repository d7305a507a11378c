"""One submission for a validator, and everything that can be decided about it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.access import staff
from portal.active import actor_of
from portal.errors import InvalidInput, PortalError
from portal.models import User
from portal.roles import ANY_STAFF, VALIDATING
from portal.seen import note_answers_seen
from surveys.forms.submission_sheet import sheet_themes
from surveys.models import CheckFinding, Query, Round, Submission
from surveys.selectors.corrections import round_moment
from surveys.selectors.reviewing import neighbours, review_or_none, submission_in, validators
from surveys.services.check_requests import request_submission_check
from surveys.services.queries import ask_further, ask_query, resolve_query
from surveys.services.submissions import sheet_of
from surveys.services.validating import (
    accept_submission,
    assign_validator,
    dismiss_finding,
    exclude_answer,
    lift_exclusion,
    send_back,
    take_back_acceptance,
)
from surveys.views.staff_rounds import crumbs, language, round_or_404

UNSENT = "unsent_text"
# What a validator may be asked to look at first: neutral, since what the others answered is told to nobody.
DRAFT = gettext_lazy("Could you look at this answer once more? Is it right, and in the unit that is asked?")


def submission_or_404(current: Round, organisation_id: int) -> Submission:
    """The organisation's submission to the round."""
    found = submission_in(current, organisation_id)
    if found is None:
        raise Http404
    return found


@staff(ANY_STAFF, fresh=True)
@require_GET
def staff_submission(request: HttpRequest, code: str, organisation_id: int) -> HttpResponse:
    """Answers by theme; `?at=` names the question whose forms are open, `?mine=1` walks through one's own work."""
    current = round_or_404(code)
    submission = submission_or_404(current, organisation_id)
    actor = actor_of(request)
    note_answers_seen(request, [organisation_id])
    sheet = sheet_of(submission, language())
    themes = sheet_themes(sheet, submission)
    review = review_or_none(submission)
    lines = {line.code: line for theme in themes for line in theme.lines}
    asking = [line.code for line in lines.values() if line.asks]
    accepted = bool(review and review.accepted_at and review.accepted_hash == submission.content_hash)
    context = {
        "round": current,
        "submission": submission,
        "organisation": submission.organisation,
        "sheet": sheet,
        "themes": themes,
        "asking": len(asking),
        "first": asking[0] if asking else "",
        "at": request.GET.get("at", ""),
        "draft": DRAFT,
        "typed": _kept_text(request),
        "review": review,
        "accepted": accepted and submission.state == Submission.State.SUBMITTED,
        "changed_since": bool(review and review.accepted_at and not accepted),
        "under_way": sum(line.query is not None for line in lines.values()),
        "is_submitted": submission.state == Submission.State.SUBMITTED,
        "taking": round_moment(current).taking,
        "may": actor.foundation_role in VALIDATING,
        "validators": [{"value": str(one.pk), "label": str(one)} for one in validators()],
        "resolutions": _resolutions(),
        "breadcrumbs": crumbs(
            (current.title, reverse("staff_round", args=[code])),
            (_("Response"), reverse("staff_response", args=[code])),
            (submission.organisation.name, ""),
        ),
    }
    context |= _place(request, current, organisation_id)
    return render(request, "surveys/validating/submission.html", context)


def _place(request: HttpRequest, current: Round, organisation_id: int) -> dict[str, object]:
    """Which submissions come before and after: of all, or of one's own."""
    mine, user = request.GET.get("mine") == "1", actor_of(request).user
    return {"mine": mine, "around": neighbours(current, organisation_id, validator=user.pk if mine and user else None)}


def _resolutions() -> list[dict[str, object]]:
    return [{"value": value, "label": label} for value, label in Query.Resolution.choices]


Action = Callable[[Submission, HttpRequest, User | None], str]


@staff(VALIDATING)
@require_POST
def staff_submission_change(request: HttpRequest, code: str, organisation_id: int, action: str) -> HttpResponse:
    """Carry out one decision and go back to the answer that it is about."""
    current = round_or_404(code)
    submission = submission_or_404(current, organisation_id)
    if action not in ACTIONS:
        raise Http404
    question = request.POST.get("question", "")
    address = reverse("staff_submission", args=[code, organisation_id])
    try:
        told = ACTIONS[action](submission, request, actor_of(request).user)
    except PortalError as error:
        messages.error(request, " ".join([str(error), *getattr(error, "problems", [])]))
        _keep_text(request, action)
        anchor = f"?at={question}#a-{question}" if question and current.version.file.has_question(question) else ""
        return redirect(address + anchor)
    if told:
        messages.success(request, told)
    return redirect(f"{address}#a-{question}" if question and current.version.file.has_question(question) else address)


def _keep_text(request: HttpRequest, action: str) -> None:
    """Remember what was written with a decision that was refused, for the page that says why."""
    text = request.POST.get("text", "")
    if text.strip():
        request.session[UNSENT] = {"path": request.path.removesuffix(f"{action}/"), "action": action, "text": text}


def _kept_text(request: HttpRequest) -> dict[str, str]:
    """What was written on this page and refused, by decision: shown once more."""
    kept = request.session.get(UNSENT)
    if not kept or kept["path"] != request.path:
        return {}
    del request.session[UNSENT]
    return {"resolve" if kept["action"] == "ask-further" else kept["action"]: kept["text"]}


def _query(submission: Submission, request: HttpRequest) -> Query:
    number = request.POST.get("query", "")
    found = Query.objects.filter(submission=submission, pk=int(number)).first() if is_id(number) else None
    if found is None:
        raise InvalidInput(_("This query is not there any more."))
    return found


def is_id(text: str) -> bool:
    """Whether a text from outside can be the number of a row."""
    return text.isdecimal() and len(text) < 18


def _ask(submission: Submission, request: HttpRequest, by: User | None) -> str:
    question = request.POST.get("question", "")
    found = CheckFinding.objects.filter(submission=submission, question=question, dismissed_at=None, query=None)
    ask_query(submission, question, text=request.POST.get("text", ""), by=by, findings=list(found))
    return _("The query was sent.")


def _ask_further(submission: Submission, request: HttpRequest, by: User | None) -> str:
    ask_further(_query(submission, request), text=request.POST.get("text", ""), by=by)
    return _("The query was sent.")


def _resolve(submission: Submission, request: HttpRequest, by: User | None) -> str:
    resolution, text = request.POST.get("resolution", ""), request.POST.get("text", "")
    resolve_query(_query(submission, request), resolution=resolution, text=text, by=by)
    return _("The query was resolved.")


def _exclude(submission: Submission, request: HttpRequest, by: User | None) -> str:
    exclude_answer(submission, request.POST.get("question", ""), reason=request.POST.get("text", ""), by=by)
    return _("The answer does not count any more.")


def _lift(submission: Submission, request: HttpRequest, by: User | None) -> str:
    lift_exclusion(submission, request.POST.get("question", ""), by=by)
    return _("The answer counts again.")


def _dismiss(submission: Submission, request: HttpRequest, by: User | None) -> str:
    question = request.POST.get("question", "")
    for one in CheckFinding.objects.filter(submission=submission, question=question, dismissed_at=None):
        dismiss_finding(one, by=by)
    return _("Noted that the answer is in order.")


def _accept(submission: Submission, request: HttpRequest, by: User | None) -> str:
    if "seen" not in request.POST:
        raise InvalidInput(_("Open the answers first: what you looked at is accepted, and nothing else."))
    accept_submission(submission, by=by, seen=request.POST["seen"])
    return _("The submission was accepted.")


def _unaccept(submission: Submission, request: HttpRequest, by: User | None) -> str:
    take_back_acceptance(submission, by=by)
    return _("The acceptance was taken back.")


def _reopen(submission: Submission, request: HttpRequest, by: User | None) -> str:
    send_back(submission, reason=request.POST.get("text", ""), by=by)
    return _("The submission was opened again for the organisation.")


def _assign(submission: Submission, request: HttpRequest, by: User | None) -> str:
    number = request.POST.get("validator", "")
    assign_validator(submission, validator_or_403(number) if number else None, by=by)
    return _("Saved.")


def validator_or_403(number: str) -> User:
    """Who may validate and was chosen in a form."""
    found = validators().filter(pk=int(number)).first() if is_id(number) else None
    if found is None:
        raise PermissionDenied
    return found


def _check(submission: Submission, request: HttpRequest, by: User | None) -> str:
    request_submission_check(submission, by=by)
    return _("The checks run in the background; reload this page in a moment.")


ACTIONS: dict[str, Action] = {
    "ask": _ask,
    "ask-further": _ask_further,
    "resolve": _resolve,
    "exclude": _exclude,
    "count-again": _lift,
    "in-order": _dismiss,
    "accept": _accept,
    "take-back": _unaccept,
    "reopen": _reopen,
    "assign": _assign,
    "check": _check,
}
