"""What a session has shown of its person: a second factor, and how lately it was really them.

allauth keeps with the session each proof that was given (password, code, authenticator) and when. Staff pages ask for
a second factor (`passed_second_step`), and so do pages of an organisation whose coordinators want that of everybody who
works there (`is_required`); pages declared `fresh` ask for a proof of the last minutes (`is_fresh`).
"""

import time
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from portal.models import Organisation, User

FRESH_SECONDS = 10 * 60
CLOCKS_DIFFER = 60  # seconds; a proof of a later moment was given under a clock that is wrong, nobody knows when
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_second_factor(user: User) -> bool:
    """Whether this person set up an authenticator app or a passkey; recovery codes alone are not a factor."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def passed_second_step(request: HttpRequest, user: User) -> bool:
    """Whether this session gave a second factor that the person still has."""
    given = any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
    return given and has_second_factor(user)


def is_required(organisation: Organisation) -> bool:
    """Whether members need a second factor before they see or change anything of the organisation."""
    return bool(settings.PORTAL_SECOND_STEP_FOR_ALL) or organisation.second_step_required


def is_fresh(request: HttpRequest, user: User) -> bool:
    """Whether the session proved in the last ten minutes that it is this person."""
    records = get_authentication_records(request, user)
    ages = [time.time() - float(record.get("at", 0)) for record in records[-10:]]
    return any(-CLOCKS_DIFFER < age < FRESH_SECONDS for age in ages)


def note_proof(request: HttpRequest, user: User, method: str, **detail: Any) -> None:
    """Keep with the session that the person just proved who they are."""
    record_authentication(request, user, method, **detail)
