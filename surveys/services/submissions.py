"""Explaining, handing in and reopening a submission."""

import hashlib
import json
from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import Membership, User
from portal.roles import MemberRole
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import Submission
from surveys.selectors.answers import AnswerSheet, rows_with_previous
from surveys.selectors.previous import previous_submission
from surveys.services.answers import hold_round_open
from surveys.services.check_requests import request_submission_check
from surveys.services.withdrawals import refuse_withdrawn

MAX_REASON = 1000


def sheet_of(submission: Submission, language: str) -> AnswerSheet:
    """The sheet of a submission that takes part in this transaction."""
    round_ = submission.round
    rows, before = rows_with_previous(submission, previous_submission(submission.organisation, round_))
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

    Where the round asks for two signatures, the first coordinator only signs (`signed_by`): the answers are handed in
    when another one does this, as long as no answer changed in between.

    Raises NotPossibleNow when the round is closed, InvalidInput with a sentence per hard or unexplained soft edit.
    """
    hold_round_open(submission.round_id)
    current = _locked(submission)
    if current.state == Submission.State.SUBMITTED:
        return current
    refuse_withdrawn(current.organisation, current.round)
    sheet = sheet_of(current, language)
    problems = blocking_sentences(sheet)
    if problems:
        raise InvalidInput(_("Some answers still need your attention before you can submit."), problems)
    fingerprint = content_hash(current)
    if by is not None and sheet.round.two_signatures and not signed_by_another(current, by, fingerprint):
        return _sign(current, by, fingerprint)
    origin = sheet.previous.round.code if sheet.previous.round else ""
    Submission.objects.filter(pk=current.pk).update(
        state=Submission.State.SUBMITTED,
        submitted_at=Now(),
        submitted_by=by,
        content_hash=fingerprint,
        explanations=sheet.explanations,
        carried=dict.fromkeys(sheet.carried, origin),
    )
    current.refresh_from_db()
    record(
        "submission.submitted", subject=current, by=by, organisation=current.organisation_id, hash=current.content_hash
    )
    request_submission_check(current, by=by)
    if by is not None:
        _send_receipt(current, by)
    return current


def signed_by_another(submission: Submission, person: User, fingerprint: str) -> bool:
    """Whether somebody else signed exactly these answers."""
    return submission.signed_by_id not in (None, person.pk) and submission.signed_hash == fingerprint


def _sign(submission: Submission, by: User, fingerprint: str) -> Submission:
    """The first signature; the other coordinators get a mail. Signing the same again changes nothing."""
    if submission.signed_by_id == by.pk and submission.signed_hash == fingerprint:
        return submission
    Submission.objects.filter(pk=submission.pk).update(signed_at=Now(), signed_by=by, signed_hash=fingerprint)
    submission.refresh_from_db()
    owner = submission.organisation
    record("submission.signed", subject=submission, by=by, organisation=owner, hash=fingerprint)
    others = Membership.objects.filter(organisation=owner, role=MemberRole.COORDINATOR).exclude(user=by)
    for one in others.select_related("user"):
        with translation.override(one.user.language):
            words = {"person": str(by), "organisation": owner.name, "round": submission.round.title}
            body = _(
                "%(person)s signed the answers of %(organisation)s to “%(round)s”. A second coordinator has to sign as"
                " well before they are submitted: sign in, look them over and choose “Check and submit”.\n\n"
                "When an answer is changed in the meantime, both have to sign again."
            )
            subject = _("Your signature is needed: %(round)s") % words
            put_in_outbox(to=one.user.email, subject=subject, body=body % words, organisation=owner)
    return submission


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
        "As long as the round is open you can reopen the submission and change the answers.\n\n"
        "Your organisation can withdraw at any time. What was published with your answers by then stays published;"
        " they leave every later edition and round."
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
            state=Submission.State.STARTED,
            submitted_at=None,
            submitted_by=None,
            content_hash="",
            signed_at=None,
            signed_by=None,
            signed_hash="",
            sent_back_at=None,
            sent_back_note="",
        )
        current.refresh_from_db()
        record("submission.reopened", subject=current, by=by, organisation=current.organisation_id)
    return current
