"""The page that one comes to until one has a second step that is needed, and where one goes on after setting it up."""

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from portal.access import account
from portal.models import User
from portal.own_path import own_path
from portal.second_step import passed_second_step

NEXT = "after_second_step"


@account
@require_GET
def needed(request: HttpRequest) -> HttpResponse:
    """Why a second step, and which ones there are; who has passed it goes on to where they were going."""
    wanted = own_path(request.GET.get(REDIRECT_FIELD_NAME, ""))
    if wanted:
        request.session[NEXT] = wanted
    user = request.user
    if isinstance(user, User) and passed_second_step(request, user):
        return redirect(request.session.pop(NEXT, "") or "after_sign_in")
    return render(request, "mfa/needed.html")
