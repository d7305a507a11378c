"""What stands between the answers of one organisation and submitting them, how far it got, and what is frozen of it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from surveys.questionnaire.answers import Answers, AnswerStatus, AnswerValue
from surveys.questionnaire.columns import ColumnValue, without_value
from surveys.questionnaire.expression_nodes import Value, number
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.messages import Message, Translated
from surveys.questionnaire.model import Check, Question
from surveys.questionnaire.piping import profile_names
from surveys.questionnaire.routing import counted_answers, due_questions, names_of


@dataclass(frozen=True, slots=True)
class Finding:
    """One edit. Hard blocks submitting; soft asks a reason.

    `code` stays the same from round to round (`soft_max:talk_seconds`, `check:parts_within_inbound`), so a reason can
    be kept with it. `message` is the sentence in the language that was asked for, written when somebody reads it;
    `.text(language)` writes it in another.
    """

    code: str
    kind: Literal["hard", "soft"]
    questions: tuple[str, ...]
    wording: Translated
    language: str

    @property
    def message(self) -> str:
        """The sentence in the language that was asked for."""
        return self.wording.text(self.language)

    @property
    def needs_reason(self) -> bool:
        """Whether the participant may keep the value by explaining it."""
        return self.kind == "soft"

    def text(self, language: str) -> str:
        """The sentence in `language`."""
        return self.wording.text(language)


def check_submission(
    file: QuestionnaireFile, answers: Answers, previous: Answers | None = None, language: str = "nl"
) -> list[Finding]:
    """Every edit on these answers, in the order of the questionnaire; a check follows the last question that it
    concerns.

    `previous`: the organisation's answers of last round by the codes of this one, only those whose definition is the
    same (`lineage.answers_then`), for soft edits on change.
    """
    edits = Edits(file, counted_answers(file, answers), profile_names(answers), previous or {}, language)
    return [finding for question in file.questions for finding in edits.at(question)]


class Edits:
    """The edits on some answers, question by question, for who needs those of a few: as `check_submission`.

    `now`: for every question the answer that counts (`routing.counted_answers`).
    """

    def __init__(
        self,
        file: QuestionnaireFile,
        now: Mapping[str, AnswerValue],
        profile: Mapping[str, Value],
        previous: Answers,
        language: str,
    ) -> None:
        self.file, self.now, self.profile, self.previous, self.language = file, now, profile, previous, language
        self._violated: dict[str, tuple[str, ...]] = {}
        self._names: dict[str, Mapping[str, Value]] = {}

    def at(self, question: Question) -> list[Finding]:
        """The edits on one question, and the violated checks of which it is the last one that they concern."""
        found = list(_question_findings(question, self.now[question.code], self.previous, self.language))
        for check in self.file.checks_at(question.code):
            concerned = self._concerned_by(check)
            if concerned and self.file.last_of(concerned) == question.code:
                found.append(Finding(f"check:{check.code}", check.kind, concerned, check.message, self.language))
        return found

    def _concerned_by(self, check: Check) -> tuple[str, ...]:
        """The questions that a violated check concerns; none when it holds, or cannot be told."""
        if check.code not in self._violated:
            named = dict.fromkeys(name.partition(".")[0] for name in check.parsed.names)
            names = dict(self.profile)
            for code in named:
                if self.file.has_question(code):
                    names.update(self._names_of(code))
            violated = check.parsed.holds(names) is False
            self._violated[check.code] = _concerned(check, self.now) if violated else ()
        return self._violated[check.code]

    def _names_of(self, code: str) -> Mapping[str, Value]:
        if code not in self._names:
            self._names[code] = names_of(self.file.question(code), self.now[code])
        return self._names[code]


def _question_findings(question: Question, answer: AnswerValue, previous: Answers, language: str) -> Iterator[Finding]:
    if question.required and not answer.given:
        wording = Message("edit.required")
        yield Finding(f"required:{question.code}", "hard", (question.code,), wording, language)
    if not answer.answered:
        return
    for edit in question_type(question).edits(question, answer, comparable(question, previous)):
        yield Finding(f"{edit.rule}:{question.code}", edit.kind, (question.code,), edit.message, language)


def comparable(question: Question, previous: Answers) -> AnswerValue | None:
    """Last round's answer, where it may be compared: the lineage is not broken and there was a value."""
    if question.same_as is not None and question.same_as.relation == "broken":
        return None
    before = previous.get(question.code)
    return before if before is not None and before.answered else None


def _concerned(check: Check, now: Mapping[str, AnswerValue]) -> tuple[str, ...]:
    """The questions that a violated check concerns here: not those that are not asked, where nobody would see it."""
    every = check.concerns
    return tuple(code for code in every if now[code].status != AnswerStatus.NOT_APPLICABLE) or every


def names_of_all(
    file: QuestionnaireFile, now: Mapping[str, AnswerValue], profile: Mapping[str, Value]
) -> dict[str, Value]:
    """What expressions see of all answers that count, and of the profile."""
    names: dict[str, Value] = dict(profile)
    for question in file.questions:
        names.update(names_of(question, now[question.code]))
    return names


def computed_values(file: QuestionnaireFile, answers: Answers) -> dict[str, float | None]:
    """Every computed value by its code; None while something that it needs is missing."""
    if not any(section.computed for section in file.sections):
        return {}
    names = names_of_all(file, counted_answers(file, answers), profile_names(answers))
    return {one.code: number(one.parsed.evaluate(names)) for section in file.sections for one in section.computed}


def progress(
    file: QuestionnaireFile, answers: Answers, due: Collection[str] | None = None
) -> dict[str, tuple[int, int]]:
    """Per section (answered, due): "not available" is an answer, a question that is not asked does not count.

    `due`: the codes of the questions that are asked, where they are known.
    """
    asked = {question.code for question in due_questions(file, answers)} if due is None else due
    given = {code for code in asked if code in answers and answers[code].given}
    return {
        section.code: (
            sum(question.code in given for question in section.questions),
            sum(question.code in asked for question in section.questions),
        )
        for section in file.sections
    }


def column_values(file: QuestionnaireFile, answers: Answers) -> dict[str, ColumnValue]:
    """Per column what is frozen: status, and index of the option (choice), 1 or 0 (flag), number, or NaN (text)."""
    now = counted_answers(file, answers)
    found: dict[str, ColumnValue] = {}
    for question in file.questions:
        answer, columns = now[question.code], file.columns_of(question.code)
        if answer.answered:
            values = question_type(question).answered_values(question, answer)
            found.update(zip((column.code for column in columns), values, strict=True))
        else:
            found.update((column.code, without_value(answer.status)) for column in columns)
    return found
