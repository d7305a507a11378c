"""allauth's pages for signing in, which keep where one was going while a mailed code or a second step is waited for.

allauth leads whoever opens the sign-in page meanwhile to the page that takes the code, and forgets `next` on the way.
Here the sign-in that waits in the session remembers it: only addresses of this portal, which allauth has judged.
"""

from typing import Any

from allauth.account import views as allauth_views
from allauth.account.internal.stagekit import stash_login, unstash_login
from allauth.account.stages import LoginStage
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.httpkit import add_query_params
from allauth.mfa.webauthn import views as allauth_views_of_passkeys
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from portal.access import identity
from portal.known_device import remember_device


class _ThroughTheWait:
    """A page that leads to a sign-in that is under way: that one goes on to what was asked for last."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponseRedirect | None:
        wanted = get_next_redirect_url(request)
        if wanted:
            stage.login.redirect_url = wanted
            stash_login(request, stage.login)
        response: HttpResponseRedirect | None = super()._redirect_to_pending_stage(request, stage)  # type: ignore[misc]
        if response is not None:
            _add_next(response, wanted)
        return response


class SignInView(_ThroughTheWait, allauth_views.LoginView):
    """Address and password. A sign-in that waits, perhaps somebody else's, stands in nobody's way."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponseRedirect | None:
        return None if request.method == "POST" else super()._redirect_to_pending_stage(request, stage)


class PasskeyView(allauth_views_of_passkeys.LoginWebAuthnView):
    """A passkey, also while a mailed code is waited for."""

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> None:
        return None


class AskForMailView(_ThroughTheWait, allauth_views.RequestLoginCodeView):
    """The address that a code and a link are mailed to; another one than before begins anew.

    For the same address nothing more is sent: the code that went still works in this browser.
    """

    def _redirect_to_pending_stage(self, request: HttpRequest, stage: LoginStage) -> HttpResponseRedirect | None:
        typed = request.POST.get("email", "").strip().lower()
        other = request.method == "POST" and typed != str(stage.login.email or "").lower()
        return None if other else super()._redirect_to_pending_stage(request, stage)


class NewPasswordView(allauth_views.PasswordResetFromKeyView):
    """A new password by the link from a mail, which proves as much as signing in by one: the browser is known then."""

    def form_valid(self, form: Any) -> HttpResponseBase:
        """Keep the password, and remember the browser, whatever strangers tried meanwhile."""
        response: HttpResponseBase = super().form_valid(form)
        remember_device(response, str(self.reset_user.email))
        return response


class MailedCodeView(allauth_views.ConfirmLoginCodeView):
    """The code that was mailed; too late or too often wrong, and one asks again without losing the way."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As allauth, with `next` on every way back."""
        wanted = get_next_redirect_url(request) or wanted_while_waiting(request)
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        back = [reverse("account_request_login_code"), reverse("account_login")]
        if response.headers.get("Location") in back:
            _add_next(response, wanted)
        return response

    def get_next_url(self) -> str | None:
        """What the page carries, or else what was asked for while the code was waited for."""
        return super().get_next_url() or self.stage.login.redirect_url or None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the way that whoever gives up the code goes on."""
        return {**super().get_context_data(**kwargs), "wanted": self.get_next_url()}


def wanted_while_waiting(request: HttpRequest) -> str:
    """The page that was asked for last since the mail was sent, in this browser; empty when none was."""
    login = unstash_login(request, peek=True)
    return (login.redirect_url or "") if login else ""


def _add_next(response: HttpResponseBase, wanted: str | None) -> None:
    if wanted:
        response["Location"] = add_query_params(response["Location"], {REDIRECT_FIELD_NAME: wanted})


passkey = identity(PasskeyView.as_view())
new_password = identity(NewPasswordView.as_view())
login = identity(SignInView.as_view())
request_login_code = identity(AskForMailView.as_view())
confirm_login_code = identity(MailedCodeView.as_view())
