"""The coordinator's pages: who works for the organisation, who is invited."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import participant
from portal.active import actor_of
from portal.models import Invitation, Membership
from portal.roles import MANAGING_MEMBERS
from portal.views.member_pages import Pages, change_invitation, show_member, show_members


def _pages() -> Pages:
    return Pages("my_colleague", "my_invitation", reverse("my_colleagues"))


@participant(MANAGING_MEMBERS)
@require_http_methods(["GET", "POST"])
def colleagues(request: HttpRequest) -> HttpResponse:
    """Members and open invitations of the own organisation; a POST invites."""
    organisation = actor_of(request).organisation
    context = {"title": _("Colleagues"), "organisation": organisation}
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
