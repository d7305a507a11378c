"""Explaining, handing in and reopening a submission."""

import hashlib
import json
from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import User
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import Answer, Submission
from surveys.questionnaire import Finding, check_submission
from surveys.selectors.answers import answer_rows, previous_answers, values_of
from surveys.services.answers import hold_round_open

MAX_REASON = 1000


def findings_of(submission: Submission, language: str) -> list[Finding]:
    """Every edit on the stored answers, hard and soft, in the order of the questionnaire.

    What was typed but could not be read is a hard edit too (`unread:<question>`): it would be lost silently.
    """
    file = submission.round.version.file
    rows = answer_rows(submission)
    before = previous_answers(submission.organisation, submission.round)
    return check_submission(file, values_of(file, rows), before.answers, language)


def unread_answers(submission: Submission) -> list[Answer]:
    """Rows whose typed text could not be read; they block handing in until corrected."""
    return [row for row in answer_rows(submission).values() if not row.is_valid]


def _locked(submission: Submission) -> Submission:
    return Submission.objects.select_for_update(of=("self",)).select_related("round__version").get(pk=submission.pk)


@transaction.atomic
def explain_findings(submission: Submission, reasons: Mapping[str, str], *, by: User | None) -> None:
    """Keep the reasons given at soft edits, by finding code; an empty reason takes it back."""
    hold_round_open(submission.round_id)
    current = _locked(submission)
    for code, reason in reasons.items():
        text = reason.strip()[:MAX_REASON]
        if text:
            current.explanations[code[:200]] = text
        else:
            current.explanations.pop(code[:200], None)
    current.save(update_fields=["explanations"])
    submission.explanations = current.explanations


def content_hash(submission: Submission) -> str:
    """SHA-256 over the answers as stored, in question order: what the receipt names."""
    rows = submission.answers.order_by("question").values_list(
        "question", "status", "number", "choice", "choices", "parts", "typed"
    )
    text = json.dumps([list(row) for row in rows], ensure_ascii=True, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def submit_submission(submission: Submission, *, by: User | None, language: str) -> Submission:
    """Hand in the answers. Handing in twice changes nothing and sends one receipt.

    Raises NotPossibleNow when the round is closed, InvalidInput with a sentence per hard or unexplained soft edit.
    """
    hold_round_open(submission.round_id)
    current = _locked(submission)
    if current.state == Submission.State.SUBMITTED:
        return current
    problems = blocking_sentences(current, language)
    if problems:
        raise InvalidInput(_("Some answers still need your attention before you can submit."), problems)
    Submission.objects.filter(pk=current.pk).update(
        state=Submission.State.SUBMITTED, submitted_at=Now(), submitted_by=by, content_hash=content_hash(current)
    )
    current.refresh_from_db()
    record(
        "submission.submitted", subject=current, by=by, organisation=current.organisation_id, hash=current.content_hash
    )
    if by is not None:
        _send_receipt(current, by)
    return current


def blocking_sentences(submission: Submission, language: str) -> list[str]:
    """What stands in the way of handing in, one sentence each."""
    file = submission.round.version.file
    sentences = [
        _("“%(question)s”: what was typed cannot be read.")
        % {"question": file.question(row.question).text.text(language)}
        for row in unread_answers(submission)
        if file.has_question(row.question)
    ]
    sentences.extend(
        finding.message
        for finding in findings_of(submission, language)
        if finding.kind == "hard" or not submission.explanations.get(finding.code)
    )
    return sentences


def _send_receipt(submission: Submission, by: User) -> None:
    body = _(
        "The answers of %(organisation)s to “%(round)s” were submitted on %(time)s by %(person)s.\n\n"
        "Fingerprint of what was submitted (SHA-256):\n%(hash)s\n\n"
        "As long as the round is open you can reopen the submission and change the answers."
    ) % {
        "organisation": submission.organisation.name,
        "round": submission.round.title,
        "time": f"{submission.submitted_at:%Y-%m-%d %H:%M} UTC",
        "person": str(by),
        "hash": submission.content_hash,
    }
    subject = _("Received: %(round)s") % {"round": submission.round.title}
    put_in_outbox(to=by.email, subject=subject, body=body, organisation=submission.organisation)


@transaction.atomic
def reopen_submission(submission: Submission, *, by: User | None) -> Submission:
    """Take a submission back to change answers, while the round is open."""
    hold_round_open(submission.round_id)
    current = _locked(submission)
    if current.source == Submission.Source.IMPORT and by is not None and not by.foundation_role:
        raise NotPossibleNow(_("These answers were delivered as a file; ask the foundation to change them."))
    if current.state == Submission.State.SUBMITTED:
        Submission.objects.filter(pk=current.pk).update(
            state=Submission.State.STARTED, submitted_at=None, submitted_by=None, content_hash=""
        )
        current.refresh_from_db()
        record("submission.reopened", subject=current, by=by, organisation=current.organisation_id)
    return current
