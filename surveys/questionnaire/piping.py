"""Earlier answers, and what is known of the organisation and the round, in texts and conditions of a question.

In a text, `{question}` becomes the answer as people read it, `{organisation.name}`, `{organisation.<dimension>}` and
`{round.year}` what is known; "…" while there is nothing. In a condition, `organisation.<dimension>`, `round.year` and
`round.month` are names like any other. Their values travel with the answers, under names with a dot, which no question
has.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass

from surveys.questionnaire.answers import Answers, AnswerStatus, AnswerValue
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.model import LocalText, Question
from surveys.questionnaire.repeating import PLACE

NOTHING_YET = "…"
ORGANISATION, ROUND = "organisation.", "round."


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of who answers: the organisation's name and peer dimensions, and the round's reference period."""

    name: str
    dimensions: Mapping[str, str]
    period: str


def texts_with_places(question: Question) -> tuple[LocalText, ...]:
    """The texts of a question in which answers can be put."""
    return tuple(one for one in (question.text, question.help, question.definition) if one is not None)


def places_in(text: LocalText) -> tuple[str, ...]:
    """The names between braces in a text, in any language."""
    return tuple(dict.fromkeys(name for one in text.root.values() if "{" in one for name in PLACE.findall(one)))


def says_any_of(question: Question, codes: Container[str]) -> bool:
    """Whether the answer to any of these questions stands in the texts of this one."""
    return any(name in codes for text in texts_with_places(question) for name in places_in(text))


def uses_profile(file: QuestionnaireFile) -> bool:
    """Whether any condition, check, computed value or text needs the organisation or the round."""
    parsed = [one.condition for one in file.questions if one.condition is not None]
    parsed += [check.parsed for check in file.checks]
    parsed += [one.parsed for section in file.sections for one in section.computed]
    names = [name for one in parsed for name in one.names]
    names += [name for one in file.questions for text in texts_with_places(one) for name in places_in(text)]
    return any(name.startswith((ORGANISATION, ROUND)) for name in names)


def profile_answers(profile: Profile) -> dict[str, AnswerValue]:
    """The profile as values beside the answers."""
    found = {ORGANISATION + "name": AnswerValue(AnswerStatus.ANSWERED, text=profile.name)}
    for code, option in profile.dimensions.items():
        if option:
            found[ORGANISATION + code] = AnswerValue(AnswerStatus.ANSWERED, choice=option)
    year, _dash, month = profile.period.partition("-")
    for name, part in (("year", year), ("month", month)):
        if part.isdecimal() and part.isascii():
            found[ROUND + name] = AnswerValue(AnswerStatus.ANSWERED, number=float(part))
    return found


def profile_names(answers: Answers) -> dict[str, Value]:
    """What expressions see of the profile."""
    found: dict[str, Value] = {}
    for name, value in answers.items():
        if name.startswith((ORGANISATION, ROUND)):
            found[name] = value.choice or (value.text if value.number is None else value.number)
    return found


def piped(text: LocalText, file: QuestionnaireFile, answers: Answers, language: str) -> str:
    """The text in `language` with what was answered put in its places."""
    written = text.text(language)
    if "{" not in written:
        return written
    return PLACE.sub(lambda match: _put(match[1], match[0], file, answers, language), written)


def _put(name: str, whole: str, file: QuestionnaireFile, answers: Answers, language: str) -> str:
    value = answers.get(name)
    if file.has_question(name):
        question = file.question(name)
        return question_type(question).format(question, value, language) if value and value.answered else NOTHING_YET
    if not name.startswith((ORGANISATION, ROUND)):
        return whole
    if value is None:
        return NOTHING_YET
    if value.number is not None:
        return f"{value.number:g}"
    return _dimension_label(name, value.choice, file, language) or value.text or NOTHING_YET


def _dimension_label(name: str, option: str | None, file: QuestionnaireFile, language: str) -> str:
    dimension = next((one for one in file.dimensions if ORGANISATION + one.code == name), None)
    labels = dimension.labels(language) if dimension else {}
    return labels.get(option or "", option or "")


__all__ = [
    "Profile",
    "piped",
    "places_in",
    "profile_answers",
    "profile_names",
    "says_any_of",
    "texts_with_places",
    "uses_profile",
]
