"""Changing one place of a file leaves the rest as it was, to the byte; reading back gives what was put."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import load_questionnaire
from surveys.questionnaire.writing import change, insert, move, read_plain, remove, write_yaml
from tests.surveys.questionnaire.example import EXAMPLE
from tests.surveys.questionnaire.test_asking import TEXT as ASKING

ROOT = Path(__file__).resolve().parents[3]
NATIONAL = (ROOT / "surveys" / "instruments" / "national-2026.yaml").read_text(encoding="utf-8")
TEXTS = {"national": NATIONAL, "example": EXAMPLE, "asking": ASKING}


@pytest.mark.parametrize("name", TEXTS)
def test_canonical_form_says_the_same_and_is_stable(name: str) -> None:
    data = read_plain(TEXTS[name])
    written = write_yaml(data)
    assert read_plain(written) == data
    assert write_yaml(read_plain(written)) == written
    assert load_questionnaire(written) == load_questionnaire(TEXTS[name])


def test_changing_one_question_leaves_every_other_line() -> None:
    data = read_plain(NATIONAL)
    question = data["sections"][1]["questions"][2]
    changed = change(NATIONAL, ("sections", 1, "questions", 2), {**question, "required": True, "sensitive": True})
    before, after = NATIONAL.splitlines(), changed.splitlines()
    kept = [line for line in before if line.lstrip().startswith("#")]
    assert kept == [line for line in after if line.lstrip().startswith("#")]
    place = NATIONAL.index(f"code: {question['code']}")
    assert changed.startswith(NATIONAL[: place - 10])
    assert changed.endswith(NATIONAL[NATIONAL.index("\n      - code", place) :])
    assert read_plain(changed)["sections"][1]["questions"][2]["sensitive"] is True


def test_what_did_not_change_keeps_its_bytes() -> None:
    for at, section in enumerate(read_plain(NATIONAL)["sections"]):
        assert change(NATIONAL, ("sections", at, "questions", 1), section["questions"][1]) == NATIONAL


def test_moving_and_moving_back_is_the_same_file() -> None:
    there = move(NATIONAL, ("sections", 0, "questions"), 3, 1)
    assert [one["code"] for one in read_plain(there)["sections"][0]["questions"]][1] == "chain_where"
    assert move(there, ("sections", 0, "questions"), 1, 3) == NATIONAL
    assert move(move(NATIONAL, ("sections",), 4, 0), ("sections",), 0, 4) == NATIONAL


def test_inserting_and_removing_is_the_same_file() -> None:
    question = {"code": "extra", "type": "text", "text": {"nl": "Meer: “ja”?", "en": "More: 'yes' # no?"}}
    more = insert(NATIONAL, ("sections", 2, "questions"), 1, question)
    assert read_plain(more)["sections"][2]["questions"][1] == question
    assert remove(more, ("sections", 2, "questions", 1)) == NATIONAL


def test_a_list_that_is_not_there_is_made() -> None:
    text = EXAMPLE.partition("checks:")[0]
    check = {"code": "k", "kind": "hard", "expression": "inbound > 1", "message": {"nl": "F", "en": "W"}}
    assert read_plain(insert(text, ("checks",), 0, check))["checks"] == [check]


def test_an_alias_is_not_changed_with_its_anchor() -> None:
    text = EXAMPLE.replace(
        "        options:\n          - {code: a, label: {nl: A, en: A}}\n          - {code: other",
        "        options: *reasons\n        x:\n          - {code: other",
        1,
    )
    data = read_plain(text)
    question = data["sections"][0]["questions"][1]
    changed = change(text, ("sections", 0, "questions", 1), {**question, "options": question["options"][:1]})
    after = read_plain(changed)
    assert len(after["sections"][0]["questions"][1]["options"]) == 1
    brand = next(one for one in after["sections"][2]["questions"] if one["code"] == "brand")
    assert len(brand["options"]) == 2


def test_keys_are_changed_and_removed() -> None:
    changed = change(NATIONAL, ("title",), {"nl": "Nieuw", "en": "New"})
    assert read_plain(changed)["title"] == {"nl": "Nieuw", "en": "New"}
    assert changed.splitlines()[:4] == NATIONAL.splitlines()[:4]
    noted = change(NATIONAL, ("sections", 0, "questions", 0, "sensitive"), True)
    assert noted.replace("        sensitive: true\n", "", 1) == NATIONAL
    assert "dimensions" not in read_plain(change(NATIONAL, ("dimensions",), None))


WORDS = st.text(
    st.characters(blacklist_categories=("Cs", "Cc")) | st.sampled_from("\n\t'\"#:{}[]&*!|>%@`-"), max_size=30
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=20, deadline=None)
@given(
    value=st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), VALUES, min_size=1, max_size=4),
    at=st.integers(0, 9),
)
def test_whatever_is_put_reads_back(value: dict[str, Any], at: int) -> None:
    path = ("sections", 2, "questions", at)
    data = read_plain(EXAMPLE)
    data["sections"][2]["questions"][at] = value
    assert read_plain(change(EXAMPLE, path, value)) == data
