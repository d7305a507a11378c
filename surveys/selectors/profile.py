"""What is known of an organisation and a round, as values beside the answers, where a questionnaire asks for it."""

from portal.models import Organisation
from surveys.models import Round
from surveys.questionnaire import AnswerValue, Profile, QuestionnaireFile, profile_answers


def profile_values(file: QuestionnaireFile, round_: Round, organisation: Organisation) -> dict[str, AnswerValue]:
    """The values under their names with a dot; nothing when the questionnaire uses none."""
    if not file.needs_profile:
        return {}
    return profile_answers(Profile(organisation.name, organisation.dimensions, round_.reference_period))
