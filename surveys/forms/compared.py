"""A question beside last round's own answer: how much it changed, whether it can be taken over, what was explained."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from surveys.questionnaire import Question, Typed, format_answer, format_number, percent_changed
from surveys.selectors.answers import AnswerSheet
from surveys.selectors.previous import change_since, taken_over


@dataclass(frozen=True)
class Compared:
    """`note`: the change in words; `take`: the question's code where last round's answer can be taken over;
    `explained`: the reason that was given last round for the same situation, so that it is not asked again.
    """

    note: str = ""
    take: str = ""
    explained: str = ""


def last_answer_text(sheet: AnswerSheet, question: Question) -> str:
    """Last round's own answer as people read it, where it may be compared; empty otherwise."""
    before, file = sheet.before(question), sheet.previous.questionnaire
    if before is None or file is None:
        return ""
    code = (question.same_as.question if question.same_as else None) or question.code
    return format_answer(file.question(code), before, sheet.language)


def change_text(sheet: AnswerSheet, question: Question) -> str:
    """How much the answer differs from last round's own; empty where that cannot be said in a number."""
    points = question.type == "percentage"
    change = change_since(question, sheet.values.get(question.code), sheet.before(question))
    if change is None:
        return ""
    shown = round(abs(change), 1) if points else percent_changed(change)
    size = format_number(shown, None, sheet.language)
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
    return question.code if typed is not None and typed != stored else ""


def explained_text(sheet: AnswerSheet, question: Question) -> str:
    """The reasons given last round that still hold for this question, so that they are not asked again."""
    reasons = [sheet.carried[one.code] for one in sheet.findings_at.get(question.code, ()) if one.code in sheet.carried]
    return " ".join(dict.fromkeys(reasons))
