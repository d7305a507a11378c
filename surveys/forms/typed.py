"""What a participant's page posts, read back as typings.

Each question on a page carries a hidden mark: the version that the page showed and a fingerprint of what stood there.
A question whose fields still match its mark was not touched, so a whole page that is posted without JavaScript changes
only what somebody typed, and cannot undo what a colleague did meanwhile at another question.

Field names: `a-<question>` (parts: `a-<question>-<part>`), `na-<question>`, `v-<question>` (the mark),
`why-<question>`.
"""

import hashlib
import json
from collections.abc import Iterable

from django.http import QueryDict

from surveys.models import Answer
from surveys.questionnaire import (
    AnswerError,
    AnswerStatus,
    Question,
    QuestionnaireFile,
    Typed,
    format_number,
    parse_answer,
    question_type,
)
from surveys.selectors.stored import answer_value
from surveys.services.answers import Typing

ABSENT_CHOICE = "-not-available-"  # no option can have this code
NOT_AVAILABLE = int(AnswerStatus.NOT_AVAILABLE)
ANSWER, MARK, ABSENT, REASON = "a-", "v-", "na-", "why-"


def empty_typed(question: Question) -> Typed:
    """What an untouched question holds."""
    if question.type == "percentage_set":
        return {part.code: "" for part in question.parts or ()}
    return [] if question.type == "multiple_choice" else ""


def shown_typed(question: Question, row: Answer | None, language: str) -> Typed:
    """What the page shows in the fields: as typed, or written anew where that text means something else in `language`.

    `1.234`, typed on a Dutch page, is `1,234` on an English one.
    """
    if row is None:
        return empty_typed(question)
    typed = _shaped(question, row)
    if not row.is_valid or row.status != AnswerStatus.ANSWERED or (row.number is None and not row.parts):
        return typed
    value = answer_value(question, row)
    try:
        if parse_answer(question, typed, language) == value:
            return typed
    except AnswerError:
        pass
    if row.number is not None:
        return format_number(row.number, None, language)
    return {
        part.code: format_number(row.parts[part.code], None, language) if part.code in row.parts else ""
        for part in question.parts or ()
    }


def _shaped(question: Question, row: Answer) -> Typed:
    """The typed value in the shape that the fields of this type have (imports may have stored another)."""
    if question.type == "percentage_set":
        typed = row.typed if isinstance(row.typed, dict) else {}
        return {part.code: str(typed.get(part.code, "")) for part in question.parts or ()}
    if question.type == "multiple_choice":
        return list(row.typed) if isinstance(row.typed, list) else list(row.choices)
    if question_type(question).options(question):
        return row.choice or ("" if row.status else str(row.typed))
    return str(row.typed)


def mark_of(version: int, typed: Typed, status: int) -> str:
    """The hidden mark of a question that shows `typed` (and whether "not available" is ticked)."""
    shown = json.dumps([typed, status == NOT_AVAILABLE], sort_keys=True)
    return f"{version}.{hashlib.sha256(shown.encode()).hexdigest()[:16]}"


def questions_in(file: QuestionnaireFile, post: QueryDict) -> list[Question]:
    """The questions that the post holds, in the order of the questionnaire."""
    return [question for question in file.questions if MARK + question.code in post]


def read_typing(question: Question, post: QueryDict) -> Typing:
    """What the fields of one question hold, with the version that the page showed."""
    name = ANSWER + question.code
    typed: Typed
    if question.type == "percentage_set":
        typed = {part.code: post.get(f"{name}-{part.code}", "") for part in question.parts or ()}
    elif question.type == "multiple_choice":
        typed = [code for code in post.getlist(name) if code]
    else:
        typed = post.get(name, "").replace("\r\n", "\n")
    if typed == ABSENT_CHOICE and question_type(question).options(question):
        return Typing(question.code, "", NOT_AVAILABLE, _version(question, post))
    status = NOT_AVAILABLE if post.get(ABSENT + question.code) else 0
    return Typing(question.code, typed, status, _version(question, post))


def _version(question: Question, post: QueryDict) -> int:
    version = post.get(MARK + question.code, "").partition(".")[0]
    return int(version) if version.isdecimal() and len(version) < 10 else 0


def touched(question: Question, typing: Typing, post: QueryDict) -> bool:
    """Whether the fields differ from what the page showed."""
    fingerprint = post.get(MARK + question.code, "").partition(".")[2]
    return fingerprint != mark_of(0, typing.typed, typing.status).partition(".")[2]


def read_typings(file: QuestionnaireFile, post: QueryDict) -> tuple[list[Typing], list[Typing]]:
    """(touched, all) typings of a posted page."""
    both = [(question, read_typing(question, post)) for question in questions_in(file, post)]
    return [typing for question, typing in both if touched(question, typing, post)], [typing for _q, typing in both]


def read_reasons(questions: Iterable[Question], post: QueryDict) -> dict[str, str]:
    """The reasons given at soft edits, by question; only those that the page asked for."""
    return {one.code: post.get(REASON + one.code, "") for one in questions if REASON + one.code in post}
