"""Where to tell of a weakness (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.access import identity

VALID_DAYS = 90


@identity
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Contact by setting; valid for some months from today, so that it never grows old while the portal runs."""
    day = timezone.now().astimezone(UTC).date() + timedelta(days=VALID_DAYS)
    lines = (
        f"Contact: {settings.SECURITY_CONTACT}",
        f"Expires: {datetime.combine(day, time(), UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nl, en",
        f"Canonical: {request.build_absolute_uri(request.path)}",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
