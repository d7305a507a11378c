"""Keys for API clients: shown once, kept as a hash, scoped, expiring, revocable at once."""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import ApiKey, Organisation, User
from portal.services.audit import record

PREFIX_LENGTH = 10
USE_IS_NOTED_EVERY = timedelta(minutes=1)
LONGEST_DAYS = 400  # a year, and a month to replace it
MOST_LIVE_KEYS = 20  # per organisation


def _hash(key: str) -> str:
    # The key has 256 bits of its own, so a plain hash is enough: there is nothing to guess.
    return hashlib.sha256(key.encode()).hexdigest()


def issue_api_key(
    name: str,
    *,
    days: int,
    by: User | None,
    organisation: Organisation | None = None,
    scopes: Collection[str] = (ApiKey.Scope.READ,),
) -> tuple[ApiKey, str]:
    """A new key and its text, which is shown now and never again.

    Raises InvalidInput when it would live too long, may do nothing, or may send answers of nobody in particular, and
    NotPossibleNow when the organisation has many already.
    """
    wanted = sorted({ApiKey.Scope(scope).value for scope in scopes})
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(_("A key works for 1 to %(most)s days.") % {"most": LONGEST_DAYS})
    if not wanted:
        raise InvalidInput(_("Choose what the key may do."))
    if ApiKey.Scope.UPLOAD in wanted and organisation is None:
        raise InvalidInput(_("A key that sends answers belongs to an organisation."))
    if organisation is not None and live_keys().filter(organisation=organisation).count() >= MOST_LIVE_KEYS:
        raise NotPossibleNow(_("There are many keys already: revoke one first."))
    prefix, secret = secrets.token_hex(PREFIX_LENGTH // 2), secrets.token_urlsafe(32)
    text = f"{prefix}.{secret}"
    key = ApiKey.objects.create(
        name=name,
        organisation=organisation,
        scopes=wanted,
        prefix=prefix,
        key_hash=_hash(text),
        expires_at=Now() + timedelta(days=days),
        created_by=by,
    )
    key.refresh_from_db(fields=["expires_at"])
    record("api_key.issued", subject=key, by=by, organisation=organisation, prefix=prefix, days=days, scopes=wanted)
    return key, text


def live_keys() -> QuerySet[ApiKey]:
    """Keys that work now, of those that this scope may see."""
    return ApiKey.objects.filter(revoked_at=None, expires_at__gt=Now())


def verify_api_key(text: str) -> ApiKey | None:
    """The key that `text` is, when it is known, not expired and not revoked; notes its use about once a minute.

    Needs the worker's scope: whoever calls is nobody yet. The first use is in the audit trail.
    """
    key = live_keys().select_related("organisation").filter(prefix=text.partition(".")[0][:PREFIX_LENGTH]).first()
    if key is None or not hmac.compare_digest(key.key_hash, _hash(text)):
        return None
    if key.last_used_at is None and ApiKey.objects.filter(pk=key.pk, last_used_at=None).update(last_used_at=Now()):
        record("api_key.first_used", subject=key, by=None, organisation=key.organisation, prefix=key.prefix)
    stale = Q(last_used_at__lt=Now() - USE_IS_NOTED_EVERY)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=Now())
    return key


def revoke_api_key(key: ApiKey, *, by: User | None) -> None:
    """End a key at once; a second time changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now()):
        record("api_key.revoked", subject=key, by=by, organisation=key.organisation_id, prefix=key.prefix)
