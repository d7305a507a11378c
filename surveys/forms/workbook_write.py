"""The organisation's questionnaire as a protected workbook: only the cells for answers can be changed."""

import io
from typing import Any

from django.utils.translation import gettext as _
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from portal.spreadsheet import new_workbook, packed_text, put_text
from surveys.forms.workbook_rows import BookRow, book_sections
from surveys.questionnaire.messages import TEXTS, Times
from surveys.selectors.answers import AnswerSheet

FORMAT = "benchmark-answers-1"
FACTS, LISTS = "about", "lists"
# The columns, from A: the name of the field and the mark are hidden.
NAME, LABEL, VALUE, UNIT, ABSENT, PREVIOUS, CHANGE, NOTE, MARK = range(1, 10)
WIDTHS = {LABEL: 58, VALUE: 22, UNIT: 14, ABSENT: 16, PREVIOUS: 18, CHANGE: 16, NOTE: 60}
INK, TEAL, LINE = "1B2A33", "0D5466", "F3F1EA"
OPEN, WRAPPED = Protection(locked=False), Alignment(wrap_text=True, vertical="top")
FIRST_ROW = 4


def write_workbook(sheet: AnswerSheet) -> bytes:
    """The workbook of a sheet, with what is stored now and last round's answers."""
    book = new_workbook()
    facts = book.create_sheet(FACTS)
    for row in (("format", FORMAT), ("sheet", sheet.key), ("round", sheet.round.code), ("language", sheet.language)):
        facts.append(row)
    lists = _Lists(book.create_sheet(LISTS))
    for number, (_code, title, rows) in enumerate(book_sections(sheet), 1):
        page = book.create_sheet(_sheet_name(number, title))
        _write_theme(page, title, rows, lists, sheet.language)
    for hidden in (facts, lists.page):
        hidden.sheet_state = "hidden"
        hidden.protection.sheet = True
    book.active = 2
    book.security.lockStructure = True
    book.properties.creator = ""
    book.properties.title = packed_text(sheet.round.title)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _sheet_name(number: int, title: str) -> str:
    """A name that a spreadsheet allows: at most 31 signs, without []:*?/\\ and quotation marks."""
    return f"{number} " + "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)[:28].strip()


class _Lists:
    """The choices of drop-downs, each in a column of a hidden sheet: they may be longer than a rule can hold."""

    def __init__(self, page: Any) -> None:
        self.page, self.known, self.columns = page, {}, 0

    def rule(self, labels: tuple[str, ...]) -> DataValidation:
        """A drop-down with these labels."""
        if labels not in self.known:
            self.columns += 1
            for row, label in enumerate(labels, 1):
                put_text(self.page.cell(row, self.columns), label)
            letter = self.page.cell(1, self.columns).column_letter
            place = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${len(labels)}"
            rule = DataValidation(type="list", formula1=place, allow_blank=True, showErrorMessage=True)
            rule.error = packed_text(_("Choose one of the list."))
            self.known[labels] = rule
        return self.known[labels]


def _write_theme(page: Any, title: str, rows: list[BookRow], lists: _Lists, language: str) -> None:
    put_text(page.cell(1, LABEL), title)
    page.cell(1, LABEL).font = Font(bold=True, size=16, color=INK)
    put_text(
        page.cell(2, LABEL),
        _("Fill in the white cells and upload the file again; nothing is stored before you confirm."),
    )
    heads = (_("Question"), _("Answer"), _("Unit"), _("No figure"), _("Last round"), _("Difference"), _("Explanation"))
    for column, head in enumerate(heads, LABEL):
        put_text(page.cell(FIRST_ROW - 1, column), head)
        page.cell(FIRST_ROW - 1, column).font = Font(bold=True, color="FFFFFF")
        page.cell(FIRST_ROW - 1, column).fill = PatternFill("solid", fgColor=TEAL)
    rules: dict[int, tuple[DataValidation, list[str]]] = {}
    number = FIRST_ROW
    for row in rows:
        if row.heading:
            put_text(page.cell(number, LABEL), row.heading)
            page.cell(number, LABEL).font = Font(bold=True)
            page.cell(number, LABEL).alignment = WRAPPED
            number += 1
        _write_row(page, number, row, language)
        for column, labels in ((VALUE, tuple(row.options)), (ABSENT, tuple(row.absent))):
            if labels and row.name:
                rule = lists.rule(labels)
                rules.setdefault(id(rule), (rule, []))[1].append(page.cell(number, column).coordinate)
        number += 1
    for rule, cells in rules.values():
        copy = DataValidation(type="list", formula1=rule.formula1, allow_blank=True, showErrorMessage=True)
        copy.error = rule.error
        for place in cells:
            copy.add(place)
        page.add_data_validation(copy)
    _dress(page)


def _write_row(page: Any, number: int, row: BookRow, language: str) -> None:
    put_text(page.cell(number, NAME), row.name)
    put_text(page.cell(number, LABEL), row.label)
    page.cell(number, LABEL).alignment = WRAPPED
    page.cell(number, LABEL).font = Font(bold=not row.heading and bool(row.mark))
    put_text(page.cell(number, UNIT), row.unit)
    put_text(page.cell(number, NOTE), row.note)
    page.cell(number, NOTE).alignment = WRAPPED
    if row.mark:
        put_text(page.cell(number, MARK), f"{row.question}|{row.mark}")
    if row.total:
        letter = page.cell(number, VALUE).column_letter
        page.cell(number, VALUE).value = f"=SUM({letter}{number - row.total}:{letter}{number - 1})"
        page.cell(number, VALUE).font = Font(bold=True)
        return
    answer = page.cell(number, VALUE)
    answer.protection, answer.alignment = OPEN, WRAPPED
    answer.fill = PatternFill("solid", fgColor="FFFFFF")
    answer.number_format = "#,##0.######" if row.is_number else "@"
    _put(answer, row.value)
    _put(page.cell(number, PREVIOUS), row.previous)
    page.cell(number, PREVIOUS).alignment = WRAPPED
    if row.absent:
        said = page.cell(number, ABSENT)
        said.protection = OPEN
        said.fill = PatternFill("solid", fgColor="FFFFFF")
        put_text(said, row.says_absent)
    if row.is_number and isinstance(row.previous, float) and row.previous:
        new, old = answer.coordinate, page.cell(number, PREVIOUS).coordinate
        page.cell(number, CHANGE).value = change_formula(new, old, "" if row.unit == "%" else language)
        page.cell(number, CHANGE).number_format = "+0.0%;-0.0%;0%"
        page.cell(number, CHANGE).alignment = WRAPPED


def change_formula(new: str, old: str, language: str) -> str:
    """The change from one cell to another, in percent, or with a language in times as the page says it (`Times`)."""
    percent = f"({new}-{old})/ABS({old})"
    if not language:
        return f'=IF(ISNUMBER({new}),{percent},"")'
    factor = f"ROUND({new}/{old},9)"
    cut = f"ROUNDDOWN({factor},1-INT(LOG10({factor})))"
    more, exactly = TEXTS["times.more"][language].split("{times}"), TEXTS["times"][language].split("{times}")
    said = f'IF({cut}<{factor},"{more[0]}","{exactly[0]}")&FIXED({cut},0)&"{exactly[1]}"'
    times = f'IF({factor}>{Times.MOST},"{TEXTS["times.most"][language]}",{said})'
    return f'=IF(ISNUMBER({new}),IF(AND({old}>0,{factor}>={Times.LEAST}),{times},{percent}),"")'


def _put(cell: Any, value: str | float | None) -> None:
    if isinstance(value, float):
        cell.value = int(value) if value.is_integer() and abs(value) < 1e15 else value
        cell.number_format = "#,##0.######"
    elif value:
        put_text(cell, value)


def _dress(page: Any) -> None:
    for column, width in WIDTHS.items():
        page.column_dimensions[page.cell(1, column).column_letter].width = width
    for column in (NAME, MARK):
        page.column_dimensions[page.cell(1, column).column_letter].hidden = True
    page.freeze_panes = page.cell(FIRST_ROW, VALUE)
    page.sheet_view.showGridLines = True
    page.protection.sheet = True
    page.protection.formatColumns = False
    page.protection.formatRows = False
