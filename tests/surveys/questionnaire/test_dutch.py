"""What the compiler says, in Dutch: every mistake that the tests of loading know."""

import pytest

from surveys.questionnaire import QuestionnaireErrors, load_questionnaire
from surveys.questionnaire.compiling import Refuted, explain
from surveys.questionnaire.dutch import in_language
from tests.surveys.questionnaire.example import EXAMPLE
from tests.surveys.questionnaire.test_loading import MISTAKES

# of the library that reads the file, or of YAML itself
NOT_OURS = ("less than or equal", "is written twice", "not allowed in this file", "at character")


@pytest.mark.parametrize(("replaced", "by", "message"), [(one[0], one[1], one[3]) for one in MISTAKES])
def test_each_mistake_is_told_in_dutch(replaced: str, by: str, message: str) -> None:
    with pytest.raises(QuestionnaireErrors) as caught:
        load_questionnaire(EXAMPLE.replace(replaced, by, 1))
    if any(one in message for one in NOT_OURS):
        return
    for problem in caught.value.problems:
        assert in_language(problem.message, "nl") != problem.message
        assert in_language(problem.message, "en") == problem.message


@pytest.mark.parametrize("kind", ["unreachable", "contradiction", "impossible"])
@pytest.mark.parametrize("checks", [(), ("a", "b")])
def test_what_cannot_be_answered_is_told_in_dutch(kind: str, checks: tuple[str, ...]) -> None:
    said = explain(Refuted(kind, "calls", checks))
    assert "`calls`" in in_language(said, "nl") != said


def test_codes_and_pieces_of_the_file_stay_as_they_are() -> None:
    assert in_language("the option `crm` exists twice: give each its own code", "nl") == (
        "de optie `crm` bestaat twee keer: geef elk een eigen code"
    )
    assert in_language("there is no question `xyz`: correct it", "nl") == "er is geen vraag `xyz`: verbeter het"
    assert in_language("something else", "nl") == "something else"
