"""A CSV file as rows with their line numbers, or a clear sentence why it cannot be read.

Files come from spreadsheets and databases of others: with or without byte order mark, with comma, semicolon or tab.
Nothing is guessed that could turn into a silently wrong figure: another encoding than UTF-8 is refused, and a row with
too few or too many cells is set aside with its line.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.errors import InvalidInput

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab"}
MAX_CELL = 20_000


class UnreadableFile(InvalidInput):
    """The file as a whole cannot be used; the text and its problems say where and what to do."""


@dataclass(frozen=True)
class Row:
    """One record: the line it starts on and its cells without surrounding spaces."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class TableFile:
    """Header and rows of a file. `ragged`: rows whose number of cells differs from the header's."""

    name: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int
    rows: tuple[Row, ...]
    ragged: tuple[Row, ...] = field(default=())


def decode(data: bytes, name: str) -> str:
    """The text of UTF-8 bytes. Raises UnreadableFile with the byte position otherwise."""
    for mark, encoding in ((b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")):
        if data.startswith(mark):
            raise UnreadableFile(f"{name} is {encoding}. Save it as “CSV UTF-8”.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        guess = data[error.start : error.start + 1].decode("cp1252", "replace")
        raise UnreadableFile(
            f"{name} is not UTF-8: byte 0x{data[error.start]:02X} at position {error.start} (line {line})."
            f" It looks like Windows-1252 (cp1252), where that byte is “{guess}”. Save the file as “CSV UTF-8”."
        ) from None
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise UnreadableFile(f"{name} holds a zero byte on line {line}: it is not a text file. Save it as “CSV UTF-8”.")
    return text


def read_table(data: bytes, name: str, key: str) -> TableFile:
    """Read a file; `key` is the column that it must have, which also tells the delimiter. Raises UnreadableFile."""
    text = decode(data, name)
    if not text.strip():
        raise UnreadableFile(f"{name} is empty: it needs a line with column names and a row per organisation.")
    delimiter = find_delimiter(text, key)
    records = _records(text, delimiter, name)
    header_line, header = next(records)
    rows, ragged = [], []
    for line, cells in records:
        row = Row(line, tuple(cell.strip() for cell in cells))
        if len(cells) == len(header):
            rows.append(row)
        elif any(row.cells):
            ragged.append(row)
    if not rows and not ragged:
        raise UnreadableFile(f"{name} has column names (line {header_line}) but no rows. Is it the whole file?")
    names = tuple(cell.strip() for cell in header)
    return TableFile(name, delimiter, names, header_line, tuple(rows), tuple(ragged))


def find_delimiter(text: str, key: str) -> str:
    """The sign that separates the cells of the first line: the one that yields `key`, else the one that occurs most."""
    first = next(line for line in text.splitlines() if line.strip())
    for delimiter in DELIMITERS:
        cells = next(csv.reader([first], delimiter=delimiter), [])
        if len(cells) > 1 and key in [cell.strip() for cell in cells]:
            return delimiter
    return max(DELIMITERS, key=first.count)


def _records(text: str, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not an empty line, with the line it starts on."""
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UnreadableFile(
                f"{name} cannot be read from line {line}: {_explained(str(error))} Nothing was imported."
            ) from None
        if cells:
            yield line, cells


def _explained(error: str) -> str:
    if "field larger" in error:
        return f"a cell has more than {MAX_CELL:,} characters; a quotation mark may be missing."
    if "unexpected end" in error:
        return "a quotation mark is opened and never closed."
    if "expected after" in error:
        return "there is text after a closing quotation mark; double the quotation marks inside a cell."
    return f"{error}."
