"""Questionnaires without Django: the file format, question types, parsing of answers, routing, edits and expressions.

Start at `load_questionnaire`; everything that other packages need is importable from here.
"""

from surveys.questionnaire.answers import (
    NO_ANSWER,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    AnswerError,
    Answers,
    AnswerStatus,
    AnswerValue,
)
from surveys.questionnaire.columns import ColumnSpec, ColumnValue
from surveys.questionnaire.expressions import Expression, ExpressionError, evaluate, parse_expression
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.lineage import QuestionChange, compare_versions
from surveys.questionnaire.loading import load_questionnaire
from surveys.questionnaire.located import Located, Problem, QuestionnaireErrors, read_located
from surveys.questionnaire.messages import Message
from surveys.questionnaire.model import (
    LANGUAGES,
    Check,
    Dimension,
    ImportMapping,
    LocalText,
    Option,
    Part,
    Question,
    Range,
    SameAs,
    Section,
)
from surveys.questionnaire.numbers import NumberError, format_number, parse_number, percent_changed
from surveys.questionnaire.piping import Profile, piped, profile_answers, uses_profile
from surveys.questionnaire.question_types import QUESTION_TYPES, QuestionType, Typed
from surveys.questionnaire.routing import counted_answers, due_questions, is_due
from surveys.questionnaire.submission import Finding, check_submission, column_values, computed_values, progress

__all__ = [
    "LANGUAGES",
    "NOT_APPLICABLE",
    "NOT_AVAILABLE",
    "NO_ANSWER",
    "QUESTION_TYPES",
    "AnswerError",
    "AnswerStatus",
    "AnswerValue",
    "Answers",
    "Check",
    "ColumnSpec",
    "ColumnValue",
    "Dimension",
    "Expression",
    "ExpressionError",
    "Finding",
    "ImportMapping",
    "LocalText",
    "Located",
    "Message",
    "NumberError",
    "Option",
    "Part",
    "Problem",
    "Profile",
    "Question",
    "QuestionChange",
    "QuestionType",
    "QuestionnaireErrors",
    "QuestionnaireFile",
    "Range",
    "SameAs",
    "Section",
    "Typed",
    "check_submission",
    "column_values",
    "compare_versions",
    "computed_values",
    "counted_answers",
    "due_questions",
    "evaluate",
    "format_answer",
    "format_number",
    "is_due",
    "load_questionnaire",
    "parse_answer",
    "parse_expression",
    "parse_number",
    "percent_changed",
    "piped",
    "profile_answers",
    "progress",
    "question_type",
    "read_located",
    "uses_profile",
]


def parse_answer(question: Question, typed: Typed, language: str) -> AnswerValue:
    """The answer that somebody typed: one text, a list of option codes, or a text per part.

    Nothing typed gives NO_ANSWER. "Not available" and "not applicable" are never typed: the caller uses NOT_AVAILABLE
    and NOT_APPLICABLE. Raises `AnswerError`, whose `.text(language)` says what to do.
    """
    return question_type(question).parse(question, typed, language)


def format_answer(question: Question, answer: AnswerValue, language: str) -> str:
    """An answer as people read it, with its unit; an empty text when it has no value."""
    return question_type(question).format(question, answer, language) if answer.answered else ""
