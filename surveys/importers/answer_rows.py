"""The rows of an answers file: to which organisation each belongs, what it answers, and what is wrong with it.

Every number of the file ends in exactly one place – imported, unattributed or rejected – so that control totals add up.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from surveys.importers.cells import CellsRead, NumberStyle, UnreadableCell, read_cells
from surveys.importers.columns import ColumnPlan, QuestionCells
from surveys.importers.organisation_rows import ragged_remark
from surveys.importers.report import ColumnTotal, Kind, Remark, named_lines
from surveys.importers.table_file import Row, TableFile
from surveys.questionnaire import (
    Answers,
    AnswerValue,
    Finding,
    QuestionnaireFile,
    check_submission,
    question_type,
)
from surveys.services.imports import ImportedAnswer, ImportedSubmission

LANGUAGE = "en"


@dataclass(frozen=True)
class KnownWorld:
    """What the database says that reading needs: organisations by code, those that are kept back, last round's answers
    (by the codes of this round) and this round's answers to questions that the file does not cover. `dimensions`: of
    organisations, by id.
    """

    organisations: Mapping[str, int]
    kept_back: Mapping[int, str]
    previous: Mapping[int, Answers]
    stored: Mapping[int, Answers]
    dimensions: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


@dataclass
class AnswerRows:
    """What reading an answers file gives."""

    submissions: list[ImportedSubmission] = field(default_factory=list)
    unattributed: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    unattributed_rows: int = 0
    rejected_rows: int = 0
    remarks: list[Remark] = field(default_factory=list)
    totals: dict[str, ColumnTotal] = field(default_factory=dict)


class AnswerReader:
    """Reads the rows of one file against one questionnaire."""

    def __init__(
        self,
        table: TableFile,
        plan: ColumnPlan,
        file: QuestionnaireFile,
        *,
        period: str,
        style: NumberStyle,
        world: KnownWorld,
    ) -> None:
        self.table, self.plan, self.file, self.style, self.world = table, plan, file, style, world
        self.period = period
        self.numeric = plan.numeric
        self.placed = file_dimensions(table, file)
        self.unattributed_keys = set(file.import_mapping.unattributed)
        self.lines: dict[str, list[int]] = defaultdict(list)
        for row in table.rows:
            self.lines[row.cells[plan.organisation]].append(row.line)
        self.result = AnswerRows(totals={column: ColumnTotal() for column in self.numeric})

    def read(self) -> AnswerRows:
        """All rows."""
        self.result.remarks += [ragged_remark(row, self.table) for row in self.table.ragged]
        self.result.rejected_rows += len(self.table.ragged)
        self.result.remarks += [Remark(self.table.header_line, "", "", one, "notice") for one in self.plan.notices]
        for row in self.table.rows:
            if any(row.cells):
                self._read_row(row)
        self.result.remarks += [*self._unattributed_notices(), *self._blank_notices()]
        return self.result

    def _unattributed_notices(self) -> Iterator[Remark]:
        """Where the rows of no organisation stand and what becomes of them."""
        column = self.table.header[self.plan.organisation]
        for key in sorted(self.unattributed_keys & set(self.lines)):
            lines = self.lines[key]
            found = f"{len(lines)} rows" if len(lines) > 1 else "1 row"
            reason = f"{found} ({named_lines(lines)}) of no organisation: added up, for the national figure only."
            yield Remark(lines[0], column, key, reason, "notice", "unattributed")

    def _blank_notices(self) -> Iterator[Remark]:
        """Where cells of organisations are empty, in columns that most fill in (the totals count all blanks)."""
        rows = [row for row in self.table.rows if row.cells[self.plan.organisation] not in self.unattributed_keys]
        for column, place in self.numeric.items():
            lines = [row.line for row in rows if not row.cells[place] and any(row.cells)]
            if lines and 2 * len(lines) < len(rows):
                found = f"{len(lines)} cells are" if len(lines) > 1 else "1 cell is"
                reason = f"{found} empty ({named_lines(lines)}): no answer, which is not zero."
                yield Remark(lines[0], column, "", reason, "notice", "blank")

    def _read_row(self, row: Row) -> None:
        read, wrong = self._read_all_cells(row)
        key = row.cells[self.plan.organisation]
        refused = self._refused_row(row, key)
        if refused is not None:
            self.result.remarks.append(refused)
            self.result.rejected_rows += 1
            self._count(read, set(), "rejected")
            return
        self.result.remarks += wrong
        if key in self.unattributed_keys:
            self._add_unattributed(row, read)
        else:
            self.result.remarks += self._moved(row, self.world.organisations[key])
            self._add_submission(row, self.world.organisations[key], read)

    def _moved(self, row: Row, organisation: int) -> Iterator[Remark]:
        """Where the answers put the organisation in another category than the portal does."""
        known = self.world.dimensions.get(organisation, {})
        for code, place in self.placed.items():
            said, column = known.get(code, ""), self.table.header[place]
            if row.cells[place] and row.cells[place] != said:
                reason = f"the portal has “{said}” as {code} of this organisation, and its peer groups go by that."
                yield Remark(row.line, column, row.cells[place], reason, "flagged", f"dimension:{code}")

    def _read_all_cells(self, row: Row) -> tuple[dict[str, CellsRead], list[Remark]]:
        """What each question's cells say, and a remark for each that cannot be read."""
        read, wrong = {}, []
        for cells in self.plan.questions:
            try:
                read[cells.question.code] = read_cells(cells, row.cells, self.style)
            except UnreadableCell as error:
                place = dict(cells.places).get(error.part, cells.places[0][1])
                wrong.append(
                    Remark(row.line, self.table.header[place], row.cells[place], str(error), code="unreadable")
                )
                self._count_beside(cells, row)
        for column, place in self.numeric.items():
            self.result.totals[column].blanks += not row.cells[place]
        for one in read.values():
            for place, number in one.numbers.items():
                self.result.totals[self.table.header[place]].file.append(number)
        return read, wrong

    def _count_beside(self, cells: QuestionCells, row: Row) -> None:
        """Numbers in cells whose question cannot be read as a whole are in the file too: they are rejected."""
        for part, place in cells.places:
            total = self.result.totals.get(self.table.header[place])
            if total is None or not row.cells[place]:
                continue
            try:
                alone = QuestionCells(cells.question, None, {part: place}) if part else cells
                numbers = read_cells(alone, row.cells, self.style).numbers.values()
            except UnreadableCell:
                total.unreadable += 1
            else:
                total.file += numbers
                total.rejected += numbers

    def _refused_row(self, row: Row, key: str) -> Remark | None:
        """Why a whole row cannot be imported, or None."""
        header, plan = self.table.header, self.plan
        column = header[plan.organisation]
        if plan.period is not None and row.cells[plan.period] != self.period:
            reason = f"the round is about {self.period}; the row is not imported."
            return Remark(row.line, header[plan.period], row.cells[plan.period], reason, code="period")
        if not key:
            return Remark(row.line, column, key, "the code of the organisation is empty.", code="organisation")
        if key in self.unattributed_keys:
            return None
        others = [str(line) for line in self.lines[key] if line != row.line]
        if others:
            reason = f"this organisation also stands on line {', '.join(others)}; none of these rows is imported."
            return Remark(row.line, column, key, reason, code="duplicate")
        if key not in self.world.organisations:
            reason = "no organisation has this code; add it with --organisations."
            return Remark(row.line, column, key, reason, code="unknown_organisation")
        kept = self.world.kept_back.get(self.world.organisations[key])
        return Remark(row.line, column, key, f"{kept}.", code="kept_back") if kept else None

    def _add_submission(self, row: Row, organisation: int, read: dict[str, CellsRead]) -> None:
        values = {code: cells.value for code, cells in read.items()}
        previous = self.world.previous.get(organisation)
        dropped: set[str] = set()
        while True:
            known = {**self.world.stored.get(organisation, {}), **values}
            findings = check_submission(self.file, known, previous, LANGUAGE)
            hard = [one for one in findings if one.kind == "hard" and not one.code.startswith("required:")]
            newly = {code for one in hard for code in one.questions if code in values and values[code].given}
            if not newly:
                break
            self.result.remarks += [self._finding_remark(row, one, "rejected") for one in hard]
            dropped |= newly
            values = {code: value for code, value in values.items() if code not in newly}
        self.result.remarks += [self._finding_remark(row, one, "flagged") for one in findings]
        self._count(read, dropped, "imported")
        self._keep(row, organisation, read, values)

    def _keep(self, row: Row, organisation: int, read: dict[str, CellsRead], values: Mapping[str, AnswerValue]) -> None:
        """Add the organisation's answers; a row without any answer is unit nonresponse, not a submission."""
        answers = tuple(ImportedAnswer(code, read[code].typed, value) for code, value in values.items() if value.given)
        if answers:
            self.result.submissions.append(ImportedSubmission(organisation, answers))
            return
        column = self.table.header[self.plan.organisation]
        reason = "no cell of this row holds an answer; the row is not imported."
        self.result.remarks.append(Remark(row.line, column, row.cells[self.plan.organisation], reason, code="empty"))
        self.result.rejected_rows += 1

    def _add_unattributed(self, row: Row, read: dict[str, CellsRead]) -> None:
        """Sum the numbers of a row that belongs to no organisation; impossible numbers are rejected here too."""
        dropped = set()
        for cells in self.plan.questions:
            code = cells.question.code
            if code not in read or not read[code].value.answered:
                continue
            edits = question_type(cells.question).edits(cells.question, read[code].value, None)
            hard = [edit for edit in edits if edit.kind == "hard"]
            for edit in hard:
                column, value = self._cells_text(row, (code,))
                reason = edit.message.text(LANGUAGE)
                self.result.remarks.append(Remark(row.line, column, value, reason, code=f"{edit.rule}:{code}"))
            if hard:
                dropped.add(code)
                continue
            for place, number in read[code].numbers.items():
                self.result.unattributed[self.table.header[place]].append(number)
        self.result.unattributed_rows += 1
        self._count(read, dropped, "unattributed")

    def _count(self, read: dict[str, CellsRead], dropped: set[str], kind: str) -> None:
        """Put each number of a row under what became of it."""
        for code, cells in read.items():
            for place, number in cells.numbers.items():
                total = self.result.totals[self.table.header[place]]
                getattr(total, "rejected" if code in dropped else kind).append(number)

    def _finding_remark(self, row: Row, finding: Finding, kind: Kind) -> Remark:
        column, value = self._cells_text(row, finding.questions)
        text = finding.message
        if finding.code.startswith("required:"):
            text = "this question is required and the cell has no answer; it counts as not answered."
        return Remark(row.line, column, value, text, kind, finding.code)

    def _cells_text(self, row: Row, questions: tuple[str, ...]) -> tuple[str, str]:
        """The names and the texts of the cells of some questions."""
        by_code: dict[str, QuestionCells] = {cells.question.code: cells for cells in self.plan.questions}
        places = [place for code in questions if code in by_code for _part, place in by_code[code].places]
        return ", ".join(self.table.header[place] for place in places), ", ".join(row.cells[place] for place in places)


def file_dimensions(table: TableFile, file: QuestionnaireFile) -> dict[str, int]:
    """Open peer dimensions that the answers repeat, with their places: read only to see whether they agree."""
    columns = {one.code: file.import_mapping.dimensions.get(one.code, one.code) for one in file.dimensions if one.open}
    return {code: table.header.index(column) for code, column in columns.items() if column in table.header}
