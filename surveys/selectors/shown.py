"""What the fields of a question hold for a stored answer, and fingerprints of it: what somebody saw there."""

import hashlib

from surveys.models import Answer
from surveys.questionnaire import AnswerError, AnswerStatus, Question, Typed, parse_answer, question_type
from surveys.selectors.stored import answer_value


def empty_typed(question: Question) -> Typed:
    """What an untouched question holds."""
    return question_type(question).empty(question)


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
    return question_type(question).retyped(question, value, language)


def _shaped(question: Question, row: Answer) -> Typed:
    """The typed value in the shape that the fields of this type have (imports may have stored another)."""
    kind = question_type(question)
    held = kind.holding(question)
    if held == "parts":
        typed = row.typed if isinstance(row.typed, dict) else {}
        return {code: str(typed.get(code, "")) for code in kind.part_codes(question)}
    if held == "chosen":
        typed = row.typed if isinstance(row.typed, dict) else {"chosen": row.choice or "|".join(row.choices)}
        return {key: str(typed.get(key, "")) for key in ("chosen", "namely")}
    if held == "list":
        return list(row.typed) if isinstance(row.typed, list) else list(row.choices)
    if question_type(question).options(question):
        return row.choice or ("" if row.status else str(row.typed))
    return str(row.typed)


def part_mark(text: str) -> str:
    """A short fingerprint of what one part or cell holds."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
