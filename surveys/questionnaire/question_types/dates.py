"""Dates and periods. A date is kept as days since 1970-01-01; a period as its number in years, quarters or months."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from typing import ClassVar

from surveys.questionnaire.answers import AnswerError, AnswerValue
from surveys.questionnaire.messages import Message, shown
from surveys.questionnaire.model import Question, Range
from surveys.questionnaire.question_types.base import Edit, Typed
from surveys.questionnaire.question_types.numeric import NumberType

EPOCH = date(1970, 1, 1)
MONTHS: Mapping[str, tuple[str, ...]] = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni", "juli"),
        *("augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("january", "february", "march", "april", "may", "june", "july"),
        *("august", "september", "october", "november", "december"),
    ),
}
NUMBER_OF = {name: at for names in MONTHS.values() for at, name in enumerate(names, 1)}
NUMBER_OF |= {name[:3]: at for name, at in NUMBER_OF.items()} | {"mrt": 3}

DAY_FIRST = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
YEAR_FIRST = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})")
WORDED = re.compile(r"([0-9]{1,2})\s+([a-z]{3,9})\.?\s+([0-9]{4})")
YEAR = re.compile(r"[0-9]{4}")
MONTH = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})|([0-9]{1,2})[-/]([0-9]{4})|([a-z]{3,9})\.?\s+([0-9]{4})")
QUARTER = re.compile(
    r"([0-9]{4})[- ]?[qk]([1-4])|[qk]([1-4])[- ]([0-9]{4})|([1-4])(?:e|st|nd|rd|th) (?:kwartaal|quarter) ([0-9]{4})"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or period inside a message."""

    kind: "MomentType"
    question: Question
    value: float

    def text(self, language: str) -> str:
        return self.kind.written(self.question, self.value, language)


class MomentType(NumberType):
    """What dates and periods share: a number for computing, `earliest` and `latest`, and no unit."""

    keys = frozenset({"earliest", "latest"})
    problem: ClassVar[str]
    example: ClassVar[str]

    def bounds(self, question: Question) -> Range:
        """The range that `earliest` and `latest` state, as numbers."""
        low = None if question.earliest is None else self.read(question, question.earliest, "en")
        high = None if question.latest is None else self.read(question, question.latest, "en")
        return Range(min=low, max=high)

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        read: dict[str, float] = {}
        for key in ("earliest", "latest"):
            typed = getattr(question, key)
            try:
                read |= {} if typed is None else {key: self.read(question, typed, "en")}
            except AnswerError:
                yield (key,), f"`{typed}` cannot be read: write it as in {self.example}"
        if len(read) == 2 and read["earliest"] > read["latest"]:
            yield ("earliest",), "`earliest` is later than `latest`: exchange them"

    def written(self, question: Question, value: float, language: str) -> str:
        """A number of this type as people read it."""
        raise NotImplementedError

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        return self.written(question, answer.number or 0.0, language)

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        return "" if answer.number is None else self.written(question, answer.number, language)

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        bounds, value = self.bounds(question), answer.number
        if value is None:
            return
        params: dict[str, object] = {"value": Moment(self, question, value)}
        if bounds.min is not None and value < bounds.min:
            yield Edit(
                "earliest", "hard", Message("date.early", params | {"limit": Moment(self, question, bounds.min)})
            )
        if bounds.max is not None and value > bounds.max:
            yield Edit("latest", "hard", Message("date.late", params | {"limit": Moment(self, question, bounds.max)}))

    def refuse(self, text: str) -> AnswerError:
        """The error for a text that is no such moment."""
        return AnswerError(self.problem, {"typed": shown(text)})


class DateType(MomentType):
    """A day: `22-11-2026`, `2026-11-22` and `22 november 2026`; the day always comes before the month."""

    code = "date"
    problem = "date.not_a_date"
    example = "2026-11-22"

    def read(self, question: Question, text: str, language: str) -> float:
        low = text.casefold() if len(text) <= 40 else ""
        if match := DAY_FIRST.fullmatch(low):
            day, month, year = (int(part) for part in match.groups())
        elif match := YEAR_FIRST.fullmatch(low):
            year, month, day = (int(part) for part in match.groups())
        elif match := WORDED.fullmatch(low):
            day, month, year = int(match.group(1)), NUMBER_OF.get(match.group(2), 0), int(match.group(3))
        else:
            raise self.refuse(text)
        try:
            return float((date(year, month, day) - EPOCH).days)
        except ValueError:
            raise self.refuse(text) from None

    def written(self, question: Question, value: float, language: str) -> str:
        day = EPOCH + timedelta(days=int(value))
        return f"{day.day:02}-{day.month:02}-{day.year:04}"


class PeriodType(MomentType):
    """A year (`2026`), a quarter (`2026-Q1`) or a month (`2026-03`, `maart 2026`), as `precision` says."""

    code = "period"
    keys = frozenset({"precision", "earliest", "latest"})
    needs = frozenset({"precision"})
    problem = "date.not_a_period"
    example = "2026, 2026-Q1 or 2026-03, as `precision` says"

    def read(self, question: Question, text: str, language: str) -> float:
        low = text.casefold() if len(text) <= 40 else ""
        year, part, parts = 0, 1, 1
        if question.precision == "quarter":
            match, parts = QUARTER.fullmatch(low), 4
            if match:
                a, b, c, d, e, f = match.groups()
                year, part = int(a or d or f), int(b or c or e)
        elif question.precision == "month":
            match, parts = MONTH.fullmatch(low), 12
            if match:
                a, b, c, d, e, f = match.groups()
                year, part = int(a or d or f), int(b or c or NUMBER_OF.get(e or "", 0))
        else:
            match = YEAR.fullmatch(low)
            year = int(low) if match else 0
        if match is None or not MINYEAR <= year <= MAXYEAR or not 1 <= part <= parts:
            raise self.refuse(text)
        return float(year * parts + part - 1)

    def written(self, question: Question, value: float, language: str) -> str:
        parts = {"quarter": 4, "month": 12}.get(question.precision or "year", 1)
        year, part = divmod(int(value), parts)
        if parts == 1:
            return f"{year:04}"
        if parts == 4:
            return f"{year:04}-Q{part + 1}" if language == "en" else f"{year:04}-K{part + 1}"
        return f"{year:04}-{part + 1:02}"


__all__ = ["DateType", "MomentType", "PeriodType"]
