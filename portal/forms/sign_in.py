"""allauth's forms that have a mail sent, with limits that spare the owner of the address (portal/mail_limits.py)."""

from typing import Any

from allauth.account.forms import RequestLoginCodeForm, ResetPasswordForm
from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.mail_limits import may_ask_at_all, may_mail

TOO_OFTEN = _(
    "Mail was asked for too often from here. Try again in ten minutes. A password or a passkey still works, and so does"
    " the link that “Forgot your password?” sends."
)


class AskForCodeForm(RequestLoginCodeForm):
    """The address that a code is mailed to."""

    def clean_email(self) -> str:
        """Find whose it is; nobody's is answered alike."""
        email: str = super().clean_email()
        if not may_ask_at_all(context.request, email) or not may_mail(context.request, email, "code"):
            raise ValidationError(TOO_OFTEN)
        return email


class AskForLinkForm(ResetPasswordForm):
    """The address that a link for a new password is mailed to."""

    def clean_email(self) -> str:
        """A network that tries addresses is refused; one address never is."""
        email: str = super().clean_email()
        if not may_ask_at_all(context.request, email):
            raise ValidationError(TOO_OFTEN)
        return email

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Send it, unless several went lately: they work."""
        email: str = self.cleaned_data["email"]
        if may_mail(request, email, "link"):
            super().save(request, **kwargs)
        return email
