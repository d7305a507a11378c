"""The compiler: what can be answered is shown by example, what cannot is refused with the checks that clash."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import load_questionnaire
from surveys.questionnaire.compiling import Refuted, compile_questionnaire, explain, prove
from tests.surveys.questionnaire.example import EXAMPLE
from tests.surveys.questionnaire.test_asking import TEXT as ASKING

ROOT = Path(__file__).resolve().parents[3]
INSTRUMENTS = sorted((ROOT / "surveys" / "instruments").glob("*.yaml"))
HEAD = """\
questionnaire: small
version: "1"
title: {nl: Klein, en: Small}
dimensions:
  - {code: sector, label: {nl: S, en: S}, options: [{code: care, label: {nl: Z, en: C}}]}
sections:
  - code: work
    title: {nl: Werk, en: Work}
    questions:
      - {code: a, type: number, text: {nl: A, en: A}, hard: {min: 0, max: 10}}
      - {code: b, type: number, text: {nl: B, en: B}, hard: {min: 0}, decimals: 0}
      - {code: c, type: yes_no, text: {nl: C, en: C}}
      - code: m
        type: multiple_choice
        text: {nl: M, en: M}
        options:
          - {code: x, label: {nl: X, en: X}}
          - {code: y, label: {nl: Y, en: Y}}
          - {code: none, label: {nl: N, en: N}, exclusive: true}
      - {code: mix, type: percentage_set, total: 100, text: {nl: P, en: P}, parts: [
          {code: p, label: {nl: P, en: P}}, {code: q, label: {nl: Q, en: Q}}]}
"""


def proof(more: str = "", *checks: str) -> list[Refuted]:
    """What is refuted of the small questionnaire with a question and hard checks more; nothing is left open."""
    text = HEAD + (f"      - {more}\n" if more else "")
    for at, check in enumerate(checks):
        text += "checks:\n" if at == 0 else ""
        text += f'  - {{code: k{at}, kind: hard, expression: "{check}", message: {{nl: F, en: W}}}}\n'
    found = prove(load_questionnaire(text))
    assert found.open == []
    return found.refuted


def asked_if(condition: str) -> str:
    return f'{{code: z, type: number, text: {{nl: Z, en: Z}}, ask_if: "{condition}"}}'


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_every_question_and_hard_check_of_our_instruments_is_proven(path: Path) -> None:
    file = load_questionnaire(path.read_text(encoding="utf-8"))
    found = prove(file)
    assert (found.refuted, found.open) == ([], [])
    assert found.asked == {question.code for question in file.questions}
    assert found.checks == {check.code for check in file.checks if check.kind == "hard"}


@pytest.mark.parametrize("text", [EXAMPLE, ASKING], ids=["example", "asking"])
def test_every_type_of_question_is_proven(text: str) -> None:
    file = load_questionnaire(text)
    found = prove(file)
    assert (found.refuted, found.open) == ([], [])
    assert found.asked == {question.code for question in file.questions}


@pytest.mark.parametrize(
    "condition",
    [
        "a > 10",
        "a < 3 and a > 7",
        "b > 0 and b < 1",
        "c == 'yes' and c == 'no'",
        "m.none and m.x",
        "'x' in m and 'none' in m",
        "mix.p > 60 and mix.q > 60",
        "a + b < 0",
        "not (c == 'yes' or c != 'yes')",
        "round.year < 1990",
        "a / b > 2 and a < b",
        "c in ['no'] and c not in ['no']",
    ],
)
def test_question_that_can_never_be_asked_is_named(condition: str) -> None:
    assert proof(asked_if(condition)) == [Refuted("unreachable", "z")]


@pytest.mark.parametrize(
    "condition",
    [
        "a >= 10",
        "a > 3 and a < 7",
        "b == 1",
        "c == 'yes'",
        "m.x and m.y",
        "'none' in m",
        "mix.p > 60 and mix.q >= 40",
        "organisation.sector == 'care'",
        "round.year in [2026, 2027]",
        "a / b > 2",
        "b not in [0, 1]",
        "sum(a, b) == 12",
        "not a > 5",
    ],
)
def test_question_that_can_be_asked_is_proven(condition: str) -> None:
    assert proof(asked_if(condition)) == []


def test_hard_checks_that_clash_are_named_and_no_others() -> None:
    found = proof("", "a >= b", "b > 7", "a < 8", "mix.p >= 0")
    assert {one.kind for one in found} <= {"contradiction", "impossible"}
    clashes = {one.checks for one in found if one.kind == "impossible"}
    assert ("k1", "k2") in clashes  # with k0
    assert all("k3" not in one.checks and one.code != "k3" for one in found)
    assert "k1" in explain(found[0])


def test_check_that_no_range_meets_is_impossible() -> None:
    assert proof("", "a > 10") == [Refuted("contradiction", "a", ("k0",)), Refuted("impossible", "k0")]


def test_check_on_a_question_that_need_not_be_asked_is_no_contradiction() -> None:
    assert proof(asked_if("c == 'yes'"), "z < 0 or a > 5") == []


def test_sum_that_no_whole_parts_make_is_refused() -> None:
    whole = HEAD.replace("total: 100,", "total: 99.5, decimals: 0,")
    assert prove(load_questionnaire(whole)).refuted == [Refuted("impossible", "mix")]


def test_what_is_not_linear_is_left_open_and_not_claimed() -> None:
    text = HEAD + f"      - {asked_if('a * a == 2')}\n"
    found = prove(load_questionnaire(text))
    assert (found.refuted, found.open) == ([], ["z"])


def test_conditions_in_very_many_ways_end_in_time() -> None:
    ways = " and ".join(f"(a > {n} or b < {n})" for n in range(11, 23))
    found = prove(load_questionnaire(HEAD + f"      - {asked_if(ways + ' and b > 30')}\n"))
    assert found.refuted in ([], [Refuted("unreachable", "z")])


@settings(max_examples=40, deadline=None)
@given(
    bounds=st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from(["<", "<=", ">", ">="]), st.integers(-3, 13)), max_size=5
    )
)
def test_ranges_are_decided_as_by_trying(bounds: list[tuple[str, str, int]]) -> None:
    condition = " and ".join(f"{name} {sign} {limit}" for name, sign, limit in bounds) or "a >= 0"

    def holds(a: float, b: int) -> bool:
        return all(eval(f"{ {'a': a, 'b': b}[name] } {sign} {limit}") for name, sign, limit in bounds)  # noqa: S307

    tried = any(holds(a / 2, b) for a in range(21) for b in range(20))
    assert (proof(asked_if(condition.replace(" -", " 0 -"))) == []) == tried


def test_series_that_break_are_told() -> None:
    old = load_questionnaire(HEAD)
    new = load_questionnaire(
        HEAD.replace('version: "1"', 'version: "2"').replace("code: c, type: yes_no", "code: c, type: date")
    )
    assert compile_questionnaire(new, old).breaks == ("c",)
