"""Questions with options: single choice, multiple choice, yes or no."""

import re
from collections.abc import Iterator, Mapping
from typing import ClassVar

from surveys.questionnaire.answers import NO_ANSWER, AnswerError, AnswerStatus, AnswerValue
from surveys.questionnaire.columns import ColumnSpec, ColumnValue
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.messages import Listed, Message, shown
from surveys.questionnaire.model import LocalText, Question
from surveys.questionnaire.question_types.base import Edit, Holding, QuestionType, Typed
from surveys.questionnaire.question_types.texts import read_words

SEPARATOR = re.compile(r"[|;,]")
MAX_TYPED = 10_000
MAX_WORDS = 500


class ChoiceType(QuestionType):
    """What single and multiple choice share."""

    keys = frozenset({"options"})
    needs = frozenset({"options"})

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        if question.options is None:
            return
        if len(question.options) < 2:
            yield ("options",), "a choice needs at least 2 options: add one, or make it another type of question"
        seen: set[str] = set()
        for index, option in enumerate(question.options):
            if option.code in seen:
                yield ("options", index, "code"), f"the option `{option.code}` exists twice: give each its own code"
            seen.add(option.code)

    def find(self, question: Question, typed: str) -> str:
        """The option code that was typed, capitals or not. Raises `AnswerError`."""
        wanted = typed.strip().casefold()
        for option in self.options(question):
            if option.code == wanted:
                return option.code
        codes = Listed(tuple(option.code for option in self.options(question)))
        raise AnswerError("choice.unknown", {"typed": shown(typed.strip()), "options": codes})

    def asks_words(self, question: Question, codes: tuple[str, ...] | None = None) -> bool:
        """Whether words are asked beside the choice: of anybody, or of who chose `codes`."""
        return any(one.namely and (codes is None or one.code in codes) for one in self.options(question))

    def needs_words(self, question: Question) -> bool:
        """Whether those words must be there."""
        return True

    def words(self, question: Question, typed: object) -> str | None:
        """As parsing keeps them: words that nobody asks any more, because another option was chosen, say nothing."""
        if not isinstance(typed, dict) or not typed.get("namely") or self.holding(question) != "chosen":
            return None
        try:
            return self.parse(question, typed, "en").text
        except AnswerError:
            return None

    def apart(self, question: Question, typed: Typed) -> tuple[str | list[str], str]:
        """(what was chosen, the words beside it). Raises `AnswerError`."""
        if not isinstance(typed, dict):
            return typed, ""
        if self.holding(question) != "chosen" or set(typed) - {"chosen", "namely"}:
            raise AnswerError("answer.one_value")
        chosen = typed.get("chosen", "")
        words = read_words(typed.get("namely", ""), MAX_WORDS)
        return (SEPARATOR.split(chosen) if chosen and len(chosen) <= MAX_TYPED else [chosen] if chosen else []), words

    def missing_words(self, question: Question, codes: tuple[str, ...], text: str | None) -> Iterator[Edit]:
        """The edit for words that were asked and are not there."""
        if text or not self.asks_words(question, codes) or not self.needs_words(question):
            return
        asking = next((one for one in codes if self.asks_words(question, (one,))), "")
        option = self.label(question, asking)
        detail = {"option": option, "label": question.detail.label} if question.detail else None
        message = Message("words.detail", detail) if detail else Message("words.missing", {"option": option})
        yield Edit("words", "hard", message)

    def holding(self, question: Question) -> Holding:
        return "chosen" if self.asks_words(question) else "text"

    def label(self, question: Question, code: str) -> LocalText:
        """Label of an option; its code when the option is no longer there."""
        found = next((option.label for option in self.options(question) if option.code == code), None)
        return found or LocalText({"en": code, "nl": code})


class SingleChoiceType(ChoiceType):
    """One of the options."""

    code = "single_choice"

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        for index, option in enumerate(question.options or ()):
            if option.exclusive:
                yield (
                    ("options", index, "exclusive"),
                    "`exclusive` only means something in a multiple_choice: remove it",
                )

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        typed, words = self.apart(question, typed)
        chosen = [item for item in ([typed] if isinstance(typed, str) else typed) if item.strip()]
        if not chosen:
            return NO_ANSWER
        if len(chosen) > 1:
            raise AnswerError("choice.only_one", {"count": len(chosen)})
        code = self.find(question, chosen[0])
        text = words if words and self.asks_words(question, (code,)) else None
        return AnswerValue(AnswerStatus.ANSWERED, choice=code, text=text)

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        if self.holding(question) == "chosen":
            return {"chosen": answer.choice or "", "namely": answer.text or ""}
        return answer.choice or ""

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        label = self.label(question, answer.choice or "").text(language)
        return f"{label}: {answer.text}" if answer.text else label

    def columns(self, question: Question) -> tuple[ColumnSpec, ...]:
        codes = tuple(option.code for option in self.options(question))
        return (ColumnSpec(question.code, question.code, None, "choice", codes),)

    def answered_values(self, question: Question, answer: AnswerValue) -> tuple[ColumnValue, ...]:
        codes = [option.code for option in self.options(question)]
        if answer.choice not in codes:
            raise ValueError(f"an answer to {question.code} must be one of its options")
        return (ColumnValue(AnswerStatus.ANSWERED, float(codes.index(answer.choice))),)

    def names(self, question: Question, answer: AnswerValue) -> Mapping[str, Value]:
        return {question.code: answer.choice}

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        codes = tuple(option.code for option in self.options(question))
        if answer.choice not in codes:
            params = {"typed": shown(answer.choice or ""), "options": Listed(codes)}
            yield Edit("unknown_option", "hard", Message("choice.unknown", params))
        yield from self.missing_words(question, (answer.choice or "",), answer.text)


class YesNoType(SingleChoiceType):
    """A single choice between yes and no; the file may give its own labels, and ask words after one of the two."""

    code = "yes_no"
    keys = frozenset({"options", "detail"})
    needs = frozenset()
    defaults: ClassVar[Mapping[str, object]] = {
        "options": (
            {"code": "yes", "label": {"nl": "Ja", "en": "Yes"}},
            {"code": "no", "label": {"nl": "Nee", "en": "No"}},
        )
    }
    SYNONYMS: ClassVar[Mapping[str, str]] = {"ja": "yes", "nee": "no", "j": "yes", "n": "no", "y": "yes"}

    def shape_problems(self, question: Question) -> Iterator[tuple[tuple[str | int, ...], str]]:
        yield from super().shape_problems(question)
        if {option.code for option in self.options(question)} != {"yes", "no"}:
            yield (
                ("options",),
                "a yes_no question has the options yes and no: remove `options`, or make it a single_choice",
            )

    def asks_words(self, question: Question, codes: tuple[str, ...] | None = None) -> bool:
        detail = question.detail
        asked = detail is not None and (codes is None or detail.when in codes)
        return asked or super().asks_words(question, codes)

    def needs_words(self, question: Question) -> bool:
        return question.detail is None or question.detail.required

    def find(self, question: Question, typed: str) -> str:
        wanted = typed.strip().casefold()
        return self.SYNONYMS.get(wanted) or super().find(question, typed)


class MultipleChoiceType(ChoiceType):
    """Any number of the options; in one text they are separated by `|`, `;` or `,`."""

    code = "multiple_choice"

    def parse(self, question: Question, typed: Typed, language: str) -> AnswerValue:
        typed, words = self.apart(question, typed)
        if isinstance(typed, str):
            typed = SEPARATOR.split(typed) if len(typed) <= MAX_TYPED else [typed]
        found = {self.find(question, item) for item in typed if item.strip()}
        if not found:
            return NO_ANSWER
        chosen = tuple(option.code for option in self.options(question) if option.code in found)
        text = words if words and self.asks_words(question, chosen) else None
        return AnswerValue(AnswerStatus.ANSWERED, choices=chosen, text=text)

    def holding(self, question: Question) -> Holding:
        return "chosen" if self.asks_words(question) else "list"

    def retyped(self, question: Question, answer: AnswerValue, language: str) -> Typed:
        if self.holding(question) == "chosen":
            return {"chosen": "|".join(answer.choices), "namely": answer.text or ""}
        return list(answer.choices)

    def format(self, question: Question, answer: AnswerValue, language: str) -> str:
        written = "; ".join(self.label(question, code).text(language) for code in answer.choices)
        return f"{written}: {answer.text}" if answer.text else written

    def columns(self, question: Question) -> tuple[ColumnSpec, ...]:
        return tuple(
            ColumnSpec(f"{question.code}.{option.code}", question.code, option.code, "flag")
            for option in self.options(question)
        )

    def answered_values(self, question: Question, answer: AnswerValue) -> tuple[ColumnValue, ...]:
        return tuple(
            ColumnValue(AnswerStatus.ANSWERED, float(option.code in answer.choices))
            for option in self.options(question)
        )

    def names(self, question: Question, answer: AnswerValue) -> Mapping[str, Value]:
        flags: dict[str, Value] = {
            f"{question.code}.{option.code}": option.code in answer.choices for option in self.options(question)
        }
        return {question.code: answer.choices, **flags}

    def edits(self, question: Question, answer: AnswerValue, previous: AnswerValue | None) -> Iterator[Edit]:
        codes = tuple(option.code for option in self.options(question))
        unknown = tuple(code for code in answer.choices if code not in codes)
        if unknown:
            params = {"typed": shown(", ".join(unknown)), "options": Listed(codes)}
            yield Edit("unknown_option", "hard", Message("choice.unknown", params))
        for option in self.options(question):
            if option.exclusive and option.code in answer.choices and len(answer.choices) > 1:
                yield Edit("exclusive", "hard", Message("choice.exclusive", {"option": option.label}))
        yield from self.missing_words(question, answer.choices, answer.text)
