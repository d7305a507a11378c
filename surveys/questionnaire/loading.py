"""From the text of a file to a questionnaire that is proven to fit together, or to all its problems at once."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from surveys.questionnaire.checking import check_file
from surveys.questionnaire.file import QuestionnaireFile
from surveys.questionnaire.located import Path, Problem, QuestionnaireErrors, read_located
from surveys.questionnaire.piping import uses_profile
from surveys.questionnaire.question_types import QUESTION_TYPES
from surveys.questionnaire.repeating import write_out

WANTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list (lines that start with `-`)",
    "dict_type": "texts per language, as in {nl: …, en: …}",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}


def load_questionnaire(text: str, source: str = "") -> QuestionnaireFile:
    """Reads and proves a file; `source` names it in messages. Raises `QuestionnaireErrors` with every problem."""
    located = read_located(text)
    if located.problems:
        raise QuestionnaireErrors(located.problems, source)
    problems: list[Problem] = []
    try:
        file = QuestionnaireFile.model_validate(_with_defaults(located.value))
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if not _only_follows(detail)]
        problems = [located.problem(*_explained(detail)) for detail in details]
        raise QuestionnaireErrors(problems, source) from None
    written = write_out(file)
    found = dict.fromkeys((written.in_file(path), message) for path, message in check_file(written.file))
    if found:
        raise QuestionnaireErrors([located.problem(path, message) for path, message in found], source)
    _link(written.file)
    return written.file


def _link(file: QuestionnaireFile) -> None:
    """Gives each question with a condition the earlier questions that the condition names."""
    file._needs_profile = uses_profile(file)
    for question in file.questions:
        if question.condition is not None:
            codes = dict.fromkeys(name.partition(".")[0] for name in question.condition.names)
            question._depends_on = {code: file.question(code) for code in codes if file.has_question(code)}


def _with_defaults(value: Any) -> Any:
    """The file's values with what each type of question fills in (the unit of a percentage, the options of yes_no)."""
    if not isinstance(value.get("sections"), tuple):
        return value
    return {**value, "sections": tuple(_section_with_defaults(section) for section in value["sections"])}


def _section_with_defaults(section: Any) -> Any:
    if not isinstance(section, Mapping) or not isinstance(section.get("questions"), tuple):
        return section
    return {**section, "questions": tuple(_question_with_defaults(question) for question in section["questions"])}


def _question_with_defaults(question: Any) -> Any:
    if not isinstance(question, Mapping) or not isinstance(question.get("type"), str):
        return question
    known = QUESTION_TYPES.get(question["type"])
    return {**known.defaults, **question} if known else question


def _only_follows(detail: ErrorDetails) -> bool:
    """A list counts as too short when an item in it is wrong: that item has its own remark."""
    return detail["type"] == "too_short" and bool(detail.get("input"))


def _explained(detail: ErrorDetails) -> tuple[Path, str]:
    """Place and plain sentence of one remark of pydantic."""
    path: Path = detail["loc"]
    kind, given = detail["type"], detail.get("input")
    if kind == "missing":
        return path[:-1], f"`{path[-1]}` is missing: add it"
    if kind == "extra_forbidden":
        return path, f"`{path[-1]}` is not a key that is known here: correct the spelling or remove it"
    if kind in WANTED:
        return path, f"this must be {WANTED[kind]}, not {_named(given)}" + _quote_hint(kind, given)
    context = detail.get("ctx", {})
    if kind == "literal_error":
        return path, f"`{given}` is not possible here: write {context['expected']}"
    if kind == "string_pattern_mismatch":
        return (
            path,
            f"`{_short(given)}` is no code: use small letters, digits and _, starting with a letter",
        )
    if kind == "string_too_long":
        return path, f"this is longer than {context['max_length']} characters: shorten it"
    if kind in ("too_short", "string_too_short"):
        return path, "this is empty: add at least one"
    return path, f"{detail['msg'][:1].lower()}{detail['msg'][1:]} (now: {_short(given)})"


def _named(given: object) -> str:
    if given is None:
        return "empty"
    if isinstance(given, bool):
        return "the truth value true" if given else "the truth value false"
    if isinstance(given, str | int | float):
        return f"`{_short(given)}`"
    return "a list" if isinstance(given, tuple) else "keys with values"


def _short(given: object) -> str:
    text = str(given)
    return text if len(text) <= 40 else text[:39] + "…"


def _quote_hint(kind: str, given: object) -> str:
    if kind != "string_type" or not isinstance(given, bool | int | float):
        return ""
    if isinstance(given, bool):
        return ': YAML reads a bare yes, no, on, off as a truth value, so put it in quotes, as in "yes"'
    return f': put it in quotes, as in "{given}"'
