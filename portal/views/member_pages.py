"""What the coordinator's and the foundation's pages about members have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.active import actor_of
from portal.errors import NotAllowed, PortalError
from portal.forms.people import InviteForm, RoleForm
from portal.models import Invitation, Membership, Organisation, User
from portal.roles import MemberRole, role_label
from portal.selectors.people import members_of, open_invitations
from portal.services.invitations import TOKEN, invite, resend, withdraw
from portal.services.members import change_member_role, remove_member


@dataclass(frozen=True)
class Pages:
    """The names of the addresses that these pages use, and how to get back to the list."""

    member: str
    invitation: str
    back: str


def link_of(request: HttpRequest) -> str:
    """The address in an invitation's mail, with TOKEN where the token goes; the host was checked by Django."""
    return request.build_absolute_uri(reverse("invitation", args=[TOKEN]))


def person_of(request: HttpRequest) -> User:
    """Who is signed in; the middleware let nobody else come here."""
    user = actor_of(request).user
    if user is None:
        raise NotAllowed(_("Your role does not allow this."))
    return user


def show_members(
    request: HttpRequest,
    organisation: Organisation | None,
    pages: Pages,
    template: str,
    context: dict[str, Any],
    form: type[InviteForm] = InviteForm,
) -> HttpResponse:
    """The list with its form; a POST invites."""
    filled = form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and filled.is_valid():
        try:
            made = invite(
                filled.cleaned_data["email"],
                role=filled.role_given(),
                organisation=organisation,
                by=person_of(request),
                link=link_of(request),
            )
        except PortalError as error:
            filled.add_error("email", str(error))
        else:
            messages.success(request, _("An invitation is on its way to %(email)s.") % {"email": made.email})
            return redirect(request.path)
    context |= {
        "form": filled,
        "members": [_told(one, pages) for one in members_of(organisation)] if organisation else [],
        "invitations": [_told_invitation(one, pages) for one in open_invitations(organisation)],
    }
    return render(request, template, context, status=422 if filled.is_bound else 200)


def show_member(request: HttpRequest, member: Membership | None, pages: Pages, context: dict[str, Any]) -> HttpResponse:
    """One member: another role, or the end of the membership, which asks for a tick."""
    if member is None:
        raise Http404
    form = RoleForm(request.POST if "role" in request.POST else None, initial={"role": member.role})
    problem = ""
    if request.method == "POST":
        removing = request.POST.get("remove") == "yes"
        try:
            if removing and request.POST.get("confirm") == "yes":
                remove_member(member, by=person_of(request))
                messages.success(request, _("%(person)s does not work here any more.") % {"person": member.user})
                return redirect(pages.back)
            if not removing and form.is_valid():
                change_member_role(member, MemberRole(form.cleaned_data["role"]), by=person_of(request))
                messages.success(request, _("%(person)s has another role now.") % {"person": member.user})
                return redirect(pages.back)
            problem = _("Tick the box first.") if removing else ""
        except PortalError as error:
            problem = str(error)
    context |= {"member": member, "form": form, "back": pages.back}
    context["breadcrumbs"] = [*context.get("breadcrumbs", []), {"label": str(member.user), "url": ""}]
    context["problems"] = [{"id": "id_role", "message": problem}] if problem else []
    status = 422 if request.method == "POST" else 200
    return render(request, "portal/people/member.html", context, status=status)


def change_invitation(request: HttpRequest, invitation: Invitation | None, change: str, back: str) -> HttpResponse:
    """Send an invitation again, or withdraw it."""
    changes: dict[str, Callable[[Invitation], Any]] = {
        "resend": lambda one: resend(one, by=person_of(request), link=link_of(request)),
        "withdraw": lambda one: withdraw(one, by=person_of(request)),
    }
    if invitation is None or change not in changes:
        raise Http404
    try:
        changes[change](invitation)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        sent, gone = _("An invitation is on its way to %(email)s."), _("The invitation of %(email)s is withdrawn.")
        messages.success(request, (sent if change == "resend" else gone) % {"email": invitation.email})
    return redirect(back)


def _told(one: Membership, pages: Pages) -> dict[str, Any]:
    return {
        "name": str(one.user),
        "email": one.user.email,
        "role": role_label(one.role),
        "is_active": one.user.is_active,
        "url": reverse(pages.member, args=[one.pk]),
    }


def _told_invitation(one: Invitation, pages: Pages) -> dict[str, Any]:
    return {
        "email": one.email,
        "role": role_label(one.role),
        "by": str(one.invited_by) if one.invited_by else "",
        "until": one.expires_at,
        "is_over": getattr(one, "is_over", False),
        "resend": reverse(pages.invitation, args=[one.pk, "resend"]),
        "withdraw": reverse(pages.invitation, args=[one.pk, "withdraw"]),
    }
