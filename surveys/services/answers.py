"""Saving answers: what is typed is kept, whatever it is; two people in one field get an honest conflict."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import Organisation, User
from portal.services.audit import record
from surveys.models import Answer, Round, Submission
from surveys.questionnaire import (
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    AnswerError,
    AnswerStatus,
    AnswerValue,
    Question,
    Typed,
    parse_answer,
)

MAX_TYPED = 20_000
SAID = {int(AnswerStatus.NOT_AVAILABLE): NOT_AVAILABLE, int(AnswerStatus.NOT_APPLICABLE): NOT_APPLICABLE}


@dataclass(frozen=True)
class Typing:
    """What a participant typed at one question.

    `status` 2 or 3 says "not applicable" or "not available" instead of a value. `base_version` is the version that the
    page showed (0: none yet); None overwrites whatever is there, which only a person who saw both values may ask.
    """

    question: str
    typed: Typed
    status: int = 0
    base_version: int | None = None


@dataclass(frozen=True)
class Saved:
    """What became of one typing: stored with `version`, with an `error` when it could not be read, or a conflict."""

    question: str
    version: int
    error: str = ""
    part: str = ""
    conflict: Answer | None = None


def hold_round_open(round_id: int) -> None:
    """Take the round's lock for sharing and refuse when it takes no more answers, by the database's clock.

    Closing takes the same row `FOR UPDATE`, so an answer is either in before the close or refused (DESIGN §5).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM surveys_round WHERE id = %s FOR SHARE", [round_id])
        cursor.execute(
            "SELECT state = 'open' AND (closes_at IS NULL OR clock_timestamp() < closes_at)"
            " FROM surveys_round WHERE id = %s",
            [round_id],
        )
        row = cursor.fetchone()
    if not row or not row[0]:
        raise NotPossibleNow(_("This round is closed and takes no more answers. What you sent before is kept."))


def start_submission(organisation: Organisation, round_: Round, *, by: User | None) -> Submission:
    """The organisation's submission to a round, made at the first visit; safe when two colleagues come at once."""
    existing = Submission.objects.filter(organisation=organisation, round=round_).first()
    if existing is not None:
        return existing
    with transaction.atomic():
        hold_round_open(round_.pk)
        try:
            with transaction.atomic():
                made = Submission.objects.create(organisation=organisation, round=round_)
        except IntegrityError:
            return Submission.objects.get(organisation=organisation, round=round_)
        record("submission.started", subject=made, by=by, organisation=organisation, round=round_.code)
    return made


@transaction.atomic
def save_answers(submission: Submission, typings: list[Typing], *, by: User | None, language: str) -> list[Saved]:
    """Store what was typed at some questions; returns one `Saved` per typing, in their order.

    What cannot be read as an answer is stored as typed, marked, and counts as not answered until it is corrected.
    Raises NotPossibleNow when the round is closed or the submission was handed in, InvalidInput for an unknown question.
    """
    hold_round_open(submission.round_id)
    state = Submission.objects.values_list("state", flat=True).get(pk=submission.pk)
    if state != Submission.State.STARTED:
        raise NotPossibleNow(_("These answers were submitted. Reopen the submission first if you want to change them."))
    questionnaire = submission.round.version.file
    for typing in typings:
        if not questionnaire.has_question(typing.question):
            raise InvalidInput(_("There is no question “%(code)s” in this round.") % {"code": typing.question[:80]})
    codes = [typing.question for typing in typings]
    rows = Answer.objects.select_for_update(of=("self",)).select_related("updated_by").filter(submission=submission)
    current = {row.question: row for row in rows.filter(question__in=codes).order_by("question")}
    return [
        _save(submission, questionnaire.question(typing.question), typing, current.get(typing.question), by, language)
        for typing in typings
    ]


def _save(
    submission: Submission, question: Question, typing: Typing, row: Answer | None, by: User | None, language: str
) -> Saved:
    value, error, part = _read(question, typing, language)
    fields = _fields(typing, value, not error)
    if row is None:
        return _insert(submission, question, typing, fields, by, Saved(question.code, 1, error, part), language)
    if all(getattr(row, name) == stored for name, stored in fields.items()):
        return Saved(question.code, row.version, error, part)
    if typing.base_version is not None and typing.base_version != row.version:
        return Saved(question.code, row.version, conflict=row)
    Answer.objects.filter(pk=row.pk).update(**fields, version=row.version + 1, updated_by=by, updated_at=Now())
    return Saved(question.code, row.version + 1, error, part)


def _insert(
    submission: Submission,
    question: Question,
    typing: Typing,
    fields: dict[str, Any],
    by: User | None,
    saved: Saved,
    language: str,
) -> Saved:
    if not _says_something(typing):
        return Saved(question.code, 0)
    try:
        with transaction.atomic():
            Answer.objects.create(
                organisation_id=submission.organisation_id,
                submission=submission,
                question=question.code,
                updated_by=by,
                **fields,
            )
    except IntegrityError:  # a colleague answered in the same moment
        row = Answer.objects.select_for_update(of=("self",)).select_related("updated_by")
        return _save(submission, question, typing, row.get(submission=submission, question=question.code), by, language)
    return saved


def _says_something(typing: Typing) -> bool:
    if typing.status:
        return True
    if isinstance(typing.typed, Mapping):
        return any(typing.typed.values())
    return bool(typing.typed)


def _read(question: Question, typing: Typing, language: str) -> tuple[AnswerValue, str, str]:
    """The value, and the error sentence with the part that it is about when the typing cannot be read."""
    unread = AnswerValue(AnswerStatus.NONRESPONSE)
    if typing.status:
        return SAID.get(typing.status, unread), "", ""
    if len(str(typing.typed)) > MAX_TYPED:
        raise InvalidInput(_("This answer is too long; at most %(n)s characters are kept.") % {"n": MAX_TYPED})
    try:
        return parse_answer(question, typing.typed, language), "", ""
    except AnswerError as error:
        return unread, error.text(language), error.part or ""


def _fields(typing: Typing, value: AnswerValue, is_valid: bool) -> dict[str, Any]:
    return {
        "typed": typing.typed,
        "status": int(value.status),
        "number": value.number,
        "choice": value.choice or "",
        "choices": list(value.choices),
        "parts": dict(value.parts),
        "is_valid": is_valid,
    }
