"""What staff do for many organisations at once: give their submissions to a validator, write to their coordinators.

Either for the rows that are ticked, or for everybody in the list: the whole result of the board's filters, on all
pages. The filters come along in the address and are evaluated here again; a person confirms the number that this gives,
and when the list has changed since, nothing happens but that the new number is asked.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.models import User
from portal.roles import VALIDATING
from surveys.forms.round_mails import KINDS, LIST, RoundMailForm, first_texts, placeholder_help
from surveys.models import Round
from surveys.selectors.response_board import SHOWN, SILENT, board_rows, filtered, not_submitted
from surveys.services.round_mails import INVITATION, REMINDER, send_round_mails
from surveys.services.validating import assign_submissions
from surveys.views.staff_response import NOBODY, filters_of, trail, wanted_rows
from surveys.views.staff_rounds import round_or_404
from surveys.views.staff_validating import is_id, validator_or_403

MOST_TICKED = 200
MOST_LISTED = 1000  # each is noted in the audit trail by itself, within one request


def _board(request: HttpRequest, current: Round) -> str:
    query = request.GET.urlencode()
    return reverse("staff_response", args=[current.code]) + (f"?{query}" if query else "")


@staff(VALIDATING)
@require_POST
def staff_response_assign(request: HttpRequest, code: str) -> HttpResponse:
    """Give submissions to one validator, or to nobody; back to the board with its filters."""
    current = round_or_404(code)
    chosen, whole = request.POST.get("validator", ""), request.POST.get("whom") == LIST
    ticked = [int(one) for one in request.POST.getlist("organisation")[:MOST_TICKED] if is_id(one)]
    if not chosen or not (ticked or whole):
        messages.error(request, _("Tick organisations and choose a validator first."))
        return redirect(_board(request, current))
    validator = None if chosen == NOBODY else validator_or_403(chosen)
    if whole:
        ticked = list(wanted_rows(request, current).exclude(submission=None).values_list("pk", flat=True))
        if len(ticked) > MOST_LISTED:
            messages.error(request, _("At most %(n)s at once: narrow the list first.") % {"n": MOST_LISTED})
            return redirect(_board(request, current))
        if request.POST.get("confirmed") != str(len(ticked)):
            return _confirm(request, current, validator, len(ticked))
    changed = assign_submissions(current, ticked, validator, by=actor_of(request).user)
    told = ngettext(
        "%(n)s submission has another validator now.", "%(n)s submissions have another validator now.", changed
    )
    messages.success(request, told % {"n": changed})
    return redirect(_board(request, current))


def _confirm(request: HttpRequest, current: Round, validator: User | None, number: int) -> HttpResponse:
    """Ask whether it shall be done for so many; a list that changed since it was asked is asked anew."""
    asked = "confirmed" in request.POST
    who = {"person": str(validator) if validator else _("nobody"), "n": number}
    title = ngettext("Give %(n)s submission to: %(person)s", "Give %(n)s submissions to: %(person)s", number)
    context = {
        "round": current,
        "number": number,
        "title": title % who,
        "text": _("The list has changed since you looked: this is the number now.") if asked else "",
        "list": list_in_words(request),
        "hidden": {"whom": LIST, "validator": request.POST.get("validator", ""), "confirmed": number},
        "board": _board(request, current),
        "breadcrumbs": trail(current, _("Confirm")),
    }
    return render(request, "surveys/validating/confirm_many.html", context)


def list_in_words(request: HttpRequest) -> str:
    """Which organisations the filters of the board leave."""
    show, search = request.GET.get("show", ""), request.GET.get("q", "").strip()[:100]
    parts = [str(SHOWN[show][0]) if show in SHOWN else _("everybody")]
    if search:
        parts.append(_("found by “%(search)s”") % {"search": search})
    if request.GET.get("mine") == "1":
        parts.append(_("only mine"))
    return ", ".join(parts)


@staff(VALIDATING)
@require_http_methods(["GET", "POST"])
def staff_round_mail(request: HttpRequest, code: str) -> HttpResponse:
    """Write to the coordinators of many organisations at once; `?kind=` begins with the texts of that kind.

    `?list=1` with the filters of the board: to everybody in that list who has not submitted.
    """
    current = round_or_404(code)
    kind = request.GET.get("kind", REMINDER)
    first = first_texts(kind if kind in (INVITATION, REMINDER) else REMINDER)
    listed = not_submitted(wanted_rows(request, current)) if request.GET.get("list") == "1" else None
    named = (list_in_words(request), listed.count()) if listed is not None else None
    form = RoundMailForm(request.POST or None, initial=first | ({"to": LIST} if named else {}), listed=named)
    if request.method == "POST" and form.is_valid():
        told = _send(request, current, form, listed)
        if told:
            messages.success(request, told)
            back = filters_of(request) if named else ""
            return redirect(reverse("staff_response", args=[code]) + (f"?{back}" if back else ""))
    form.count({one: filtered(board_rows(current), show=one).count() for one in SILENT})
    context = {
        "round": current,
        "form": form,
        "kinds": [{"value": value, "label": label} for value, label in KINDS],
        "placeholders": placeholder_help(),
        "is_open": current.state == Round.State.OPEN,
        "breadcrumbs": trail(current, _("Write to organisations")),
    }
    return render(request, "surveys/validating/mail.html", context, status=422 if form.errors else 200)


def _send(request: HttpRequest, current: Round, form: RoundMailForm, listed: Any) -> str:
    to = form.cleaned_data["to"]
    wanted = listed if to == LIST and listed is not None else filtered(board_rows(current), show=to)
    user = actor_of(request).user
    address = request.build_absolute_uri(reverse("my_round", args=[current.code]))
    try:
        if user is None:
            return ""
        sent = send_round_mails(
            current,
            list(wanted.values_list("pk", flat=True)),
            form.texts(),
            kind=form.cleaned_data["kind"],
            address=address,
            by=user,
        )
    except PortalError as error:
        for problem in getattr(error, "problems", []) or [str(error)]:
            form.add_error(None, problem)
        return ""
    told = [ngettext("%(n)s mail is on its way.", "%(n)s mails are on their way.", sent.mails) % {"n": sent.mails}]
    if sent.just_reminded:
        told.append(_("Passed over, written to within the last hour: %(n)s.") % {"n": sent.just_reminded})
    if sent.without_coordinator:
        told.append(_("Organisations without a coordinator: %(n)s.") % {"n": sent.without_coordinator})
    return " ".join(told)
