"""XLSForm files: three sheets of a workbook, out and in."""

import io

from django.utils.translation import gettext as _

from portal.errors import InvalidInput
from portal.spreadsheet import new_workbook, put_text
from surveys.questionnaire import QuestionnaireFile
from surveys.questionnaire.writing import write_yaml
from surveys.questionnaire.xlsform_in import from_xlsform
from surveys.questionnaire.xlsform_out import CHOICES, SETTINGS, SURVEY, to_xlsform
from surveys.workbook_file import Cell, read_workbook

MAX_COLUMNS = 60


def write_xlsform(file: QuestionnaireFile) -> bytes:
    """The workbook; a fourth sheet lists what XLSForm has no counterpart for."""
    form = to_xlsform(file)
    book = new_workbook()
    for name, columns, rows in (
        ("survey", SURVEY, form.survey),
        ("choices", CHOICES, form.choices),
        ("settings", SETTINGS, form.settings),
    ):
        sheet = book.create_sheet(name)
        for at, column in enumerate(columns, 1):
            put_text(sheet.cell(1, at), column)
        for number, row in enumerate(rows, 2):
            for at, column in enumerate(columns, 1):
                if row.get(column):
                    put_text(sheet.cell(number, at), row[column])
    sheet = book.create_sheet("not in this form")
    for number, sentence in enumerate(form.left_out, 1):
        put_text(sheet.cell(number, 1), sentence)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def read_xlsform(data: bytes) -> tuple[str, list[str]]:
    """(text of our own format, what did not come along). Raises InvalidInput for what is no XLSForm."""
    sheets = read_workbook(data, columns=MAX_COLUMNS)
    if "survey" not in sheets:
        raise InvalidInput(_("This is no XLSForm: it has no sheet “survey”."))
    rows = {name: _rows(sheets.get(name, [])) for name in ("survey", "choices", "settings")}
    read = from_xlsform(rows["survey"], rows["choices"], rows["settings"])
    if not read.data["sections"]:
        raise InvalidInput(_("This XLSForm has no question that the portal knows."), read.left_out[:20])
    return write_yaml(read.data), read.left_out


def _rows(cells: list[list[Cell]]) -> list[dict[str, str]]:
    """Rows by the name of their column."""
    header = [_text(cell).strip() for cell in cells[0]] if cells else []
    return [
        {name: text for name, cell in zip(header, row, strict=False) if name and (text := _text(cell).strip())}
        for row in cells[1:]
    ]


def _text(cell: Cell) -> str:
    if isinstance(cell.value, float):
        return str(int(cell.value)) if cell.value.is_integer() else repr(cell.value)
    return cell.value or ""
