"""A question beside last round's own answer: how much it changed, whether it can be taken over, what was explained."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.questionnaire import (
    Question,
    Typed,
    format_answer,
    format_number,
    percent_changed,
    question_type,
)
from surveys.questionnaire.messages import Times
from surveys.questionnaire.question_types.matrix import MatrixType
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.previous import change_between, change_since, taken_over

MATRIX = MatrixType()


@dataclass(frozen=True)
class Compared:
    """`note`: the change in words; `take`: the question's code where last round's answer can be taken over;
    `explained`: the reason that was given last round for the same situation, so that it is not asked again;
    `answered`: there was an answer last round.
    """

    note: str = ""
    take: str = ""
    explained: str = ""
    answered: bool = False


def compared_with(sheet: AnswerSheet, question: Question, stored: Typed, note: str, explained: str) -> Compared:
    """The question beside last round; `stored` is what its fields hold, `note` and `explained` its remarks."""
    return Compared(note, taken_by(sheet, question, stored), explained, sheet.then(question) is not None)


def last_answer_text(sheet: AnswerSheet, question: Question) -> str:
    """Last round's own answer with the type, unit and words of then; it says so where the question was another one."""
    found = sheet.then(question)
    if found is None:
        return ""
    then, value = found
    written = format_answer(then, value, sheet.language)
    return written if question.code in sheet.lineage else _("%(answer)s (asked differently then)") % {"answer": written}


def change_text(sheet: AnswerSheet, question: Question) -> str:
    """How much the answer differs from last round's own, of parts and cells one by one; empty where that cannot be said
    in a number.
    """
    now, before = sheet.values.get(question.code), sheet.before(question)
    if question_type(question).holding(question) != "parts":
        if now is None or before is None or change_since(question, now, before) is None:
            return ""
        return _change_words(now.number, before.number, sheet.language, points=question.type == "percentage")
    if now is None or before is None:
        return ""
    said = []
    for part, label, points in compared_parts(question, sheet.language):
        value, then = now.parts.get(part), before.parts.get(part)
        if change_between(value, then, points=points):
            said.append(f"{label}: {_change_words(value, then, sheet.language, points=points)}")
    return "; ".join(said)


def compared_parts(question: Question, language: str) -> list[tuple[str, str, bool]]:
    """(code, label, whether it counts in points) of each part or cell."""
    if question.type == "matrix":
        return [(one.code, one.text(language), one.column.type == "percentage") for one in MATRIX.cells(question)]
    return [(one.code, one.label.text(language), True) for one in question.parts or ()]


def _change_words(now: float | None, then: float | None, language: str, *, points: bool) -> str:
    """What changed between two numbers that may be compared."""
    change = change_between(now, then, points=points)
    if now is None or then is None or change is None:
        return ""
    times = None if points else Times.of(now, then)
    if times is not None:
        return _("now %(times)s") % {"times": times.text(language)}
    shown = round(abs(change), 1) if points else percent_changed(change)
    size = format_number(shown, None, language)
    if not change:
        return _("the same now")
    if not shown:
        return _("nearly the same now")
    if points:
        return (_("now %(size)s points more") if change > 0 else _("now %(size)s points less")) % {"size": size}
    return (_("now %(size)s %% more") if change > 0 else _("now %(size)s %% less")) % {"size": size}


def taken_by(sheet: AnswerSheet, question: Question, stored: Typed) -> str:
    """The question's code where last round's answer can be taken over, else empty: there is one, the definition is the
    same, and it differs from `stored`, what the fields hold now.
    """
    if not sheet.previous.answers or question.code not in sheet.due:
        return ""
    typed = taken_over(question, sheet.previous, sheet.lineage, sheet.language)
    if typed is None or typed == stored or sheet.values.get(question.code) == sheet.before(question):
        return ""
    return question.code


def explained_text(sheet: AnswerSheet, question: Question) -> str:
    """The reasons given last round that still hold for this question, so that they are not asked again."""
    return " ".join(dict.fromkeys(sheet.carried_at(question.code).values()))
