"""allauth's forms about second factors, with our labels; a passkey is always one that signs in by itself.

What fails is kept for the audit trail.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal.auth import extract_user_from_response
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.models import FailedSignIn, User
from portal.services.sign_in_trail import note_failure

CODE = {"autocomplete": "one-time-code", "inputmode": "numeric"}
Way = FailedSignIn.Way


@contextmanager
def _noted(way: FailedSignIn.Way, user: User | None = None, email: str = "") -> Iterator[None]:
    """Keep for the audit trail that the proof which is checked in this block was wrong."""
    try:
        yield
    except ValidationError:
        note_failure(context.request, way, user=user, email=email)
        raise


class MailedCodeForm(ConfirmLoginCodeForm):
    """The code that was mailed; an address that nobody has was sent none."""

    def clean_code(self) -> str:
        """As allauth has it."""
        with _noted(Way.CODE, email=str(context.request._login_stage.state.get("email") or "")):
            return str(super().clean_code())


class CodeForm(AuthenticateForm):
    """The code of the second step."""

    code = forms.CharField(label=_("Code"), widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}))

    def clean_code(self) -> str:
        """As allauth has it."""
        with _noted(Way.SECOND_STEP, self.user):
            return str(super().clean_code())


class ConfirmCodeForm(ReauthenticateForm):
    """The code that confirms who one is."""

    code = forms.CharField(label=_("Code of your authenticator app"), widget=forms.TextInput(attrs=CODE))

    def clean_code(self) -> str:
        """As allauth has it."""
        with _noted(Way.CONFIRM, self.user):
            return str(super().clean_code())


class PasskeyForm(LoginWebAuthnForm):
    """A passkey instead of address and password: it names its owner itself, truly or not."""

    def clean_credential(self) -> Authenticator:
        """As allauth has it."""
        try:
            return super().clean_credential()
        except ValidationError:
            note_failure(context.request, Way.PASSKEY, user=_claimed(self.cleaned_data["credential"]))
            raise


class PasskeyStepForm(AuthenticateWebAuthnForm):
    """A passkey as the second step."""

    def clean_credential(self) -> Authenticator:
        """As allauth has it."""
        with _noted(Way.SECOND_STEP, self.user):
            return super().clean_credential()


class ConfirmPasskeyForm(ReauthenticateWebAuthnForm):
    """A passkey that confirms who one is."""

    def clean_credential(self) -> Authenticator:
        """As allauth has it."""
        with _noted(Way.CONFIRM, self.user):
            return super().clean_credential()


def _claimed(credential: Any) -> User | None:
    """Whose passkey this claims to be; None when it names nobody."""
    try:
        return extract_user_from_response(credential)
    except (ValidationError, AttributeError):
        return None


class SetUpAppForm(ActivateTOTPForm):
    """The first code of a new authenticator app."""

    code = forms.CharField(label=_("Code"), widget=forms.TextInput(attrs=CODE))


class AddPasskeyForm(AddWebAuthnForm):
    """A new passkey. It must have recognised its owner (finger, face, PIN), because it replaces password and code."""

    name = forms.CharField(label=_("Name"), required=False, max_length=60, help_text=_("To tell your passkeys apart."))
    passwordless = None

    def clean(self) -> dict[str, Any]:
        """As for allauth's passwordless keys."""
        self.cleaned_data["passwordless"] = True
        return dict(super().clean())


class RenamePasskeyForm(EditWebAuthnForm):
    """Another name for a passkey."""

    name = forms.CharField(label=_("Name"), max_length=60)
