"""Parts that add up to a total, such as a channel mix of 100 %."""

import math
from collections.abc import Iterator, Mapping

from surveys.questionnaire.answers import NO_ANSWER, AnswerError, AnswerStatus, AnswerValue
from surveys.questionnaire.columns import ColumnSpec, ColumnValue, without_value
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.messages import Listed, Message, Quantity, shown
from surveys.questionnaire.model import Part, Question
from surveys.questionnaire.numbers import format_number
from surveys.questionnaire.question_types.base import Edit, Holding, QuestionType, Typed, one_text
from surveys.questionnaire.question_types.numeric import PercentageType, read_number

TOLERANCE = 0.05


class PercentageSetType(QuestionType):
    """A number per part, together the total (± 0.05, for rounding).

    A part that was left open is not zero by itself. When the other parts already make the total, nothing can be left
    for it: then its column holds the 0 that follows.
    """

    code = "percentage_set"
    keys = frozenset({"parts", "total", "unit", "decimals"})
    needs = frozenset({"parts", "total"})
    may_be_unavailable = True

    def holding(self, question: Question) -> Holding:
        return "parts"

    def part_codes(self, question: Question) -> tuple[str, ...]:
        return tuple(part.code for part in self.parts(question))

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        codes = self.part_codes(question)
        found = answer.parts
        return {code: format_number(found[code], None, language) if code in found else "" for code in codes}

    def parts(self, question: Question) -> tuple[Part, ...]:
        """The parts of the question."""
        return question.parts or ()

    def total(self, question: Question) -> float:
        """What the parts add up to."""
        return 100.0 if question.total is None else question.total

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        if question.parts is None:
            return
        if len(question.parts) < 2:
            yield ("parts",), "a percentage_set needs at least 2 parts: add one, or make it a percentage"
        seen: set[str] = set()
        for index, part in enumerate(question.parts):
            if part.code in seen:
                yield ("parts", index, "code"), f"the part `{part.code}` exists twice: give each its own code"
            seen.add(part.code)

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        codes = Listed(tuple(part.code for part in self.parts(question)))
        if not isinstance(typed, dict):
            if not one_text(typed).strip():
                return NO_ANSWER
            raise AnswerError("parts.expected", {"parts": codes})
        found: dict[str, float] = {}
        for code in typed:
            if code not in codes.items:
                raise AnswerError("parts.unknown", {"typed": shown(code), "parts": codes})
        for part in self.parts(question):
            text = PercentageType().bare(typed.get(part.code, ""))
            if text:
                found[part.code] = read_number(text, question.decimals, language, part.code)
        return AnswerValue(AnswerStatus.ANSWERED, parts=found) if found else NO_ANSWER

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        written = (
            (
                part.label.text(language),
                Quantity(answer.parts[part.code], question.decimals, question.unit).text(language),
            )
            for part in self.parts(question)
            if part.code in answer.parts
        )
        return "; ".join(f"{label} {quantity}" for label, quantity in written)

    def columns(self, question: Question) -> tuple[ColumnSpec, ...]:
        return tuple(
            ColumnSpec(f"{question.code}.{part.code}", question.code, part.code, "number")
            for part in self.parts(question)
        )

    def complete(self, question: Question, answer: AnswerValue) -> bool:
        """Whether the parts that were filled in make the total."""
        return abs(math.fsum(answer.parts.values()) - self.total(question)) <= TOLERANCE + 1e-9

    def values(self, question: Question, answer: AnswerValue) -> dict[str, float]:
        """Part code → number, with the zeros that follow from the total."""
        rest = 0.0 if self.complete(question, answer) else None
        found = {part.code: answer.parts.get(part.code, rest) for part in self.parts(question)}
        return {code: value for code, value in found.items() if value is not None}

    def answered_values(self, question: Question, answer: AnswerValue) -> tuple[ColumnValue, ...]:
        values = self.values(question, answer)
        return tuple(
            ColumnValue(AnswerStatus.ANSWERED, values[part.code])
            if part.code in values
            else without_value(AnswerStatus.NONRESPONSE)
            for part in self.parts(question)
        )

    def names(self, question: Question, answer: AnswerValue) -> Mapping[str, Value]:
        return {f"{question.code}.{code}": value for code, value in self.values(question, answer).items()}

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        total = Quantity(self.total(question), None)
        for part in self.parts(question):
            value = answer.parts.get(part.code, 0.0)
            if not 0 <= value <= self.total(question):
                params = {"part": part.label, "value": Quantity(value, None), "total": total}
                yield Edit(f"part_range.{part.code}", "hard", Message("parts.range", params))
        if not self.complete(question, answer):
            sum_of_parts = Quantity(round(math.fsum(answer.parts.values()), 6), None)
            yield Edit("total", "hard", Message("parts.total", {"sum": sum_of_parts, "total": total}))
