"""How fine peer groups are, unions, the offer of chosen groups: what staff settle about a round before the freeze."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from portal.access import staff
from portal.active import actor_of
from portal.errors import PortalError
from portal.roles import ANY_STAFF, RUNNING_ROUNDS
from surveys.models import Round
from surveys.services.peer_groups import (
    LABEL,
    choose_crossings,
    declare_union,
    offer_free_groups,
    peer_groups_are_open,
    withdraw_union,
)
from surveys.views.staff_rounds import crumbs, language, round_or_404


@staff(ANY_STAFF)
@require_safe
def round_peer_groups(request: HttpRequest, code: str) -> HttpResponse:
    """How fine the round's groups are, its unions, whether it offers chosen groups; forms as long as these can change.

    `?dimension=…&category=…` fills in a union that was advised elsewhere.
    """
    current = round_or_404(code)
    may_change = peer_groups_are_open(current) and actor_of(request).foundation_role in RUNNING_ROUNDS
    advised = request.GET.get("dimension", ""), request.GET.getlist("category")
    context = {
        "round": current,
        "is_open": peer_groups_are_open(current),
        "may_change": may_change,
        "fineness": _fineness(),
        "chosen_fineness": next(one for one in _fineness() if one["value"] == current.crossings),
        "unions": [_union(current, union) for union in current.unions],
        "dimensions": [one for one in _dimensions(current, *advised) if len(one["options"]) > 2],
        "offer": [
            {"value": "yes", "label": _("Yes: participants can put a peer group together from filters")},
            {"value": "no", "label": _("No: only the fixed peer groups")},
        ],
        "offered": "yes" if current.offers_free_groups else "no",
        "label_attrs": {"maxlength": LABEL},
        "breadcrumbs": crumbs((current.title, reverse("staff_round", args=[code])), (_("Peer groups"), "")),
    }
    return render(request, "surveys/staff/peer_groups.html", context)


@staff(RUNNING_ROUNDS)
@require_POST
def round_peer_groups_change(request: HttpRequest, code: str, change: str) -> HttpResponse:
    """Decide on crossings or chosen groups, declare or withdraw a union; the page says why when it is refused."""
    if change not in CHANGES:
        raise Http404
    current = round_or_404(code)
    try:
        messages.success(request, CHANGES[change](request, current))
    except PortalError as error:
        messages.error(request, str(error))
    return redirect("staff_round_peer_groups", code)


def _declare(request: HttpRequest, current: Round) -> str:
    declare_union(
        current.pk,
        dimension=request.POST.get("dimension", ""),
        categories=request.POST.getlist("category"),
        label_nl=request.POST.get("label_nl", ""),
        label_en=request.POST.get("label_en", ""),
        by=actor_of(request).user,
    )
    return _("The union was declared; it becomes a peer group of this round.")


def _withdraw(request: HttpRequest, current: Round) -> str:
    withdraw_union(
        current.pk,
        dimension=request.POST.get("dimension", ""),
        categories=request.POST.getlist("category"),
        by=actor_of(request).user,
    )
    return _("The union was taken back.")


def _offer(request: HttpRequest, current: Round) -> str:
    offered = request.POST.get("offer") == "yes"
    offer_free_groups(current.pk, offered=offered, by=actor_of(request).user)
    if offered:
        return _("Participants will be able to choose peer groups in the results of this round.")
    return _("This round will have its fixed peer groups only.")


def _cross(request: HttpRequest, current: Round) -> str:
    typed = request.POST.get("crossings", "")
    choose_crossings(current.pk, crossings=int(typed) if typed in {"1", "2", "3"} else 0, by=actor_of(request).user)
    return _("The peer groups of this round will be this fine.")


CHANGES = {"cross": _cross, "declare": _declare, "withdraw": _withdraw, "offer": _offer}


def _fineness() -> list[dict[str, Any]]:
    """What can be chosen, with a rule of thumb."""
    return [
        {
            "value": 1,
            "label": _("Each dimension by itself"),
            "hint": _("Fits rounds with fewer than 100 organisations: crossings would be nearly all blank."),
        },
        {
            "value": 2,
            "label": _("Pairs of dimensions too, such as sector with size"),
            "hint": _("Useful from about 100 organisations."),
        },
        {
            "value": 3,
            "label": _("Triples too"),
            "hint": _("Only for rounds with about 1,000 organisations or more."),
        },
    ]


def _union(current: Round, union: dict[str, Any]) -> dict[str, Any]:
    """A declared union in words."""
    found = next((one for one in current.version.file.dimensions if one.code == union["dimension"]), None)
    options = {one.code: one.label.text(language()) for one in found.options} if found else {}
    return {
        "dimension": union["dimension"],
        "name": found.label.text(language()) if found else union["dimension"],
        "categories": union["categories"],
        "labels": ", ".join(options.get(code, code) for code in union["categories"]),
        "label_nl": union["label"]["nl"],
        "label_en": union["label"]["en"],
    }


def _dimensions(current: Round, dimension: str, categories: list[str]) -> list[dict[str, Any]]:
    """The dimensions with a fixed list of categories, and which boxes are ticked beforehand."""
    return [
        {
            "code": one.code,
            "name": one.label.text(language()),
            "legend": _("Categories of “%(dimension)s” to join") % {"dimension": one.label.text(language())},
            "options": [{"value": option.code, "label": option.label.text(language())} for option in one.options],
            "ticked": categories if one.code == dimension else [],
        }
        for one in current.version.file.dimensions
        if not one.open
    ]
