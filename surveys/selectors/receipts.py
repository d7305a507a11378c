"""The receipts of a submission, the latest first."""

from surveys.models import Receipt, Submission

MOST_LISTED = 100


def receipts_of(submission: Submission) -> list[Receipt]:
    """Every receipt without what it is the hash of."""
    rows = Receipt.objects.filter(submission=submission).select_related("made_by").defer("content")
    return list(rows.order_by("-number")[:MOST_LISTED])


def receipt_of(submission: Submission, number: int) -> Receipt | None:
    """One receipt with its content."""
    if number > 2**31 - 1:  # more than the column holds
        return None
    return Receipt.objects.filter(submission=submission, number=number).first()
