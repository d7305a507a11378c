"""All answers of one organisation to one edition of the questionnaire, as a Dutch participant would type them."""

from dataclasses import dataclass

from benchmark.demo.choices import NOT_KNOWN, choices_of, multiple_of
from benchmark.demo.figures import channel_mix, figures_of
from benchmark.demo.organisations import DemoOrganisation
from benchmark.demo.partners import partners_of
from benchmark.demo.traits import Traits, traits_of
from surveys.questionnaire import (
    NOT_AVAILABLE,
    AnswerStatus,
    AnswerValue,
    Question,
    QuestionnaireFile,
    Typed,
    format_number,
    is_due,
    parse_answer,
)

LANGUAGE = "nl"
LEFT_EMPTY = 0.03  # of the questions that may stay empty
SAID_UNKNOWN = 0.03
# What organisations often do not know or measure: all questions of a family together.
FAMILIES = {
    "nps": ("nps_responses", "nps_promoters", "nps_passives", "nps_detractors"),
    "ces": ("ces_score", "ces_score_7", "ces_responses"),
    "switching": ("switch_base", "switch_contacts"),
    "self_service": ("selfservice_sessions", "selfservice_resolved"),
    "hours": ("logged_in_hours", "occupied_hours"),
    "costs": ("contact_costs",),
    "wages": ("wage_hour",),
}
UNKNOWN = {"nps": 0.13, "ces": 0.12, "switching": 0.3, "self_service": 0.15, "hours": 0.08, "costs": 0.1, "wages": 0.15}
CHALLENGES = (
    "Genoeg goede mensen vinden en houden.",
    "Andere afdelingen laten meebewegen met wat wij van klanten horen.",
    "De groei van WhatsApp en chat opvangen met hetzelfde team.",
    "Kennis op één plek krijgen, zodat iedereen hetzelfde antwoord geeft.",
    "Herhaalverkeer verminderen; de oorzaken liggen meestal buiten ons.",
    "AI verantwoord inzetten zonder het persoonlijke te verliezen.",
    "",
    "",
)


@dataclass(frozen=True)
class DemoAnswer:
    """One answer: what is typed and what it means. `typed` is empty where the answer is “not available”."""

    question: str
    typed: Typed
    value: AnswerValue


def answers_of(organisation: DemoOrganisation, year: int, file: QuestionnaireFile) -> dict[str, DemoAnswer]:
    """The answers by question code in the order of the questionnaire; what is not due or left empty is absent."""
    traits = traits_of(organisation, year)
    typed = _typed(traits, file)
    unknown = _unknown(traits)
    given: dict[str, DemoAnswer] = {}
    values: dict[str, AnswerValue] = {}
    for question in file.questions:
        if question.code not in typed or not is_due(question, values):
            continue
        answer = _answer(traits, question, typed[question.code], unknown)
        if answer is not None:
            given[question.code] = answer
            values[question.code] = answer.value
    return given


def _answer(traits: Traits, question: Question, typed: Typed, unknown: set[str]) -> DemoAnswer | None:
    if question.code in unknown and not question.required:
        return DemoAnswer(question.code, "", NOT_AVAILABLE)
    chance = traits.dice(f"given.{question.code}").random()
    in_family = any(question.code in family for family in FAMILIES.values())
    if not question.required and not in_family and chance < LEFT_EMPTY + SAID_UNKNOWN:
        return None if chance < LEFT_EMPTY else DemoAnswer(question.code, "", NOT_AVAILABLE)
    if typed == NOT_KNOWN:
        return DemoAnswer(question.code, "", NOT_AVAILABLE)
    value = parse_answer(question, typed, LANGUAGE)
    return DemoAnswer(question.code, typed, value) if value.status == AnswerStatus.ANSWERED else None


def _unknown(traits: Traits) -> set[str]:
    """Questions that this organisation cannot answer; what one does not know this year is often unknown next year."""
    found: set[str] = set()
    for family, codes in FAMILIES.items():
        if traits.dice(f"unknown.{family}", yearly=False).random() < UNKNOWN[family] - 0.015 * traits.age:
            found.update(codes)
    return found


def _typed(traits: Traits, file: QuestionnaireFile) -> dict[str, Typed]:
    """What would be typed at each question, due or not."""
    mix = channel_mix(traits)
    figures = figures_of(traits, mix)
    if traits.year == 2024:  # that edition asked ease on 1–7 under this code
        figures["ces_score"] = figures["ces_score_7"]
    typed: dict[str, Typed] = {}
    for code, number in figures.items():
        if file.has_question(code):
            typed[code] = format_number(number, file.question(code).decimals, LANGUAGE)
    typed |= {code: said for code, said in partners_of(traits, figures).items() if file.has_question(code)}
    typed["channel_mix"] = {part: format_number(number, None, LANGUAGE) for part, number in mix.items()}
    typed |= {code: list(chosen) for code, chosen in multiple_of(traits).items() if file.has_question(code)}
    typed |= {code: chosen for code, chosen in choices_of(traits).items() if file.has_question(code)}
    typed["biggest_challenge"] = traits.dice("challenge").choice(CHALLENGES)
    return typed
