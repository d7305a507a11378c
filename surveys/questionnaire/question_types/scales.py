"""Scales: one point out of a row of whole numbers, with a stated direction."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from surveys.questionnaire.answers import AnswerValue
from surveys.questionnaire.messages import Message, Quantity
from surveys.questionnaire.model import LocalText, Option, Question, Scale
from surveys.questionnaire.question_types.base import Edit
from surveys.questionnaire.question_types.numeric import NumberType, read_number

MOST_POINTS = 21
TWO_POINTS = {"min": 0, "max": 10, "direction": "high_is_good"}


class LikertType(NumberType):
    """A point of a scale whose ends have a name, such as 1 (very dissatisfied) to 5 (very satisfied).

    The number is kept; which end is good is said by the scale, so that results of opposite scales never mix.
    """

    code = "likert"
    keys = frozenset({"scale"})
    needs = frozenset({"scale"})
    may_be_unavailable = False

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        scale = question.scale
        if scale is None:
            return
        if scale.min >= scale.max:
            yield ("scale",), "`min` must be smaller than `max`: exchange them"
        elif scale.max - scale.min >= MOST_POINTS:
            yield ("scale",), f"a scale has at most {MOST_POINTS} points: make it a number with a range"

    def points(self, question: Question) -> tuple[Option, ...]:
        """The points as what can be chosen, the two ends with their names."""
        scale = question.scale
        return () if scale is None else tuple(self._point(scale, value) for value in range(scale.min, scale.max + 1))

    def _point(self, scale: Scale, value: int) -> Option:
        name = scale.low if value == scale.min else scale.high if value == scale.max else None
        texts = {language: f"{value} – {text}" for language, text in name.root.items()} if name else {}
        return Option.model_construct(code=str(value), label=LocalText(texts or {"nl": str(value), "en": str(value)}))

    def read(self, question: Question, text: str, language: str) -> float:
        return read_number(text.partition(" – ")[0], 0, language)

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        wanted = f"{answer.number or 0:g}"
        return next((one.label.text(language) for one in self.points(question) if one.code == wanted), wanted)

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        scale, value = question.scale, answer.number
        if scale is not None and value is not None and not scale.min <= value <= scale.max:
            params = {"value": Quantity(value), "low": Quantity(scale.min), "high": Quantity(scale.max)}
            yield Edit("off_scale", "hard", Message("scale.range", params))


class NpsType(LikertType):
    """The question behind the NPS: 0 to 10, high is good. The score itself (promoters minus detractors) is computed."""

    code = "nps"
    needs = frozenset()
    defaults: ClassVar[Mapping[str, object]] = {
        "scale": {
            **TWO_POINTS,
            "low": {"nl": "zeer onwaarschijnlijk", "en": "not at all likely"},
            "high": {"nl": "zeer waarschijnlijk", "en": "extremely likely"},
        }
    }

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        scale = question.scale
        if scale is not None and any(getattr(scale, key) != value for key, value in TWO_POINTS.items()):
            yield ("scale",), "an nps question goes from 0 to 10 and high is good: make another scale a likert question"
