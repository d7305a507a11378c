"""Every sentence that this package says to a participant, in each language.

The package is pure, so it has no gettext: a message is an id with parameters, and `Message.text(language)` makes the
sentence. Parameters that are numbers are written the way the language writes numbers; parameters that are `LocalText`
are translated.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, runtime_checkable

from surveys.questionnaire.numbers import format_number

TEXTS: Mapping[str, Mapping[str, str]] = {
    "number.not_a_number": {
        "nl": "“{typed}” is geen getal. Typ een getal met cijfers, zoals 12,5 of 1.234.",
        "en": "“{typed}” is not a number. Type a number in digits, such as 12.5 or 1,234.",
    },
    "number.too_many_digits": {
        "nl": "Dit getal heeft meer dan 15 cijfers. Rond het af.",
        "en": "This number has more than 15 digits. Round it.",
    },
    "number.too_many_decimals": {
        "nl": "Rond {typed} af op ten hoogste {decimals} cijfers achter de komma.",
        "en": "Round {typed} to at most {decimals} digits after the decimal point.",
    },
    "number.whole": {
        "nl": "Typ een heel getal, zonder cijfers achter de komma (nu: {typed}).",
        "en": "Type a whole number, without decimals (now: {typed}).",
    },
    "duration.not_a_duration": {
        "nl": "“{typed}” is geen tijdsduur. Typ seconden (270) of minuten en seconden (4:30).",
        "en": "“{typed}” is not a duration. Type seconds (270) or minutes and seconds (4:30).",
    },
    "duration.minutes": {
        "nl": "{value}? Bedoelde u {meant} (minuten:seconden)? Typ dan {meant}; leg anders uit waarom het klopt.",
        "en": "{value}? Did you mean {meant} (minutes:seconds)? Then type {meant}; otherwise explain why it is right.",
    },
    "ratio.not_a_ratio": {
        "nl": "“{typed}” is geen verhouding. Typ hoeveel er op één komen (12), of 1:12.",
        "en": "“{typed}” is not a ratio. Type how many there are to one (12), or 1:12.",
    },
    "scale.range": {
        "nl": "{value} staat niet op de schaal. Kies een heel getal van {low} tot en met {high}.",
        "en": "{value} is not on the scale. Choose a whole number from {low} to {high}.",
    },
    "date.not_a_date": {
        "nl": "“{typed}” is geen datum. Typ dag, maand en jaar, zoals 22-11-2026.",
        "en": "“{typed}” is not a date. Type day, month and year, such as 22-11-2026.",
    },
    "date.not_a_period": {
        "nl": "“{typed}” is niet de periode die hier gevraagd wordt. Typ een jaar (2026), een kwartaal (2026-K1)"
        " of een maand (2026-03), zoals de vraag aangeeft.",
        "en": "“{typed}” is not the period that is asked for. Type a year (2026), a quarter (2026-Q1)"
        " or a month (2026-03), as the question says.",
    },
    "date.early": {
        "nl": "{value} is te vroeg: het moet {limit} of later zijn. Verbeter het.",
        "en": "{value} is too early: it must be {limit} or later. Correct it.",
    },
    "date.late": {
        "nl": "{value} is te laat: het moet {limit} of eerder zijn. Verbeter het.",
        "en": "{value} is too late: it must be {limit} or earlier. Correct it.",
    },
    "cell": {"nl": "{cell}: {problem}", "en": "{cell}: {problem}"},
    "words.missing": {
        "nl": "U koos “{option}”. Schrijf erbij wat u bedoelt.",
        "en": "You chose “{option}”. Write what you mean.",
    },
    "words.detail": {
        "nl": "U koos “{option}”. Vul dan ook “{label}” in.",
        "en": "You chose “{option}”. Then fill in “{label}” too.",
    },
    "choice.unknown": {
        "nl": "“{typed}” is geen mogelijk antwoord. Kies een van: {options}.",
        "en": "“{typed}” is not a possible answer. Choose one of: {options}.",
    },
    "choice.only_one": {
        "nl": "Kies één antwoord; er zijn er nu {count} gekozen.",
        "en": "Choose one answer; {count} are chosen now.",
    },
    "choice.exclusive": {
        "nl": "“{option}” gaat niet samen met andere antwoorden. Haal de andere weg, of haal dit antwoord weg.",
        "en": "“{option}” does not go together with other answers. Remove the others, or remove this one.",
    },
    "parts.unknown": {
        "nl": "“{typed}” is geen onderdeel van deze vraag. De onderdelen zijn: {parts}.",
        "en": "“{typed}” is not a part of this question. The parts are: {parts}.",
    },
    "parts.expected": {
        "nl": "Deze vraag heeft een getal per onderdeel nodig: {parts}.",
        "en": "This question needs a number for each part: {parts}.",
    },
    "parts.total": {
        "nl": "De onderdelen tellen op tot {sum}; dat moet {total} zijn. Pas een of meer onderdelen aan.",
        "en": "The parts add up to {sum}; that must be {total}. Change one or more parts.",
    },
    "parts.range": {
        "nl": "“{part}” is {value}; dat moet tussen 0 en {total} liggen. Pas het aan.",
        "en": "“{part}” is {value}; it must be between 0 and {total}. Change it.",
    },
    "text.too_long": {
        "nl": "Deze tekst is te lang: {count} tekens. Kort hem in tot {limit} tekens.",
        "en": "This text is too long: {count} characters. Shorten it to {limit} characters.",
    },
    "text.unreadable": {
        "nl": "Deze tekst bevat onzichtbare tekens die niet te bewaren zijn. Haal ze weg of typ de tekst opnieuw.",
        "en": "This text contains invisible characters that cannot be kept. Remove them or type the text again.",
    },
    "answer.one_value": {
        "nl": "Deze vraag verwacht één antwoord.",
        "en": "This question expects one answer.",
    },
    "edit.required": {
        "nl": "Deze vraag is nog niet beantwoord. Vul een antwoord in, of kies “niet beschikbaar”.",
        "en": "This question has no answer yet. Give an answer, or choose “not available”.",
    },
    "edit.hard_min": {
        "nl": "{value} kan niet: het moet {limit} of meer zijn. Verbeter het getal.",
        "en": "{value} is not possible: it must be {limit} or more. Correct the number.",
    },
    "edit.hard_max": {
        "nl": "{value} kan niet: het mag hoogstens {limit} zijn. Verbeter het getal.",
        "en": "{value} is not possible: it must be {limit} or less. Correct the number.",
    },
    "edit.soft_min": {
        "nl": "{value} is ongewoon laag (meestal {limit} of meer). Verbeter het getal, of leg uit waarom het klopt.",
        "en": "{value} is unusually low (mostly {limit} or more). Correct the number, or explain why it is right.",
    },
    "edit.soft_max": {
        "nl": "{value} is ongewoon hoog (meestal {limit} of minder). Verbeter het getal, of leg uit waarom het klopt.",
        "en": "{value} is unusually high (mostly {limit} or less). Correct the number, or explain why it is right.",
    },
    "edit.soft_change": {
        "nl": "{value} is {percent} % {direction} dan vorige keer ({previous}). "
        "Verbeter het getal, of leg uit wat er veranderde.",
        "en": "{value} is {percent} % {direction} than last time ({previous}). "
        "Correct the number, or explain what changed.",
    },
    "edit.soft_change_times": {
        "nl": "{value} is {times} als vorige keer ({previous}). Verbeter het getal, of leg uit wat er veranderde.",
        "en": "{value} is {times} as last time ({previous}). Correct the number, or explain what changed.",
    },
    "times": {"nl": "{times} keer zoveel", "en": "{times} times as much"},
    "times.more": {"nl": "ruim {times} keer zoveel", "en": "more than {times} times as much"},
    "times.most": {"nl": "meer dan een miljoen keer zoveel", "en": "more than a million times as much"},
}

WORDS: Mapping[str, Mapping[str, str]] = {
    "higher": {"nl": "hoger", "en": "higher"},
    "lower": {"nl": "lager", "en": "lower"},
}


@runtime_checkable
class Translated(Protocol):
    """Anything that has a text in each language."""

    def text(self, language: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Word:
    """A word of this package used inside a message."""

    code: str

    def text(self, language: str) -> str:
        return WORDS[self.code][language]


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of words or codes inside a message, written with commas."""

    items: tuple[object, ...]

    def text(self, language: str) -> str:
        return ", ".join(written(item, language) for item in self.items)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the decimals and unit that its question gives it."""

    value: float
    decimals: int | None = None
    unit: Translated | None = None

    def text(self, language: str) -> str:
        number = format_number(self.value, self.decimals, language)
        return with_unit(number, self.unit.text(language)) if self.unit is not None else number


@dataclass(frozen=True, slots=True)
class Times:
    """How many times as much, said with two digits: what a percentage of five digits does not tell anybody."""

    factor: float

    LEAST: ClassVar[int] = 10
    MOST: ClassVar[int] = 1_000_000

    @classmethod
    def of(cls, now: float, then: float) -> "Times | None":
        """From one positive number to another; None where a percentage says it."""
        factor = round(now / then, 9) if now > 0 and then > 0 else 0.0
        return cls(factor) if factor >= cls.LEAST else None

    def text(self, language: str) -> str:
        if self.factor > self.MOST:
            return TEXTS["times.most"][language]
        unit = 10 ** (len(str(int(self.factor))) - 2)
        said = int(self.factor) // unit * unit
        message = "times" if said == self.factor else "times.more"
        return TEXTS[message][language].format(times=format_number(said, 0, language))


def with_unit(number: str, unit: str) -> str:
    """A number as text with its unit; one that names a scale in brackets: 7,4 (cijfer 1–10)."""
    if any(mark.isdigit() for mark in unit):
        return f"{number} ({unit})"
    return f"{number} {unit}" if unit else number


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence that can be written in each language: an id of `TEXTS` with parameters."""

    id: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: str) -> str:
        template = TEXTS[self.id][language]
        return template.format(**{name: written(value, language) for name, value in self.params.items()})


def written(value: object, language: str) -> str:
    """Writes one parameter of a message in `language`."""
    if isinstance(value, str):
        return value
    if isinstance(
        value, Quantity | Word | Listed | Times
    ):  # nearly always; asking for the protocol takes ten times as long
        return value.text(language)
    if isinstance(value, int | float):
        return format_number(value, None, language)
    return value.text(language) if isinstance(value, Translated) else str(value)


def shown(typed: str, limit: int = 40) -> str:
    """What somebody typed, short enough and printable enough to repeat in a message."""
    clean = "".join(character if character.isprintable() else "�" for character in typed)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"
