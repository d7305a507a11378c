"""Saving answers: what is typed is kept, whatever it is; two people in one field get an honest conflict."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.errors import InvalidInput, NotPossibleNow
from portal.models import Organisation, User
from portal.services.audit import record
from surveys.models import Answer, AnswerChange, Round, Submission
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
from surveys.selectors.answers import answer_rows, rows_with_previous
from surveys.selectors.previous import NOTHING_BEFORE, PreviousAnswers
from surveys.selectors.shown import part_mark, shown_typed
from surveys.services.answer_rows import write_rows

MAX_TYPED = 20_000
SAID = {int(AnswerStatus.NOT_AVAILABLE): NOT_AVAILABLE, int(AnswerStatus.NOT_APPLICABLE): NOT_APPLICABLE}
CLOSED = gettext_lazy("This round is closed and takes no more answers. What you sent before is kept.")
Way = tuple[str, str]  # how an answer came in, and the name of the key that a program used


@dataclass(frozen=True)
class Typing:
    """What a participant typed at one question.

    `status` 2 or 3 says "not applicable" or "not available" instead of a value. `base_version` is the version that the
    page showed (0: none yet); None overwrites whatever is there, which only a person who saw both values may ask.
    `shown`: a fingerprint of each part or cell as the page showed it, so that two people in different cells both keep
    what they typed. `partial`: parts that are not named stay as they are.
    """

    question: str
    typed: Typed
    status: int = 0
    base_version: int | None = None
    shown: Mapping[str, str] | None = None
    partial: bool = False


@dataclass(frozen=True)
class Saved:
    """What became of one typing: stored with `version`, with an `error` when it could not be read, or a conflict.

    `merged`: what the fields hold with a colleague's cells beside one's own, where that differs from what was typed.
    """

    question: str
    version: int
    error: str = ""
    part: str = ""
    conflict: Answer | None = None
    merged: Typed | None = None


@dataclass(frozen=True)
class Stored:
    """What became of some typings, and the sheet's rows after it."""

    saved: list[Saved]
    rows: dict[str, Answer]
    before: PreviousAnswers


@dataclass(frozen=True)
class _Reading:
    """One typing with what it comes to."""

    typing: Typing
    fields: dict[str, Any]
    error: str
    part: str
    merged: Typed | None = None

    def saved(self, version: int) -> Saved:
        return Saved(self.typing.question, version, self.error, self.part, merged=self.merged)


def hold_round_open(round_id: int) -> None:
    """Take the round's lock for sharing and refuse when it takes no more answers, by the database's clock.

    Closing takes the same row `FOR UPDATE`, so an answer is either in before the close or refused (DESIGN §5).
    One statement suffices: when it had to wait, PostgreSQL evaluates it again on the row as it is then.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state = 'open' AND (closes_at IS NULL OR clock_timestamp() < closes_at)"
            " FROM surveys_round WHERE id = %s FOR SHARE",
            [round_id],
        )
        row = cursor.fetchone()
    if not row or not row[0]:
        raise NotPossibleNow(CLOSED)


def start_submission(organisation: Organisation, round_: Round, *, by: User | None) -> Submission:
    """The organisation's submission to a round, made at the first answer; safe when two colleagues come at once."""
    existing = Submission.objects.filter(organisation=organisation, round=round_).first()
    if existing is not None:
        return existing
    if organisation.merged_into_id is not None:
        raise NotPossibleNow(_("Your organisation has merged into another one, which takes part now."))
    with transaction.atomic():
        hold_round_open(round_.pk)
        try:
            with transaction.atomic():
                made = Submission.objects.create(organisation=organisation, round=round_)
        except IntegrityError:
            return Submission.objects.get(organisation=organisation, round=round_)
        record("submission.started", subject=made, by=by, organisation=organisation, round=round_.code)
    return made


def save_answers(submission: Submission, typings: list[Typing], *, by: User | None, language: str) -> list[Saved]:
    """Store what was typed at some questions; returns one `Saved` per typing, in their order.

    What cannot be read as an answer is stored as typed, marked, and counts as not answered until it is corrected.
    Raises NotPossibleNow when the round is closed or the submission was handed in, InvalidInput for an unknown
    question or an answer that is too long.
    """
    return save_typings(submission, typings, by=by, language=language).saved


def save_typings(
    submission: Submission,
    typings: Sequence[Typing],
    *,
    by: User | None,
    language: str,
    way: str = AnswerChange.Way.PAGE,
    program: str = "",
    before: PreviousAnswers = NOTHING_BEFORE,
) -> Stored:
    """As `save_answers`; also gives all rows of the submission as they are now, so that a page needs no second look,
    and the round `before` with its answers. `program`: the name of the key, where one sent them.

    The number of statements does not grow with the number of typings. Whatever is refused is refused before the first
    write, so a request's own transaction needs no savepoint here.
    """
    with nullcontext() if connection.in_atomic_block else transaction.atomic():
        return _save_typings(submission, typings, by, language, (way, program), before)


def _save_typings(
    submission: Submission,
    typings: Sequence[Typing],
    by: User | None,
    language: str,
    way: Way,
    before: PreviousAnswers,
) -> Stored:
    hold_started(submission)
    questionnaire = submission.round.version.file
    for typing in typings:
        if not questionnaire.has_question(typing.question):
            raise InvalidInput(_("There is no question “%(code)s” in this round.") % {"code": typing.question[:80]})
    rows, before = rows_with_previous(submission, before)
    readings = [
        _read_beside(questionnaire.question(one.question), one, rows.get(one.question), language) for one in typings
    ]
    return Stored(_store(submission, readings, rows, by, way), rows, before)


def store_correction(submission: Submission, typing: Typing, *, by: User | None, language: str) -> Saved:
    """Store one changed answer of a submission that was handed in; the caller has locked it and knows that it may be.

    Raises InvalidInput when it cannot be read: a corrected answer must be one.
    """
    questionnaire = submission.round.version.file
    reading = _read(questionnaire.question(typing.question), typing, language)
    if reading.error:
        raise InvalidInput(reading.error)
    return _store(submission, [reading], answer_rows(submission), by, (AnswerChange.Way.PAGE, ""))[0]


def row_as_if_saved(organisation: Organisation, question: Question, typing: Typing, language: str) -> Answer:
    """The row that saving this typing would make, not stored: to show what it would do. Raises InvalidInput."""
    return Answer(organisation=organisation, question=question.code, **_read(question, typing, language).fields)


def hold_started(submission: Submission) -> None:
    """As `hold_round_open`, and refuse when the answers were handed in.

    The lock on the submission keeps it so, and lets one colleague at a time store answers. The round is locked first,
    as everywhere.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.state = 'open' AND (r.closes_at IS NULL OR clock_timestamp() < r.closes_at), s.state"
            " FROM surveys_round r JOIN surveys_submission s ON s.round_id = r.id WHERE s.id = %s"
            " FOR SHARE OF r FOR NO KEY UPDATE OF s",
            [submission.pk],
        )
        row = cursor.fetchone()
    if not row or not row[0]:
        raise NotPossibleNow(CLOSED)
    if row[1] != Submission.State.STARTED:
        raise NotPossibleNow(_("These answers were submitted. Reopen the submission first if you want to change them."))


def _store(
    submission: Submission, readings: list[_Reading], rows: dict[str, Answer], by: User | None, way: Way
) -> list[Saved]:
    """Insert and update what differs, and write the history of it; `rows` is brought up to date."""
    saved, added, updated, changes = [], [], [], []
    for reading in readings:
        row = rows.get(reading.typing.question)
        if row is None:
            row = _new_row(submission, reading, by)
            if row is not None:
                added.append(row)
                rows[row.question] = row
                changes.append(_history(row, None, None, by, way))
            saved.append(reading.saved(1 if row else 0))
        elif not _differs(row, reading):
            saved.append(reading.saved(row.version))
        elif reading.typing.base_version not in (None, row.version):
            saved.append(Saved(row.question, row.version, conflict=row, merged=reading.merged))
        else:
            was = row.typed, row.status
            _change(row, reading, by)
            updated.append(row)
            changes.append(_history(row, *was, by, way))
            saved.append(reading.saved(row.version))
    write_rows(added, updated, changes)
    return saved


def _history(row: Answer, typed: object, status: int | None, by: User | None, way: Way) -> AnswerChange:
    return AnswerChange(
        organisation_id=row.organisation_id,
        submission_id=row.submission_id,
        question=row.question,
        version=row.version,
        before=typed,
        status_before=status,
        typed=row.typed,
        status=row.status,
        way=way[0],
        program=way[1],
        changed_by=by,
    )


def _differs(row: Answer, reading: _Reading) -> bool:
    return any(getattr(row, name) != value for name, value in reading.fields.items())


def _change(row: Answer, reading: _Reading, by: User | None) -> None:
    for name, value in reading.fields.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_by = by
    row.updated_at = timezone.now()


def _new_row(submission: Submission, reading: _Reading, by: User | None) -> Answer | None:
    """A row for a first answer; None when nothing was said."""
    typed = reading.typing.typed
    said = any(typed.values()) if isinstance(typed, Mapping) else bool(typed)
    if not said and not reading.typing.status:
        return None
    return Answer(
        organisation_id=submission.organisation_id,
        submission=submission,
        question=reading.typing.question,
        updated_by=by,
        **reading.fields,
    )


def read_as_row(question: Question, typing: Typing, language: str) -> Answer | None:
    """What a typing would become, as a row of no submission that is never stored; None when nothing was said."""
    typed = typing.typed
    said = any(typed.values()) if isinstance(typed, Mapping) else bool(typed)
    if not said and not typing.status:
        return None
    return Answer(question=question.code, **_read(question, typing, language).fields)


@dataclass(frozen=True)
class Beside:
    """The parts or cells of a typing beside what is stored by now: `mine` are those that it changes, `disputed` those
    of them that somebody else changed to something else, `merged` all of them together.
    """

    mine: Mapping[str, str]
    disputed: Sequence[str]
    merged: dict[str, str]


def beside_stored(question: Question, typing: Typing, row: Answer | None, language: str) -> Beside | None:
    """A typing of parts or cells beside the row that is there by now; None where there is nothing to merge.

    A cell that one did not touch is the other's; one that both changed, to different things, leaves the conflict.
    """
    typed = typing.typed
    if not isinstance(typed, Mapping) or typing.status or row is None or row.status > AnswerStatus.NONRESPONSE:
        return None
    moved = typing.base_version not in (None, row.version)
    if not typing.partial and (typing.shown is None or not moved):
        return None
    there = shown_typed(question, row, language)
    if not isinstance(there, dict):
        return None
    seen = typing.shown or {}
    mine = {code: text for code, text in typed.items() if typing.partial or part_mark(text) != seen.get(code)}
    now = {code: part_mark(text) for code, text in there.items()}
    compared = mine if typing.shown is not None and moved else {}
    disputed = [code for code, text in compared.items() if now.get(code) not in (seen.get(code), part_mark(text))]
    return Beside(mine, disputed, {**there, **mine})


def _read_beside(question: Question, typing: Typing, row: Answer | None, language: str) -> _Reading:
    """Read a typing with the parts or cells that somebody else filled in beside it."""
    found = beside_stored(question, typing, row, language)
    if found is None or row is None:
        return _read(question, typing, language)
    base = typing.base_version if found.disputed or typing.shown is None else row.version
    reading = _read(question, replace(typing, typed=found.merged, base_version=base), language)
    return replace(reading, merged=None if typing.partial or found.merged == typing.typed else found.merged)


def _storable(typed: Typed) -> Typed:
    """The text as typed, but for the one character that the database cannot hold, which becomes a visible mark."""
    if isinstance(typed, str):
        return typed.replace("\x00", "\ufffd")
    if isinstance(typed, Mapping):
        return {code: text.replace("\x00", "\ufffd") for code, text in typed.items()}
    return [text.replace("\x00", "\ufffd") for text in typed]


def _read(question: Question, typing: Typing, language: str) -> _Reading:
    """The value, and the error sentence with the part that it is about when the typing cannot be read."""
    typed = _storable(typing.typed)
    if len(str(typed)) > MAX_TYPED:
        raise InvalidInput(_("This answer is too long; at most %(n)s characters are kept.") % {"n": MAX_TYPED})
    value, error, part = AnswerValue(AnswerStatus.NONRESPONSE), "", ""
    if typing.status:
        value = SAID.get(typing.status, value)
    else:
        try:
            value = parse_answer(question, typed, language)
        except AnswerError as problem:
            error, part = problem.text(language), problem.part or ""
    fields = {
        "typed": typed,
        "status": int(value.status),
        "number": value.number,
        "choice": value.choice or "",
        "choices": list(value.choices),
        "parts": dict(value.parts),
        "is_valid": not error,
    }
    return _Reading(typing, fields, error, part)
