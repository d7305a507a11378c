"""The expression language: values, what is missing, arrays, and hostile texts."""

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import ExpressionError, evaluate, parse_expression
from surveys.questionnaire.expression_nodes import Value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("10 - 3 - 2", 5),
        ("8 / 4 / 2", 1),
        ("-a + 1", -1),
        ("mix.phone * 2", 120),
        ("a == 2 and not b == 2", True),
        ("a == 2 or nothing > 1", True),
        ("a == 3 and nothing > 1", False),
        ("word == 'yes'", True),
        ('word != "yes"', False),
        ("word in ['no', 'yes']", True),
        ("word not in ['no', 'yes',]", False),
        ("a in [1, 2]", True),
        ("'crm' in tools", True),
        ("tools.crm", True),
        ("tools.crm + 1", 2),
        ("order > 1", True),  # a name that starts with a word of the language
        ("0.1 + 0.2 <= 0.3", True),
        ("0.1 + 0.2 == 0.3", True),
        ("a < 2", False),
        ("10000000001 == 10000000002", False),
    ],
)
def test_expression_has_its_value(text: str, value: object) -> None:
    names: dict[str, Value] = {
        "a": 2.0,
        "b": 3.0,
        "mix.phone": 60.0,
        "word": "yes",
        "tools": ("crm",),
        "tools.crm": True,
        "order": 5.0,
    }
    assert evaluate(text, names) == value


@pytest.mark.parametrize(
    "text",
    [
        "nothing", "nothing + 1", "nothing > 1", "nothing == nothing", "not nothing", "nothing or false",
        "nothing and true", "nothing in [1]", "1 in nothing", "1 / 0", "1 / (a - a)", "1 / (1 / 0)", "'x' > 1", "-word",
    ],
)  # fmt: skip
def test_missing_stays_missing(text: str) -> None:
    assert evaluate(text, {"a": 2.0, "word": "yes", "nothing": None}) is None
    assert parse_expression(text).holds({"a": 2.0, "word": "yes"}) is None


@pytest.mark.parametrize(
    ("text", "clue"),
    [
        ("", "too early"),
        ("a ==", "too early"),
        ("a = 1", "write == to compare"),
        ("a < b < c", "near `< c`"),
        ("1e999", "character 2"),
        ("__import__('os')", "character 1"),
        ("a.b.c.d", "character 6"),
        ("f(a)", "character 2"),
        ("a[0]", "character 2"),
        ("-" * 1500 + "a", "100 deep"),
        ("a + " * 499 + "a", "100 deep"),
        ("a" * 3000, "2000 characters"),
        ("'open", "character 1"),
    ],
)
def test_what_is_no_expression_is_refused_with_a_clue(text: str, clue: str) -> None:
    with pytest.raises(ExpressionError, match=clue):
        parse_expression(text)


def test_names_are_listed_once_in_order() -> None:
    assert parse_expression("b + mix.phone * a / b").names == ("b", "mix.phone", "a")


def test_arrays_follow_the_single_value() -> None:
    expression = parse_expression("(a + b) / (a - 1) * -2")
    a, b = np.array([3.0, 1.0, np.nan, 5.0, 1e308]), np.array([1.0, 1.0, 1.0, np.nan, 1e308])
    result = expression.evaluate_arrays({"a": a, "b": b})
    assert result.tolist()[0] == -4.0
    assert np.isnan(result[1:]).all()


def test_arrays_of_a_bare_number_have_the_length_of_the_others() -> None:
    assert parse_expression("2").evaluate_arrays({"a": np.zeros(3)}).tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("text", ["a > 1", "not a", "'x'", "true", "a in [1]", "a + c"])
def test_arrays_refuse_what_is_not_arithmetic(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(text).evaluate_arrays({"a": np.zeros(2)})


VALUES = st.one_of(st.none(), st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 4) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["a", "b", "0", "1", "2.5"]))
    left, right = draw(arithmetic(depth=depth - 1)), draw(arithmetic(depth=depth - 1))
    return f"({left} {draw(st.sampled_from('+-*/'))} {right})"


@settings(deadline=None)
@given(arithmetic(), VALUES, VALUES)
def test_arrays_and_single_values_agree(text: str, a: float | None, b: float | None) -> None:
    expression = parse_expression(text)
    single = expression.evaluate({"a": a, "b": b})
    arrays = {"a": np.array([math.nan if a is None else a]), "b": np.array([math.nan if b is None else b])}
    several = expression.evaluate_arrays(arrays)[0]
    assert (single is None and np.isnan(several)) or single == several


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> tuple[str, str]:
    """The same condition for us and for Python, where None stands for missing."""
    if depth == 0 or draw(st.booleans()):
        name, sign, number = (
            draw(st.sampled_from("ab")),
            draw(st.sampled_from(["==", "!=", "<", ">="])),
            draw(st.integers(0, 3)),
        )
        return f"{name} {sign} {number}", f"(None if {name} is None else {name} {sign} {number})"
    ours, python = draw(conditions(depth=depth - 1))
    if draw(st.booleans()):
        return f"not ({ours})", f"negate({python})"
    others, others_python = draw(conditions(depth=depth - 1))
    word = draw(st.sampled_from(["and", "or"]))
    return f"({ours}) {word} ({others})", f"{word}_({python}, {others_python})"


LOGIC = {
    "negate": lambda value: None if value is None else not value,
    "and_": lambda *sides: False if False in sides else None if None in sides else True,
    "or_": lambda *sides: True if True in sides else None if None in sides else False,
}


@settings(deadline=None)
@given(conditions(), st.one_of(st.none(), st.integers(0, 3)), st.one_of(st.none(), st.integers(0, 3)))
def test_conditions_follow_three_valued_logic(texts: tuple[str, str], a: int | None, b: int | None) -> None:
    ours, python = texts
    expected = eval(python, {**LOGIC, "a": a, "b": b})  # noqa: S307  an independent oracle, on text made above
    assert parse_expression(ours).holds({"a": a, "b": b}) is expected


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_an_expression_or_an_error(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        parse_expression(text).evaluate({})
