"""Files for spreadsheets in which text stays text."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from openpyxl import Workbook

# A cell that begins with one of these, after blanks that a spreadsheet skips, is taken for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}",
           "\N{FULLWIDTH HYPHEN-MINUS}", "\N{FULLWIDTH COMMERCIAL AT}")  # fmt: skip


def text_cell(value: Any) -> str:
    """A value as a cell that is shown and never calculated: an apostrophe goes before what could begin a formula."""
    text = "" if value is None else str(value).replace("\0", "")
    return f"'{text}" if text.lstrip(" \N{NO-BREAK SPACE}").startswith(FORMULA) or text.startswith("'") else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterable[bytes]:
    """UTF-8 CSV, line by line, with a mark by which spreadsheets know it is UTF-8; every cell is text."""
    yield "\N{ZERO WIDTH NO-BREAK SPACE}".encode() + _line(header)
    for row in rows:
        yield _line([text_cell(value) for value in row])


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[Any]], *, figures: Collection[str] = ()) -> bytes:
    """A whole CSV without a mark, for programs as well (RFC 4180); the same rows give the same bytes.

    Columns named in `figures` hold what we made from numbers: there a minus sign stays a minus sign.
    """
    is_text = [name not in figures for name in header]
    made = ([text_cell(one) if text else one for one, text in zip(row, is_text, strict=True)] for row in rows)
    return b"".join(map(_line, (header, *made)))


def _line(cells: Sequence[Any]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def new_workbook() -> Workbook:
    """An empty workbook without a sheet; what people typed goes into it through `put_text` alone."""
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


def put_text(cell: Any, text: str) -> None:
    """A text in a workbook's cell that stays a text: `=1+1` in it is no formula, now or after editing."""
    cell.value = packed_text(text)
    cell.data_type = "s"
    cell.quotePrefix = text[:1] in ("=", "+", "-", "@")


def packed_text(text: str) -> str:
    """A text as a workbook holds it: signs that XML cannot hold are written as `_x0007_`."""
    text = PACKED.sub(lambda found: f"_x005F{found.group(0)}", text)
    return "".join(f"_x{ord(sign):04X}_" if ord(sign) in CONTROLS else sign for sign in text)


def plain_text(text: str) -> str:
    """A text as it was before `packed_text`."""
    return PACKED.sub(_unpacked, text).replace("\r\n", "\n") if text else text


def _unpacked(found: re.Match[str]) -> str:
    code = int(found.group(1), 16)
    return chr(code) if code in CONTROLS or code == UNDERSCORE else found.group(0)


CONTROLS = frozenset([*range(9), 11, 12, 13, *range(14, 32), 0xFFFE, 0xFFFF])
UNDERSCORE = 0x5F
PACKED = re.compile(r"_x([0-9A-Fa-f]{4})_")
