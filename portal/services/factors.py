"""What happens when somebody's password or second factor changes: audit, other sessions end, and a mail says so.

allauth announces it with signals of its own; the mail is allauth's too, in our words (templates/mfa).
"""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from portal.errors import NotAllowed
from portal.models import User
from portal.roles import FoundationRole
from portal.second_step import FACTORS, note_proof
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from portal.sessions import end_other_sessions
from portal.tenancy import worker_scope


def connect() -> None:
    """Listen to allauth; called once, when the app starts."""
    mfa.authenticator_added.connect(_factor_changed, dispatch_uid="portal.factor_added")
    mfa.authenticator_removed.connect(_factor_changed, dispatch_uid="portal.factor_removed")
    mfa.authenticator_reset.connect(_factor_changed, dispatch_uid="portal.factor_reset")
    for signal in (account.password_changed, account.password_set, account.password_reset):
        signal.connect(_password_changed, dispatch_uid="portal.password_changed")
    account.authentication_step_completed.connect(_confirmed, dispatch_uid="portal.confirmed")


def _factor_changed(signal: Any, request: HttpRequest, user: User, authenticator: Authenticator, **rest: Any) -> None:
    change = {mfa.authenticator_added: "added", mfa.authenticator_removed: "removed"}.get(signal, "renewed")
    if change == "added" and authenticator.type in FACTORS:
        note_proof(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    end_other_sessions(user, request)
    with worker_scope():
        record(f"sign_in.factor_{change}", subject=user, by=user, type=authenticator.type)


def _password_changed(request: HttpRequest, user: User, **rest: Any) -> None:
    end_other_sessions(user, request)
    with worker_scope():
        record("sign_in.password_changed", subject=user, by=user)


def _confirmed(user: User, method: str, reauthenticated: bool = False, **rest: Any) -> None:
    """Somebody who is in proved again who they are; signing in itself is noted when it is complete."""
    if reauthenticated:
        with worker_scope():
            record("sign_in.confirmed", subject=user, by=user, proof=rest.get("type") or method)


@transaction.atomic
def take_factors_away(user: User, *, by: User) -> int:
    """Somebody lost their telephone and their recovery codes: they sign in without and set up a factor anew.

    Needs the staff scope, by an administrator who made sure who is asking, and never for oneself. Raises NotAllowed.
    """
    if by.foundation_role != FoundationRole.ADMINISTRATOR or by.pk == user.pk:
        raise NotAllowed(_("Only another administrator of the foundation may do this."))
    count: int = Authenticator.objects.filter(user=user).delete()[0]
    end_other_sessions(user)
    record("sign_in.factors_taken_away", subject=user, by=by, count=count)
    subject = _("Your second step was taken away")
    body = _(
        "An administrator of the foundation took your second step away, because somebody told us that you lost it."
        " Sign in with your password and set up a new one.\n\nDid you not ask for this? Tell us at once."
    )
    put_in_outbox(to=user.email, subject=subject, body=body)
    return count
