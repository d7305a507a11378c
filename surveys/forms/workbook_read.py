"""A workbook that came back, as the post that a page with the same fields would have sent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from openpyxl.utils import get_column_letter

from portal.errors import InvalidInput
from surveys.forms.typed import MARK as MARKED
from surveys.forms.typed import read_typings
from surveys.forms.workbook_rows import CHOSEN as OPTION
from surveys.forms.workbook_rows import BookRow, book_sections, cell_text
from surveys.forms.workbook_write import ABSENT, FACTS, FORMAT, MARK, NAME, VALUE
from surveys.selectors.answers import AnswerSheet
from surveys.services.answers import Typing
from surveys.workbook_file import Cell, Sheets, number_text, read_workbook

NOTHING = Cell(None)


@dataclass(frozen=True)
class BookRead:
    """What a workbook says: the answers that differ from what it held when it was downloaded.

    `unusable`: the cells that cannot be read with certainty, each with its place and why; they stay as they are.
    """

    typings: Sequence[Typing]
    language: str
    unusable: Sequence[str] = ()


def read_answers(sheet: AnswerSheet, data: bytes) -> BookRead:
    """The changed answers of an uploaded workbook. Raises InvalidInput when it is not this sheet's."""
    sheets = read_workbook(data)
    facts = {str(row[0].value): str(row[1].value) for row in sheets.get(FACTS, []) if len(row) > 1}
    if facts.get("format") != FORMAT:
        raise InvalidInput(
            _("This is not the workbook of the questionnaire. Download it here, fill it in and upload it.")
        )
    if facts.get("sheet") != sheet.key:
        raise InvalidInput(_("This workbook belongs to another round or another organisation. Nothing was read."))
    language = "en" if facts.get("language") == "en" else "nl"
    with translation.override(language):
        known = _known_rows(replace(sheet, language=language))
    unusable = _put_aside(sheets, known, sheet.language)
    post = _post(sheets, known, language)
    return BookRead(read_typings(sheet.file, post)[0], language, unusable)


def _known_rows(sheet: AnswerSheet) -> dict[str, BookRow]:
    """The rows that the questionnaire has, by the name of their field."""
    return {row.name: row for _code, _title, rows in book_sections(sheet) for row in rows if row.name}


def _put_aside(sheets: Sheets, known: dict[str, BookRow], language: str) -> list[str]:
    """Why cells cannot be read, each with its place: an answer is never guessed, and never erased by a formula. In
    `sheets` such a cell holds what is stored now, so that nothing changes there.
    """
    found = []
    for title, rows in sheets.items():
        for number, row in enumerate(rows, 1):
            expected = known.get(str(_at(row, NAME).value or "")) if title != FACTS else None
            for column in (VALUE, ABSENT) if expected else ():
                why = _why_not(_at(row, column), expected, language, is_answer=column == VALUE)
                if why and expected:
                    place = f"{title}, {get_column_letter(column)}{number}"
                    found.append(f"{place} ({expected.label}): {why}")
                    row[column - 1] = Cell(expected.held if column == VALUE else expected.says_absent or None)
    return found


def _why_not(cell: Cell, expected: BookRow | None, language: str, *, is_answer: bool) -> str:
    if cell.uncounted:
        return _(
            "the formula has no result in the file. Open it in your spreadsheet program, save it, and upload it again."
        )
    if expected is None or not expected.is_duration or not is_answer:
        return ""
    if cell.unsure:
        return _("this time can be read in two ways. Type minutes and seconds (4:30), or seconds (270).")
    if cell.percent or (isinstance(cell.value, float) and 0 < cell.value < 1):
        shown = number_text(cell.value, language) if isinstance(cell.value, float) else ""
        return _("%(number)s may be a part of a day. Type minutes and seconds (4:30), or seconds (270).") % {
            "number": shown
        }
    return ""


def _at(row: list[Cell], column: int) -> Cell:
    return row[column - 1] if len(row) >= column else NOTHING


def _post(sheets: Sheets, known: dict[str, BookRow], language: str) -> QueryDict:
    post = QueryDict(mutable=True)
    for title, rows in sheets.items():
        if title == FACTS:
            continue
        for row in rows:
            expected = known.get(str(_at(row, NAME).value or ""))
            if expected is None:
                continue
            question, _bar, mark = str(_at(row, MARK).value or "").partition("|")
            if question == expected.question:
                post[MARKED + question] = mark
            _read_row(post, row, expected, language)
    return post


def _read_row(post: QueryDict, row: list[Cell], expected: BookRow, language: str) -> None:
    said = str(_at(row, ABSENT).value or "").strip().casefold()
    status = {label.casefold(): status for label, status in expected.absent.items()}.get(said)
    if said and expected.absent:
        post[f"na-{expected.question}"] = str(status or 3)
    text = cell_text(_at(row, VALUE), expected, language)
    name, _sign, option = expected.name.partition(OPTION)
    if option:
        if text.strip() and text.strip().casefold() not in ("0", "nee", "no", "-"):
            post.appendlist(name, option)
    elif text:
        labels = {label.casefold(): code for label, code in expected.options.items()}
        post[name] = labels.get(text.strip().casefold(), text)
