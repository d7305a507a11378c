"""One's own account: where one is signed in, and what the portal holds about one."""

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from portal.access import account, confirmed
from portal.active import actor_of
from portal.asking import ask_second_step
from portal.models import User
from portal.personal_file import personal_zip
from portal.second_step import is_required, passed_second_step
from portal.selectors.own_sessions import sessions_of
from portal.services.own_sessions import end_own_sessions
from portal.services.personal_data import own_data_of


@account
@require_GET
def sessions(request: HttpRequest) -> HttpResponse:
    """Every browser in which one is signed in."""
    found = sessions_of(_person(request), request.session.session_key)
    return render(request, "account/sessions.html", {"sessions": found, "others": len(found) > 1})


@confirmed
@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """Sign out in one other browser (`session`) or in all others (`others`)."""
    mark = request.POST.get("session", "")
    if mark or request.POST.get("others"):
        ended = end_own_sessions(_person(request), this_key=str(request.session.session_key), mark=mark)
        if ended:
            told = ngettext("Signed out in %(n)s other browser.", "Signed out in %(n)s other browsers.", ended)
            messages.success(request, told % {"n": ended})
        else:
            messages.info(request, _("You were not signed in there any more."))
    return redirect("my_sessions")


@confirmed
@require_POST
def own_data(request: HttpRequest) -> HttpResponse:
    """Everything that the portal holds about oneself, as a zip; the same file that an administrator can make.

    Mails in it speak of organisations: whose organisation wants a second step of everybody, takes it here as well.
    """
    asked = any(is_required(one.organisation) for one in actor_of(request).memberships)
    if asked and not passed_second_step(request, _person(request)):
        return ask_second_step(request)
    if not ratelimit.consume(request, action="own_data"):
        return ratelimit.respond_429(request)
    answer = HttpResponse(personal_zip(own_data_of(_person(request))), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return answer


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  the declared access says so
    return request.user
