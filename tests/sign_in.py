"""Signing in for tests, as somebody who went through everything: staff with their second factor, just now."""

from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from allauth.mfa.models import Authenticator
from django.test import Client

from portal.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def sign_in(client: Client, user: User, *, proven_at: float | None = None) -> None:
    """A session of `user` that passed the second step when they are staff; `proven_at` makes the proof older.

    `client.force_login` alone gives a session without it: staff pages then ask for a factor.
    """
    import time

    client.force_login(user)
    moment = time.time() if proven_at is None else proven_at
    proofs: list[dict[str, Any]] = [{"method": "password", "at": moment, "email": user.email}]
    if user.foundation_role:
        factor = give_factor(user)
        proofs.append({"method": "mfa", "at": moment, "id": factor.pk, "type": "totp"})
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = proofs
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()


def give_factor(user: User) -> Authenticator:
    """The authenticator app of this person, set up if there is none."""
    from allauth.mfa.adapter import get_adapter

    made, _new = Authenticator.objects.get_or_create(
        user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": get_adapter().encrypt(SECRET)}}
    )
    return made
