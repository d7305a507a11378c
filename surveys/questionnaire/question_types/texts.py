"""Questions that are answered in words; their answers are never counted, only read."""

import unicodedata
from collections.abc import Mapping
from typing import ClassVar

from surveys.questionnaire.answers import NO_ANSWER, AnswerError, AnswerStatus, AnswerValue
from surveys.questionnaire.columns import ColumnSpec, ColumnValue, without_value
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.model import Question
from surveys.questionnaire.question_types.base import QuestionType, Typed, one_text


def read_words(typed: str, limit: int) -> str:
    """The text that was typed, but for spaces around it and the way lines end. Raises `AnswerError`."""
    text = typed.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > limit:
        raise AnswerError("text.too_long", {"count": len(text), "limit": limit})
    # control characters and halves of surrogate pairs: no database, page or PDF can hold them all
    if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
        raise AnswerError("text.unreadable")
    return text


class TextType(QuestionType):
    """A short text. Kept as typed, but for spaces around it and the way lines end."""

    code = "text"
    limit: ClassVar[int] = 500

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        text = read_words(one_text(typed), self.limit)
        return AnswerValue(AnswerStatus.ANSWERED, text=text) if text else NO_ANSWER

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        return answer.text or ""

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        return answer.text or ""

    def columns(self, question: Question) -> tuple[ColumnSpec, ...]:
        return (ColumnSpec(question.code, question.code, None, "text"),)

    def answered_values(self, question: Question, answer: AnswerValue) -> tuple[ColumnValue, ...]:
        return (without_value(AnswerStatus.ANSWERED),)

    def names(self, question: Question, answer: AnswerValue) -> Mapping[str, Value]:
        return {question.code: answer.text}


class LongTextType(TextType):
    """A text of several lines."""

    code = "long_text"
    limit = 10_000
