"""Keys for API clients: shown once, kept as a hash, expiring, revocable."""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from portal.models import ApiKey, User
from portal.services.audit import record

PREFIX_LENGTH = 10
USE_IS_NOTED_EVERY = timedelta(minutes=1)


def _hash(key: str) -> str:
    # The key has 256 bits of its own, so a plain hash is enough: there is nothing to guess.
    return hashlib.sha256(key.encode()).hexdigest()


def issue_api_key(name: str, *, days: int, by: User | None) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown now and never again."""
    prefix, secret = secrets.token_hex(PREFIX_LENGTH // 2), secrets.token_urlsafe(32)
    text = f"{prefix}.{secret}"
    key = ApiKey.objects.create(
        name=name, prefix=prefix, key_hash=_hash(text), expires_at=Now() + timedelta(days=days), created_by=by
    )
    record("api_key.issued", subject=key, by=by, name=name, days=days)
    return key, text


def verify_api_key(text: str) -> ApiKey | None:
    """The key that `text` is, when it is known, not expired and not revoked; notes its use about once a minute."""
    valid = ApiKey.objects.filter(revoked_at=None, expires_at__gt=Now())
    key = valid.filter(prefix=text.partition(".")[0][:PREFIX_LENGTH]).first()
    if key is None or not hmac.compare_digest(key.key_hash, _hash(text)):
        return None
    stale = Q(last_used_at=None) | Q(last_used_at__lt=Now() - USE_IS_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=Now())
    return key


def revoke_api_key(key: ApiKey, *, by: User | None) -> None:
    """End a key at once."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now())
    record("api_key.revoked", subject=key, by=by, name=key.name)
