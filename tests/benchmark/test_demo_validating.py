"""What a visitor of the demonstration finds to validate is there: each slip has an answer to slip in, and is found."""

import numpy as np
import pytest

from benchmark.demo.answers import answers_of
from benchmark.demo.open_round import SUBMITTED_EVERY
from benchmark.demo.organisations import ORGANISATIONS
from benchmark.demo.people import ASKED, PEOPLE
from benchmark.demo.validating import ACCEPTED, QUERIES, SLIPS, slipped
from surveys.questionnaire import NO_ANSWER, parse_answer
from surveys.validation import Measured, check_measured
from tests.benchmark.test_demo import questionnaire, values

BY_CODE = {one.code: one for one in ORGANISATIONS}


@pytest.mark.parametrize("code", [*SLIPS, ACCEPTED])
def test_they_submit_and_answer_what_is_slipped(code: str) -> None:
    assert BY_CODE[code].number % SUBMITTED_EVERY == 0
    answers = answers_of(BY_CODE[code], 2026, questionnaire(2026))
    for question, factor in SLIPS.get(code, {}).items():
        true = answers[question].value.number
        typed = slipped(code, question, answers[question].value)
        assert true is not None
        assert parse_answer(questionnaire(2026).question(question), typed, "nl").number == round(true * factor)


def test_the_checks_find_every_slip_among_those_who_submit() -> None:
    before, now = questionnaire(2025), questionnaire(2026)
    submitting = [one for one in ORGANISATIONS if one.number % SUBMITTED_EVERY == 0]
    places = {one.code: place for place, one in enumerate(submitting)}
    columns = []
    for question in {question for slips in SLIPS.values() for question in slips}:
        given = [
            values(one.number, year, file).get(question, NO_ANSWER).number
            for year, file in ((2026, now), (2025, before))
            for one in submitting
        ]
        numbers = np.array([np.nan if one is None else one for one in given], dtype=float).reshape(2, -1)
        for code, slips in SLIPS.items():
            numbers[0, places[code]] *= slips.get(question, 1)
        columns.append(Measured(question, numbers[0], numbers[1]))
    found = {(one.place, one.column) for one in check_measured(columns) if one.kind == "unit"}
    assert found == {(places[code], question) for code, slips in SLIPS.items() for question in slips}


def test_somebody_can_sign_in_to_reply() -> None:
    assert ASKED in QUERIES
    assert [one for one in PEOPLE if any(code == ASKED for code, _role in one.memberships)]
