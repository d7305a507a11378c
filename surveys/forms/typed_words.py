"""What was typed as people read it: with the names of options, parts and cells instead of their codes."""

from collections.abc import Mapping
from typing import Any

from surveys.models import Answer
from surveys.questionnaire import AnswerError, Question, parse_answer, question_type
from surveys.questionnaire.question_types.choices import ChoiceType
from surveys.questionnaire.question_types.matrix import MatrixType
from surveys.selectors.shown import shown_typed

MATRIX = MatrixType()


def typed_text(question: Question, typed: Any, language: str) -> str:
    """What stood in the fields of a question, on one line."""
    names = _option_names(question, language)
    if not isinstance(typed, Mapping):
        chosen = typed if isinstance(typed, list) else [typed]
        return ", ".join(names.get(str(one), str(one)) for one in chosen)
    if question_type(question).holding(question) == "chosen":
        codes = str(typed.get("chosen", "")).split("|")
        kind = question_type(question)
        asked = isinstance(kind, ChoiceType) and kind.asks_words(question, tuple(codes))
        said = [", ".join(names.get(code, code) for code in codes), str(typed.get("namely", "")) if asked else ""]
        return ": ".join(filter(None, said))
    labels = part_names(question, language)
    return "; ".join(f"{labels.get(code, code)}: {text}" for code, text in typed.items() if text)


def part_names(question: Question, language: str) -> dict[str, str]:
    """What the parts of a question, or the cells of a matrix, are called; empty when it has none."""
    if question.type == "matrix":
        return {cell.code: cell.text(language) for cell in MATRIX.cells(question)}
    return {part.code: part.label.text(language) for part in question.parts or ()}


def part_texts(question: Question, row: Answer | None, language: str) -> dict[str, str]:
    """What each part or cell says as people read it; what cannot be read as it was typed."""
    typed = shown_typed(question, row, language)
    if not isinstance(typed, dict):
        return {}
    return {code: _written(question, code, text, language) for code, text in typed.items()}


def _written(question: Question, code: str, text: str, language: str) -> str:
    try:
        value = parse_answer(question, {code: text}, language)
    except AnswerError:
        return text
    if question.type == "matrix":
        return MATRIX.written(question, value, language).get(code, "")
    again = question_type(question).retyped(question, value, language)
    return again[code] if isinstance(again, dict) else text


def _option_names(question: Question, language: str) -> dict[str, str]:
    kind = question_type(question)
    return {one.code: one.label.text(language) for one in kind.options(question) or kind.points(question)}
