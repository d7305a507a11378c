"""Proves that a questionnaire fits together; every problem has its path, so that loading can add the line."""

from collections.abc import Iterable, Iterator
from itertools import chain

from pydantic import BaseModel

from surveys.questionnaire.columns import ColumnSpec
from surveys.questionnaire.expression_kinds import NameKind, condition_mistakes, mistakes, number_mistakes
from surveys.questionnaire.expressions import Expression, ExpressionError, parse_expression
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.located import Path
from surveys.questionnaire.model import Computed, LocalText, Question, Repeat, Section
from surveys.questionnaire.piping import ORGANISATION, ROUND, places_in, texts_with_places
from surveys.questionnaire.question_types import QUESTION_TYPES
from surveys.questionnaire.repeating import group_of

Found = Iterator[tuple[Path, str]]
# words of the expression language, and columns that every bulk input has
RESERVED = frozenset({"and", "or", "not", "in", "true", "false", "organisation", "name", "group", "period", "round"})

# Pages of a round have these addresses; a section of that name would hide one or be hidden.
PAGES_OF_A_ROUND = frozenset({"answers", "questions", "review", "submit", "receipt", "reopen"})


def check_file(file: QuestionnaireFile) -> list[tuple[Path, str]]:
    """(path, message) of everything that does not fit together."""
    problems = list(chain(_types(file), _texts(file, file.languages), _codes(file), _dimensions(file)))
    if any(question.type not in QUESTION_TYPES for question in file.questions):
        return problems  # what a question means is unknown, so its options and columns are too
    return [*problems, *_shapes(file), *_conditions(file), *_checks(file), *check_additions(file)]


def _each_question(file: QuestionnaireFile) -> Iterator[tuple[Path, Question]]:
    for at, section in enumerate(file.sections):
        for index, question in enumerate(section.questions):
            yield ("sections", at, "questions", index), question


def _types(file: QuestionnaireFile) -> Found:
    for path, question in _each_question(file):
        if question.type not in QUESTION_TYPES:
            yield (*path, "type"), f"`{question.type}` is no type of question: write one of {', '.join(QUESTION_TYPES)}"


def _shapes(file: QuestionnaireFile) -> Found:
    for path, question in _each_question(file):
        for inside, message in question_type(question).shape_problems(question):
            yield (*path, *inside), message


def _texts(value: object, languages: tuple[str, ...], path: Path = ()) -> Found:
    """Walks everything for texts that miss a language."""
    if isinstance(value, LocalText):
        for language in languages:
            if not value.root.get(language, "").strip():
                yield path, f"the text in `{language}` is missing: add it"
        for language in value.root:
            if language not in languages:
                yield (
                    (*path, language),
                    f"`{language}` is not in `languages` of this file: add it there, or remove this text",
                )
    elif isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            # what was not written in the file came from a default, which is complete
            if name in value.model_fields_set:
                yield from _texts(getattr(value, name), languages, (*path, field.alias or name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(item, languages, (*path, index))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, languages, (*path, key))


def _twice(codes: Iterable[tuple[Path, str]], what: str) -> Found:
    seen: set[str] = set()
    for path, code in codes:
        if code in seen:
            yield path, f"the {what} `{code}` exists twice: give each its own code"
        seen.add(code)


def _codes(file: QuestionnaireFile) -> Found:
    yield from _twice(((("sections", at, "code"), item.code) for at, item in enumerate(file.sections)), "section")
    yield from _twice((((*path, "code"), question.code) for path, question in _each_question(file)), "question")
    yield from _twice(((("checks", at, "code"), item.code) for at, item in enumerate(file.checks)), "check")
    yield from _twice(((("languages", at), language) for at, language in enumerate(file.languages)), "language")
    for at, section in enumerate(file.sections):
        if section.code in PAGES_OF_A_ROUND:
            yield ("sections", at, "code"), f"`{section.code}` is the address of another page: choose another code"
    mapping = file.import_mapping
    taken = {mapping.organisation, mapping.name, mapping.group, mapping.period}
    for path, question in _each_question(file):
        if question.code in RESERVED:
            yield (*path, "code"), f"`{question.code}` has a meaning of its own here: choose another code"
        elif question.code in taken:
            yield (*path, "code"), f"`{question.code}` is a column of the `import` section: choose another code"
        elif question.code in mapping.ignore:
            yield (
                (*path, "code"),
                f"`{question.code}` stands under `ignore` of the `import` section, so it would never be read",
            )


def _dimensions(file: QuestionnaireFile) -> Found:
    yield from _twice(((("dimensions", at, "code"), item.code) for at, item in enumerate(file.dimensions)), "dimension")
    for at, dimension in enumerate(file.dimensions):
        path: Path = ("dimensions", at)
        if dimension.code in ("all", "value"):
            yield (*path, "code"), f"`{dimension.code}` has a meaning of its own here: choose another code"
        if dimension.open == bool(dimension.options):
            yield path, "a dimension has either `options` or `open: true`: write one of the two"
        if dimension.names and not dimension.open:
            yield (*path, "names"), "only an `open` dimension has `names`: an option has its own `label`"
        places = (((*path, "options", index, "code"), option.code) for index, option in enumerate(dimension.options))
        yield from _twice(places, "option")
    known = {dimension.code for dimension in file.dimensions}
    for code in file.import_mapping.dimensions:
        if code not in known:
            yield (
                ("import", "dimensions", code),
                f"`{code}` is not one of the dimensions of this file: add it there or remove it",
            )


# units that no sum or comparison may mix; a number with a unit of its own words (calls, agents) fits everything
UNITS = {"duration": "seconds", "money": "euro", "percentage": "%", "date": "days", "period": "periods"}


def names_of_question(question: Question) -> dict[str, NameKind]:
    """What expressions may call this question and its parts."""
    columns = question_type(question).columns(question)
    if question.type == "multiple_choice":
        held = NameKind("list", tuple(column.part or "" for column in columns))
        return {question.code: held, **{column.code: NameKind("flag") for column in columns}}
    types = {column.code: column.type for column in question.columns or ()}

    def kind(column: ColumnSpec) -> NameKind:
        if column.kind != "number":
            return NameKind("text", column.options or None)
        in_matrix = types.get((column.part or "").rpartition(".")[2], question.type)
        return NameKind("number", unit=UNITS.get(in_matrix))

    return {column.code: kind(column) for column in columns}


def names_of_profile(file: QuestionnaireFile) -> dict[str, NameKind]:
    """What expressions may call the organisation and the round."""
    found = {
        ORGANISATION + one.code: NameKind("text", None if one.open else tuple(option.code for option in one.options))
        for one in file.dimensions
    }
    return {**found, ROUND + "year": NameKind("number"), ROUND + "month": NameKind("number")}


def _parsed(text: str) -> Expression | str:
    try:
        return parse_expression(text)
    except ExpressionError as error:
        return str(error)


def _mistakes(text: str, names: dict[str, NameKind]) -> Iterator[str]:
    expression = _parsed(text)
    if isinstance(expression, str):
        yield expression
        return
    yield from mistakes(expression.node, names)
    yield from condition_mistakes(expression.node, names)
    if not expression.names:
        yield "the expression names no question: it would always be the same"


def _conditions(file: QuestionnaireFile) -> Found:
    earlier = names_of_profile(file)
    codes = {question.code for question in file.questions}
    for path, question in _each_question(file):
        if question.ask_if is not None:
            later = _later(question, earlier, codes)
            for message in later or dict.fromkeys(_mistakes(question.ask_if, earlier)):
                yield (*path, "ask_if"), message
        earlier.update(names_of_question(question))


def _codes_in(text: str) -> list[str]:
    """The questions that an expression names; none when it cannot be read, which has its own remark."""
    expression = _parsed(text)
    return [] if isinstance(expression, str) else [name.partition(".")[0] for name in expression.names]


def check_additions(file: QuestionnaireFile) -> Found:
    """Repeats that nothing drives, computed values that are no number, places in texts that nothing fills."""
    names = names_of_profile(file)
    asked: set[str] = set()
    every = [question.code for question in file.questions]
    for question in file.questions:
        names.update(names_of_question(question))
    for at, section in enumerate(file.sections):
        if section.repeat is not None:
            before = asked | _asked_before_the_group(section)
            for key, message in _repeat_mistakes(section, section.repeat, before, file):
                yield ("sections", at, "repeat", key), message
        for index, one in enumerate(section.computed):
            for key, message in _computed_mistakes(one, section, names, every):
                yield ("sections", at, "computed", index, key), message
        for index, question in enumerate(section.questions):
            for text in texts_with_places(question):
                for name in places_in(text):
                    if name not in asked and name not in names_of_profile(file) and name != ORGANISATION + "name":
                        message = f"`{{{name}}}` is no earlier question and nothing of the organisation: correct it"
                        yield ("sections", at, "questions", index, "text"), message
            asked.add(question.code)


def _asked_before_the_group(section: Section) -> set[str]:
    """Where a part of a section is repeated: what the section asks before it, which may say how often."""
    if section.repeat is None or section.repeat.questions is None:
        return set()
    first = next((at for at, one in enumerate(section.questions) if one.copy_label is not None), None)
    group = group_of(section)
    until = first if first is not None else group.start if group is not None else 0
    return {question.code for question in section.questions[:until]}


def _repeat_mistakes(
    section: Section, repeat: Repeat, asked: set[str], file: QuestionnaireFile
) -> Iterator[tuple[str, str]]:
    written_out = any(question.copy_label is not None for question in section.questions)
    if not written_out and group_of(section) is None:
        yield "questions", "name questions of this section that follow each other, in their order"
        return
    if repeat.over not in asked:
        yield "over", f"`{repeat.over}` is no question asked before: a repeat needs one that says how many"
        return
    kind = file.question(repeat.over).type
    if kind not in ("number", "multiple_choice"):
        yield "over", f"`{repeat.over}` is a {kind}: a repeat needs a number or a multiple_choice"
    elif kind == "number" and repeat.max is None:
        yield "over", "`max` is missing: say how many copies there can be at most"
    elif kind == "multiple_choice" and repeat.max is not None:
        yield "max", "a repeat over a multiple_choice has a copy per option: remove `max`"
    place = "{n}" if kind == "number" else "{option}"
    if any(place not in text for text in repeat.label.root.values()):
        yield "label", f"the label needs {place} in every language, so that the copies can be told apart"


def _computed_mistakes(
    one: Computed, section: Section, names: dict[str, NameKind], codes: list[str]
) -> Iterator[tuple[str, str]]:
    if one.code in codes or one.code in RESERVED:
        yield "code", f"`{one.code}` is taken: choose another code"
    if one.after is not None and one.after not in {question.code for question in section.questions}:
        yield "after", f"`{one.after}` is no question of this section: correct it, or remove `after`"
    expression = _parsed(one.expression)
    if isinstance(expression, str):
        yield "expression", expression
        return
    for message in dict.fromkeys((*mistakes(expression.node, names), *number_mistakes(expression.node, names))):
        yield "expression", message


def _later(question: Question, earlier: dict[str, NameKind], codes: set[str]) -> list[str]:
    """The names of a condition that exist, but not before the question."""
    expression = _parsed(question.ask_if or "")
    if isinstance(expression, str):
        return []
    asked = {name.partition(".")[0] for name in earlier}
    late = dict.fromkeys(name.partition(".")[0] for name in expression.names)
    return [
        f"`{code}` is asked here or later: a condition can use earlier questions only"
        for code in late
        if code in codes - asked
    ]


def _checks(file: QuestionnaireFile) -> Found:
    names = names_of_profile(file)
    for question in file.questions:
        names.update(names_of_question(question))
    for at, check in enumerate(file.checks):
        for message in dict.fromkeys(_mistakes(check.expression, names)):
            yield ("checks", at, "expression"), message
        if not check.questions and not any(file.has_question(code) for code in _codes_in(check.expression)):
            yield ("checks", at, "expression"), "a check concerns at least one question: name it, or list `questions`"
        for index, code in enumerate(check.questions):
            if not file.has_question(code):
                yield ("checks", at, "questions", index), f"there is no question `{code}`: correct it"
