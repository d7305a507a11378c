"""A question's text where no answer sheet is at hand, with earlier answers and the organisation in their places."""

from surveys.models import Correction, Round, Submission
from surveys.questionnaire import piped
from surveys.questionnaire.piping import places_in
from surveys.selectors.answers import answer_rows, values_of
from surveys.selectors.profile import profile_values


def asked_as(submission: Submission, code: str, language: str) -> str:
    """The text of a question as this organisation was asked it. One query, and only where something is filled in."""
    file = submission.round.version.file
    text = file.question(code).text
    if not places_in(text):
        return text.text(language)
    profile = profile_values(file, submission.round, submission.organisation)
    return piped(text, file, profile | values_of(file, answer_rows(submission)), language)


def corrected_as(correction: Correction, current: Round, language: str) -> str:
    """The text of the question that a correction of this round is about; reads nothing where nothing is filled in."""
    text = current.version.file.question(correction.question).text
    return asked_as(correction.submission, correction.question, language) if places_in(text) else text.text(language)


__all__ = ["asked_as", "corrected_as"]
