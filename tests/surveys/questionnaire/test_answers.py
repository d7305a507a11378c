"""What was typed becomes an answer, or an error that says what to do; never anything else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import (
    LANGUAGES,
    NO_ANSWER,
    NOT_AVAILABLE,
    QUESTION_TYPES,
    AnswerError,
    AnswerValue,
    Typed,
    format_answer,
    parse_answer,
)
from surveys.questionnaire.messages import TEXTS, WORDS
from surveys.questionnaire.model import LocalText
from tests.surveys.questionnaire.example import example

FILE = example()


def parse(code: str, typed: Typed, language: str = "nl") -> AnswerValue:
    return parse_answer(FILE.question(code), typed, language)


def test_example_has_every_type() -> None:
    assert {question.type for question in FILE.questions} == set(QUESTION_TYPES)


@pytest.mark.parametrize(
    ("code", "typed", "number"),
    [
        ("inbound", "1.234", 1234),
        ("inbound", ["12"], 12),
        ("inbound", "12,0", 12),
        ("absenteeism", "5,3 %", 5.3),
        ("absenteeism", "5.3%", 5.3),
        ("saving", "€ 1.234,50", 1234.5),
        ("saving", "EUR 12", 12),
        ("saving", "12,50 €", 12.5),
        ("saving", "12,-", 12),
        ("talk", "270", 270),
        ("talk", "4:30", 270),
        ("talk", "0:05", 5),
        ("talk", "1:02:03", 3723),
        ("talk", "312,7", 312.7),
    ],
)
def test_number_is_read(code: str, typed: Typed, number: float) -> None:
    assert parse(code, typed).number == number


def test_zero_is_a_value_and_nothing_is_none() -> None:
    assert parse("inbound", "0").answered
    assert parse("inbound", "0").number == 0
    for code in ("inbound", "talk", "reason", "tools", "channel_mix", "remark"):
        assert parse(code, "") == NO_ANSWER
        assert parse(code, "  ") == NO_ANSWER
    assert parse("channel_mix", {"phone": "", "chat": " "}) == NO_ANSWER
    assert parse("tools", []) == NO_ANSWER


@pytest.mark.parametrize(
    ("code", "typed", "message_id"),
    [
        ("inbound", "veel", "number.not_a_number"),
        ("inbound", "12,5", "number.whole"),
        ("inbound", ["1", "2"], "answer.one_value"),
        ("inbound", {"a": "1"}, "answer.one_value"),
        ("absenteeism", "5,25", "number.too_many_decimals"),
        ("talk", "4:75", "duration.not_a_duration"),
        ("talk", "4:3:2", "duration.not_a_duration"),
        ("reason", "boredom", "choice.unknown"),
        ("reason", ["time", "cost"], "choice.only_one"),
        ("outsources", "perhaps", "choice.unknown"),
        ("tools", ["crm", "abacus"], "choice.unknown"),
        ("channel_mix", {"fax": "100"}, "parts.unknown"),
        ("channel_mix", "100", "parts.expected"),
        ("channel_mix", {"phone": "x"}, "number.not_a_number"),
        ("remark", "x" * 501, "text.too_long"),
        ("remark", "a\x00b", "text.unreadable"),
        ("remark", "a\ud800b", "text.unreadable"),
        ("story", "x" * 10_001, "text.too_long"),
        ("inbound", "9" * 1_000_000, "number.too_many_digits"),
    ],
)
def test_what_is_no_answer_gives_an_error_in_both_languages(code: str, typed: Typed, message_id: str) -> None:
    with pytest.raises(AnswerError) as caught:
        parse(code, typed)
    assert caught.value.message_id == message_id
    assert caught.value.text("nl") != caught.value.text("en")
    assert len(caught.value.text("nl")) < 300
    assert "{" not in caught.value.text("en")


def test_error_in_a_set_names_the_part() -> None:
    with pytest.raises(AnswerError) as caught:
        parse("channel_mix", {"phone": "60", "chat": "much"})
    assert caught.value.part == "chat"


def test_choices_are_read() -> None:
    assert parse("outsources", "Ja").choice == "yes"
    assert parse("outsources", "no").choice == "no"
    assert parse("reason", "COST").choice == "cost"
    assert parse("tools", "wfm | crm").choices == ("crm", "wfm")
    assert parse("tools", ["wfm", "crm", "wfm"]).choices == ("crm", "wfm")


def test_text_is_kept_as_typed() -> None:
    hostile = "<script>alert(1)</script> =1+1 {code} 'x' \U0001f600"
    assert parse("remark", f"  {hostile}\r\n tab\there ").text == f"{hostile}\n tab\there"


def test_answer_is_written_with_its_unit() -> None:
    question = FILE.question
    assert format_answer(question("talk"), parse("talk", "4:30"), "nl") == "270 seconden"
    assert format_answer(question("absenteeism"), parse("absenteeism", "5,3"), "nl") == "5,3 %"
    assert format_answer(question("reason"), parse("reason", "cost"), "nl") == "Kosten"
    assert format_answer(question("tools"), parse("tools", "crm;wfm"), "en") == "CRM; WFM"
    assert format_answer(question("channel_mix"), parse("channel_mix", {"phone": "60,5"}), "nl") == "Telefoon 60,5"
    assert format_answer(question("inbound"), NOT_AVAILABLE, "nl") == ""


def test_a_unit_that_names_a_scale_stands_in_brackets_and_is_read_back() -> None:
    scale = LocalText({"nl": "cijfer 1–10", "en": "score 1–10"})
    question = FILE.question("inbound").model_copy(update={"unit": scale, "decimals": 1})
    shown = format_answer(question, parse_answer(question, "7,4", "nl"), "nl")
    assert shown == "7,4 (cijfer 1–10)"
    for typed in (shown, "7,4 cijfer 1–10", "7,4"):
        assert parse_answer(question, typed, "nl").number == 7.4


def test_every_message_exists_in_every_language_with_the_same_parameters() -> None:
    from string import Formatter

    for texts in (*TEXTS.values(), *WORDS.values()):
        assert set(texts) == set(LANGUAGES)
        fields = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in texts.values()]
        assert all(field == fields[0] for field in fields)


ANY_TYPED = st.one_of(
    st.text(max_size=60),
    st.lists(st.text(max_size=20), max_size=4),
    st.dictionaries(st.sampled_from(["phone", "chat", "mail", "fax"]), st.text(max_size=20), max_size=4),
    st.from_regex(r"[-+€]?[0-9.,: ]{0,20}[%€]?", fullmatch=True),
)


@settings(deadline=None)
@given(st.sampled_from(FILE.questions), ANY_TYPED, st.sampled_from(["nl", "en"]))
def test_any_input_is_an_answer_or_an_answer_error(question, typed, language) -> None:  # type: ignore[no-untyped-def]
    try:
        answer = parse_answer(question, typed, language)
    except AnswerError as error:
        said = error.text(language)
    else:
        said = format_answer(question, answer, language) if answer.answered else "nothing"
    assert said
