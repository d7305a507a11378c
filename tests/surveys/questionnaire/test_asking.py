"""Repeated questions, values computed from answers, earlier answers in texts, and the organisation in conditions."""

import pytest

from surveys.questionnaire import (
    AnswerStatus,
    AnswerValue,
    Profile,
    QuestionnaireErrors,
    check_submission,
    column_values,
    computed_values,
    due_questions,
    load_questionnaire,
    parse_answer,
    parse_expression,
    piped,
    profile_answers,
    uses_profile,
)
from surveys.questionnaire.compiling import compile_questionnaire
from tests.surveys.questionnaire.example import EXAMPLE

TEXT = """\
questionnaire: asking
version: "1"
title: {nl: Vragen, en: Asking}
dimensions:
  - code: sector
    label: {nl: Sector, en: Sector}
    options:
      - {code: public, label: {nl: Publiek, en: Public}}
      - {code: care, label: {nl: Zorg, en: Care}}
sections:
  - code: base
    title: {nl: Basis, en: Base}
    questions:
      - {code: sites, type: number, decimals: 0, hard: {min: 0, max: 3}, text: {nl: Locaties, en: Sites}}
      - {code: talk, type: duration, text: {nl: Gesprek, en: Talk}}
      - {code: hold, type: duration, text: {nl: Wacht, en: Hold}}
      - {code: calls, type: number, text: {nl: Gesprekken, en: Calls}}
      - {code: wage, type: money, text: {nl: Loon, en: Wage}}
      - code: partners
        type: multiple_choice
        text: {nl: Partners, en: Partners}
        options:
          - {code: a, label: {nl: Alfa, en: Alpha}}
          - {code: b, label: {nl: Bèta, en: Beta}}
          - {code: none, label: {nl: Geen, en: None}, exclusive: true}
      - {code: beds, type: number, text: {nl: Bedden, en: Beds}, ask_if: "organisation.sector == 'care'"}
      - code: again
        type: number
        ask_if: "round.year >= 2026"
        text:
          nl: "{organisation.name} ({organisation.sector}) in {round.year}: {talk}?"
          en: "{talk} in {round.year}?"
    computed:
      - {code: aht, text: {nl: AHT, en: AHT}, expression: talk + hold, unit: {nl: s, en: s}, decimals: 0, after: hold}
      - {code: per_call, text: {nl: Per gesprek, en: Per call}, expression: aht / calls}
  - code: each_site
    title: {nl: Per locatie, en: Per site}
    repeat: {over: sites, max: 3, label: {nl: "Locatie {n}", en: "Site {n}"}}
    questions:
      - {code: fte, type: number, text: {nl: Fte, en: FTE}}
      - {code: night, type: yes_no, text: {nl: Nacht?, en: Night?}}
      - {code: night_fte, type: number, ask_if: "night == 'yes'", text: {nl: "Van {fte}?", en: "Of {fte}?"}}
    computed:
      - {code: day_fte, text: {nl: Overdag, en: By day}, expression: fte - night_fte, after: fte}
  - code: each_partner
    title: {nl: Per partner, en: Per partner}
    repeat: {over: partners, label: {nl: "{option}", en: "{option}"}}
    questions:
      - {code: share, type: percentage, text: {nl: Aandeel, en: Share}}
  - code: total
    title: {nl: Totaal, en: Total}
    questions:
      - {code: all_fte, type: number, text: {nl: Alles, en: All}}
checks:
  - code: fte_fits
    kind: hard
    expression: sum(fte_*) <= all_fte
    message: {nl: Te veel., en: Too many.}
"""
FILE = load_questionnaire(TEXT)


def said(**typed: str | list[str]) -> dict[str, AnswerValue]:
    return {code: parse_answer(FILE.question(code), text, "nl") for code, text in typed.items()}


def due(**typed: str | list[str]) -> set[str]:
    return {one.code for one in due_questions(FILE, said(**typed))}


def refused(old: str, new: str) -> str:
    assert old in TEXT
    with pytest.raises(QuestionnaireErrors) as caught:
        load_questionnaire(TEXT.replace(old, new, 1))
    return str(caught.value)


def test_questions_are_repeated_as_often_as_the_answer_says() -> None:
    assert {"fte_1", "fte_2"} <= due(sites="2")
    assert "fte_3" not in due(sites="2")
    assert not any(code.startswith("fte") for code in due(sites="0") | due())
    assert "night_fte_2" not in due(sites="2", night_1="yes")
    assert "night_fte_1" in due(sites="2", night_1="yes")
    assert FILE.question("fte_2").text.text("nl") == "Locatie 2: Fte"
    assert [one.code for one in FILE.sections[1].computed] == ["day_fte_1", "day_fte_2", "day_fte_3"]


def test_questions_are_repeated_for_each_option_that_was_chosen() -> None:
    assert due(partners=["b"]) & {"share_a", "share_b", "share_none"} == {"share_b"}
    assert FILE.question("share_b").text.text("nl") == "Bèta: Aandeel"
    assert not FILE.has_question("share_none")
    assert column_values(FILE, said(share_a="5"))["share_a"].status == AnswerStatus.NOT_APPLICABLE


INSIDE_TEXT = (
    TEXT.replace(
        'label: {nl: "Locatie {n}", en: "Site {n}"}', 'questions: [fte, night], label: {nl: "L {n}", en: "S {n}"}'
    )
    .replace("over: sites", "over: branches")
    .replace("      - {code: fte,", "      - {code: branches, type: number, text: {nl: A, en: A}}\n      - {code: fte,")
    .replace(
        """ask_if: "night == 'yes'", text: {nl: "Van {fte}?", en: "Of {fte}?"}""",
        'text: {nl: "Nacht ({branches})", en: "Night ({branches})"}',
    )
    .replace("fte - night_fte, after: fte", "2 * fte")
)
INSIDE = load_questionnaire(INSIDE_TEXT)


def test_a_part_of_a_section_is_repeated_by_a_question_of_that_section() -> None:
    section = INSIDE.section("each_site")
    codes = [one.code for one in section.questions]
    assert codes == ["branches", "fte_1", "night_1", "fte_2", "night_2", "fte_3", "night_3", "night_fte"]
    asked = {one.code for one in due_questions(INSIDE, {"branches": AnswerValue(AnswerStatus.ANSWERED, number=2)})}
    assert asked & set(codes) == {"branches", "fte_1", "night_1", "fte_2", "night_2", "night_fte"}
    assert INSIDE.question("fte_2").text.text("en") == "S 2: FTE"
    label = INSIDE.question("fte_2").copy_label
    assert label is not None
    assert label.text("nl") == "L 2"
    assert INSIDE.question("night_fte").copy_label is None
    # what names a repeated question is computed for each copy, below it
    assert [(one.code, one.expression, one.after) for one in section.computed] == [
        (f"day_fte_{n}", f"2 * fte_{n}", f"night_{n}") for n in (1, 2, 3)
    ]
    # what is called `fte_*` elsewhere finds every copy
    assert INSIDE.checks[0].expression == "sum(fte_1, fte_2, fte_3) <= all_fte"


def test_a_value_computed_in_a_copy_stands_below_a_question_that_the_copy_asks() -> None:
    file = load_questionnaire(TEXT.replace("fte - night_fte, after: fte", "fte - night_fte"))
    assert [one.after for one in file.sections[1].computed] == ["night_1", "night_2", "night_3"]


def test_the_compiler_proves_what_is_repeated_inside_a_section() -> None:
    proof = compile_questionnaire(INSIDE, None).proof
    assert (proof.refuted, proof.open) == ([], [])


@pytest.mark.parametrize(
    ("group", "clue"),
    [
        ("questions: [fte, night_fte]", "sections[1].repeat.questions: name questions of this section that follow"),
        ("questions: [elsewhere]", "sections[1].repeat.questions: name questions of this section that follow"),
        ("questions: [night, fte]", "sections[1].repeat.questions: name questions of this section that follow"),
        ("questions: []", "add at least one"),
    ],
)
def test_mistakes_in_what_is_repeated_are_named(group: str, clue: str) -> None:
    assert clue in refused('label: {nl: "Locatie {n}"', f'{group}, label: {{nl: "Locatie {{n}}"')


def test_a_group_is_not_repeated_by_a_question_that_comes_after_it() -> None:
    # not by its own questions either
    changed = "over: night_fte, max: 3, questions: [fte, night]"
    assert "`night_fte` is no question asked before" in refused("over: sites, max: 3", changed)
    assert "`fte` is no question asked before" in refused("over: sites, max: 3", "over: fte, max: 3")


def test_a_star_names_all_copies_and_sums_what_is_there() -> None:
    answers = said(sites="2", fte_1="10", all_fte="12")
    assert check_submission(FILE, answers) == []
    found = check_submission(FILE, answers | said(fte_2="3"))
    assert [one.code for one in found] == ["check:fte_fits"]
    # a copy that is no longer asked does not count
    assert check_submission(FILE, answers | said(fte_3="9")) == []


def test_a_check_across_copies_is_reported_at_a_question_that_is_asked() -> None:
    found = check_submission(INSIDE, {**said(all_fte="12"), **copies(branches="2", fte_1="10", fte_2="3")})
    assert [(one.code, one.questions) for one in found] == [("check:fte_fits", ("fte_1", "fte_2", "all_fte"))]
    alone = load_questionnaire(INSIDE_TEXT.replace("sum(fte_*) <= all_fte", "sum(fte_*) <= 12"))
    found = check_submission(alone, copies(branches="2", fte_1="10", fte_2="3"))
    assert found[0].questions == ("fte_1", "fte_2"), "not at the third copy, which nobody sees"


def copies(**typed: str) -> dict[str, AnswerValue]:
    return {code: parse_answer(INSIDE.question(code), text, "nl") for code, text in typed.items()}


def test_computed_values_follow_the_answers_and_each_other() -> None:
    values = computed_values(FILE, said(talk="4:00", hold="30", calls="2", sites="1", fte_1="5", night_1="no"))
    assert (values["aht"], values["per_call"]) == (270, 135)
    assert values["day_fte_1"] is None  # by night there is nothing, which is not zero
    assert computed_values(FILE, said(talk="240"))["aht"] is None


def test_the_organisation_and_the_round_decide_what_is_asked() -> None:
    care = profile_answers(Profile("Zorgplein", {"sector": "care"}, "2026"))
    public = profile_answers(Profile("Gemeente", {"sector": "public"}, "2025-03"))
    assert {"beds", "again"} <= {one.code for one in due_questions(FILE, care)}
    assert not {"beds", "again"} & {one.code for one in due_questions(FILE, public)}
    assert uses_profile(FILE)


def test_a_questionnaire_without_the_organisation_needs_no_profile() -> None:
    assert not uses_profile(load_questionnaire(EXAMPLE))


def test_earlier_answers_stand_in_later_texts() -> None:
    profile = profile_answers(Profile("Zorgplein", {"sector": "care"}, "2026"))
    text = FILE.question("again").text
    assert piped(text, FILE, profile | said(talk="240"), "nl") == "Zorgplein (Zorg) in 2026: 240 seconden?"
    assert piped(text, FILE, {}, "en") == "… in …?"
    assert piped(FILE.question("night_fte_2").text, FILE, said(fte_2="7"), "nl") == "Locatie 2: Van 7?"
    # what somebody typed is never read as a place again
    story = AnswerValue(AnswerStatus.ANSWERED, number=1)
    assert piped(text, FILE, {"talk": story}, "en") == "1 seconds in …?"


@pytest.mark.parametrize(
    ("old", "new", "clue"),
    [
        ("talk + hold,", "talk + wage,", "`talk` is in seconds and `wage` in euro: they cannot be put together"),
        ("talk + hold,", "talk + nothing,", "`nothing` is not the code of a question"),
        ("talk + hold,", "talk + aht,", "`aht` is not the code of a question"),
        ("talk + hold,", "night_1,", "a number is needed here"),
        ("sum(fte_*) <= all_fte", "sum(talk, hold) <= wage", "cannot be compared"),
        ("sum(fte_*) <= all_fte", "sum(fte_*) / wage > aht / wage and aht > wage", "cannot be compared"),
        ("sum(fte_*)", "sum(nothing_*)", "cannot be read at character"),
        ("over: sites, max: 3", "over: sites", "`max` is missing"),
        ("over: sites, max: 3", "over: all_fte, max: 3", "is no question asked before"),
        ("over: partners,", "over: talk,", "`talk` is a duration"),
        ("Site {n}", "Site", "the label needs {n}"),
        ('en: "{talk} in', 'en: "{all_fte} in', "`{all_fte}` is no earlier question"),
        ("organisation.sector == 'care'", "organisation.sector == 'cure'", "`cure` is not one of the options"),
        ("after: hold", "after: share", "is no question of this section"),
        ("{code: all_fte,", "{code: fte_1,", "the question `fte_1` exists twice"),
    ],
)
def test_mistakes_are_named(old: str, new: str, clue: str) -> None:
    assert clue in refused(old, new)


def test_mistake_in_a_repeated_question_names_its_line_once() -> None:
    message = refused("night == 'yes'", "night == 'maybe'")
    line = TEXT[: TEXT.index("night == 'yes'")].count("\n") + 1
    assert f"line {line}, sections[1].questions[2].ask_if: `maybe` is not one of the options" in message
    assert "1 problem" in message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("sum(a, b, c)", 3),
        ("sum(b)", None),
        ("count(a, b, c)", 2),
        ("min(a, c) + max(a, c)", 3),
        ("sum(a, c) == 3 and count(b) == 0", True),
        ("sum(a + b, c)", 2),
    ],
)
def test_functions_pass_over_what_is_missing(text: str, value: object) -> None:
    assert parse_expression(text).evaluate({"a": 1.0, "c": 2.0}) == value


def test_a_question_may_be_called_like_a_function() -> None:
    assert parse_expression("sum + count * min").evaluate({"sum": 1.0, "count": 2.0, "min": 3.0}) == 7
