"""Explaining, handing in and reopening a submission."""

import hashlib
import json
from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import User
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import Submission
from surveys.selectors.answers import AnswerSheet, answer_rows, previous_answers
from surveys.services.answers import hold_round_open

MAX_REASON = 1000


def sheet_of(submission: Submission, language: str) -> AnswerSheet:
    """The sheet of a submission that takes part in this transaction."""
    rows, round_ = answer_rows(submission), submission.round
    before = previous_answers(submission.organisation, round_)
    return AnswerSheet(submission.organisation, round_, True, submission, rows, before, language)


def _locked(submission: Submission) -> Submission:
    return (
        Submission.objects.select_for_update(of=("self",))
        .select_related("round__version", "organisation")
        .get(pk=submission.pk)
    )


@transaction.atomic
def explain_findings(submission: Submission, reasons: Mapping[str, str], *, by: User | None) -> None:
    """Keep the reasons given at soft edits, by finding code; an empty reason takes it back.

    Raises NotPossibleNow when the round is closed or the answers were handed in.
    """
    hold_round_open(submission.round_id)
    current = _locked(submission)
    if current.state != Submission.State.STARTED:
        raise NotPossibleNow(_("These answers were submitted. Reopen the submission first if you want to change them."))
    for code, reason in reasons.items():
        text = reason.replace("\x00", "\ufffd").strip()[:MAX_REASON]
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
    problems = blocking_sentences(sheet_of(current, language))
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


def blocking_sentences(sheet: AnswerSheet) -> list[str]:
    """What stands in the way of handing in, one sentence each, with the question that it is about."""
    found = [_about(sheet, code, problem) for code, problem in sheet.unread.items()]
    for code, findings in sheet.findings_at.items():
        for finding in findings:
            explained = finding.needs_reason and sheet.explanations.get(finding.code)
            already_said = code in sheet.unread and finding.code.startswith("required:")
            if not explained and not already_said:
                found.append(_about(sheet, code, finding.message))
    return found


def _about(sheet: AnswerSheet, code: str, sentence: str) -> str:
    return f"{sheet.file.question(code).text.text(sheet.language)} {sentence}"


def _send_receipt(submission: Submission, by: User) -> None:
    body = _(
        "The answers of %(organisation)s to “%(round)s” were submitted on %(time)s by %(person)s.\n\n"
        "Fingerprint of what was submitted (SHA-256):\n%(hash)s\n\n"
        "As long as the round is open you can reopen the submission and change the answers."
    ) % {
        "organisation": submission.organisation.name,
        "round": submission.round.title,
        "time": date_format(timezone.localtime(submission.submitted_at), "DATETIME_FORMAT"),
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
