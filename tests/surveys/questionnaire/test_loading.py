"""A file is proven, or every problem in it is told with its line and what to do."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import QuestionnaireErrors, load_questionnaire
from tests.surveys.questionnaire.example import EXAMPLE, example


def problems(text: str) -> list[str]:
    with pytest.raises(QuestionnaireErrors) as caught:
        load_questionnaire(text, "x.yaml")
    return [str(problem) for problem in caught.value.problems]


def line_of(needle: str, text: str = EXAMPLE) -> int:
    return text[: text.index(needle)].count("\n") + 1


def test_example_is_read() -> None:
    file = example()
    assert [section.code for section in file.sections] == ["chain", "operations", "more"]
    assert file.question("reason").text.text("nl") == "Waarom?"
    assert [option.code for option in file.question("outsources").options or ()] == ["yes", "no"]
    assert file.question("absenteeism").hard is not None
    assert file.import_mapping.dimensions == {"region": "region_code"}
    assert file.dimensions[1].open
    columns = {column.code: column.kind for column in file.columns()}
    assert columns["channel_mix.phone"] == "number"
    assert columns["tools.crm"] == "flag"
    assert columns["reason"] == "choice"
    assert columns["remark"] == "text"


def test_file_cannot_be_changed_after_loading() -> None:
    with pytest.raises(ValueError):
        example().question("reason").required = False  # type: ignore[misc]


MISTAKES = [
    # replaced, by, where the problem is (text that stands on that line), part of the message
    ('version: "2026"', "version: 2026", "version:", "must be a text, not `2026`: put it in quotes"),
    ("{code: time, label: {nl: Tijd", "{code: yes, label: {nl: Tijd", "code: yes, label", "so put it in quotes"),
    ("required: true", "requierd: true", "requierd", "`requierd` is not a key"),
    ("type: money", "type: cash", "type: cash", "`cash` is no type of question: write one of number"),
    ("en: Time}", "de: Zeit}", "de: Zeit", "the text in `en` is missing"),
    ("en: Time}", "en: ''}", "en: ''", "the text in `en` is missing"),
    ("code: answered\n", "code: inbound\n", "type: number\n        text: {nl: Beantw", "`inbound` exists twice"),
    ("code: wfm", "code: crm", "nl: WFM", "the option `crm` exists twice"),
    ("code: mail", "code: chat", "E-mail, en", "the part `chat` exists twice"),
    ("outsources == 'yes'", "outsources == 'maybe'", "'maybe'", "`maybe` is not one of the options: yes, no"),
    ("outsources == 'yes'", "outsources in ['yes', 'oui']", "'oui'", "`oui` is not one of the options"),
    ("outsources == 'yes'", "inbound > 1", 'ask_if: "inbound', "`inbound` is asked here or later"),
    ("outsources == 'yes'", "reason == 'time'", "reason == 'time'", "`reason` is asked here or later"),
    ("outsources == 'yes'", "otsources == 'yes'", "otsources", "`otsources` is not the code of a question"),
    ("outsources == 'yes'", "outsources == 1", "outsources == 1", "cannot be compared"),
    ("outsources == 'yes'", "outsources > 'a'", "outsources > 'a'", "== and != only"),
    ("outsources == 'yes'", "outsources", 'ask_if: "outsources"', "a condition is needed here"),
    ("outsources == 'yes'", "true", 'ask_if: "true"', "names no question"),
    ("outsources == 'yes'", "outsources == 'yes", "outsources == 'yes\"", "cannot be read at character 15"),
    ("tools.crm and", "tools == 'crm' and", "tools == 'crm'", "write 'option' in question"),
    ("tools.crm and", "'abacus' in tools and", "'abacus'", "`abacus` is not one of the options: crm, wfm, none"),
    ("answered <= inbound", "answered <= inbund", "inbund", "`inbund` is not the code"),
    ("answered <= inbound", "answered + inbound", "answered + inbound", "a condition is needed here"),
    ("answered <= inbound", "answered + reason > 1", "answered + reason", "need numbers, but `reason` is a text"),
    ("questions: [answered, inbound]", "questions: [answered, xyz]", "xyz", "there is no question `xyz`"),
    ("soft: {min: 10,", "soft: {min: -10,", "soft: {min: -10", "must lie inside the hard range (0 to …)"),
    ("soft: {max: 20}", "soft: {max: 120}", "soft: {max: 120}", "must lie inside the hard range (0 to 100)"),
    ("hard: {min: 0}", "hard: {min: 9, max: 2}", "hard: {min: 9", "`min` is larger than `max`"),
    ("        total: 100\n", "", "code: channel_mix", "needs `total`: add it"),
    ("type: long_text,", "type: long_text, decimals: 2,", "decimals: 2", "does not belong to a long_text question"),
    ("          - {code: cost, label: {nl: Kosten, en: Cost}}\n", "", "options: &reasons", "at least 2 options"),
    ("code: saving", "code: in", "code: in\n", "has a meaning of its own"),
    ("- code: chain", "- code: review", "- code: review", "is the address of another page"),
    ("code: saving", "code: ods_code", "code: ods_code", "is a column of the `import` section"),
    ("code: saving", "code: Saving", "code: Saving", "is no code"),
    ("{region: region_code}", "{regoin: region_code}", "regoin", "`regoin` is not one of the dimensions"),
    ("en: Region}, open: true", "en: Region}", "code: region,", "either `options` or `open: true`"),
    ("en: Region}, open: true", "en: Region}, names: {x: {nl: X, en: X}}", "code: region,", "only an `open` dimension"),
    ("decimals: 1", "decimals: 9", "decimals: 9", "less than or equal to 6"),
    ("reference_period: year", "reference_period: week", "week", "write 'year' or 'month'"),
    ("    title: {nl: Keten, en: Chain}\n", "", "- code: chain", "`title` is missing: add it"),
    ("        decimals: 1\n", "        decimals: 1\n        decimals: 2\n", "decimals: 2", "is written twice"),
    ("total: 100", "total: !!python/object/apply:os.system [ls]", "!!python", "is not allowed in this file"),
]  # fmt: skip


@pytest.mark.parametrize(("replaced", "by", "place", "message"), MISTAKES)
def test_mistake_is_told_with_its_line(replaced: str, by: str, place: str, message: str) -> None:
    assert replaced in EXAMPLE
    text = EXAMPLE.replace(replaced, by, 1)
    found = problems(text)
    start = {f"line {line_of(place, text) + shift}" for shift in (0, -1)}
    fitting = [problem for problem in found if problem.split(",")[0] in start]
    assert any(part in problem for problem in fitting for part in message.split("|")), found


def test_all_mistakes_are_told_at_once_in_order() -> None:
    text = (
        EXAMPLE.replace("outsources == 'yes'", "x == 1")
        .replace("en: Time}", "de: Zeit}")
        .replace('inbound"', 'nowhere"')
    )
    lines = [int(problem.split(",")[0].removeprefix("line ")) for problem in problems(text)]
    assert len(lines) >= 4
    assert lines == sorted(lines)


def test_path_and_source_are_told() -> None:
    with pytest.raises(QuestionnaireErrors, match=r"x\.yaml: 1 problem\n  line 34, "):
        load_questionnaire(EXAMPLE.replace("type: money", "type: cash"), "x.yaml")
    assert problems(EXAMPLE.replace("type: money", "type: cash"))[0].startswith(
        "line 34, sections[0].questions[2].type: "
    )


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a mapping"),
        ("- a\n- b\n", "must be a mapping"),
        ("just text", "must be a mapping"),
        ("a: [1, 2", "(in what begins on line 1)"),
        ("a: b: c", "line 1: this is not YAML"),
        ("\x00", "readable text"),
        ("a: 1\n---\nb: 2\n", "line 3: a second document"),
        (BOMB, "more than 100,000 values"),
        ("a: &a [*a]\n", "refers to nothing that is complete"),
        ("a: *nowhere\n", "not YAML|refers to nothing"),
        ("[" * 50_000, "nested more than|not YAML"),
        ("a: " + "x" * 1_000_001, "larger than 1,000,000 bytes"),
        ("? [a, b]\n: c\n", "a key must be one plain word"),
        ("a: " + "1" * 10_000, "too long"),
        ("sections: 5\n", "this must be a list"),
        ("sections: [5]\n", "this must be keys with values, not `5`"),
        ("sections: [{questions: [x]}]\n", "this must be keys with values"),
        ("title: Example\n", "this must be texts per language"),
    ],
)
def test_what_is_no_questionnaire_is_refused(text: str, message: str) -> None:
    found = problems(text)
    assert any(part in problem for problem in found for part in message.split("|")), found


@settings(deadline=None)
@given(st.integers(0, len(EXAMPLE)), st.integers(0, 30), st.text(max_size=10))
def test_any_damage_is_a_file_or_located_problems(start: int, length: int, put: str) -> None:
    try:
        load_questionnaire(EXAMPLE[:start] + put + EXAMPLE[start + length :])
    except QuestionnaireErrors as errors:
        found = errors.problems
    else:
        return
    assert found
    assert all(problem.line >= 1 and problem.message for problem in found)
