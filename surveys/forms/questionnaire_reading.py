"""A questionnaire as people read it: every text in the reader's language with the other one beside it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.questionnaire import LocalText, Question, QuestionnaireFile, Range, Section, format_number

OTHER = {"nl": "en", "en": "nl"}
TYPE_NAMES = {
    "number": gettext_lazy("Number"),
    "percentage": gettext_lazy("Percentage"),
    "money": gettext_lazy("Amount of money"),
    "duration": gettext_lazy("Duration"),
    "ratio": gettext_lazy("One to so many"),
    "percentage_set": gettext_lazy("Percentages that make a total"),
    "matrix": gettext_lazy("Table of numbers"),
    "likert": gettext_lazy("Point of a scale"),
    "nps": gettext_lazy("Recommendation, 0 to 10"),
    "date": gettext_lazy("Date"),
    "period": gettext_lazy("Year, quarter or month"),
    "single_choice": gettext_lazy("One choice"),
    "multiple_choice": gettext_lazy("Several choices"),
    "yes_no": gettext_lazy("Yes or no"),
    "text": gettext_lazy("Short text"),
    "long_text": gettext_lazy("Long text"),
}


@dataclass(frozen=True)
class Both:
    """A text in the reader's language, and in the other one."""

    text: str
    other: str
    other_language: str


@dataclass(frozen=True)
class ReadableQuestion:
    """One question with everything that it says and asks."""

    code: str
    kind: str
    required: bool
    sensitive: bool
    text: Both
    help: Both | None
    definition: Both | None
    options: Sequence[tuple[str, Both]]
    asked_if: str
    edits: Sequence[str]
    unit: str
    repeated: str = ""


@dataclass(frozen=True)
class ReadableSection:
    """One theme."""

    code: str
    title: Both
    intro: Both | None
    questions: Sequence[ReadableQuestion]


def both(text: LocalText, language: str) -> Both:
    """The text in both languages."""
    other = OTHER[language]
    return Both(text.text(language), text.text(other), other)


def readable_sections(file: QuestionnaireFile, language: str) -> list[ReadableSection]:
    """All sections in the order of the file."""
    return [
        ReadableSection(
            section.code,
            both(section.title, language),
            both(section.intro, language) if section.intro else None,
            readable_questions(section, language),
        )
        for section in file.sections
    ]


def readable_questions(section: Section, language: str) -> list[ReadableQuestion]:
    """The questions of a section; of what is repeated the first copy, which says for what it is repeated."""
    return [
        replace(readable_question(question, language), repeated=copies_text(section, question, language))
        for question in section.questions
        if question.copy_number < 2
    ]


def copies_text(section: Section, question: Question, language: str) -> str:
    """For what a repeated question is repeated, at its first copy; empty at every other question."""
    if question.copy_number != 1:
        return ""
    labels = {one.copy_number: one.copy_label.text(language) for one in section.questions if one.copy_label is not None}
    names = list(labels.values())
    shown = [*names[:2], "…", names[-1]] if len(names) > 8 else names
    return _("Repeated for: %(copies)s") % {"copies": ", ".join(shown).replace(", …,", " …")}


def readable_question(question: Question, language: str) -> ReadableQuestion:
    """One question."""
    listed = [(one.code, one.label) for one in question.options or ()]
    listed += [(one.code, one.label) for one in (*(question.parts or ()), *(question.rows or ()))]
    listed += [(one.code, one.label) for one in question.columns or ()]
    listed += [(str(at), label) for at, label in _ends(question)]
    return ReadableQuestion(
        question.code,
        str(TYPE_NAMES.get(question.type, question.type)),
        question.required,
        question.sensitive,
        both(question.text, language),
        both(question.help, language) if question.help else None,
        both(question.definition, language) if question.definition else None,
        [(code, both(label, language)) for code, label in listed],
        question.ask_if or "",
        _edits(question, language),
        question.unit.text(language) if question.unit else "",
    )


def _ends(question: Question) -> list[tuple[int, LocalText]]:
    """The ends of a scale with their names."""
    scale = question.scale
    return [] if scale is None else [(scale.min, scale.low), (scale.max, scale.high)]


def readable_checks(file: QuestionnaireFile, language: str) -> list[dict[str, object]]:
    """Checks across questions."""
    return [
        {"hard": check.kind == "hard", "expression": check.expression, "message": both(check.message, language)}
        for check in file.checks
    ]


DIRECTIONS = {"high_is_good": gettext_lazy("High is good"), "low_is_good": gettext_lazy("Low is good")}


def _edits(question: Question, language: str) -> list[str]:
    found = []
    if question.scale is not None:
        found.append(str(DIRECTIONS[question.scale.direction]))
    if question.earliest or question.latest:
        found.append(_("Possible: %(range)s") % {"range": f"{question.earliest or '…'} – {question.latest or '…'}"})
    if question.not_applicable:
        found.append(_("“Does not apply to us” can be answered"))
    if question.hard:
        found.append(_("Possible: %(range)s") % {"range": _range(question.hard, language)})
    if question.soft:
        found.append(_("Usual: %(range)s (else a reason is asked)") % {"range": _range(question.soft, language)})
    if question.soft_change is not None:
        percent = format_number(100 * question.soft_change, 0, language)
        sentence = _("A reason is asked when it differs more than %(percent)s %% from last round")
        found.append(sentence % {"percent": percent})
    return found


def _range(bounds: Range, language: str) -> str:
    low = None if bounds.min is None else format_number(bounds.min, None, language)
    high = None if bounds.max is None else format_number(bounds.max, None, language)
    if low is None:
        return _("at most %(high)s") % {"high": high}
    if high is None:
        return _("at least %(low)s") % {"low": low}
    return _("%(low)s to %(high)s") % {"low": low, "high": high}
