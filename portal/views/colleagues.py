"""The coordinator's pages: who works for the organisation, who is invited, whether all need a second step."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import participant
from portal.active import actor_of
from portal.errors import NotPossibleNow
from portal.models import Invitation, Membership
from portal.roles import MANAGING_MEMBERS
from portal.selectors.people import members_of, who_have_a_factor
from portal.services.second_step_rule import require_second_step
from portal.views.member_pages import Pages, change_invitation, person_of, show_member, show_members


def _pages() -> Pages:
    return Pages("my_colleague", "my_invitation", reverse("my_colleagues"))


@participant(MANAGING_MEMBERS)
@require_http_methods(["GET", "POST"])
def colleagues(request: HttpRequest) -> HttpResponse:
    """Members and open invitations of the own organisation; a POST invites."""
    organisation = actor_of(request).organisation
    context = {"title": _("Colleagues"), "organisation": organisation, "rule_url": reverse("my_second_step_rule")}
    return show_members(request, organisation, _pages(), "portal/people/colleagues.html", context)


@participant(MANAGING_MEMBERS)
@require_http_methods(["GET", "POST"])
def colleague(request: HttpRequest, membership_id: int) -> HttpResponse:
    """One colleague: role, or goodbye."""
    mine = Membership.objects.filter(organisation=actor_of(request).organisation).select_related("user")
    crumbs = [{"label": _("Colleagues"), "url": reverse("my_colleagues")}]
    return show_member(request, mine.filter(pk=membership_id).first(), _pages(), {"breadcrumbs": crumbs})


@participant(MANAGING_MEMBERS)
@require_POST
def invitation_change(request: HttpRequest, invitation_id: int, change: str) -> HttpResponse:
    """Send again or withdraw."""
    mine = Invitation.objects.filter(organisation=actor_of(request).organisation)
    found = mine.select_related("organisation").filter(pk=invitation_id).first()
    return change_invitation(request, found, change, reverse("my_colleagues"))


@participant(MANAGING_MEMBERS, fresh=True)
@require_http_methods(["GET", "POST"])
def second_step_rule(request: HttpRequest) -> HttpResponse:
    """What it means when everybody needs a second step, who has none yet, and the button that decides."""
    organisation, by, problem = actor_of(request).organisation, person_of(request), ""
    if organisation is None:
        raise Http404
    if request.method == "POST":
        required = request.POST.get("required") == "yes"
        try:
            if required and request.POST.get("confirm") != "yes":
                raise NotPossibleNow(_("Tick the box first."))
            link = request.build_absolute_uri(reverse("mfa_index"))
            told = require_second_step(organisation, required=required, by=by, link=link)
        except NotPossibleNow as error:
            problem = str(error)
        else:
            if not required:
                done = _("A second step is up to each colleague now.")
            elif told:
                done = _("Everybody needs a second step now. Who has none gets a mail about it.")
            else:
                done = _("Everybody needs a second step now.")
            messages.success(request, done)
            return redirect("my_colleagues")
    colleagues = [one.user for one in members_of(organisation) if one.user.is_active]
    protected = who_have_a_factor([one.pk for one in colleagues])
    title = _("A second step for everybody")
    context = {
        "title": title,
        "organisation": organisation,
        "for_all": settings.PORTAL_SECOND_STEP_FOR_ALL,
        "without": [one for one in colleagues if one.pk not in protected],
        "mine_is_missing": by.pk not in protected,
        "problems": [{"id": "confirm", "message": problem}] if problem else [],
        "breadcrumbs": [
            {"label": _("Colleagues"), "url": reverse("my_colleagues")},
            {"label": title, "url": ""},
        ],
    }
    return render(request, "portal/people/second_step.html", context, status=422 if problem else 200)
