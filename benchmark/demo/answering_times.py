"""When the last finished round was answered: online, over some months, so that its successor can be foretold by it."""

from datetime import datetime, timedelta

from portal.tenancy import staff_scope
from surveys.models import Round, Submission

OPENED = timedelta(days=140)  # before the closing
BEGUN = timedelta(days=6)  # before it was submitted
LATE = 1.3  # many answer in the last weeks


def spread_answers(current: Round, closed: datetime) -> None:
    """Tell of a closed round that it was answered online until `closed`; a second time changes nothing."""
    with staff_scope():
        if current.closes_at is not None:
            return
        rows = list(Submission.objects.filter(round=current).order_by("organisation__code"))
        for at, row in enumerate(sorted(rows, key=lambda one: one.organisation_id * 37 % 61)):
            row.submitted_at = closed - OPENED * (1 - (at + 0.5) / len(rows)) ** LATE
            row.created_at = max(closed - OPENED, row.submitted_at - BEGUN)
            row.source = Submission.Source.ONLINE
        Submission.objects.bulk_update(rows, ["submitted_at", "created_at", "source"])
        Round.objects.filter(pk=current.pk).update(opens_at=closed - OPENED, closes_at=closed)
        current.refresh_from_db()
