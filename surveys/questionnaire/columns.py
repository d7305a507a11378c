"""What one question contributes to the frozen data: columns with, per organisation, a status and a number."""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

from surveys.questionnaire.answers import AnswerStatus

ColumnKind = Literal["number", "choice", "flag", "text"]


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column. `code` is the question's code, or `question.part` for a part of a percentage set or an option of a
    multiple choice.

    kind: number; choice (value = index in `options`); flag (1 chosen, 0 not; `part` is the option); text (no value in
    the frozen data).
    """

    code: str
    question: str
    part: str | None
    kind: ColumnKind
    options: tuple[str, ...] = ()


class ColumnValue(NamedTuple):
    """What one organisation has in one column. `value` is NaN when not ANSWERED, and for text."""

    status: AnswerStatus
    value: float


def without_value(status: AnswerStatus) -> ColumnValue:
    """A column value that only says why there is none."""
    return ColumnValue(status, math.nan)
