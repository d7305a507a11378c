"""The key of second factors: made of SECRET_KEY, changed with it (docs/security/keys.md)."""

import base64
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

HELD = ("secret", "seed", "migrated_codes")  # where allauth keeps what it encrypts; a passkey's public key is no secret


def factor_box() -> MultiFernet:
    """Encrypts with SECRET_KEY, and reads what SECRET_KEY or one of SECRET_KEY_FALLBACKS encrypted."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(str(secret))) for secret in keys])


@transaction.atomic
def encrypt_factors_anew() -> int:
    """Encrypt all factors with SECRET_KEY itself; returns how many. Outside every scope: the login role reads them.

    One that no key can read raises InvalidToken, and nothing is changed.
    """
    box, count = factor_box(), 0
    for factor in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN).order_by("pk"):
        factor.data = {name: _anew(box, value) if name in HELD else value for name, value in factor.data.items()}
        factor.save(update_fields=["data"])
        count += 1
    return count


def _anew(box: MultiFernet, value: Any) -> Any:
    if isinstance(value, list):
        return [_anew(box, one) for one in value]
    return box.rotate(value.encode()).decode()


def _key(secret: str) -> bytes:
    return base64.urlsafe_b64encode(salted_hmac("portal.second-factor", "", secret=secret, algorithm="sha256").digest())
