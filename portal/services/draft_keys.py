"""The keys under which a browser keeps what its reader typed and could not send yet.

What a page leaves in a browser's storage outlives the session and the person: so it is encrypted there, with a key that
only pages of the same signed-in person carry (portal/js/autosave/box.js). Whoever sits down at that browser next, or
takes its disk, reads nothing; the person themself gets it back after signing in again.
"""

import base64

from django.conf import settings
from django.utils.crypto import salted_hmac

from portal.models import User


def draft_keys(user: User) -> list[str]:
    """256 bits each, as base64url: the one to encrypt with, then those of former SECRET_KEYs to read with."""
    return [_key(str(secret), user) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _key(secret: str, user: User) -> str:
    digest = salted_hmac("portal.drafts", str(user.pk), secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
