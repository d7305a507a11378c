"""Which column of a system's export answers what, and the typings that this comes to."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from surveys.forms.typed_words import part_names
from surveys.questionnaire import Question, question_type
from surveys.questionnaire.question_types.matrix import MatrixType
from surveys.questionnaire.question_types.numeric import DurationType
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.shown import part_mark, shown_typed
from surveys.services.answers import Typing
from surveys.workbook_file import number_text

MATRIX, DURATION = MatrixType(), DurationType()
MOST_DECIMALS = 6
WAYS = ("sum", "mean", "largest", "last")
TOTALS = ""  # in a mapping, where no column has this name: whether rows that hold totals count


def targets(sheet: AnswerSheet) -> dict[str, str]:
    """What a column of figures can answer, code → label: questions, `question.part` and `question.row.column`."""
    found: dict[str, str] = {}
    for one in sheet.file.questions:
        kind = question_type(one)
        if kind.holding(one) == "parts":
            names = part_names(one, sheet.language)
            found |= {f"{one.code}.{part}": f"{sheet.said(one.text)} – {label}" for part, label in names.items()}
        elif kind.columns(one)[0].kind == "number" and not kind.points(one) and one.type not in ("date", "period"):
            found[one.code] = sheet.said(one.text)
    return found


def amount_text(column: Mapping[str, Any], way: str, language: str, *, with_totals: bool = False) -> str:
    """What a column comes to; of times as minutes and seconds."""
    amount = column["amounts_with_totals" if with_totals else "amounts"][way]
    return (DURATION.clock(amount) if column.get("times") else "") or number_text(amount, language)


def chosen_mapping(
    columns: list[dict[str, Any]], allowed: Mapping[str, str], posted: Mapping[str, str]
) -> dict[str, Any]:
    """Column → question and way, of what was posted; under `TOTALS` whether rows with totals count too."""
    mapping: dict[str, Any] = {TOTALS: {"count": bool(posted.get("totals"))}} if posted.get("totals") else {}
    for at, one in enumerate(columns):
        question, way = posted.get(f"q-{at}", ""), posted.get(f"w-{at}", "sum")
        if question in allowed and way in WAYS:
            mapping[one["name"]] = {"question": question, "way": way}
    return mapping


def mapped_typings(sheet: AnswerSheet, columns: list[dict[str, Any]], mapping: Mapping[str, Any]) -> list[Typing]:
    """What the mapped columns come to; several columns of one question are added up, other parts stay as they are."""
    held = "amounts_with_totals" if mapping.get(TOTALS, {}).get("count") else "amounts"
    totals: dict[str, float] = {}
    for one in columns:
        chosen = mapping.get(one["name"])
        if chosen and sheet.file.has_question(chosen["question"].partition(".")[0]):
            totals[chosen["question"]] = totals.get(chosen["question"], 0.0) + one[held][chosen["way"]]
    typings: dict[str, Typing] = {}
    for target, total in totals.items():
        code, _dot, part = target.partition(".")
        question, row = sheet.file.question(code), sheet.rows.get(code)
        decimals = _decimals(question, part)
        text = number_text(round(total, MOST_DECIMALS if decimals is None else decimals), sheet.language)
        version = row.version if row else 0
        if not part:
            typings[code] = Typing(code, text, 0, version)
            continue
        before = typings[code].typed if code in typings else shown_typed(question, row, sheet.language)
        if isinstance(before, dict) and part in before:
            shown = typings[code].shown if code in typings else {one: part_mark(old) for one, old in before.items()}
            typings[code] = Typing(code, {**before, part: text}, 0, version, shown)
    return list(typings.values())


def _decimals(question: Question, part: str) -> int | None:
    if question.type != "matrix":
        return question.decimals
    return next((one.question.decimals for one in MATRIX.cells(question) if one.code == part), None)


def mapping_rows(columns: list[dict[str, Any]], known: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    """The lines of the page on which columns are mapped."""
    labels = {"sum": _("added up"), "mean": _("the average"), "largest": _("the largest"), "last": _("the last")}
    with_totals = bool(known.get(TOTALS, {}).get("count"))
    return [
        {
            "name": one["name"],
            "numbers": one["numbers"],
            "unread": one["unread"],
            "question_name": f"q-{at}",
            "way_name": f"w-{at}",
            "question": known.get(one["name"], {}).get("question", ""),
            "way": known.get(one["name"], {}).get("way", "sum"),
            "ways": [
                {
                    "value": way,
                    "label": f"{labels[way]}: {amount_text(one, way, language, with_totals=with_totals)}",
                }
                for way in WAYS
            ],
        }
        for at, one in enumerate(columns)
    ]
