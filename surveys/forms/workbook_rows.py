"""The questionnaire as rows of a workbook: one per input of the page, named as on the page.

Reading a workbook back makes the same post that a page would send, so typed text, "not available", what was touched
and conflicts with colleagues mean exactly the same there (surveys/forms/typed.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from portal.spreadsheet import packed_text, plain_text
from surveys.forms.question_fields import QuestionField, section_fields
from surveys.forms.typed import ABSENT, MARK, NOT_APPLICABLE, NOT_AVAILABLE, mark_of, read_typing
from surveys.questionnaire import NumberError, Question, format_answer, parse_number
from surveys.questionnaire.question_types.matrix import MatrixType
from surveys.questionnaire.question_types.numeric import DurationType
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.previous import taken_over
from surveys.workbook_file import Cell, number_text

NUMBERS = ("number", "percentage", "money")
DURATION, MATRIX = DurationType(), MatrixType()
TICK = "x"
CHOSEN = "="  # in a row's name, before the option that a tick chooses


@dataclass
class BookRow:
    """One row: `name` is the field's name on the page, with the option for a tick. `options`: label → code.

    `total`: this row adds up the parts above it. `absent`: what can be said instead of a figure, label → status.
    """

    question: str
    name: str
    label: str
    value: str | float | None = None
    unit: str = ""
    previous: str | float | None = None
    note: str = ""
    options: dict[str, str] = field(default_factory=dict)
    absent: dict[str, int] = field(default_factory=dict)
    says_absent: str = ""
    mark: str = ""
    heading: str = ""
    total: int = 0
    is_number: bool = False
    is_duration: bool = False

    @property
    def held(self) -> str | float | None:
        """What its cell holds when it comes back untouched."""
        if self.value is None or isinstance(self.value, float):
            return self.value
        return plain_text(packed_text(str(self.value)))


def book_sections(sheet: AnswerSheet) -> list[tuple[str, str, list[BookRow]]]:
    """(code, title, rows) of each theme, with what is stored now."""
    found = []
    for section in sheet.file.sections:
        rows = [row for one in section_fields(sheet, section) for row in question_rows(sheet, one)]
        found.append((section.code, section.title.text(sheet.language), rows))
    return found


def question_rows(sheet: AnswerSheet, one: QuestionField) -> list[BookRow]:
    """The rows of one question; the first one carries its mark and "not available"."""
    question = sheet.file.question(one.code)
    rows = list(_inputs(sheet, question, one))
    first = rows[0]
    first.heading = one.label if len(rows) > 1 else ""
    depends = "" if one.due else _("Asked depending on other answers.")
    first.note = " ".join(text for text in (one.hint, depends) if text)
    first.absent = absent_words(one)
    row = sheet.rows.get(one.code)
    said = row.status if row else 0
    first.says_absent = next((word for word, status in first.absent.items() if status == said), "")
    typing = read_typing(question, post_of(rows, sheet.language))
    first.mark = mark_of(row.version if row else 0, typing.typed, typing.status)
    return rows


def absent_words(one: QuestionField) -> dict[str, int]:
    """What can be said instead of an answer beside the field, label → status."""
    words = {_("not available"): NOT_AVAILABLE} if one.may_be_absent or one.absent_choice else {}
    if one.kind.not_applicable_name or one.kind.not_applicable_choice:
        words[_("not applicable")] = NOT_APPLICABLE
    return words


def _inputs(sheet: AnswerSheet, question: Question, one: QuestionField) -> Iterator[BookRow]:
    language, before = sheet.language, taken_over(question, sheet.previous, sheet.lineage, sheet.language)
    old = before if isinstance(before, dict) else {}
    if one.component == "parts":
        yield from (_part(one, part["name"], part["label"], part["value"], old.get(part["code"]), language, "%")
                    for part in one.parts)  # fmt: skip
        yield BookRow(one.code, "", _("Total"), unit="%", total=len(one.parts))
    elif one.component == "matrix":
        times = {cell.code for cell in MATRIX.cells(question) if cell.column.type == "duration"}
        for row in one.kind.rows:
            for cell in row.cells:
                code = cell.name.removeprefix(f"{one.name}-")
                part = _timed_part if code in times else _part
                yield part(one, cell.name, cell.label, cell.value, old.get(code), language, cell.unit)
    elif one.control == "multiple":
        chosen, then = list(one.value), before if isinstance(before, list) else []
        for option in one.options:
            code, label = str(option["value"]), str(option["label"])
            yield BookRow(
                one.code,
                f"{one.name}{CHOSEN}{code}",
                label,
                TICK if code in chosen else None,
                previous=TICK if code in then else None,
                options={TICK: code},
            )
    elif one.component == "choices":
        labels = {str(option["label"]): str(option["value"]) for option in one.options}
        named = {code: label for label, code in labels.items()}
        last = named.get(str(old.get("chosen", "") if old else before or ""))
        yield BookRow(one.code, one.name, one.label, named.get(str(one.value)), previous=last, options=labels)
    else:
        yield _single(sheet, question, one, before)
    if one.kind.words_name:
        yield BookRow(one.code, one.kind.words_name, one.kind.words_label, one.kind.words or None)


def _part(
    one: QuestionField, name: str, label: str, typed: str, before: str | None, language: str, unit: str
) -> BookRow:
    value, old = _number_or_text(typed, language), _number_or_text(before or "", language)
    return BookRow(one.code, name, label, value, unit, old, is_number=True)


def _timed_part(
    one: QuestionField, name: str, label: str, typed: str, before: str | None, language: str, _unit: str
) -> BookRow:
    value, then = _clock(typed, language), _clock(before or "", language)
    return BookRow(one.code, name, label, value, _timed(), then, is_duration=True)


def _single(sheet: AnswerSheet, question: Question, one: QuestionField, before: object) -> BookRow:
    if question.type == "duration":
        return _time(sheet, question, one)
    is_number = question.type in NUMBERS
    value: str | float | None = str(one.value) or None
    answer, then = sheet.values.get(one.code), sheet.before(question)
    if is_number and answer is not None and answer.number is not None:
        value = answer.number
    old = then.number if is_number and then is not None and then.number is not None else str(before or "") or None
    return BookRow(one.code, one.name, one.label, value, one.unit, old, is_number=is_number)


def _time(sheet: AnswerSheet, question: Question, one: QuestionField) -> BookRow:
    """A duration, as text: typed into a cell for numbers, 4:30 would become a time of day."""
    answer, then = sheet.values.get(one.code), sheet.then(question)
    value = str(one.value)
    if answer is not None and answer.number is not None:
        value = str(DURATION.retyped(question, answer, sheet.language))
    old = format_answer(*then, sheet.language) if then else ""
    if then is not None and then[0].type == "duration":
        old = str(DURATION.retyped(then[0], then[1], sheet.language))
    return BookRow(one.code, one.name, one.label, value or None, _timed(), old or None, is_duration=True)


def _timed() -> str:
    """What stands in the place of a unit beside a duration."""
    return _("min:sec (4:30), or seconds")


def _clock(typed: str, language: str) -> str | None:
    """What was typed in a cell for a duration, minutes and seconds where it is more than a minute."""
    try:
        return DURATION.clock(parse_number(typed, language)) or typed or None
    except NumberError:
        return typed or None


def _number_or_text(typed: str, language: str) -> str | float | None:
    if not typed:
        return None
    try:
        return parse_number(typed, language)
    except NumberError:
        return typed


def cell_text(value: Cell, row: BookRow, language: str) -> str:
    """What somebody would have typed on the page to say what the cell says."""
    if value.value is None:
        return ""
    if isinstance(value.value, float):
        whole = value.value * 100 if value.percent and row.unit == "%" else value.value
        return number_text(round(whole, 10) if value.percent else whole, language)
    return value.value


def post_of(rows: Iterable[BookRow], language: str) -> QueryDict:
    """The post that a page with these rows would send."""
    post = QueryDict(mutable=True)
    for row in rows:
        if row.mark:
            post[MARK + row.question] = row.mark
        if row.says_absent:
            post[ABSENT + row.question] = str(row.absent.get(row.says_absent, NOT_AVAILABLE))
        if not row.name or row.value in (None, ""):
            continue
        text = cell_text(Cell(row.held), row, language)
        name, _sign, option = row.name.partition(CHOSEN)
        if option:
            post.appendlist(name, option)
        else:
            post[name] = row.options.get(text, text)
    return post
