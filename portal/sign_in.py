"""Sign-in rules on top of allauth: no public sign-up, mail through the outbox, and limits that spare the real user.

Nothing here may tell whether an address is known: the same answer, the same work, and a mail is only put in line.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.utils import get_next_redirect_url
from allauth.core import context as allauth_context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_str
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from portal.known_device import device_of, remember_device
from portal.models import FailedSignIn, User
from portal.own_path import own_path
from portal.second_step import is_fresh
from portal.services.factor_keys import factor_box
from portal.services.mail import put_in_outbox
from portal.services.sign_in_trail import note_failure, note_sign_in
from portal.tenancy import worker_scope

UNKNOWN = "account/email/unknown_account"
LETS_IN = ("account/email/login_code", "account/email/password_reset_key")


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """allauth's behaviour with sign-up closed, and our own mail and limits."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: organisations are invited by the foundation, colleagues by their coordinator."""
        return False

    def is_safe_url(self, url: str) -> bool:
        """Whether `next` may say so: a path of this portal, no host, not even one of ours."""
        return bool(own_path(url or ""))

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within minutes of the last proof: who just signed in is not asked again to set up a factor."""
        request = allauth_context.request
        user = request.user
        return not (isinstance(user, User) and is_fresh(request, user))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put the mail in line, in the reader's language; to an unknown address one that is never sent."""
        reader = User.objects.filter(email=email.lower()).first()
        with translation.override(reader.language if reader else translation.get_language()):
            link = _link(str(context.get("code") or "NONE"))  # for an unknown address too: the same work
            values = {"request": allauth_context.request, "sign_in_url": link, **context}
            message = self.render_mail(template_prefix, email, values)
        with worker_scope():
            put_in_outbox(
                to=email,
                subject=message.subject,
                body=force_str(message.body),
                secret=template_prefix in LETS_IN,
                decoy=template_prefix == UNKNOWN,
            )

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count this attempt; raises when there were too many from here, or on this account by strangers.

        An attempt from elsewhere never counts against a browser that signed in before, nor against another network.
        """
        email = str(credentials.get("email", "")).lower()
        device = device_of(request, email)
        if device:
            buckets = [("login_failed_by_known", f"{email} {device}")]
        else:
            here = f"{email} {ratelimit.get_ip(request)}"
            buckets = [("login_failed", here), ("login_failed_by_strangers", email)]
        self._login_failed_rl_usage = ratelimit.RateLimitUsage(usage=[])
        for action, key in buckets:
            usage = ratelimit.consume(request, app="allauth.account", action=action, key=key)
            if usage is None:
                note_failure(request, FailedSignIn.Way.LIMITED, email=email)
                raise self.validation_error("too_many_login_attempts")
            self._login_failed_rl_usage.usage += usage.usage

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Keep it for the audit trail: a wrong password when signing in, or when confirming who one is."""
        if isinstance(request.user, User):
            note_failure(request, FailedSignIn.Way.CONFIRM, user=request.user)
        else:
            note_failure(request, FailedSignIn.Way.PASSWORD, email=str(credentials.get("email", "")))

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        """Whoever knows the password of a closed account is told that it is closed; the trail tells that they came."""
        if isinstance(user, User):
            note_failure(request, FailedSignIn.Way.CLOSED, user=user)
        response: HttpResponse = super().respond_user_inactive(request, user)
        return response

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        """Note it, and remember the browser, so that strangers' attempts do not lock it out later."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        if isinstance(user, User):
            proofs = [one.get("type") or one["method"] for one in get_authentication_records(request, user)]
            note_sign_in(user, proofs)
        remember_device(response, str(getattr(user, "email", "")))
        return response


class EncryptedFactorsAdapter(DefaultMFAAdapter):
    """allauth's second factors, their secrets encrypted in the database."""

    def encrypt(self, text: str) -> str:
        """With a key made of SECRET_KEY."""
        return factor_box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """With SECRET_KEY or one of SECRET_KEY_FALLBACKS."""
        return factor_box().decrypt(encrypted_text.encode()).decode()

    def get_totp_issuer(self) -> str:
        """What the authenticator app shows above the code."""
        return render_to_string("components/site_name.html").strip()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        """Passkeys are numbered until their owner gives them a name."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey %(number)s") % {"number": count + 1}


def _link(code: str) -> str:
    """The address of the page whose button sends this code, and then goes on to where its reader was going."""
    request = allauth_context.request
    wanted = get_next_redirect_url(request)
    query = f"?{urlencode({REDIRECT_FIELD_NAME: wanted})}" if wanted else ""
    return str(request.build_absolute_uri(reverse("sign_in_link", args=[code]) + query))
