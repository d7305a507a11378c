"""One cell, or the cells of one question, as an answer.

An empty cell is item nonresponse; `n/a` and `n.v.t.` say not applicable, `n.b.` says not available. Numbers follow the
file: with comma or tab between cells 12.5 has a decimal point; with semicolons, which Dutch spreadsheets write, both
12,5 and 12.5 are read. What could be two different numbers (1.234 in a file with semicolons) is refused, not guessed,
unless the caller says how the file writes numbers.
"""

from dataclasses import dataclass, field

from surveys.importers.columns import QuestionCells
from surveys.questionnaire import (
    NO_ANSWER,
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    AnswerError,
    AnswerStatus,
    AnswerValue,
    Question,
    Typed,
    parse_answer,
    question_type,
)

WORDS = {
    "n/a": AnswerStatus.NOT_APPLICABLE,
    "n.v.t.": AnswerStatus.NOT_APPLICABLE,
    "nvt": AnswerStatus.NOT_APPLICABLE,
    "n.b.": AnswerStatus.NOT_AVAILABLE,
}
WITHOUT_VALUE = {AnswerStatus.NOT_APPLICABLE: NOT_APPLICABLE, AnswerStatus.NOT_AVAILABLE: NOT_AVAILABLE}
PLAIN_NUMBERS = {"number", "percentage", "money", "duration"}
YES = {"1", "x", "ja", "yes", "true", "waar"}
NO = {"0", "", "nee", "no", "false", "onwaar"}


class UnreadableCell(ValueError):
    """What a cell says cannot be an answer; `part` is the part of the question that it stands for."""

    def __init__(self, reason: str, part: str = "") -> None:
        super().__init__(reason)
        self.part = part


@dataclass(frozen=True)
class NumberStyle:
    """How a file writes numbers: `language` decides, and `strict` refuses what the other language reads otherwise."""

    language: str
    strict: bool

    @classmethod
    def of(cls, delimiter: str, stated: str | None) -> "NumberStyle":
        """From what the caller stated, else from the sign between the cells."""
        if stated:
            return cls(stated, False)
        return cls("nl" if delimiter == ";" else "en", True)


@dataclass
class CellsRead:
    """What the cells of one question say: the answer, as it is to be stored, and the number per place."""

    typed: Typed = ""
    value: AnswerValue = NO_ANSWER
    numbers: dict[int, float] = field(default_factory=dict)


def read_cells(cells: QuestionCells, row: tuple[str, ...], style: NumberStyle) -> CellsRead:
    """The answer in the cells of one question. Raises UnreadableCell."""
    texts = {part: row[place] for part, place in cells.places}
    said = {WORDS.get(text.casefold()) for text in texts.values() if text}
    if not said:
        return CellsRead()
    if cells.question.type == "matrix":  # each cell says for itself whether there is a figure
        value = _parse(cells.question, {part: texts.get(part, "") for part in cells.parts}, style)
        return CellsRead(texts, value, {cells.parts[part]: number for part, number in value.parts.items()})
    if said != {None}:
        return CellsRead("", _without_value(said))
    if "" in texts:
        return _read_whole(cells, texts[""], style)
    if cells.question.type == "percentage_set":
        value = _parse(cells.question, texts, style)
        return CellsRead(texts, value, {cells.parts[part]: number for part, number in value.parts.items()})
    return _read_flags(cells, texts)


def _without_value(said: set[AnswerStatus | None]) -> AnswerValue:
    if len(said) > 1:
        raise UnreadableCell("some parts have a value and others say that there is none; fill in all, or none.")
    return WITHOUT_VALUE.get(said.pop() or AnswerStatus.NONRESPONSE, NO_ANSWER)


def _read_whole(cells: QuestionCells, text: str, style: NumberStyle) -> CellsRead:
    value = _parse(cells.question, text, style)
    typed: Typed = list(value.choices) if value.choices else text
    place = cells.whole if cells.whole is not None else 0
    return CellsRead(typed, value, {place: value.number} if value.number is not None else {})


def _read_flags(cells: QuestionCells, texts: dict[str, str]) -> CellsRead:
    """A multiple choice with a column per option."""
    for part, text in texts.items():
        if text.casefold() not in YES | NO:
            raise UnreadableCell("write 1 when this option is chosen, and 0 or nothing when it is not.", part)
    chosen = [part for part, text in texts.items() if text.casefold() in YES]
    return CellsRead(chosen, parse_answer(cells.question, chosen, "en"))


def is_whole(text: str) -> bool:
    """Whether this is a whole number in digits, perhaps with the `.0` that databases add: most cells of most files.

    Every numeric type reads these alike in both languages (a test holds this against `parse_answer`), and skipping the
    full grammar halves the time of an import.
    """
    digits = text.removesuffix(".0")
    return len(digits) <= 12 and digits.isascii() and digits.isdigit()


def _parse(question: Question, typed: Typed, style: NumberStyle) -> AnswerValue:
    if isinstance(typed, str) and question.type in PLAIN_NUMBERS and is_whole(typed):
        return AnswerValue(AnswerStatus.ANSWERED, number=float(typed))
    try:
        value = parse_answer(question, typed, style.language)
    except AnswerError as error:
        raise UnreadableCell(error.text("en"), error.part or "") from None
    if style.strict:
        _refuse_ambiguous(question, typed, value, style)
    return value


def _refuse_ambiguous(question: Question, typed: Typed, value: AnswerValue, style: NumberStyle) -> None:
    """Refuse a number that the other language reads as another number."""
    texts = typed.values() if isinstance(typed, dict) else [typed] if isinstance(typed, str) else []
    marks = ",." if style.language == "nl" else ","
    if not any(mark in text for text in texts for mark in marks):
        return
    if question_type(question).columns(question)[0].kind != "number":
        return
    try:
        other = parse_answer(question, typed, "en" if style.language == "nl" else "nl")
    except AnswerError:
        return
    if other != value:
        raise UnreadableCell(
            "this can be read as two different numbers; write it without a sign for thousands,"
            " or state --numbers nl (1.234,5) or --numbers en (1,234.5)."
        )
