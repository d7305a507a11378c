"""Corrections of submitted answers: until when they count at once, and what waits for the next edition."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from portal.access import staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.roles import ANY_STAFF, VALIDATING
from portal.seen import note_answers_seen
from surveys.forms.staff import MOMENTS
from surveys.models import Correction, Round
from surveys.questionnaire import piped
from surveys.selectors.asked import corrected_as
from surveys.selectors.corrections import FROZEN, corrections_in, waiting_corrections
from surveys.services.corrections import TAKING_CORRECTIONS, apply_waiting_corrections, set_correction_window
from surveys.views.participant_queries import shown_text
from surveys.views.staff_rounds import crumbs, language, round_or_404

SHOWN = 200
ENOUGH = 3  # organisations that must have changed before figures are made anew (DISCLOSURE, section 7)


class WindowForm(forms.Form):
    """Until when corrections are taken."""

    until = forms.DateTimeField(
        label=gettext_lazy("Corrections until"),
        required=False,
        input_formats=MOMENTS,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        help_text=gettext_lazy("Leave it empty to take no more corrections."),
    )
    tell = forms.BooleanField(label=gettext_lazy("Tell everybody who submitted, by mail"), required=False)


@staff(ANY_STAFF, fresh=True)
@require_http_methods(["GET", "POST"])
def staff_corrections(request: HttpRequest, code: str) -> HttpResponse:
    """The window for corrections, and all that were made; a POST sets it, or takes over what waits."""
    current = round_or_404(code)
    actor = actor_of(request)
    may = actor.foundation_role in VALIDATING
    form = WindowForm(request.POST or None, initial={"until": current.corrections_until})
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if request.POST.get("apply") == "yes":
            return _apply(request, current)
        if form.is_valid() and _set(request, current, form):
            return redirect("staff_corrections", code)
    file = current.version.file
    waiting, made = waiting_corrections(current), list(corrections_in(current)[:SHOWN])
    note_answers_seen(request, [one.organisation_id for one in made])
    context = {
        "round": current,
        "form": form,
        "may": may,
        "may_set": may and current.state in TAKING_CORRECTIONS,
        "is_frozen": current.state in FROZEN,
        "waiting": waiting,
        "by_question": [
            {
                "question": piped(file.question(one).text, file, {}, language()),
                "number": number,
                "enough": number >= ENOUGH,
            }
            for one, number in sorted(waiting.by_question.items())
        ],
        "may_apply": may and waiting.answers and current.state in TAKING_CORRECTIONS,
        "corrections": [_shown(one, current) for one in made],
        "breadcrumbs": crumbs((current.title, reverse("staff_round", args=[code])), (_("Corrections"), "")),
    }
    return render(request, "surveys/validating/corrections.html", context, status=422 if form.errors else 200)


def _shown(one: Correction, current: Round) -> dict[str, object]:
    kinds = {Correction.State.WAITING: "busy", Correction.State.APPLIED: "good", Correction.State.REPLACED: ""}
    return {
        "one": one,
        "question": corrected_as(one, current, language()),
        "before": shown_text(one.before, one.status_before),
        "typed": shown_text(one.typed, one.status),
        "kind": kinds[Correction.State(one.state)],
    }


def _set(request: HttpRequest, current: Round, form: WindowForm) -> bool:
    until, tell = form.cleaned_data["until"], form.cleaned_data["tell"]
    try:
        set_correction_window(current.pk, until, by=actor_of(request).user, tell_them=tell)
    except PortalError as error:
        form.add_error("until", str(error))
        return False
    messages.success(request, _("Saved."))
    return True


def _apply(request: HttpRequest, current: Round) -> HttpResponse:
    try:
        taken, refused = apply_waiting_corrections(current.pk, by=actor_of(request).user)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        told = ngettext("%(n)s correction was taken over.", "%(n)s corrections were taken over.", taken) % {"n": taken}
        messages.success(request, told)
        if refused:
            messages.warning(
                request,
                _("These no longer go together with the other answers and still wait: %(which)s.")
                % {"which": ", ".join(f"{one.organisation} ({one.question})" for one in refused)},
            )
    return redirect("staff_corrections", current.code)
