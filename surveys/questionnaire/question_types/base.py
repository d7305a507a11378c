"""What every type of question can do; a type is one subclass, registered in `question_types/__init__.py`."""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal, NamedTuple

from surveys.questionnaire.answers import NO_ANSWER, AnswerError, AnswerStatus, AnswerValue
from surveys.questionnaire.columns import ColumnSpec, ColumnValue
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.messages import Message
from surveys.questionnaire.model import Option, Question

Typed = str | list[str] | dict[str, str]
# keys that any question may have; the others belong to some types only
COMMON_KEYS = frozenset(
    {
        *("code", "type", "text", "help", "definition", "required", "ask_if", "sensitive", "same_as"),
        "not_applicable",
    }
)
# How what is typed is kept: one text; codes; a text per part; what was chosen with words beside it.
Holding = Literal["text", "list", "parts", "chosen"]


class Edit(NamedTuple):
    """One remark about one answer: `rule` makes it recognisable from round to round."""

    rule: str
    kind: Literal["hard", "soft"]
    message: Message


class QuestionType:
    """Behaviour of one type. Methods get the question, so one object per type serves all questions."""

    code: ClassVar[str]
    keys: ClassVar[frozenset[str]] = frozenset()
    needs: ClassVar[frozenset[str]] = frozenset()
    # keys of the file that this type fills in when the file has none, in the shape that the file has
    defaults: ClassVar[Mapping[str, object]] = {}

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """(path inside the question, message) for each thing in the file that this type cannot work with."""
        for key in sorted(question.model_fields_set - COMMON_KEYS - self.keys):
            fitting = ", ".join(sorted(self.keys)) or "none"
            yield (key,), f"`{key}` does not belong to a {self.code} question: remove it (its own keys are: {fitting})"
        for key in sorted(self.needs - question.model_fields_set):
            yield (), f"a {self.code} question needs `{key}`: add it"

    # whether "we do not have this figure" can be said with a tick beside the field
    may_be_unavailable: ClassVar[bool] = False

    def holding(self, question: Question) -> Holding:
        """The shape of what is typed at this question."""
        return "text"

    def part_codes(self, question: Question) -> tuple[str, ...]:
        """Codes of the texts that are typed at a question that holds parts."""
        return ()

    def empty(self, question: Question) -> Typed:
        """What an untouched question holds."""
        held = self.holding(question)
        if held == "parts":
            return dict.fromkeys(self.part_codes(question), "")
        return {"chosen": "", "namely": ""} if held == "chosen" else [] if held == "list" else ""

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        """What somebody could have typed in `language` to give exactly this answer."""
        return self.empty(question)

    def words(self, question: Question, typed: object) -> str | None:
        """The words that are asked beside the choice, in what was typed; None when there are none."""
        return None

    def absent(self, question: Question, typed: object) -> Mapping[str, AnswerStatus]:
        """The parts that were said not to apply or not to be available, in what was typed."""
        return {}

    def options(self, question: Question) -> tuple[Option, ...]:
        """The options that can be chosen; empty for other types."""
        return question.options or ()

    def points(self, question: Question) -> tuple[Option, ...]:
        """The points of a scale, each as something that can be chosen; empty for other types."""
        return ()

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        """The answer that was typed. Raises `AnswerError`; nothing typed is NO_ANSWER."""
        raise NotImplementedError

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        """The answered value as people read it in `language`."""
        raise NotImplementedError

    def columns(self, question: Question) -> tuple[ColumnSpec, ...]:
        """The columns of the frozen data."""
        raise NotImplementedError

    def answered_values(self, question: Question, answer: AnswerValue) -> tuple[ColumnValue, ...]:
        """A value per column, in the order of `columns`, of an answer that has a value."""
        raise NotImplementedError

    def names(self, question: Question, answer: AnswerValue) -> Mapping[str, Value]:
        """What expressions see of an answer that has a value, by name."""
        raise NotImplementedError

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        """The remarks about an answer that has a value; `previous` is last round's where it may be compared."""
        return iter(())


def one_text(typed: Typed) -> str:
    """What was typed as one text. Raises `AnswerError` when there are several values."""
    if isinstance(typed, str):
        return typed
    if isinstance(typed, list) and len(typed) <= 1:
        return typed[0] if typed else ""
    raise AnswerError("answer.one_value")


__all__ = ["COMMON_KEYS", "NO_ANSWER", "Edit", "Holding", "QuestionType", "Typed", "one_text"]
