"""The page that an invitation's link opens. Looking changes nothing; pressing the button uses it, once."""

from typing import Any

from allauth.account.internal.flows.login import clear_authentication_records
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal.access import identity
from portal.active import SESSION_KEY
from portal.errors import InvalidInput, PortalError
from portal.forms.people import NewcomerForm
from portal.models import Invitation, User
from portal.roles import role_label
from portal.second_step import note_proof
from portal.services.invitations import accept, house_of, usable
from portal.services.sign_in_trail import note_sign_in

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@identity
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who invites whom to what, and the button or the form that accepts it.

    Used, withdrawn, too old, by somebody who lost the right, never made: all the same page.
    """
    found = usable(token)
    if found is None:
        return render(request, "portal/invitation/gone.html", status=404)
    user = request.user if isinstance(request.user, User) else None
    known = User.objects.filter(email=found.email).exists()
    context = {
        "invitation": found,
        "house": house_of(found),
        "role": role_label(found.role),
        "mine": user is not None and user.email == found.email,
        "stranger": user is not None and user.email != found.email,
        "known": known,
        "form": None if known else NewcomerForm(request.POST if request.method == "POST" else None),
    }
    if request.method == "POST" and not context["stranger"]:
        if not ratelimit.consume(request, action="invitation"):
            return ratelimit.respond_429(request)
        return _accept(request, token, found, user, context)
    return render(request, "portal/invitation/page.html", context)


def _accept(
    request: HttpRequest, token: str, found: Invitation, user: User | None, context: dict[str, Any]
) -> HttpResponse:
    form: NewcomerForm | None = context["form"]
    if user is None and (form is None or not form.is_valid()):
        return render(request, "portal/invitation/page.html", context, status=422)
    try:
        given = form.cleaned_data if user is None and form is not None else {}
        person = accept(token, user=user, **given)
    except InvalidInput as error:
        if form is not None:
            form.add_error("password" if error.problems else "name", error.problems or [str(error)])
        return render(request, "portal/invitation/page.html", context, status=422)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("account_login")
    if user is None:
        clear_authentication_records(request)
        login(request, person, backend=BACKEND)
        note_proof(request, person, "invitation")
        note_sign_in(person, ["invitation"])
    if found.organisation_id is not None:
        request.session[SESSION_KEY] = found.organisation_id
    messages.success(request, _("Welcome. You work for %(house)s now.") % {"house": house_of(found)})
    return redirect("after_sign_in")
