"""The short way through whole numbers reads them as the full grammar does."""

import pytest

from surveys.importers.cells import PLAIN_NUMBERS, is_whole
from surveys.questionnaire import QUESTION_TYPES, load_questionnaire, parse_answer

FILE = """\
questionnaire: q
version: "1"
title: {{nl: Q, en: Q}}
sections:
  - code: s
    title: {{nl: S, en: S}}
    questions:
      - {{code: x, type: {kind}, decimals: 0, text: {{nl: X, en: X}}}}
"""


@pytest.mark.parametrize("kind", sorted(PLAIN_NUMBERS))
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("text", ["0", "7", "007", "12345", "999999999999", "0.0", "4572.0"])
def test_whole_numbers_are_read_alike_by_every_numeric_type(kind: str, language: str, text: str) -> None:
    assert kind in QUESTION_TYPES
    question = load_questionnaire(FILE.format(kind=kind)).question("x")
    assert is_whole(text)
    assert parse_answer(question, text, language).number == float(text)


@pytest.mark.parametrize("text", ["", ".0", "1.5", "-1", "1e3", "²", "٣", "1 000", "1234567890123", "1.0.0", "1,0"])
def test_anything_else_takes_the_long_way(text: str) -> None:
    assert not is_whole(text)
