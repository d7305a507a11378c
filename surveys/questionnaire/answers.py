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

    number: number, percentage (12.5 means 12.5 %), money (euro), duration (seconds); choice: option code of a single
    choice; choices: option codes of a multiple choice in the order of the questionnaire; parts: part code → number;
    text: as typed.
    """

    status: AnswerStatus
    number: float | None = None
    choice: str | None = None
    choices: tuple[str, ...] = ()
    parts: Mapping[str, float] = field(default_factory=dict)
    text: str | None = None

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
