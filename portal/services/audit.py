"""Writing the audit trail; every service that changes something calls it in the same transaction."""

from typing import Any

from django.db import models

from portal.models import AuditEntry, Organisation, User


def record(
    action: str,
    *,
    subject: models.Model | str,
    by: User | None,
    organisation: Organisation | int | None = None,
    **detail: Any,
) -> None:
    """Append one entry: who (`by`, None for the system) did `action` to `subject`; `detail` must be JSON-able."""
    label = subject if isinstance(subject, str) else f"{subject._meta.label_lower}:{subject.pk}"
    organisation_id = organisation.pk if isinstance(organisation, Organisation) else organisation
    AuditEntry.objects.create(action=action, subject=label, actor=by, organisation_id=organisation_id, detail=detail)
