"""What types of question add to a field: the component that shows it, cells of a matrix, words beside a choice."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from surveys.forms.typed import ABSENT, ABSENT_CHOICE, ANSWER, NO_MATTER_CHOICE, NOT_APPLICABLE
from surveys.questionnaire import AnswerValue, Option, Question, Typed, question_type
from surveys.questionnaire.question_types.matrix import Cell, MatrixType

# A colon or dash is on no telephone's number pad.
CONTROLS = {
    "text": "text",
    "long_text": "textarea",
    "date": "moment",
    "period": "moment",
    "duration": "moment",
    "ratio": "moment",
}
EXAMPLES = {"date": "22-11-2026", "year": "2026", "quarter": "2026-Q1", "month": "2026-03"}
MATRIX = MatrixType()
Then = tuple[Question, AnswerValue] | None


@dataclass(frozen=True)
class MatrixCell:
    """One input of a matrix."""

    id: str
    name: str
    label: str
    value: str
    unit: str
    previous: str


@dataclass(frozen=True)
class MatrixRow:
    """One row of a matrix with its cells, in the order of the columns."""

    label: str
    cells: list[MatrixCell]


@dataclass(frozen=True)
class Kind:
    """What a field shows because of the type of its question.

    `value` is what the inputs get: the chosen code or codes without the words, a point of a scale, or what was typed.
    """

    component: str
    control: str
    value: Typed
    options: list[dict[str, object]] = field(default_factory=list)
    in_a_row: str = ""
    columns: list[str] = field(default_factory=list)
    rows: list[MatrixRow] = field(default_factory=list)
    words_name: str = ""
    words_label: str = ""
    words: str = ""
    not_applicable_name: str = ""
    not_applicable_choice: str = ""
    not_applicable: bool = False
    example: str = ""


def kind_of_field(question: Question, value: Typed, status: int, then: Then, language: str, *, absent: bool) -> Kind:
    """The parts of a field that depend on the type. `value` and `status` are what is shown, `absent` whether that is
    "not available"; `then` is last round's answer with its question.
    """
    kind = question_type(question)
    options = kind.options(question) or kind.points(question)
    multiple = question.type == "multiple_choice"
    shown, words = _apart(question, value)
    said_not_applicable = status == NOT_APPLICABLE
    if options and not multiple and not shown:
        shown = ABSENT_CHOICE if absent else NO_MATTER_CHOICE if said_not_applicable else shown
    radios = bool(options) and not multiple
    offered = question.not_applicable or said_not_applicable
    return Kind(
        component=_component(question, bool(options)),
        control="multiple" if multiple else CONTROLS.get(question.type, "number"),
        value=shown,
        options=[_option(one, bool(kind.points(question)), language) for one in options],
        in_a_row="scale" if kind.points(question) else "",
        columns=[one.label.text(language) for one in question.columns or ()],
        rows=_rows(question, value, then, language) if question.type == "matrix" else [],
        words_name=f"{ANSWER}{question.code}-namely" if kind.holding(question) == "chosen" else "",
        words_label=_words_label(question, language),
        words=words,
        not_applicable_name=ABSENT + question.code if offered and not radios else "",
        not_applicable_choice=NO_MATTER_CHOICE if offered and radios else "",
        not_applicable=said_not_applicable,
        example=_example(question, language),
    )


def _option(one: Option, is_point: bool, language: str) -> dict[str, object]:
    """What can be chosen; of a point of a scale the number, with the name of its end for who listens."""
    text = one.label.text(language)
    label, _dash, aside = text.partition(" – ") if is_point else (text, "", "")
    return {"value": one.code, "label": label, "aside": aside, "exclusive": one.exclusive}


def _example(question: Question, language: str) -> str:
    """How a date, period, duration or ratio is typed, and what the ends of a scale mean."""
    if question.scale is not None:
        ends = ((question.scale.min, question.scale.low), (question.scale.max, question.scale.high))
        return " · ".join(f"{value}: {text.text(language)}" for value, text in ends)
    if question.type == "duration" or any(one.type == "duration" for one in question.columns or ()):
        return _("Minutes and seconds (4:30), or seconds (270)")
    if question.type == "ratio":
        return _("How many there are to one (12), or 1:12")
    example = EXAMPLES.get(question.precision or question.type, "")
    example = example.replace("Q", "K") if language == "nl" else example
    return _("For example %(example)s") % {"example": example} if example else ""


def _component(question: Question, has_options: bool) -> str:
    if question.type == "percentage_set":
        return "parts"
    return "matrix" if question.type == "matrix" else "choices" if has_options else "field"


def _apart(question: Question, value: Typed) -> tuple[Typed, str]:
    """(what was chosen, the words beside it) as the inputs want them."""
    if question_type(question).holding(question) != "chosen" or not isinstance(value, dict):
        return value, ""
    chosen, words = value.get("chosen", ""), value.get("namely", "")
    return ([code for code in chosen.split("|") if code] if question.type == "multiple_choice" else chosen), words


def _words_label(question: Question, language: str) -> str:
    """What the field for the words is called: the detail's own label, or the option that asks them."""
    if question.detail is not None:
        return question.detail.label.text(language)
    asking = next((one for one in question_type(question).options(question) if one.namely), None)
    return asking.label.text(language) if asking else ""


def _rows(question: Question, value: Typed, then: Then, language: str) -> list[MatrixRow]:
    typed = value if isinstance(value, dict) else {}
    old = MATRIX.written(*then, language) if then is not None and then[0].type == "matrix" else {}
    cells = MATRIX.cells(question)
    first = cells[0].code if cells else ""

    def shown(cell: Cell) -> MatrixCell:
        name = f"{ANSWER}{question.code}-{cell.code}"
        place = f"q-{question.code}" if cell.code == first else f"q-{question.code}-{cell.code.replace('.', '-')}"
        unit = cell.question.unit.text(language) if cell.question.unit else ""
        return MatrixCell(place, name, cell.text(language), typed.get(cell.code, ""), unit, old.get(cell.code, ""))

    return [
        MatrixRow(row.label.text(language), [shown(cell) for cell in cells if cell.row is row])
        for row in question.rows or ()
    ]


def option_texts(question: Question, language: str) -> list[str]:
    """What can be chosen or filled in, for a page that is read: options, points, parts, or rows with their columns."""
    kind = question_type(question)
    if question.type == "matrix":
        columns = ", ".join(one.label.text(language) for one in question.columns or ())
        return [f"{row.label.text(language)}: {columns}" for row in question.rows or ()]
    listed = kind.options(question) or kind.points(question) or question.parts or ()
    return [one.label.text(language) for one in listed]
