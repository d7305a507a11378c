"""Explaining, handing in and reopening a submission."""

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import Membership, User
from portal.roles import MemberRole
from portal.services.audit import record
from portal.services.mail import put_in_outbox
from surveys.models import Receipt, Submission
from surveys.selectors.answers import AnswerSheet, rows_with_previous
from surveys.selectors.previous import previous_submission
from surveys.services.answers import hold_round_open
from surveys.services.check_requests import request_submission_check
from surveys.services.reasons import Reason, give_reasons
from surveys.services.receipts import canonical_text, make_receipt, send_receipt
from surveys.services.withdrawals import refuse_withdrawn


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


def explain_findings(submission: Submission, reasons: Mapping[str, str], *, by: User | None) -> None:
    """Keep the reasons given at soft edits of the answers as they are, by finding code; an empty one takes it back.

    Raises NotPossibleNow when the round is closed or the answers were handed in, InvalidInput when one is too long.
    """
    sheet = sheet_of(submission, "en")
    given = [
        Reason(code, reasons[one.code], {one.code: sheet.about(one)})
        for code in [question.code for question in sheet.file.questions]
        for one in sheet.findings_at(code)
        if one.needs_reason and one.code in reasons
    ]
    for kept in give_reasons(submission, given, by=by).values():
        if kept.problem:
            raise InvalidInput(kept.problem)


def canonical_content(submission: Submission, reasons: Mapping[str, str]) -> str:
    """The answers as stored, in question order, and the reasons that count, by finding: one line of ASCII."""
    rows = submission.answers.order_by("question").values_list(
        "question", "status", "number", "choice", "choices", "parts", "typed"
    )
    return canonical_text([list(row) for row in rows], reasons)


def content_hash(submission: Submission, reasons: Mapping[str, str] | None = None) -> str:
    """SHA-256 of the canonical content: what the receipt names. `reasons`: those that count, when they are known."""
    counting = submission.explanations if reasons is None else reasons
    return hashlib.sha256(canonical_content(submission, counting).encode()).hexdigest()


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
    content = canonical_content(current, sheet.explanations)
    fingerprint = hashlib.sha256(content.encode()).hexdigest()
    if by is not None and sheet.round.two_signatures and not signed_by_another(current, by, fingerprint):
        return _sign(current, by, fingerprint)
    origin = sheet.previous.round.code if sheet.previous.round else ""
    Submission.objects.filter(pk=current.pk).update(
        state=Submission.State.SUBMITTED,
        submitted_at=Now(),
        submitted_by=by,
        content_hash=fingerprint,
        explanations=sheet.explanations,
        explained={one.code: sheet.about(one) for one in sheet.findings if one.code in sheet.explanations},
        carried=dict.fromkeys(sheet.carried, origin),
    )
    current.refresh_from_db()
    record(
        "submission.submitted", subject=current, by=by, organisation=current.organisation_id, hash=current.content_hash
    )
    receipt = make_receipt(current, Receipt.Kind.SUBMITTED, content, by=by)
    request_submission_check(current, by=by)
    if by is not None:
        send_receipt(receipt, current, by)
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
    for code in [question.code for question in sheet.file.questions]:
        for finding in sheet.findings_at(code):
            explained = finding.needs_reason and sheet.explanations.get(finding.code)
            already_said = code in sheet.unread and finding.code.startswith("required:")
            if not explained and not already_said:
                found.append(_about(sheet, code, finding.message))
    return found


def _about(sheet: AnswerSheet, code: str, sentence: str) -> str:
    return f"{sheet.said(sheet.file.question(code).text)} {sentence}"


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
