"""From the file as written to the questionnaire as asked: repeated questions are written out, `fte_*` becomes the
list of what it stands for, and names of computed values are replaced by what they compute.

Everything behind this (routing, storing, freezing, expressions) knows plain questions only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.located import Path
from surveys.questionnaire.model import Check, Computed, LocalText, Question, Section
from surveys.questionnaire.question_types import QUESTION_TYPES

# a text in quotes (left alone), or a name, perhaps with `*` for one of its steps
TOKEN = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|[a-z][a-z0-9_]*(?:\.(?:[a-z0-9][a-z0-9_]*|\*))*\*?")
PLACE = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?)\}")
MAX_COMPUTED = 20  # rounds of replacing: a value computed from itself would never end


@dataclass(frozen=True)
class Written:
    """A questionnaire written out, with where each question stood in the file."""

    file: QuestionnaireFile
    places: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def in_file(self, path: Path) -> Path:
        """The place in the file of a path into the questionnaire that was written out."""
        if len(path) > 3 and path[0] == "sections" and path[2] == "questions":
            place = self.places.get((int(path[1]), int(path[3])), path[3])
            return (*path[:3], place, *path[4:])
        return path


@dataclass(frozen=True)
class Copy:
    """One copy of a repeated section: what its codes end with, what it is called, and when it is asked."""

    suffix: str
    label: LocalText
    condition: str


def copies(section: Section, over: Question | None) -> tuple[Copy, ...]:
    """The copies of a section's questions; empty when `over` cannot drive a repeat."""
    repeat = section.repeat
    if repeat is None or over is None:
        return ()
    if over.type == "number" and repeat.max is not None:
        return tuple(
            Copy(str(at), _filled(repeat.label, "n", {"": str(at)}), f"{over.code} >= {at}")
            for at in range(1, repeat.max + 1)
        )
    if over.type == "multiple_choice":
        return tuple(
            Copy(one.code, _filled(repeat.label, "option", one.label.root), f"{over.code}.{one.code}")
            for one in over.options or ()
            if not one.exclusive
        )
    return ()


def _filled(label: LocalText, place: str, texts: Mapping[str, str]) -> LocalText:
    def put(language: str, text: str) -> str:
        return text.replace("{" + place + "}", texts.get(language, texts.get("", "")))

    return LocalText({language: put(language, text) for language, text in label.root.items()})


def renamed(text: str, names: Mapping[str, str]) -> str:
    """An expression with some questions renamed; parts (`question.part`) keep their part."""

    def new(match: re.Match[str]) -> str:
        code, dot, rest = match.group().partition(".")
        return names.get(code, code) + dot + rest

    return TOKEN.sub(new, text)


def group_of(section: Section) -> range | None:
    """The places of the questions that a section repeats; None when its `repeat.questions` are no such group."""
    codes = [question.code for question in section.questions]
    wanted = section.repeat.questions if section.repeat else None
    if wanted is None:
        return range(len(codes))
    if wanted[0] not in codes:
        return None
    start = codes.index(wanted[0])
    return range(start, start + len(wanted)) if tuple(codes[start : start + len(wanted)]) == wanted else None


def write_out(file: QuestionnaireFile) -> Written:
    """The questionnaire as it is asked. What cannot be written out is left for `check_file` to name."""
    earlier: dict[str, Question] = {}
    sections: list[Section] = []
    places: dict[tuple[int, int], int] = {}
    families: dict[str, list[str]] = {}
    for at, section in enumerate(file.sections):
        group = group_of(section)
        if section.repeat and group is not None:
            asked = earlier | {question.code: question for question in section.questions[: group.start]}
            made = copies(section, asked.get(section.repeat.over))
            if made:
                origins = [*range(group.start), *[*group] * len(made), *range(group.stop, len(section.questions))]
                places |= {(at, index): origin for index, origin in enumerate(origins)}
                section = _repeated(section, group, made, families)
        sections.append(section)
        earlier |= {question.code: question for question in section.questions}
    whole = file.model_copy(update={"sections": tuple(sections)})
    return Written(_expressions_written_out(whole, families), places)


def _repeated(section: Section, group: range, made: tuple[Copy, ...], families: dict[str, list[str]]) -> Section:
    asked = section.questions
    repeated = asked[group.start : group.stop]
    computed_too = _computed_of(section, {question.code for question in repeated}, whole=len(repeated) == len(asked))
    # below a question that each copy asks, where there is one: what is not asked is not shown
    last = ([question.code for question in repeated if question.ask_if is None] or [repeated[-1].code])[-1]
    questions: list[Question] = []
    computed = [one for one in section.computed if one.code not in computed_too]
    for number, copy in enumerate(made, 1):
        codes = [*(one.code for one in repeated), *computed_too]
        names = {code: f"{code}_{copy.suffix}" for code in codes}
        for old, new in names.items():
            families.setdefault(old, []).append(new)
        questions += [_copied(question, copy, names, number) for question in repeated]
        computed += [
            one.model_copy(
                update={
                    "code": names[one.code],
                    "text": _headed(copy, one.text),
                    "expression": renamed(one.expression, names),
                    "after": names.get(one.after or "", one.after or names[last]),
                }
            )
            for one in section.computed
            if one.code in computed_too
        ]
    every = (*asked[: group.start], *questions, *asked[group.stop :])
    return section.model_copy(update={"questions": every, "computed": tuple(computed)})


def _computed_of(section: Section, repeated: set[str], *, whole: bool) -> list[str]:
    """The computed values that each copy has: of a whole section all, else those that name one of its questions."""
    found = [one.code for one in section.computed] if whole else []
    for one in () if whole else section.computed:
        if any(match.group().partition(".")[0] in repeated | set(found) for match in TOKEN.finditer(one.expression)):
            found.append(one.code)
    return found


def _headed(copy: Copy, text: LocalText) -> LocalText:
    return LocalText({language: f"{copy.label.text(language)}: {words}" for language, words in text.root.items()})


def _copied(question: Question, copy: Copy, names: Mapping[str, str], number: int) -> Question:
    condition = copy.condition
    if question.ask_if is not None:
        condition = f"{condition} and ({renamed(question.ask_if, names)})"
    same = question.same_as
    if same is not None:
        same = same.model_copy(update={"question": f"{same.question or question.code}_{copy.suffix}"})

    def piped(text: LocalText | None) -> LocalText | None:
        if text is None:
            return None
        swap = {old: "{" + new + "}" for old, new in names.items()}
        return LocalText({key: PLACE.sub(lambda m: swap.get(m[1], m[0]), one) for key, one in text.root.items()})

    update = {
        "code": names[question.code],
        "text": _headed(copy, piped(question.text) or question.text),
        "help": piped(question.help),
        "definition": piped(question.definition),
        "ask_if": condition,
        "same_as": same,
    }
    changed = {key: value for key, value in update.items() if value is not None}
    made = question.model_copy(update=changed)
    made._copy, made._copy_number = copy.label, number
    return made


def _expressions_written_out(file: QuestionnaireFile, families: Mapping[str, list[str]]) -> QuestionnaireFile:
    computed = {one.code: one.expression for section in file.sections for one in section.computed}
    columns = list(_columns(file))
    if not computed and not any("*" in text for text in _expressions(file)):
        return file

    def full(text: str) -> str:
        for _ in range(MAX_COMPUTED):
            new = TOKEN.sub(lambda match: _meaning(match.group(), computed, families, columns), text)
            if new == text or len(new) > 20_000:
                return new
            text = new
        return text

    def asked(question: Question) -> Question:
        return question if question.ask_if is None else question.model_copy(update={"ask_if": full(question.ask_if)})

    def valued(one: Computed) -> Computed:
        return one.model_copy(update={"expression": full(one.expression)})

    def held(check: Check) -> Check:
        return check.model_copy(update={"expression": full(check.expression)})

    def whole(section: Section) -> Section:
        questions = tuple(asked(one) for one in section.questions)
        return section.model_copy(
            update={"questions": questions, "computed": tuple(valued(one) for one in section.computed)}
        )

    sections = tuple(whole(section) for section in file.sections)
    return file.model_copy(update={"sections": sections, "checks": tuple(held(one) for one in file.checks)})


def _expressions(file: QuestionnaireFile) -> Iterator[str]:
    for section in file.sections:
        yield from (one.ask_if for one in section.questions if one.ask_if is not None)
        yield from (one.expression for one in section.computed)
    yield from (check.expression for check in file.checks)


def _columns(file: QuestionnaireFile) -> Iterator[str]:
    for section in file.sections:
        for question in section.questions:
            if question.type in QUESTION_TYPES:
                yield from (column.code for column in question_type(question).columns(question))


def _meaning(token: str, computed: Mapping[str, str], families: Mapping[str, list[str]], columns: list[str]) -> str:
    """What one name of an expression stands for."""
    if token[0] in "'\"":
        return token
    if token in computed:
        return f"({computed[token]})"
    if "*" not in token:
        return token
    code, dot, rest = token.partition(".")
    if code.endswith("_*") and code[:-2] in families:
        return ", ".join(f"{one}{dot}{rest}" for one in families[code[:-2]])
    pattern = re.compile(re.escape(token).replace(r"\*", "[a-z0-9_]+"))
    found = [column for column in columns if pattern.fullmatch(column)]
    return ", ".join(found) if found else token
