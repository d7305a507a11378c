"""Which questions are asked, given what was answered so far.

An answer to a question that is no longer asked is kept (the participant may change back), but counts as not applicable,
here and in conditions of later questions.
"""

from collections.abc import Mapping

from surveys.questionnaire.answers import NO_ANSWER, NOT_APPLICABLE, Answers, AnswerValue
from surveys.questionnaire.expression_nodes import Value
from surveys.questionnaire.file import QuestionnaireFile, question_type
from surveys.questionnaire.model import Question
from surveys.questionnaire.piping import profile_names


def is_due(question: Question, answers: Answers) -> bool:
    """Whether the question is asked: its condition holds, by the answers to questions that are themselves asked."""
    return _is_due(question, answers, {})


def due_questions(file: QuestionnaireFile, answers: Answers) -> tuple[Question, ...]:
    """The questions that are asked, in the order of the file."""
    known: dict[str, bool] = {}
    return tuple(question for question in file.questions if _is_due(question, answers, known))


def counted_answers(file: QuestionnaireFile, answers: Answers) -> dict[str, AnswerValue]:
    """For every question the answer that counts: not applicable when it is not asked, no answer when there is none."""
    known: dict[str, bool] = {}
    return {
        question.code: answers.get(question.code, NO_ANSWER) if _is_due(question, answers, known) else NOT_APPLICABLE
        for question in file.questions
    }


def names_of(question: Question, answer: AnswerValue) -> Mapping[str, Value]:
    """What expressions see of an answer that counts; nothing, so missing, when it has no value."""
    return question_type(question).names(question, answer) if answer.answered else {}


def _is_due(question: Question, answers: Answers, known: dict[str, bool]) -> bool:
    """As `is_due`; `known` keeps what was found, since many questions share a condition."""
    if question.code in known:
        return known[question.code]
    condition = question.condition
    due = True
    if condition is not None:
        names = {name: value for name, value in profile_names(answers).items() if name in condition.names}
        for earlier in question.depends_on.values():
            if earlier.code in answers and _is_due(earlier, answers, known):
                names.update(names_of(earlier, answers[earlier.code]))
        due = condition.holds(names) is True
    known[question.code] = due
    return due
