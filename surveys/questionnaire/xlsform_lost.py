"""What a questionnaire says and an XLSForm has no word for, and the other way round, a sentence each: nothing is
dropped in silence.
"""

from collections.abc import Iterator, Mapping

from surveys.questionnaire.file import QuestionnaireFile
from surveys.questionnaire.model import LocalText, Question
from surveys.questionnaire.piping import ORGANISATION, ROUND, places_in

OF_QUESTION = {
    "soft": "a usual range asks a reason",
    "soft_change": "no comparison with an earlier round",
    "sensitive": "no mark for what is commercially sensitive",
    "same_as": "no lineage",
    "not_applicable": "“does not apply” is no answer of its own",
    "unit": "no unit; write it in the text",
    "earliest": "no earliest moment",
    "latest": "no latest moment",
    "scale": "not which end is good, nor what the ends are called",
    "precision": "no years, quarters or months; say in the text which",
}
OF_COLUMN = ("unit", "soft", "soft_change")


DRESSED = ("", "multiline", "field-list")  # appearances that are taken over, or go without saying
YES_OR_NO = ("", "yes", "no", "true", "false", "true()", "false()")


def lost_of_file(file: QuestionnaireFile) -> Iterator[str]:
    """What stands outside the questions."""
    for what, there in (
        ("dimensions", file.dimensions),
        ("import", file.import_mapping != type(file.import_mapping)()),
        ("reference_period", file.reference_period != "year"),
    ):
        if there:
            yield f"`{what}`: XLSForm describes questions, not how the portal groups or imports them"
    if len(set(file.title.root.values())) > 1:
        yield "`title`: a form has one title, here the Dutch one"


def lost_of_question(question: Question) -> Iterator[str]:
    """What one question says."""
    for key, why in OF_QUESTION.items():
        if key in question.model_fields_set and getattr(question, key):
            yield f"`{question.code}`.{key}: {why}"
    if question.decimals:
        yield f"`{question.code}`.decimals: any number of decimals can be typed"
    if question.detail is not None and question.detail.required:
        yield f"`{question.code}`.detail.required: the words may stay empty"


def lost_of_columns(question: Question) -> Iterator[str]:
    """What the columns of a matrix say."""
    for column in question.columns or ():
        for key in OF_COLUMN:
            if getattr(column, key):
                yield f"`{question.code}`.{column.code}.{key}: {OF_QUESTION[key]}"
        if column.decimals:
            yield f"`{question.code}`.{column.code}.decimals: any number of decimals can be typed"


def lost_places(code: str, text: LocalText | None, file: QuestionnaireFile) -> Iterator[str]:
    """The places in a text that only the portal fills."""
    for name in () if text is None else places_in(text):
        if name.startswith((ORGANISATION, ROUND)) and not file.has_question(name):
            yield f"`{code}`: {{{name}}} in its text, of which a form knows nothing; it says “…” there"


def lost_of_row(kind: str, row: Mapping[str, str]) -> Iterator[str]:
    """What a row of somebody's form says in a column that we read for other kinds of rows, or not."""
    name, ours = row.get("name", ""), bool(row.get("portal_type"))
    if row.get("default"):
        yield f"“{name}”: its default “{row['default']}”; the portal fills in no answers"
    if row.get("appearance", "") not in DRESSED:
        yield f"“{name}”: how it looks (“{row['appearance']}”)"
    if row.get("calculation") and kind != "calculate":
        yield f"“{name}”: its calculation “{row['calculation']}”"
    if row.get("parameters") and not kind.startswith("range") and not ours:
        yield f"“{name}”: its parameters “{row['parameters']}”"
    if row.get("required", "").lower() not in YES_OR_NO:
        yield f"“{name}”: required only if “{row['required']}”; it can be left empty here"
    if kind.startswith("begin") and not ours and any(key.partition("::")[0] == "hint" for key in row):
        yield f"group “{name}”: its hint"


__all__ = ["lost_of_columns", "lost_of_file", "lost_of_question", "lost_of_row", "lost_places"]
