"""Which column of a file is what: the organisation, the period, a question, or known and not imported."""

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from surveys.importers.table_file import TableFile, UnreadableFile
from surveys.questionnaire import Question, QuestionnaireFile, question_type


@dataclass
class QuestionCells:
    """Where the cells of one question stand: one whole cell, or a cell per part or option."""

    question: Question
    whole: int | None = None
    parts: dict[str, int] = field(default_factory=dict)

    @property
    def places(self) -> tuple[tuple[str, int], ...]:
        """(part or empty, index of the cell), in the order of the questionnaire."""
        return (("", self.whole),) if self.whole is not None else tuple(self.parts.items())


@dataclass(frozen=True)
class ColumnPlan:
    """How the columns of one answers file are read."""

    header: tuple[str, ...]
    organisation: int
    period: int | None
    questions: tuple[QuestionCells, ...]
    notices: tuple[str, ...] = ()

    @property
    def numeric(self) -> dict[str, int]:
        """Columns that hold numbers, by name: those that control totals are made of."""
        return {
            self.header[place]: place
            for cells in self.questions
            if question_type(cells.question).columns(cells.question)[0].kind == "number"
            for _part, place in cells.places
        }


def nearest(wanted: str, known: Iterable[str]) -> str:
    """A hint with the known name that looks most like `wanted`, or nothing."""
    by_folded = {name.casefold(): name for name in known}
    close = difflib.get_close_matches(wanted.strip().casefold(), by_folded, n=1, cutoff=0.6)
    return f" Did you mean “{by_folded[close[0]]}”?" if close else ""


def repeated_names(table: TableFile) -> list[str]:
    """A problem for each column name that stands more than once in the header, or is empty."""
    problems = [
        f"line {table.header_line}, column “{name}”: this name stands {count} times in the header; keep one."
        for name, count in Counter(name for name in table.header if name).items()
        if count > 1
    ]
    problems += [
        f"line {table.header_line}, column {index + 1}: this column has no name but cells with values; name it."
        for index, name in enumerate(table.header)
        if not name and any(row.cells[index] for row in table.rows)
    ]
    return problems


def missing_column(table: TableFile, wanted: str, purpose: str) -> str:
    """The problem of a column that must be there."""
    return (
        f"line {table.header_line}: the column “{wanted}” ({purpose}) is missing."
        f"{nearest(wanted, table.header)} The file is read with {table.delimiter!r} between cells."
    )


def plan_columns(table: TableFile, file: QuestionnaireFile, ignored: Sequence[str] = ()) -> ColumnPlan:
    """Match the header with the questionnaire. Raises UnreadableFile with every problem of the header."""
    mapping = file.import_mapping
    places = {name: table.header.index(name) for name in table.header if name}
    problems = repeated_names(table)
    if mapping.organisation not in places:
        problems.append(missing_column(table, mapping.organisation, "the code of the organisation"))
    if mapping.period and mapping.period not in places:
        problems.append(missing_column(table, mapping.period, "the reference period"))
    found = {question.code: QuestionCells(question) for question in file.questions}
    known = {mapping.organisation, mapping.name, mapping.period, mapping.group, *mapping.ignore, *ignored}
    for name, index in places.items():
        problem = _place_column(name, index, found, file)
        if problem and name not in known:
            hint = nearest(name, _importable(file))
            problems.append(f"line {table.header_line}, column “{name}”: {problem}{hint}")
    if problems:
        raise UnreadableFile(f"The columns of {table.name} do not fit {file.questionnaire} {file.version}.", problems)
    used = tuple(cells for cells in found.values() if cells.places)
    notices = tuple(
        f"no column for the question “{code}”: its answers stay as they are"
        for code, cells in found.items()
        if not cells.places
    )
    period = places[mapping.period] if mapping.period else None
    return ColumnPlan(table.header, places[mapping.organisation], period, used, notices)


def _importable(file: QuestionnaireFile) -> list[str]:
    return [column.code for column in file.columns()] + [question.code for question in file.questions]


def _place_column(name: str, index: int, found: dict[str, QuestionCells], file: QuestionnaireFile) -> str:
    """Give the column to its question; returns what is wrong, or nothing."""
    code, _dot, part = name.partition(".")
    if code not in found:
        return "no question has this code; correct it, or pass --ignore-column to leave it out."
    cells = found[code]
    parts = [column.part for column in question_type(cells.question).columns(cells.question)]
    if part:
        if part not in parts:
            return f"the question “{code}” has no part “{part}”."
        if cells.whole is not None:
            return f"the question “{code}” has a column of its own as well; keep one of the two forms."
        cells.parts[part] = index
        return ""
    if question_type(cells.question).holding(cells.question) == "parts":
        return "this question needs a column for each part: " + ", ".join(f"{code}.{one}" for one in parts) + "."
    if cells.parts:
        return f"the question “{code}” has columns for its parts as well; keep one of the two forms."
    cells.whole = index
    return ""
