"""The export of a telephony, planning or customer system as columns with their sums, means and last values."""

import hashlib
import math
import re
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.errors import InvalidInput
from surveys.importers.table_file import Row, TableFile, UnreadableFile, read_table
from surveys.questionnaire import NumberError, parse_number
from surveys.questionnaire.question_types.numeric import read_clock

MAX_BYTES = 5_000_000
MAX_LINES = 50_000
MAX_COLUMNS = 60
MOST_TOLD = 10
TOTAL = re.compile(r"(?:eind|sub|grand )?tota(?:al|l|len|ls)\b.{0,30}|som|sum|gemiddelde?|average|mean", re.IGNORECASE)


@dataclass(frozen=True)
class SystemColumn:
    """One column that holds numbers: its name, what it comes to in each way (sum, mean, largest, last), and how many
    cells could not be read.

    `times`: minutes and seconds, in seconds. `amounts_with_totals`: also of the rows that hold totals.
    """

    name: str
    amounts: dict[str, float]
    numbers: int
    unread: int
    times: bool = False
    amounts_with_totals: dict[str, float] | None = None


@dataclass(frozen=True)
class SystemExport:
    """The columns with numbers, the lines of rows that hold totals, and a sentence for what does not count."""

    columns: list[SystemColumn]
    totals: list[int]
    notes: list[str]


def read_export(data: bytes, name: str) -> SystemExport:
    """The columns with numbers. A row of another width than the first line is refused: nobody knows which figure stands
    where. Raises InvalidInput with a sentence for people."""
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
    rows = _even(table)
    read = [[_number(cell, "nl" if table.delimiter == ";" else "en") for cell in row.cells] for row in rows]
    totals = _totals(rows, read)
    columns = [_column(head, at, rows, read, totals) for at, head in enumerate(table.header)]
    found = [one for one in columns if one.numbers and one.name]
    if not found:
        raise InvalidInput(_("No column of this file holds numbers."))
    return SystemExport(found, [rows[at].line for at in totals], _notes(columns, rows, read, totals))


def _even(table: TableFile) -> tuple[Row, ...]:
    """The rows, each as wide as the first line; a separator behind every one of them is no cell."""
    width = len(table.header)
    if not table.rows and all(len(row.cells) == width + 1 and not row.cells[-1] for row in table.ragged):
        return tuple(Row(row.line, row.cells[:-1]) for row in table.ragged)
    if table.ragged:
        message = _("Rows of this file have more or fewer cells than its first line (%(count)s). Nothing was read.")
        places = [
            _("Line %(line)s: %(cells)s cells instead of %(width)s.")
            % {"line": row.line, "cells": len(row.cells), "width": width}
            for row in table.ragged[:MOST_TOLD]
        ]
        raise InvalidInput(message % {"count": width}, places)
    return table.rows


def _number(cell: str, language: str) -> tuple[float, bool] | None:
    """(number, whether it is a time) in a cell; None where there is none."""
    time = read_clock(cell)
    if time is not None:
        return time, True
    try:
        return parse_number(cell, language), False
    except NumberError:
        return None


Read = list[list[tuple[float, bool] | None]]


def _totals(rows: tuple[Row, ...], read: Read) -> list[int]:
    """The places of rows that hold totals: they are called so, or the last one is what the others add up to."""
    named = [at for at, row in enumerate(rows) if any(TOTAL.fullmatch(cell) for cell in row.cells)]
    last = len(rows) - 1
    if named or last < 2:
        return named if len(named) < len(rows) else []
    for numbers in zip(*read, strict=True):
        *others, end = [one[0] if one else 0.0 for one in numbers]
        if end and sum(map(bool, others)) > 1 and math.isclose(math.fsum(others), end, rel_tol=1e-9):
            return [last]
    return []


def _column(name: str, at: int, rows: tuple[Row, ...], read: Read, totals: list[int]) -> SystemColumn:
    every = [one[at] for one in read]
    counted = [one[0] for place, one in enumerate(every) if one and place not in totals]
    unread = sum(1 for place, one in enumerate(every) if one is None and rows[place].cells[at])
    if not counted:
        return SystemColumn(name, {}, 0, unread)
    times = any(one[1] for one in every if one)
    return SystemColumn(
        name, _amounts(counted), len(counted), unread, times, _amounts([one[0] for one in every if one])
    )


def _amounts(numbers: list[float]) -> dict[str, float]:
    total = math.fsum(numbers)
    return {"sum": total, "mean": total / len(numbers), "largest": max(numbers), "last": numbers[-1]}


def _notes(columns: list[SystemColumn], rows: tuple[Row, ...], read: Read, totals: list[int]) -> list[str]:
    """What does not count, and why."""
    notes = []
    if totals:
        lines = ", ".join(str(rows[at].line) for at in totals[:MOST_TOLD])
        notes.append(_("Line %(lines)s holds totals and does not count.") % {"lines": lines})
    for at, one in enumerate(columns):
        wrong = [row.line for place, row in enumerate(rows) if row.cells[at] and read[place][at] is None]
        if one.numbers and wrong and one.name:
            lines = ", ".join(map(str, wrong[:MOST_TOLD])) + ("…" if len(wrong) > MOST_TOLD else "")
            said = _("Column “%(column)s”: what is no number does not count (line %(lines)s).")
            notes.append(said % {"column": one.name[:80], "lines": lines})
    nameless = any(one.numbers and not one.name for one in columns)
    without = [one.name[:80] for one in columns if not one.numbers and one.name] + [_("(no name)")] * nameless
    if without:
        said = _("These columns hold no numbers, or have no name, and cannot be used: %(columns)s.")
        notes.append(said % {"columns": ", ".join(without)})
    return notes


def fingerprint(columns: list[SystemColumn]) -> str:
    """Names a kind of file: the names of its columns, in any order."""
    return hashlib.sha256("\n".join(sorted(one.name for one in columns)).encode()).hexdigest()


def as_content(columns: list[SystemColumn]) -> list[dict[str, Any]]:
    """The columns as they are kept with an upload."""
    return [asdict(one) for one in columns]
