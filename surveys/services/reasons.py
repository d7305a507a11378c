"""Reasons given at soft edits: kept with the values that they explain, and never over a colleague's unseen."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.models import User
from surveys.models import ReasonChange, Submission
from surveys.selectors.reasons import reason_for, said, text_mark
from surveys.services.answers import MAX_TYPED, hold_started

MAX_REASON = 1000


@dataclass(frozen=True)
class Reason:
    """What a participant wrote at the soft edits of one question: `findings`, each with what it is about now. Without
    any it explains nothing any more, and is only kept in the history.

    `base` is the fingerprint of the reason that the page showed; None replaces whatever there is, which only a person
    who saw both may ask. `outdated`: the page showed other values than those that are explained now.
    """

    question: str
    text: str
    findings: Mapping[str, str]
    base: str | None = None
    outdated: bool = False


@dataclass(frozen=True)
class ReasonKept:
    """What became of a reason: kept, or not, with a `problem`, or because a colleague was first (`other`: what stands
    there, `by` and `at` of its change where they are known; `other` is empty where only the answer was changed).
    `noted`: it is in the history alone, because there was nothing to explain any more.
    """

    question: str
    problem: str = ""
    conflict: bool = False
    other: str = ""
    change: ReasonChange | None = None
    noted: bool = False

    @property
    def kept(self) -> bool:
        """Whether what was written is stored."""
        return not (self.problem or self.conflict)


def give_reasons(submission: Submission, reasons: Sequence[Reason], *, by: User | None) -> dict[str, ReasonKept]:
    """Keep reasons, by question; an empty one takes back what stood there.

    Raises NotPossibleNow when the round is closed or the answers were handed in; before the first write.
    """
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        hold_started(submission)
        stored = Submission.objects.values_list("explanations", "explained").get(pk=submission.pk)
        given, explained = dict(stored[0]), dict(stored[1])
        changes: list[ReasonChange] = []
        kept = {one.question: _give(submission, one, given, explained, changes, by) for one in reasons}
        if changes:
            Submission.objects.filter(pk=submission.pk).update(explanations=given, explained=explained)
            ReasonChange.objects.bulk_create(changes)
        submission.explanations, submission.explained = given, explained
        return kept


def _give(
    submission: Submission,
    one: Reason,
    given: dict[str, str],
    explained: dict[str, str],
    changes: list[ReasonChange],
    by: User | None,
) -> ReasonKept:
    """Bring `given` and `explained` up to date with one reason, and note the change."""
    text, there = said(one.text), reason_for(one.findings, given, explained)
    most = MAX_REASON if one.findings else MAX_TYPED  # what is not shown again is not made shorter either
    if len(text) > most:
        words = {"n": len(text), "most": most}
        problem = _("Your reason is not kept yet: it has %(n)s characters, and at most %(most)s fit. Make it shorter.")
        return ReasonKept(one.question, problem % words)
    if text == there:
        return ReasonKept(one.question)
    if not one.findings:
        latest = ReasonChange.objects.filter(submission=submission, question=one.question).first()
        if latest is None or latest.reason != text:
            changes.append(noted(submission, one.question, [], "", text, by))
        return ReasonKept(one.question, noted=True)
    if one.base is not None and (one.base != text_mark(there) or one.outdated):
        given_there = ReasonChange.objects.filter(submission=submission, question=one.question).exclude(findings=[])
        latest = given_there.select_related("changed_by").first() if there else None
        return ReasonKept(one.question, conflict=True, other=there, change=latest)
    before = next((given[code] for code in one.findings if code in given), "")
    for code, now in one.findings.items():
        if text:
            given[code], explained[code] = text, now
        else:
            given.pop(code, None)
            explained.pop(code, None)
    changes.append(noted(submission, one.question, list(one.findings), before, text, by))
    return ReasonKept(one.question)


def noted(
    submission: Submission, question: str, findings: list[str], before: str, reason: str, by: User | None
) -> ReasonChange:
    """One line of the history of reasons, not stored yet."""
    return ReasonChange(
        organisation_id=submission.organisation_id,
        submission_id=submission.pk,
        question=question,
        findings=findings,
        before=before,
        reason=reason,
        changed_by=by,
    )
