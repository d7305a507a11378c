"""The administrator's pages about people: the foundation's own, members of organisations, accounts."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.access import staff
from portal.errors import PortalError
from portal.forms.people import InviteStaffForm, StaffRoleForm
from portal.models import Invitation, Membership, Organisation, User
from portal.roles import MANAGING_PEOPLE, FoundationRole, role_label
from portal.selectors.people import people
from portal.services.factors import take_factors_away
from portal.services.members import set_active, set_foundation_role
from portal.views.member_pages import Pages, change_invitation, person_of, show_member, show_members

PER_PAGE = 50


def _crumb(label: str, name: str, *args: Any) -> dict[str, str]:
    return {"label": label, "url": reverse(name, args=args)}


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def people_list(request: HttpRequest) -> HttpResponse:
    """Who works for the foundation, open invitations, and a search among all accounts; a POST invites staff."""
    search = request.GET.get("q", "").strip()[:100]
    found = Paginator(people(search, staff_only=not search), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "title": _("People"),
        "search": search,
        "page_obj": found,
        "people": [
            {"user": one, "role": role_label(one.foundation_role) if one.foundation_role else ""} for one in found
        ],
    }
    pages = Pages("staff_member", "staff_invitation", reverse("staff_people"))
    return show_members(request, None, pages, "portal/people/people.html", context, InviteStaffForm)


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account: memberships, role at the foundation, lost second step, closing."""
    found = people().filter(pk=user_id).first()
    if found is None:
        raise Http404
    form = StaffRoleForm(request.POST if "role" in request.POST else None, initial={"role": found.foundation_role})
    if request.method == "POST":
        try:
            _change(found, request.POST.get("change", ""), form, person_of(request))
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("Done."))
        return redirect(request.path)
    memberships = Membership.objects.filter(user=found).select_related("organisation").order_by("organisation__name")
    context = {
        "person": found,
        "form": form,
        "is_self": found.pk == person_of(request).pk,
        "memberships": [
            {"name": one.organisation.name, "role": role_label(one.role), "url": reverse("staff_member", args=[one.pk])}
            for one in memberships
        ],
        "breadcrumbs": [_crumb(_("People"), "staff_people"), {"label": str(found), "url": ""}],
    }
    return render(request, "portal/people/person.html", context)


def _change(user: User, change: str, form: StaffRoleForm, by: User) -> None:
    if change == "role" and form.is_valid():
        wanted = form.cleaned_data["role"]
        set_foundation_role(user, FoundationRole(wanted) if wanted else None, by=by)
    elif change == "factors":
        take_factors_away(user, by=by)
    elif change in ("close", "open"):
        set_active(user, change == "open", by=by)


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def organisation_people(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Members and open invitations of an organisation; a POST invites."""
    organisation = Organisation.objects.filter(pk=organisation_id).first()
    if organisation is None:
        raise Http404
    title = _("People of %(organisation)s") % {"organisation": organisation.name}
    crumbs = [_crumb(_("Organisations"), "staff_organisations"), {"label": title, "url": ""}]
    context = {"title": title, "organisation": organisation, "breadcrumbs": crumbs}
    pages = Pages("staff_member", "staff_invitation", request.path)
    return show_members(request, organisation, pages, "portal/people/colleagues.html", context)


@staff(MANAGING_PEOPLE)
@require_http_methods(["GET", "POST"])
def member(request: HttpRequest, membership_id: int) -> HttpResponse:
    """One member of an organisation: role, or the end of it."""
    found = Membership.objects.select_related("user", "organisation").filter(pk=membership_id).first()
    if found is None:
        raise Http404
    back = reverse("staff_organisation_people", args=[found.organisation_id])
    crumbs = [{"label": _("People of %(organisation)s") % {"organisation": found.organisation.name}, "url": back}]
    return show_member(request, found, Pages("staff_member", "staff_invitation", back), {"breadcrumbs": crumbs})


@staff(MANAGING_PEOPLE)
@require_POST
def invitation_change(request: HttpRequest, invitation_id: int, change: str) -> HttpResponse:
    """Send again or withdraw, of any organisation or of the foundation."""
    found = Invitation.objects.select_related("organisation").filter(pk=invitation_id).first()
    back = reverse("staff_people")
    if found is not None and found.organisation_id is not None:
        back = reverse("staff_organisation_people", args=[found.organisation_id])
    return change_invitation(request, found, change, back)
