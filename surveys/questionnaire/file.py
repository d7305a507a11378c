"""A whole questionnaire, as read from its file."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from surveys.questionnaire.columns import ColumnSpec
from surveys.questionnaire.model import (
    LANGUAGES,
    Check,
    Code,
    Dimension,
    ImportMapping,
    Language,
    LocalText,
    Question,
    Section,
    Shape,
    Version,
)
from surveys.questionnaire.question_types import QUESTION_TYPES, QuestionType


def question_type(question: Question) -> QuestionType:
    """The behaviour of a question."""
    return QUESTION_TYPES[question.type]


class QuestionnaireFile(Shape):
    """One version of a questionnaire. Made by `load_questionnaire` only, which also proves that it fits together."""

    questionnaire: Code
    version: Version
    title: LocalText
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = LANGUAGES
    reference_period: Literal["year", "month"] = "year"
    dimensions: tuple[Dimension, ...] = ()
    import_mapping: ImportMapping = Field(default_factory=ImportMapping, alias="import")
    sections: tuple[Section, ...] = Field(min_length=1)
    checks: tuple[Check, ...] = ()

    # set once by loading: whether anything asks for the organisation or the round
    _needs_profile: bool = PrivateAttr(default=False)

    @property
    def needs_profile(self) -> bool:
        """Whether a condition, check, computed value or text uses the organisation or the round."""
        return self._needs_profile

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions in the order of the file."""
        return tuple(question for section in self.sections for question in section.questions)

    @cached_property
    def _by_code(self) -> Mapping[str, Question]:
        return {question.code: question for question in self.questions}

    @cached_property
    def _order(self) -> Mapping[str, int]:
        return {question.code: index for index, question in enumerate(self.questions)}

    @cached_property
    def _checks_at(self) -> Mapping[str, list[Check]]:
        found: dict[str, list[Check]] = {}
        for check in self.checks:
            for code in check.concerns:
                found.setdefault(code, []).append(check)
        return found

    @cached_property
    def _columns_of(self) -> Mapping[str, tuple[ColumnSpec, ...]]:
        return {question.code: question_type(question).columns(question) for question in self.questions}

    @cached_property
    def _columns(self) -> tuple[ColumnSpec, ...]:
        return tuple(column for columns in self._columns_of.values() for column in columns)

    def question(self, code: str) -> Question:
        """The question with this code. Raises `KeyError`."""
        return self._by_code[code]

    def has_question(self, code: str) -> bool:
        """Whether there is a question with this code."""
        return code in self._by_code

    def last_of(self, codes: Iterable[str]) -> str:
        """The one of these questions that is asked last."""
        return max(codes, key=self._order.__getitem__)

    def checks_at(self, code: str) -> Sequence[Check]:
        """The checks that concern a question, in the order of the file."""
        return self._checks_at.get(code, ())

    def section(self, code: str) -> Section:
        """The section with this code. Raises `KeyError`."""
        for section in self.sections:
            if section.code == code:
                return section
        raise KeyError(code)

    def columns(self) -> tuple[ColumnSpec, ...]:
        """Every column of the frozen data, in the order of the questions."""
        return self._columns

    def columns_of(self, code: str) -> tuple[ColumnSpec, ...]:
        """The columns of one question. Raises `KeyError`."""
        return self._columns_of[code]
