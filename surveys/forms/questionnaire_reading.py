"""A questionnaire as people read it: every text in the reader's language with the other one beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.questionnaire import LocalText, Question, QuestionnaireFile, Range, format_number

OTHER = {"nl": "en", "en": "nl"}
TYPE_NAMES = {
    "number": gettext_lazy("Number"),
    "percentage": gettext_lazy("Percentage"),
    "money": gettext_lazy("Amount of money"),
    "duration": gettext_lazy("Duration"),
    "percentage_set": gettext_lazy("Percentages that make a total"),
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
            [readable_question(question, language) for question in section.questions],
        )
        for section in file.sections
    ]


def readable_question(question: Question, language: str) -> ReadableQuestion:
    """One question."""
    listed = [(one.code, one.label) for one in question.options or ()]
    listed += [(one.code, one.label) for one in question.parts or ()]
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


def readable_checks(file: QuestionnaireFile, language: str) -> list[dict[str, object]]:
    """Checks across questions."""
    return [
        {"hard": check.kind == "hard", "expression": check.expression, "message": both(check.message, language)}
        for check in file.checks
    ]


def _edits(question: Question, language: str) -> list[str]:
    found = []
    if question.hard:
        found.append(_("Possible: %(range)s") % {"range": _range(question.hard, language)})
    if question.soft:
        found.append(_("Usual: %(range)s (else a reason is asked)") % {"range": _range(question.soft, language)})
    if question.soft_change is not None:
        percent = format_number(100 * question.soft_change, 0, language)
        sentence = _("A reason is asked when it differs more than %(percent)s%% from last round")
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
