"""What an organisation answered to one question, with the four kinds of "no number" kept apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from surveys.questionnaire.messages import Message


class AnswerStatus(IntEnum):
    """Why there is a value, or why there is none. Zero is a value, so it is ANSWERED."""

    ANSWERED = 0
    NONRESPONSE = 1  # nothing was filled in
    NOT_APPLICABLE = 2  # routed away, or the organisation says that it does not apply
    NOT_AVAILABLE = 3  # the organisation says that it does not have the figure


@dataclass(frozen=True, slots=True)
class AnswerValue:
    """One answer. Only the field that belongs to the question's type is filled, and only when ANSWERED.

    number: number, percentage (12.5 means 12.5 %), money (euro), duration (seconds), ratio, point of a scale, date
    (days since 1970) and period (months, quarters or years since year 0); choice: option code of a single choice;
    choices: option codes of a multiple choice in the order of the questionnaire; parts: part code → number (of a
    matrix: `row.column`); absent: parts of a matrix that were said not to apply or not to be available; text: as
    typed, also the words beside a choice ("other, namely").
    """

    status: AnswerStatus
    number: float | None = None
    choice: str | None = None
    choices: tuple[str, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)
    text: str | None = None
    absent: Mapping[str, AnswerStatus] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """True when there is a value."""
        return self.status is AnswerStatus.ANSWERED

    @property
    def given(self) -> bool:
        """True when the participant said something: a value, "not available" or "not applicable"."""
        return self.status is not AnswerStatus.NONRESPONSE


NO_ANSWER = AnswerValue(AnswerStatus.NONRESPONSE)
NOT_APPLICABLE = AnswerValue(AnswerStatus.NOT_APPLICABLE)
NOT_AVAILABLE = AnswerValue(AnswerStatus.NOT_AVAILABLE)

# What people write in one cell of a table to say that there is no figure, in each language; never zero.
ABSENT_WORDS: Mapping[str, AnswerStatus] = {
    "n/a": AnswerStatus.NOT_APPLICABLE,
    "nvt": AnswerStatus.NOT_APPLICABLE,
    "n.v.t.": AnswerStatus.NOT_APPLICABLE,
    "not applicable": AnswerStatus.NOT_APPLICABLE,
    "niet van toepassing": AnswerStatus.NOT_APPLICABLE,
    "nb": AnswerStatus.NOT_AVAILABLE,
    "n.b.": AnswerStatus.NOT_AVAILABLE,
    "not available": AnswerStatus.NOT_AVAILABLE,
    "niet beschikbaar": AnswerStatus.NOT_AVAILABLE,
}
ABSENT_WRITTEN: Mapping[AnswerStatus, Mapping[str, str]] = {
    AnswerStatus.NOT_APPLICABLE: {"nl": "n.v.t.", "en": "n/a"},
    AnswerStatus.NOT_AVAILABLE: {"nl": "n.b.", "en": "not available"},
}


def said_absent(typed: str) -> AnswerStatus | None:
    """Whether a short text says that there is no figure, and why."""
    return ABSENT_WORDS.get(typed.strip().casefold()) if len(typed) <= 40 else None


Answers = Mapping[str, AnswerValue]


class AnswerError(ValueError):
    """What was typed cannot be an answer to the question.

    `message_id` and `params` name the sentence; `.text(language)` writes it; `part` is the part of a percentage set
    that is wrong.
    """

    def __init__(self, message_id: str, params: Mapping[str, object] | None = None, part: str | None = None) -> None:
        self.message = Message(message_id, params or {})
        self.part = part
        super().__init__(self.message.text("en"))

    @property
    def message_id(self) -> str:
        return self.message.id

    @property
    def params(self) -> Mapping[str, object]:
        return self.message.params

    def text(self, language: str) -> str:
        """The sentence for the participant."""
        return self.message.text(language)
