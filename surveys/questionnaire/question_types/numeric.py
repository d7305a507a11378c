"""Questions whose answer is one number: number, percentage, money, duration."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import ClassVar

from surveys.questionnaire.answers import NO_ANSWER, AnswerError, AnswerStatus, AnswerValue
from surveys.questionnaire.columns import ColumnSpec, ColumnValue
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.messages import Message, Quantity, Times, Word, shown, with_unit
from surveys.questionnaire.model import Question, Range
from surveys.questionnaire.numbers import (
    SPACES,
    NumberError,
    count_decimals,
    format_number,
    parse_decimal,
    percent_changed,
)
from surveys.questionnaire.question_types.base import Edit, QuestionType, Typed, one_text

MOST_MINUTES = 20  # an average of 4,5 seconds is rarer than one of 4,5 minutes; from here on seconds are likelier


def read_number(typed: str, decimals: int | None, language: str, part: str | None = None) -> float:
    """The number typed, with at most `decimals` decimals. Raises `AnswerError`."""
    try:
        number = parse_decimal(typed, language)
    except NumberError as error:
        raise AnswerError(error.message_id, {"typed": shown(typed.strip())}, part) from None
    if decimals is not None and count_decimals(number) > decimals:
        problem = "number.too_many_decimals" if decimals else "number.whole"
        raise AnswerError(problem, {"typed": shown(typed.strip()), "decimals": decimals}, part)
    return float(number) + 0.0


CLOCK = re.compile(r"(?:([0-9]{1,4}):([0-5][0-9])|([0-9]{1,5})):([0-5][0-9])")


def read_clock(text: str) -> float | None:
    """The seconds of `4:30` (minutes:seconds) or `1:02:03`; None for anything else."""
    match = CLOCK.fullmatch(text)
    if match is None:
        return None
    hours, minutes, only_minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + (minutes + only_minutes) * 60 + seconds)


class NumberType(QuestionType):
    """A number with an optional unit."""

    code = "number"
    keys = frozenset({"unit", "decimals", "hard", "soft", "soft_change"})
    may_be_unavailable = True

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        for key, bounds in (("hard", question.hard), ("soft", question.soft)):
            if bounds and bounds.min is not None and bounds.max is not None and bounds.min > bounds.max:
                yield (key,), f"`min` is larger than `max` in the {key} range: exchange them"
        hard, soft = question.hard, question.soft
        if hard is None or soft is None:
            return
        low = soft.min is not None and hard.min is not None and soft.min < hard.min
        high = soft.max is not None and hard.max is not None and soft.max > hard.max
        if low or high:
            yield (
                ("soft",),
                f"the soft range must lie inside the hard range ({_span(hard)}): narrow it, or widen `hard`",
            )

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        text = self.bare(self.without_unit(question, one_text(typed)))
        if not text:
            return NO_ANSWER
        return AnswerValue(AnswerStatus.ANSWERED, number=self.read(question, text, language))

    def bare(self, typed: str) -> str:
        """What was typed without the signs that people may write around a number of this type."""
        return typed if len(typed) > 1_000 else typed.translate(SPACES).strip()

    def without_unit(self, question: Question, typed: str) -> str:
        """What was typed without the question's own unit behind it: people copy what the page writes."""
        if question.unit is None or len(typed) > 1_000:
            return typed
        text = typed.rstrip()
        written = {form for unit in question.unit.root.values() if unit for form in (unit, with_unit("", unit).strip())}
        units = sorted(written, key=len, reverse=True)
        found = next((unit for unit in units if text.casefold().endswith(unit.casefold())), "")
        return text[: len(text) - len(found)] if found else typed

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        return "" if answer.number is None else format_number(answer.number, None, language)

    def read(self, question: Question, text: str, language: str) -> float:
        """The number in a text that is not empty."""
        return read_number(text, question.decimals, language)

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        return self.quantity(question, answer.number or 0.0).text(language)

    def quantity(self, question: Question, value: float) -> Quantity:
        """A number as this question writes it."""
        return Quantity(value, question.decimals, question.unit)

    def columns(self, question: Question) -> tuple[ColumnSpec, ...]:
        return (ColumnSpec(question.code, question.code, None, "number"),)

    def answered_values(self, question: Question, answer: AnswerValue) -> tuple[ColumnValue, ...]:
        if answer.number is None:
            raise ValueError(f"an answer to {question.code} must have a number")
        return (ColumnValue(AnswerStatus.ANSWERED, answer.number),)

    def names(self, question: Question, answer: AnswerValue) -> Mapping[str, Value]:
        return {question.code: answer.number}

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        value = answer.number
        if value is None:
            return
        hard = list(self.outside(question, value, question.hard, "hard"))
        yield from hard or self.outside(question, value, question.soft, "soft")
        if previous is not None and previous.number and question.soft_change is not None:
            yield from self.changed(question, value, previous.number, question.soft_change)

    def outside(self, question: Question, value: float, bounds: Range | None, kind: str) -> Iterator[Edit]:
        """The edit for a value outside a range."""
        if bounds is None:
            return
        low = bounds.min is not None and value < bounds.min
        high = bounds.max is not None and value > bounds.max
        limit = bounds.min if low else bounds.max
        if not (low or high) or limit is None:
            return
        params = {"value": self.quantity(question, value), "limit": self.quantity(question, limit)}
        side = "min" if low else "max"
        yield Edit(f"{kind}_{side}", "hard" if kind == "hard" else "soft", Message(f"edit.{kind}_{side}", params))

    def changed(self, question: Question, value: float, before: float, bound: float) -> Iterator[Edit]:
        """The edit for a relative change since last round that is larger than `bound` (0.5 = 50 %)."""
        change = (value - before) / abs(before)
        if round(abs(change), 9) <= bound:  # from 1.0 to 1.1 is no more than 10 %, whatever its binary digits say
            return
        params: dict[str, object] = {
            "value": self.quantity(question, value),
            "previous": self.quantity(question, before),
        }
        times = Times.of(value, before)
        if times is not None:
            yield Edit("soft_change", "soft", Message("edit.soft_change_times", params | {"times": times}))
            return
        direction = Word("higher" if change > 0 else "lower")
        params |= {"percent": Quantity(percent_changed(change)), "direction": direction}
        yield Edit("soft_change", "soft", Message("edit.soft_change", params))


def _span(bounds: Range) -> str:
    low = "…" if bounds.min is None else f"{bounds.min:g}"
    high = "…" if bounds.max is None else f"{bounds.max:g}"
    return f"{low} to {high}"


class PercentageType(NumberType):
    """A percentage: 12.5 means 12.5 %. Between 0 and 100 unless `hard` says otherwise; a typed `%` is accepted."""

    code = "percentage"
    defaults: ClassVar[Mapping[str, object]] = {
        "unit": {"nl": "%", "en": "%"},
        "hard": {"min": 0, "max": 100},
    }

    def bare(self, typed: str) -> str:
        return super().bare(typed).removesuffix("%").rstrip()


class MoneyType(NumberType):
    """An amount in euro; `€`, `EUR` and a closing `,-` are accepted."""

    code = "money"
    defaults: ClassVar[Mapping[str, object]] = {"unit": {"nl": "euro", "en": "euro"}}

    def bare(self, typed: str) -> str:
        text = super().bare(typed)
        if len(text) > 1_000:
            return text
        return re.sub(r"^(?:€|EUR)|(?:€|EUR)$", "", text).strip().removesuffix(",-").rstrip()


class DurationType(NumberType):
    """A time in seconds; `4:30` (minutes:seconds), `1:02:03` and `4 min 30 s` are accepted."""

    code = "duration"
    defaults: ClassVar[Mapping[str, object]] = {
        "unit": {"nl": "seconden", "en": "seconds"},
        "hard": {"min": 0},
    }
    WORDS: ClassVar[re.Pattern[str]] = re.compile(
        r"(?:([0-9]{1,4}) ?(?:u|uur|h|hr|hour|hours))? ?(?:([0-9]{1,5}) ?(?:m|min|minuut|minuten|minute|minutes)\.?)? ?"
        r"(?:([0-9]{1,6}) ?(?:s|sec|seconde|seconden|second|seconds)\.?)?"
    )

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        return "" if answer.number is None else self.clock(answer.number) or super().retyped(question, answer, language)

    def clock(self, value: float) -> str:
        """Whole seconds of a minute or more as people write them: `4:30`, `1:02:03`; empty for anything else."""
        if value < 60 or value != int(value) or value >= 9_999 * 3600:
            return ""
        hours, minutes, seconds = int(value) // 3600, int(value) // 60 % 60, int(value) % 60
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        yield from super().edits(question, answer, previous)
        meant = self.perhaps_meant(question, answer.number)
        if meant is not None:
            params = {"value": self.quantity(question, answer.number or 0.0), "meant": self.clock(meant)}
            yield Edit("minutes", "soft", Message("duration.minutes", params))

    def perhaps_meant(self, question: Question, value: float | None) -> float | None:
        """What who typed `4.30` or `4,5` may have meant, in seconds: minutes with seconds, or with a part of a minute.
        None where the question itself asks for decimals, and where nobody would.
        """
        if value is None or question.decimals is not None or not 1 <= value < MOST_MINUTES or value == int(value):
            return None
        minutes, hundredths = divmod(round(value * 100), 100)
        is_part = hundredths == 50 or hundredths >= 60  # 4,5 is half a minute more than 4; 4.30 is 4:30
        seconds = round((value - minutes) * 60) if is_part else hundredths
        return None if round(value * 100, 6) != round(value * 100) else float(60 * minutes + seconds)

    def read(self, question: Question, text: str, language: str) -> float:
        if ":" not in text:
            worded = self.WORDS.fullmatch(text.casefold()) if len(text) <= 40 else None
            if worded is None or not any(worded.groups()):
                return super().read(question, text, language)
            parts = [int(part or 0) for part in worded.groups()]
            return float(Decimal(parts[0] * 3600 + parts[1] * 60 + parts[2]))
        seconds = read_clock(text)
        if seconds is None:
            raise AnswerError("duration.not_a_duration", {"typed": shown(text)})
        return seconds


class RatioType(NumberType):
    """One to so many: `1:12` and `1 op 12` are 12, and so is `12`; `2:30` is 15."""

    code = "ratio"
    defaults: ClassVar[Mapping[str, object]] = {"hard": {"min": 0}}
    keys = frozenset({"decimals", "hard", "soft", "soft_change"})
    BETWEEN: ClassVar[re.Pattern[str]] = re.compile(r"([^:]{1,20}?)(?: ?: ?| op de | op | in | to )([^:]{1,20})")

    def read(self, question: Question, text: str, language: str) -> float:
        match = self.BETWEEN.fullmatch(text) if len(text) <= 50 else None
        if match is None:
            return super().read(question, text, language)
        one, many = (read_number(side, None, language) for side in match.groups())
        if one <= 0:
            raise AnswerError("ratio.not_a_ratio", {"typed": shown(text)})
        if one == 1:
            return read_number(match.group(2), question.decimals, language)
        return float(
            round(Decimal(repr(many)) / Decimal(repr(one)), 6 if question.decimals is None else question.decimals)
        )

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        return f"1 : {format_number(answer.number or 0.0, question.decimals, language)}"


__all__ = ["DurationType", "MoneyType", "NumberType", "PercentageType", "RatioType", "read_number"]
