"""Answers that a validator left out: which, for the freeze and for whoever reads an own value."""

from collections import defaultdict
from datetime import datetime

from django.db.models import Q, QuerySet

from surveys.models import Exclusion, Round, Submission


def excluded_questions(current: Round) -> dict[int, frozenset[str]]:
    """Organisation id → questions of the round whose answers do not count now."""
    rows = Exclusion.objects.filter(submission__round=current, lifted_at=None)
    found: dict[int, set[str]] = defaultdict(set)
    for organisation, question in rows.values_list("organisation_id", "question"):
        found[organisation].add(question)
    return {organisation: frozenset(questions) for organisation, questions in found.items()}


def excluded_at(submission: Submission, when: datetime | None) -> frozenset[str]:
    """The questions of a submission whose answers did not count at a moment; None: now."""
    rows = Exclusion.objects.filter(submission=submission)
    if when is None:
        rows = rows.filter(lifted_at=None)
    else:
        rows = rows.filter(Q(lifted_at=None) | Q(lifted_at__gt=when), excluded_at__lte=when)
    return frozenset(rows.values_list("question", flat=True))


def exclusions_of(submission: Submission) -> QuerySet[Exclusion]:
    """All of a submission, lifted ones too, the latest first."""
    return Exclusion.objects.filter(submission=submission).select_related("excluded_by", "lifted_by").order_by("-id")
