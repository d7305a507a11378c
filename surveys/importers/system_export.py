"""The export of a telephony, planning or customer system as columns with their sums, means and last values."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import InvalidInput
from surveys.importers.table_file import UnreadableFile, read_table
from surveys.questionnaire import NumberError, parse_number

MAX_BYTES = 5_000_000
MAX_LINES = 50_000
MAX_COLUMNS = 60
WAYS = ("sum", "mean", "largest", "last")


@dataclass(frozen=True)
class SystemColumn:
    """One column that holds numbers: its name, what it comes to in each way, and how many cells could not be read."""

    name: str
    amounts: dict[str, float]
    numbers: int
    unread: int


def read_export(data: bytes, name: str) -> list[SystemColumn]:
    """The columns with numbers. Raises InvalidInput with a sentence for people."""
    if len(data) > MAX_BYTES:
        raise InvalidInput(_("The file is too large: at most %(n)s MB is read.") % {"n": MAX_BYTES // 1_000_000})
    if data[:2] in (b"MZ", b"PK") or data.startswith((b"\x7fELF", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise InvalidInput(_("This is not a CSV file. Export the figures as CSV and upload that."))
    if data.count(b"\n") > MAX_LINES:
        raise InvalidInput(
            _("The file has more than %(n)s lines. Export totals per day or per month.") % {"n": MAX_LINES}
        )
    try:
        table = read_table(data, name, "")
    except UnreadableFile as error:
        if not data.isascii() and b"\x00" not in data:
            raise InvalidInput(_("The file is not written in UTF-8. Save it as “CSV UTF-8” and try again.")) from None
        raise InvalidInput(_("The file cannot be read as CSV."), [str(error)]) from None
    if len(table.header) > MAX_COLUMNS:
        raise InvalidInput(_("The file has more than %(n)s columns.") % {"n": MAX_COLUMNS})
    language = "nl" if table.delimiter == ";" else "en"
    columns = [_column(head, [row.cells[at] for row in table.rows], language) for at, head in enumerate(table.header)]
    found = [one for one in columns if one.numbers and one.name]
    if not found:
        raise InvalidInput(_("No column of this file holds numbers."))
    return found


def _column(name: str, cells: list[str], language: str) -> SystemColumn:
    numbers, unread = [], 0
    for cell in cells:
        if not cell:
            continue
        try:
            numbers.append(parse_number(cell, language))
        except NumberError:
            unread += 1
    if not numbers:
        return SystemColumn(name, {}, 0, unread)
    total = sum(numbers)
    amounts = {"sum": total, "mean": total / len(numbers), "largest": max(numbers), "last": numbers[-1]}
    return SystemColumn(name, amounts, len(numbers), unread)


def fingerprint(columns: list[SystemColumn]) -> str:
    """Names a kind of file: the names of its columns, in any order."""
    return hashlib.sha256("\n".join(sorted(one.name for one in columns)).encode()).hexdigest()


def as_content(columns: list[SystemColumn]) -> list[dict[str, Any]]:
    """The columns as they are kept with an upload."""
    return [{"name": one.name, "amounts": one.amounts, "numbers": one.numbers, "unread": one.unread} for one in columns]
