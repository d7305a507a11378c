"""Questions that are answered in words; their answers are never counted, only read."""

import unicodedata
from collections.abc import Mapping
from typing import ClassVar

from surveys.questionnaire.answers import NO_ANSWER, AnswerError, AnswerStatus, AnswerValue
from surveys.questionnaire.columns import ColumnSpec, ColumnValue, without_value
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.model import Question
from surveys.questionnaire.question_types.base import QuestionType, Typed, one_text


class TextType(QuestionType):
    """A short text. Kept as typed, but for spaces around it and the way lines end."""

    code = "text"
    limit: ClassVar[int] = 500

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        text = one_text(typed).replace("\r\n", "\n").replace("\r", "\n").strip()
        if not text:
            return NO_ANSWER
        if len(text) > self.limit:
            raise AnswerError("text.too_long", {"count": len(text), "limit": self.limit})
        # control characters and halves of surrogate pairs: no database, page or PDF can hold them all
        if any(unicodedata.category(character) in ("Cc", "Cs") and character not in "\n\t" for character in text):
            raise AnswerError("text.unreadable")
        return AnswerValue(AnswerStatus.ANSWERED, text=text)

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
