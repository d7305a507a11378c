"""Writing the audit trail; every service that changes something, or shows what is not the reader's own, calls it.

    record("round.closed", subject=round_, by=user, organisation=None, code="national-2026")
    record_seen("answers.seen", subject=submission, by=user, organisation=organisation)

An entry holds no names and no addresses, because it never changes: people are numbers whose name stands with the
person. What looks like an e-mail address in `detail` is blanked. The database dates and seals entries (docs/adr/0014).
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Now

from portal.models import AuditEntry, Organisation, User

ADDRESS = re.compile(r"[^\s@<>\"',;:()\[\]]+@[^\s@<>\"',;:()\[\]]+")
BLANK = "[address]"
LONGEST_TEXT = 2_000
SEEN_AGAIN_AFTER = timedelta(minutes=10)


def record(
    action: str,
    *,
    subject: models.Model | str,
    by: User | None,
    organisation: Organisation | int | None = None,
    **detail: Any,
) -> None:
    """Append one entry: who (`by`, None for the system) did `action` to `subject`; `detail` must be JSON-able."""
    organisation_id = organisation.pk if isinstance(organisation, Organisation) else organisation
    AuditEntry.objects.create(
        action=action,
        subject=_without_addresses(subject_label(subject)),
        actor=by,
        organisation_id=organisation_id,
        detail=_without_addresses(detail),
    )


def record_seen(
    action: str,
    *,
    subject: models.Model | str,
    by: User,
    organisation: Organisation | int | None = None,
    **detail: Any,
) -> None:
    """Note that a person looked at something; the same look within ten minutes is one entry."""
    organisation_id = organisation.pk if isinstance(organisation, Organisation) else organisation
    record_seen_of(action, subject=subject, by=by, organisations=[organisation_id], **detail)


def record_seen_of(
    action: str, *, subject: models.Model | str, by: User, organisations: Iterable[int | None], **detail: Any
) -> None:
    """The same for one page on which several organisations are seen: an entry for each, in two statements."""
    entry = {"actor": by, "action": action, "subject": _without_addresses(subject_label(subject)),
             "detail": _without_addresses(detail)}  # fmt: skip
    noted = AuditEntry.objects.filter(**entry, at__gt=Now() - SEEN_AGAIN_AFTER)
    known = set(noted.values_list("organisation_id", flat=True))
    AuditEntry.objects.bulk_create(
        AuditEntry(**entry, organisation_id=one) for one in dict.fromkeys(organisations) if one not in known
    )


def subject_label(subject: models.Model | str) -> str:
    """How an entry names what it is about: `surveys.submission:12`."""
    return subject if isinstance(subject, str) else f"{subject._meta.label_lower}:{subject.pk}"


def _without_addresses(value: Any) -> Any:
    """The value with each e-mail address in its texts blanked, and texts no longer than they need be."""
    if isinstance(value, str):
        return ADDRESS.sub(BLANK, value[:LONGEST_TEXT])
    if isinstance(value, dict):
        return {str(_without_addresses(key)): _without_addresses(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_addresses(one) for one in value]
    return value
