"""The short way through whole numbers reads them as the full grammar does; tables are read cell by cell."""

import pytest

from surveys.importers.cells import PLAIN_NUMBERS, NumberStyle, is_whole, read_cells
from surveys.importers.columns import QuestionCells
from surveys.questionnaire import QUESTION_TYPES, load_questionnaire, parse_answer, question_type
from tests.surveys.questionnaire.example import example

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


def test_each_cell_of_a_table_says_for_itself_whether_there_is_a_figure() -> None:
    question = example().question("per_channel")
    codes = question_type(question).part_codes(question)
    cells = QuestionCells(question, parts={code: at for at, code in enumerate(codes)})
    read = read_cells(cells, ("1200", "4:30", "n/a", "", "n.b.", "7.5"), NumberStyle("en", True))
    assert read.value.parts == {"phone.volume": 1200, "phone.aht": 270, "chat.csat": 7.5}
    assert {code: int(status) for code, status in read.value.absent.items()} == {"phone.csat": 2, "chat.aht": 3}
    assert read.numbers == {0: 1200, 1: 270, 5: 7.5}
    empty = read_cells(cells, ("",) * 6, NumberStyle("en", True))
    assert empty.value.given is False
