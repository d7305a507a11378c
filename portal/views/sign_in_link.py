"""The page that the link in a sign-in mail opens. Looking changes nothing, because mail scanners follow links; its one
button sends the mailed code on, as if somebody had typed it.

A code belongs to the browser that asked for it, so in another one there is no button: one asks again there.
"""

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.stages import LoginByCodeStage, LoginStageController
from allauth.account.utils import get_next_redirect_url
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.access import identity
from portal.views.sign_in_pages import wanted_while_waiting


@identity
@never_cache
@require_GET
def sign_in_link(request: HttpRequest, code: str) -> HttpResponse:
    """The button that signs in and goes on to the page asked for last, or how to get a mail that works in this browser.

    Whether the code is right, and whether its address has an account, is not looked at here: it shows nowhere.
    """
    wanted = wanted_while_waiting(request) or get_next_redirect_url(request) or ""
    if request.user.is_authenticated:
        return redirect(wanted or "after_sign_in")
    stage = LoginStageController.enter(request, LoginByCodeStage.key)
    waits = stage is not None and LoginCodeVerificationProcess.resume(stage) is not None
    return render(request, "account/sign_in_link.html", {"code": code, "wanted": wanted, "waits": waits})
