"""docs/questionnaire/expressions.md names everything that the language has, and its examples are examples."""

import re
from pathlib import Path

from surveys.questionnaire import parse_expression
from surveys.questionnaire.checking import UNITS
from surveys.questionnaire.expression_nodes import ARITHMETIC, FUNCTIONS

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "questionnaire" / "expressions.md").read_text(encoding="utf-8")


def test_every_function_sign_and_unit_is_documented() -> None:
    for name in (*FUNCTIONS, *ARITHMETIC, *UNITS.values()):
        assert name.removesuffix("s") in TEXT, name


def test_examples_can_be_read() -> None:
    line = next(line for line in TEXT.splitlines() if line.startswith("Examples: "))
    examples = re.findall(r"`([^`]+)`", line)
    assert len(examples) >= 4
    for example in examples:
        assert parse_expression(example.replace("fte_*", "fte_1, fte_2")).names
