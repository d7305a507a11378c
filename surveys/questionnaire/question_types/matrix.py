"""A table of numbers: the same columns (volume, AHT, satisfaction) asked for every row (channel)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from surveys.questionnaire.answers import (
    ABSENT_WRITTEN,
    NO_ANSWER,
    AnswerError,
    AnswerStatus,
    AnswerValue,
    said_absent,
)
from surveys.questionnaire.columns import ColumnSpec, ColumnValue, without_value
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.messages import Listed, Message, Translated, shown
from surveys.questionnaire.model import MatrixColumn, Part, Question
from surveys.questionnaire.question_types.base import Edit, Holding, QuestionType, Typed, one_text
from surveys.questionnaire.question_types.numeric import DurationType, MoneyType, NumberType, PercentageType

KINDS: Mapping[str, NumberType] = {
    kind.code: kind for kind in (NumberType(), PercentageType(), MoneyType(), DurationType())
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its row and column, and the column as a question of its own, so that cells read as any number does."""

    row: Part
    column: MatrixColumn
    question: Question

    @property
    def code(self) -> str:
        """The cell's part code, `row.column`."""
        return f"{self.row.code}.{self.column.code}"

    @property
    def kind(self) -> NumberType:
        """What reads and writes the cell."""
        return KINDS[self.column.type]

    def text(self, language: str) -> str:
        """Row and column as a message names them."""
        return f"{self.row.label.text(language)}, {self.column.label.text(language)}"


@dataclass(frozen=True, slots=True)
class InCell:
    """A remark about one cell, with the cell in front of it."""

    cell: Cell
    remark: Translated

    def text(self, language: str) -> str:
        return f"{self.cell.text(language)}: {self.remark.text(language)}"


def question_of(column: MatrixColumn) -> Question:
    """The column as a question: what its type fills in, unless the file says otherwise."""
    given = column.model_dump(exclude_none=True, exclude={"label"})
    texts = {"text": column.label.root}
    return Question.model_validate({**KINDS[column.type].defaults, **texts, **given})


class MatrixType(QuestionType):
    """A number per row and column. In a cell `n.v.t.` and `n.b.` (`n/a`, `not available`) are answers, never zero."""

    code = "matrix"
    keys = frozenset({"rows", "columns"})
    needs = frozenset({"rows", "columns"})
    may_be_unavailable = True

    def cells(self, question: Question) -> tuple[Cell, ...]:
        """Every cell, row by row."""
        columns = [(column, question_of(column)) for column in question.columns or ()]
        return tuple(Cell(row, column, inner) for row in question.rows or () for column, inner in columns)

    def holding(self, question: Question) -> Holding:
        return "parts"

    def part_codes(self, question: Question) -> tuple[str, ...]:
        return tuple(f"{row.code}.{column.code}" for row in question.rows or () for column in question.columns or ())

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        for key in ("rows", "columns"):
            seen: set[str] = set()
            for index, item in enumerate(getattr(question, key) or ()):
                if item.code in seen:
                    yield (key, index, "code"), f"the code `{item.code}` exists twice: give each its own"
                seen.add(item.code)
        for index, column in enumerate(question.columns or ()):
            kind = KINDS[column.type]
            for path, message in kind.shape_problems(question_of(column)):
                yield ("columns", index, *path), message
        if question.rows is not None and question.columns is not None and len(self.part_codes(question)) < 2:
            yield ("rows",), "a matrix needs at least 2 cells: add a row or a column, or make it a number"

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        codes = self.part_codes(question)
        if not isinstance(typed, dict):
            if not one_text(typed).strip():
                return NO_ANSWER
            raise AnswerError("parts.expected", {"parts": Listed(codes)})
        for code in typed:
            if code not in codes:
                raise AnswerError("parts.unknown", {"typed": shown(code), "parts": Listed(codes)})
        found: dict[str, float] = {}
        for cell in self.cells(question):
            text = typed.get(cell.code, "")
            if said_absent(text) is None and text.strip():
                try:
                    value = cell.kind.parse(cell.question, text, language)
                except AnswerError as error:
                    raise AnswerError("cell", {"cell": cell, "problem": error.message}, cell.code) from None
                found |= {} if value.number is None else {cell.code: value.number}
        absent = self.absent(question, typed)
        return AnswerValue(AnswerStatus.ANSWERED, parts=found, absent=absent) if found or absent else NO_ANSWER

    def absent(self, question: Question, typed: object) -> Mapping[str, AnswerStatus]:
        if not isinstance(typed, Mapping):
            return {}
        said = {code: said_absent(str(typed.get(code, ""))) for code in self.part_codes(question)}
        return {code: status for code, status in said.items() if status is not None}

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        return {
            cell.code: ABSENT_WRITTEN[answer.absent[cell.code]][language]
            if cell.code in answer.absent
            else str(cell.kind.retyped(cell.question, self._inner(answer, cell.code), language))
            for cell in self.cells(question)
        }

    def _inner(self, answer: AnswerValue, code: str) -> AnswerValue:
        return AnswerValue(AnswerStatus.ANSWERED, number=answer.parts[code]) if code in answer.parts else NO_ANSWER

    def written(self, question: Question, answer: AnswerValue, language: str) -> dict[str, str]:
        """Every cell that says something, as people read it, by part code."""
        return {
            cell.code: ABSENT_WRITTEN[answer.absent[cell.code]][language]
            if cell.code in answer.absent
            else cell.kind.format(cell.question, self._inner(answer, cell.code), language)
            for cell in self.cells(question)
            if cell.code in answer.absent or cell.code in answer.parts
        }

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        written = self.written(question, answer, language)
        return "; ".join(
            f"{cell.text(language)}: {written[cell.code]}" for cell in self.cells(question) if cell.code in written
        )

    def columns(self, question: Question) -> tuple[ColumnSpec, ...]:
        codes = self.part_codes(question)
        return tuple(ColumnSpec(f"{question.code}.{code}", question.code, code, "number") for code in codes)

    def answered_values(self, question: Question, answer: AnswerValue) -> tuple[ColumnValue, ...]:
        return tuple(
            ColumnValue(AnswerStatus.ANSWERED, answer.parts[code])
            if code in answer.parts
            else without_value(answer.absent.get(code, AnswerStatus.NONRESPONSE))
            for code in self.part_codes(question)
        )

    def names(self, question: Question, answer: AnswerValue) -> Mapping[str, Value]:
        return {f"{question.code}.{code}": value for code, value in answer.parts.items()}

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        for cell in self.cells(question):
            if cell.code not in answer.parts:
                continue
            before = None if previous is None else self._inner(previous, cell.code)
            for edit in cell.kind.edits(cell.question, self._inner(answer, cell.code), before):
                message = Message("cell", {"cell": cell, "problem": edit.message})
                yield Edit(f"{edit.rule}.{cell.code}", edit.kind, message)
