"""A workbook (`.xlsx`) from outside as plain cells, or a clear sentence why it is not read.

What comes in may be anything: a renamed program, a zip bomb, a million rows, macros. So the file is judged by its
first bytes and by the list of its parts before anything is unpacked, and what is unpacked is bounded. openpyxl reads
with defusedxml: no entities, nothing from other files.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from portal.errors import InvalidInput
from portal.spreadsheet import plain_text

MAX_BYTES = 5_000_000
MAX_PARTS = 200
MAX_UNPACKED = 8_000_000
MAX_ELEMENTS = 150_000
MAX_ROWS = 5_000
MAX_COLUMNS = 20
FIRST_BYTES = {
    b"MZ": "program",
    b"\x7fELF": "program",
    b"\xd0\xcf\x11\xe0": "old",
    b"%PDF": "other",
    b"\x89PNG": "other",
}


class Cell(NamedTuple):
    """One cell: a text, a number, or nothing. `percent`: the number is shown as a percentage, so 0.12 reads 12 %.

    A time reads as the cell shows it: 4:30 under h:mm, [h]:mm and mm:ss alike. `unsure`: it could be read otherwise:
    it holds more than it shows, or shows 4:30:00, which some programs make of 4:30.
    `uncounted`: a formula of which the file does not say what it comes to.
    """

    value: str | float | None
    percent: bool = False
    unsure: bool = False
    uncounted: bool = False


Sheets = dict[str, list[list[Cell]]]


def refusal(data: bytes) -> str:
    """Why these bytes are no workbook that we read, or an empty text."""
    if len(data) > MAX_BYTES:
        return _("The file is too large: at most %(n)s MB is read.") % {"n": MAX_BYTES // 1_000_000}
    kind = next((kind for first, kind in FIRST_BYTES.items() if data.startswith(first)), "")
    if kind == "program":
        return _("This is a program, not a workbook. Nothing was read.")
    if kind == "old":
        return _("This workbook is in an old format or has a password. Save it as .xlsx without a password.")
    if not data.startswith(b"PK\x03\x04"):
        return _("This is not a workbook. Upload the .xlsx file that you downloaded here.")
    return _refusal_of_parts(data)


def _refusal_of_parts(data: bytes) -> str:
    not_readable = _("This workbook is damaged: open it in your spreadsheet program and save it again as .xlsx.")
    too_much = _("This workbook holds far more than the questionnaire: at most %(rows)s rows are read.") % {
        "rows": MAX_ROWS
    }
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = packed.infolist()
            names = [part.filename for part in parts]
            if len(names) > MAX_PARTS or len(set(names)) < len(names):
                return not_readable
            if sum(part.file_size for part in parts) > MAX_UNPACKED:
                return too_much
            if any(part.flag_bits & 1 for part in parts):
                return _("This workbook is in an old format or has a password. Save it as .xlsx without a password.")
            if any("vbaproject" in name.lower() or "macrosheets" in name.lower() for name in names):
                return _("This workbook holds macros. Save it as .xlsx, without macros.")
            if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
                return _("This is not a workbook. Upload the .xlsx file that you downloaded here.")
            if b"macroEnabled" in packed.read("[Content_Types].xml"):
                return _("This workbook holds macros. Save it as .xlsx, without macros.")
            if sum(packed.read(name).count(b"<") for name in names) > MAX_ELEMENTS:  # what reading takes its time for
                return too_much
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError):
        return not_readable
    return ""


def read_workbook(data: bytes, *, columns: int = MAX_COLUMNS) -> Sheets:
    """The cells of each sheet by its name. Raises InvalidInput with a sentence for people."""
    why = refusal(data)
    if why:
        raise InvalidInput(why)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            sheets = {sheet.title: list(_rows(sheet, columns)) for sheet in book.worksheets}
        finally:
            book.close()
        _mark_uncounted(sheets, data, columns)
        return sheets
    except InvalidInput:
        raise
    except (
        DefusedXmlException,
        InvalidFileException,
        ParseError,
        zipfile.BadZipFile,
        zlib.error,
        ArithmeticError,
        AttributeError,
        EOFError,
        LookupError,
        OSError,
        TypeError,
        ValueError,
    ):
        # openpyxl raises whatever it stumbles over in a file that breaks the format
        message = _("This workbook is damaged: open it in your spreadsheet program and save it again as .xlsx.")
        raise InvalidInput(message) from None


def _rows(sheet: Any, columns: int) -> Iterator[list[Cell]]:
    for number, row in enumerate(sheet.iter_rows(max_col=columns), 1):
        if number > MAX_ROWS:
            raise InvalidInput(
                _("This workbook holds far more than the questionnaire: at most %(rows)s rows are read.")
                % {"rows": MAX_ROWS}
            )
        yield [_cell(one) for one in row]


def _mark_uncounted(sheets: Sheets, data: bytes, columns: int) -> None:
    """Tell a formula without a result, which a program writes that does not count, from an empty cell."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if not any(b"<f" in packed.read(one) for one in packed.namelist() if "worksheets/" in one):
            return
    book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            for cells, row in zip(sheets[sheet.title], sheet.iter_rows(max_col=columns), strict=False):
                for at, cell in enumerate(row[: len(cells)]):
                    if cell.data_type == "f" and cells[at].value is None:
                        cells[at] = Cell(None, uncounted=True)
    finally:
        book.close()


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None or isinstance(value, str):
        return Cell(plain_text(value) if value else None)
    if isinstance(value, bool):
        return Cell("1" if value else "0")
    if isinstance(value, int | float):
        return Cell(float(value), "%" in (cell.number_format or ""))
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return Cell(value.strftime("%d-%m-%Y"))
    if isinstance(value, time):  # 4:30, typed as minutes and seconds, which a spreadsheet takes for a time of day
        value = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    if isinstance(value, timedelta):
        return _time(value, cell.number_format or "")
    return Cell(str(value))


def _time(value: timedelta, number_format: str) -> Cell:
    """A time as its cell shows it; parts of a second that only the binary arithmetic makes do not count."""
    shape = re.sub(r'"[^"]*"|\\.|\[\$[^]]*\]', "", number_format).casefold()
    exact = value.total_seconds()
    seconds = round(exact)
    odd = abs(exact - seconds) > 1e-3
    if "s" in shape and "h" not in shape:
        return Cell(f"{seconds // 60}:{seconds % 60:02}", unsure=odd)
    shown = f"{seconds // 3600}:{seconds // 60 % 60:02}"
    if "s" in shape:
        return Cell(f"{shown}:{seconds % 60:02}", unsure=odd or (seconds >= 3600 and not seconds % 60))
    return Cell(shown, unsure=odd or bool(seconds % 60))


def number_text(number: float, language: str) -> str:
    """A number of a cell as somebody would type it on a page in `language`, without grouping."""
    plain = f"{Decimal(repr(number)):f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return plain.replace(".", ",") if language == "nl" else plain
