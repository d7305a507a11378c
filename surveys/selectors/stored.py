"""From a stored answer back to the value that the pure questionnaire package works with: one place for it."""

from collections.abc import Mapping, Sequence
from typing import Any

from surveys.models import Answer
from surveys.questionnaire import (
    NO_ANSWER,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    AnswerStatus,
    AnswerValue,
    Question,
    question_type,
)

WITHOUT_VALUE = {
    int(AnswerStatus.NONRESPONSE): NO_ANSWER,
    int(AnswerStatus.NOT_APPLICABLE): NOT_APPLICABLE,
    int(AnswerStatus.NOT_AVAILABLE): NOT_AVAILABLE,
}
# the columns of Answer that `stored_value` takes, in its order
VALUE_FIELDS = ("status", "is_valid", "number", "choice", "choices", "parts", "typed")


def stored_value(
    question: Question,
    status: int,
    is_valid: bool,
    number: float | None,
    choice: str,
    choices: Sequence[str],
    parts: Mapping[str, float],
    typed: Any,
) -> AnswerValue:
    """The value of one stored answer. What could not be read when it was typed counts as not answered."""
    if not is_valid:
        return NO_ANSWER
    if status != AnswerStatus.ANSWERED:
        return WITHOUT_VALUE[status]
    kind = question_type(question)
    if kind.columns(question)[0].kind == "text":
        return AnswerValue(AnswerStatus.ANSWERED, text=str(typed))
    words, absent = kind.words(question, typed), kind.absent(question, typed)
    return AnswerValue(AnswerStatus.ANSWERED, number, choice or None, tuple(choices), dict(parts), words, absent)


def answer_value(question: Question, answer: Answer) -> AnswerValue:
    """`stored_value` of a model instance."""
    return stored_value(question, *(getattr(answer, name) for name in VALUE_FIELDS))
