"""Signing out: allauth's page, and a browser that keeps nothing."""

from allauth.account import views
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portal.access import identity


@identity
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session and let the browser clear its storage for this site, unless it holds what others typed.

    Cookies are not named: browsers would clear those of every host below the same domain, other applications' too.
    Ours ends with the session.
    """
    leaves = request.method == "POST" and request.user.is_authenticated
    answer: HttpResponseBase = views.logout(request)
    if leaves and not request.POST.get("others"):
        answer["Clear-Site-Data"] = '"storage"'
    return answer
