"""Withdrawing from a round or from everything: what it means is read first, and only then confirmed.

A coordinator does it for the own organisation, staff on an organisation's request.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import participant, staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.models import Organisation
from portal.roles import RUNNING_ROUNDS, SUBMITTING
from surveys.models import Round, Withdrawal
from surveys.selectors.withdrawals import is_frozen, rounds_to_leave, withdrawal_of, withdrawals_of
from surveys.services.withdrawals import readmit_organisation, withdraw_organisation
from surveys.views.participant_sheet import crumbs as participant_crumbs
from surveys.views.participant_sheet import organisation_of

EVERYTHING = "-everything"  # no round can have this code


@participant(SUBMITTING)
@require_http_methods(["GET", "POST"])
def my_withdrawal(request: HttpRequest) -> HttpResponse:
    """The coordinator's page; `?round=` names the round that is ticked."""
    organisation = organisation_of(request)
    title = _("Withdraw")
    context = {"title": title, "breadcrumbs": participant_crumbs(None, title), "back": reverse("my_rounds")}
    return _page(request, organisation, context)


@staff(RUNNING_ROUNDS)
@require_http_methods(["GET", "POST"])
def staff_withdrawal(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """The same for staff, who can also take an organisation back."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        raise Http404
    title = _("Withdraw %(organisation)s") % {"organisation": organisation.name}
    back = reverse("staff_organisations")
    context = {
        "title": title,
        "breadcrumbs": [{"label": _("Organisations"), "url": back}, {"label": title, "url": ""}],
        "back": back,
        "for_staff": True,
    }
    return _page(request, organisation, context)


def _page(request: HttpRequest, organisation: Organisation, context: dict[str, Any]) -> HttpResponse:
    rounds = list(rounds_to_leave(organisation))
    problem = ""
    if request.method == "POST":
        problem = _carry_out(request, organisation, rounds, for_staff="for_staff" in context)
        if not problem:
            return redirect(request.path)
    chosen = request.POST.get("from") or request.GET.get("round", "")
    left_all = withdrawal_of(organisation, None) is not None
    options = [] if left_all else [*map(_option, rounds), _everything()]
    context |= {
        "organisation": organisation,
        "problems": [{"id": "from" if not request.POST.get("from") else "confirm", "message": problem}]
        if problem
        else [],
        "options": options,
        "chosen": chosen,
        "withdrawals": [_told(one) for one in withdrawals_of(organisation)],
    }
    return render(request, "surveys/withdrawal.html", context, status=422 if problem else 200)


def _carry_out(request: HttpRequest, organisation: Organisation, rounds: list[Round], *, for_staff: bool) -> str:
    """Do what was confirmed; the reason when it cannot be done."""
    code, by = request.POST.get("from", ""), actor_of(request).user
    again = for_staff and request.POST.get("again") == "yes"
    if again:
        rounds = [one.round for one in withdrawals_of(organisation) if one.round is not None]
    round_ = next((one for one in rounds if one.code == code), None)
    if round_ is None and code != EVERYTHING:
        return _("Choose what to withdraw from.")
    if not again and request.POST.get("confirm") != "yes":
        return _("Tick the box that says that you know what withdrawing means.")
    try:
        if again:
            readmit_organisation(organisation, round_=round_, by=by)
        else:
            withdraw_organisation(organisation, round_=round_, by=by)
    except PortalError as error:
        return str(error)
    done = _("Taken back: %(round)s.") if again else _("Withdrawn: %(round)s")
    messages.success(request, done % {"round": round_.title if round_ else _("everything")})
    return ""


def _option(round_: Round) -> dict[str, str]:
    after = _("Results were made with the answers: what is published stays, the next edition is made without them.")
    before = _("Nothing was made of the answers yet: they leave this round and count in no figure.")
    return {"value": round_.code, "label": round_.title, "hint": after if is_frozen(round_) else before}


def _everything() -> dict[str, str]:
    hint = _("All rounds, those of later years included.")
    return {"value": EVERYTHING, "label": _("Everything"), "hint": hint}


def _told(one: Withdrawal) -> dict[str, Any]:
    return {
        "label": one.round.title if one.round else _("Everything"),
        "value": one.round.code if one.round else EVERYTHING,
        "at": one.withdrawn_at,
        "by": str(one.withdrawn_by) if one.withdrawn_by else "",
    }
