"""Carrying out a step of a round; what cannot be undone asks first."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.access import staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.roles import ANY_STAFF
from surveys.models import Round
from surveys.rounds import TRANSITIONS
from surveys.services.rounds import carry_out_step
from surveys.views.staff_life import CONSEQUENCES, LABELS, MEANINGS
from surveys.views.staff_rounds import crumbs, round_or_404


@staff(ANY_STAFF)
@require_POST
def round_step(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Do the step; the rules of the round decide whether this person may, and whether it is possible now."""
    return _step(request, code, action)


@staff(ANY_STAFF, fresh=True)
@require_POST
def round_publish(request: HttpRequest, code: str) -> HttpResponse:
    """Publish: the step that cannot be taken back asks who one is, when that was a while ago."""
    return _step(request, code, "publish")


def _step(request: HttpRequest, code: str, action: str) -> HttpResponse:
    current = round_or_404(code)
    if action not in TRANSITIONS:
        raise Http404
    if actor_of(request).foundation_role not in TRANSITIONS[action].roles:
        raise PermissionDenied
    if action in CONSEQUENCES and request.POST.get("confirm") != "yes":
        return _ask(request, current, action)
    address = reverse("staff_round", args=[code])
    try:
        job = carry_out_step(current.pk, action, by=actor_of(request).user)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect(address)
    if job is not None:
        return redirect(f"{reverse('staff_job', args=[job.pk])}?next={address}")
    messages.success(request, _("Done: %(step)s.") % {"step": LABELS[action]})
    return redirect(address)


def _ask(request: HttpRequest, current: Round, action: str) -> HttpResponse:
    """The page that says what the step means and asks for a tick."""
    address = reverse("staff_round", args=[current.code])
    context = {
        "round": current,
        "title": f"{LABELS[action]}: {current.title}",
        "text": MEANINGS[action],
        "consequences": CONSEQUENCES[action],
        "submit_label": LABELS[action],
        "cancel_url": address,
        "breadcrumbs": crumbs((current.title, address), (str(LABELS[action]), "")),
    }
    return render(request, "surveys/staff/step.html", context)
