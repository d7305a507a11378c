"""Reading one organisation's answers, of this round and of the one before."""

from dataclasses import dataclass

from portal.models import Organisation
from surveys.models import Answer, Round, Submission
from surveys.questionnaire import AnswerValue, QuestionnaireFile
from surveys.selectors.rounds import previous_round
from surveys.selectors.stored import VALUE_FIELDS, stored_value


@dataclass(frozen=True)
class PreviousAnswers:
    """What the organisation answered in the round before, with that round and its questionnaire."""

    round: Round | None
    questionnaire: QuestionnaireFile | None
    answers: dict[str, AnswerValue]


def submission_of(organisation: Organisation, round_: Round) -> Submission | None:
    """The organisation's submission to the round, if there is one."""
    return Submission.objects.filter(organisation=organisation, round=round_).first()


def answer_rows(submission: Submission) -> dict[str, Answer]:
    """The stored rows by question code, with who typed them last."""
    return {row.question: row for row in submission.answers.select_related("updated_by").order_by("question")}


def values_of(file: QuestionnaireFile, rows: dict[str, Answer]) -> dict[str, AnswerValue]:
    """The rows as values for routing, edits and progress; questions that the version does not have are left out."""
    return {
        code: stored_value(file.question(code), *(getattr(row, name) for name in VALUE_FIELDS))
        for code, row in rows.items()
        if file.has_question(code)
    }


def previous_answers(organisation: Organisation, round_: Round) -> PreviousAnswers:
    """The organisation's own submitted answers of the round before this one; empty when there are none."""
    before = previous_round(round_)
    submission = submission_of(organisation, before) if before else None
    if before is None or submission is None or submission.state != Submission.State.SUBMITTED:
        return PreviousAnswers(None, None, {})
    file = before.version.file
    return PreviousAnswers(before, file, values_of(file, answer_rows(submission)))
