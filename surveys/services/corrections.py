"""Correcting an answer that was handed in: it counts at once while nothing was frozen, else it waits for the next
edition. The window for corrections after preliminary results is a setting of the round.
"""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.errors import Conflict, InvalidInput, NotPossibleNow
from portal.models import User
from portal.services.audit import record
from surveys.models import Answer, Correction, Query, Receipt, Round, Submission
from surveys.selectors.corrections import COUNTING_TEXTS, FROZEN, UNDER_WAY, Counting, counting_of, waiting_correction
from surveys.services.answers import Typing, store_correction
from surveys.services.check_requests import request_submission_check
from surveys.services.queries import reply_to_query
from surveys.services.reasons import noted
from surveys.services.receipts import make_receipt, send_receipt
from surveys.services.rounds import advance_round, lock_round
from surveys.services.submissions import canonical_content, content_hash, sheet_of
from surveys.services.validating import check_validator, coordinators, hold_submitted, require_question, said, tell
from surveys.services.withdrawals import refuse_withdrawn

COLLEAGUE = gettext_lazy("A colleague answered this in the meantime: choose which answer to keep.")
TAKING_CORRECTIONS = (Round.State.OPEN, Round.State.CLOSED)


@transaction.atomic
def correct_answer(
    submission: Submission, typing: Typing, *, reason: str, by: User | None, language: str, seen: int | None = None
) -> Correction:
    """Change one answer of a submission that stays submitted; a query about it counts as replied to, with the reason.

    `seen` is the number of the waiting correction that the person knew (0: none), as `typing.base_version` is the
    answer's; None replaces whatever there is.

    Raises NotPossibleNow when the round takes no corrections, Conflict when a colleague was first, InvalidInput when
    the answer cannot be read or does not go together with the other answers.
    """
    require_question(submission, typing.question)
    words = said(reason)
    current = hold_submitted(submission)
    refuse_withdrawn(current.organisation, current.round)
    counting = counting_of(current, typing.question)
    if counting not in (Counting.NOW, Counting.NEXT_EDITION):
        raise NotPossibleNow(str(COUNTING_TEXTS[counting]))
    waits = counting is Counting.NEXT_EDITION
    waiting = waiting_correction(current, typing.question)
    if seen is not None and waiting is not None and waiting.pk != seen:
        raise Conflict(str(COLLEAGUE))
    made = _kept(current, typing, words, waits=waits, by=by, language=language)
    query = Query.objects.filter(submission=current, question=typing.question, state__in=UNDER_WAY).first()
    if query is not None and (by is None or not by.foundation_role):
        reply_to_query(query, text=_("Corrected: %(reason)s") % {"reason": words}, by=by)
    if not waits:
        _give_receipt(current, typing.question, by=by)
        request_submission_check(current, by=by)
    organisation, question = current.organisation_id, typing.question
    record("answer.corrected", subject=current, by=by, organisation=organisation, question=question, waits=waits)
    return made


def _kept(
    submission: Submission, typing: Typing, reason: str, *, waits: bool, by: User | None, language: str
) -> Correction:
    """Store the answer, or only try whether it could be, and the correction with what stood there before."""
    row = Answer.objects.filter(submission=submission, question=typing.question).first()
    before = (row.typed, row.status) if row else (None, 0)
    _try(submission, typing, reason, by=by, language=language, keep=not waits)
    earlier = Correction.objects.filter(submission=submission, question=typing.question)
    earlier.filter(state=Correction.State.WAITING).update(state=Correction.State.REPLACED)
    return Correction.objects.create(
        organisation_id=submission.organisation_id,
        submission=submission,
        question=typing.question,
        before=before[0],
        status_before=before[1],
        typed=typing.typed,
        status=typing.status,
        language=language,
        reason=reason,
        state=Correction.State.WAITING if waits else Correction.State.APPLIED,
        applied_at=None if waits else timezone.now(),
        made_by=by,
    )


class _Undo(Exception):
    """Takes back what was only tried."""


def _try(submission: Submission, typing: Typing, reason: str, *, by: User | None, language: str, keep: bool) -> None:
    """Store the answer with every edit applied; without `keep` everything is taken back at once."""
    blocked = _hard(submission, language)
    try:
        with transaction.atomic():
            saved = store_correction(submission, typing, by=by, language=language)
            if saved.conflict is not None:
                raise Conflict(str(COLLEAGUE))
            problems = {code: one for code, one in _hard(submission, language).items() if code not in blocked}
            if problems:
                raise InvalidInput(_("This answer cannot be right."), list(problems.values()))
            if not keep:
                raise _Undo
            _settle(submission, typing.question, reason, language, by)
    except _Undo:
        return


def _settle(submission: Submission, question: str, reason: str, language: str, by: User | None) -> None:
    """A new fingerprint; the reason of the correction also explains what is unusual about the new answer."""
    sheet = sheet_of(submission, language)
    soft = [one.code for one in sheet.findings if one.needs_reason and question in one.questions]
    given = sheet.given | dict.fromkeys(soft, reason)
    if soft:
        before = next((submission.explanations[code] for code in soft if code in submission.explanations), "")
        noted(submission, question, soft, before, reason, by).save(force_insert=True)
    submission.explanations = given
    submission.explained = {one.code: sheet.about(one) for one in sheet.findings if one.code in given}
    submission.content_hash = content_hash(submission)
    Submission.objects.filter(pk=submission.pk).update(
        content_hash=submission.content_hash, explanations=given, explained=submission.explained
    )


def _give_receipt(submission: Submission, question: str, *, by: User | None) -> None:
    """A receipt of what stands after a correction: by mail to who made it; otherwise to the coordinators."""
    content = canonical_content(submission, submission.explanations)
    made = make_receipt(submission, Receipt.Kind.CORRECTED, content, by=by, question=question)
    if by is not None and not by.foundation_role:
        send_receipt(made, submission, by)
        return
    for person in coordinators(submission.organisation):
        with translation.override(person.language):
            send_receipt(made, submission, person)


def _hard(submission: Submission, language: str) -> dict[str, str]:
    """What blocks handing in, by finding."""
    found = sheet_of(submission, language).findings
    return {one.code: one.message for one in found if one.kind == "hard"}


@transaction.atomic
def apply_waiting_corrections(round_id: int, *, by: User | None) -> tuple[int, list[Correction]]:
    """Take over what waits, in a round whose next edition is being prepared.

    Returns how many were taken over, and those that no longer go together with the other answers: they go on waiting.
    """
    current = lock_round(round_id)
    if current.state not in TAKING_CORRECTIONS:
        raise NotPossibleNow(_("The answers are frozen: start a correction first, which prepares the next edition."))
    rows = Correction.objects.select_for_update(of=("self",)).filter(
        submission__round=current, submission__state=Submission.State.SUBMITTED, state=Correction.State.WAITING
    )
    taken, refused, changed = 0, list[Correction](), dict[int, Submission]()
    for one in rows.select_related("submission__round__version__questionnaire", "submission__organisation", "made_by"):
        typing = Typing(one.question, one.typed, one.status)
        submission = changed.get(one.submission_id, one.submission)
        try:
            _try(submission, typing, one.reason, by=one.made_by, language=one.language, keep=True)
        except (InvalidInput, NotPossibleNow):
            refused.append(one)
            continue
        Correction.objects.filter(pk=one.pk).update(state=Correction.State.APPLIED, applied_at=Now())
        taken += 1
        changed[submission.pk] = submission
    for submission in changed.values():
        _give_receipt(submission, "", by=by)
    if taken:
        record("corrections.applied", subject=current, by=by, code=current.code, answers=taken, refused=len(refused))
    return taken, refused


@transaction.atomic
def start_correction(round_id: int, *, by: User | None) -> Round:
    """The step “correct” of a round: the next edition is prepared, and what waited for it is taken over."""
    current = advance_round(round_id, "correct", by=by)
    apply_waiting_corrections(round_id, by=by)
    return current


@transaction.atomic
def set_correction_window(round_id: int, until: datetime | None, *, by: User | None, tell_them: bool = False) -> Round:
    """Take corrections of submitted answers until a moment, or (None) no more; who submitted can be told.

    Raises NotPossibleNow once the answers are frozen, InvalidInput for a moment that has passed.
    """
    check_validator(by)
    current = lock_round(round_id)
    if current.state in FROZEN or current.state == Round.State.DRAFT:
        raise NotPossibleNow(_("Corrections can be taken between opening a round and freezing its answers."))
    if until is not None and until <= timezone.now():
        raise InvalidInput(_("This moment has passed."))
    current.corrections_until = until
    current.save(update_fields=["corrections_until"])
    record("round.corrections", subject=current, by=by, code=current.code, until=until.isoformat() if until else None)
    if until is not None and tell_them:
        _tell_all(current, until)
    return current


def _tell_all(current: Round, until: datetime) -> None:
    rows = Submission.objects.filter(round=current, state=Submission.State.SUBMITTED)
    for submission in rows.select_related("organisation"):
        for person in coordinators(submission.organisation):
            with translation.override(person.language):
                body = _(
                    "Please look once more at the answers of %(organisation)s to “%(round)s”, and at where you would"
                    " stand with them. You can correct them until %(until)s. After that the answers are frozen, and a"
                    " correction waits for the next edition."
                ) % {
                    "organisation": submission.organisation.name,
                    "round": current.title,
                    "until": date_format(timezone.localtime(until), "DATETIME_FORMAT"),
                }
                subject = _("Last look at your answers: %(round)s") % {"round": current.title}
                tell(person, submission.organisation, subject, body)
