"""Matrices, scales, dates, ratios and words beside a choice: read, written, kept apart from zero, frozen, judged."""

import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import (
    LANGUAGES,
    NO_ANSWER,
    AnswerError,
    AnswerStatus,
    AnswerValue,
    Typed,
    check_submission,
    column_values,
    format_answer,
    parse_answer,
    question_type,
)
from surveys.questionnaire.question_types.dates import EPOCH
from tests.surveys.questionnaire.example import example

FILE = example()
MATRIX = FILE.question("per_channel")


def parse(code: str, typed: Typed, language: str = "nl") -> AnswerValue:
    return parse_answer(FILE.question(code), typed, language)


def findings(code: str, typed: Typed) -> list[str]:
    found = check_submission(FILE, {code: parse(code, typed)}, language="en")
    return [one.code for one in found if code in one.questions]


@pytest.mark.parametrize(
    ("code", "typed", "number"),
    [
        ("talk", "4 min 30 s", 270),
        ("talk", "1u 2m 3s", 3723),
        ("talk", "270 seconden", 270),
        ("span", "1:12", 12),
        ("span", "1 op 12,5", 12.5),
        ("span", "2:30", 15),
        ("span", "12", 12),
        ("effort", "5", 5),
        ("recommend", "0", 0),
        ("recommend", "10 – zeer waarschijnlijk", 10),
        ("since", "22-11-2026", (date(2026, 11, 22) - EPOCH).days),
        ("since", "2026-11-22", (date(2026, 11, 22) - EPOCH).days),
        ("since", "22 november 2026", (date(2026, 11, 22) - EPOCH).days),
        ("month", "maart 2026", 2026 * 12 + 2),
        ("month", "03-2026", 2026 * 12 + 2),
        ("quarter", "2026-K2", 2026 * 4 + 1),
        ("quarter", "Q2 2026", 2026 * 4 + 1),
        ("quarter", "2e kwartaal 2026", 2026 * 4 + 1),
    ],
)
def test_number_behind_it_is_read(code: str, typed: Typed, number: float) -> None:
    assert parse(code, typed).number == number


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        *(("since", text) for text in ("31-02-2026", "2026", "13-13-2026", "22-11-26", "0001", "١-١-٢٠٢٦")),
        *(("month", text) for text in ("2026", "13-2026", "0000-01")),
        *(("span", text) for text in ("0:5", "1:", "a:b")),
        *(("quarter", text) for text in ("2026-Q5", "2026")),
        ("effort", "1,5"),
        ("talk", "4 min 30"),
        ("per_channel", {"phone.nothing": "1"}),
        ("per_channel", {"phone.volume": "many"}),
        ("per_channel", "12"),
        ("reason", {"chosen": "time", "namely": ""}),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(code: str, typed: Typed) -> None:
    with pytest.raises(AnswerError) as caught:
        parse(code, typed)
    assert {len(caught.value.text(language)) > 10 for language in LANGUAGES} == {True}


def test_cell_says_which_one_is_wrong() -> None:
    with pytest.raises(AnswerError) as caught:
        parse("per_channel", {"phone.volume": "12", "chat.aht": "soon"})
    assert caught.value.part == "chat.aht"
    assert caught.value.text("en").startswith("Chat, AHT: “soon”")


def test_not_available_in_a_cell_is_an_answer_and_never_zero() -> None:
    answer = parse("per_channel", {"phone.volume": "0", "phone.aht": "n.b.", "chat.volume": "N.V.T.", "chat.aht": ""})
    frozen = column_values(FILE, {"per_channel": answer})
    assert frozen["per_channel.phone.volume"] == (AnswerStatus.ANSWERED, 0)
    assert [frozen[f"per_channel.{cell}"].status for cell in ("phone.aht", "chat.volume", "chat.aht")] == [
        AnswerStatus.NOT_AVAILABLE,
        AnswerStatus.NOT_APPLICABLE,
        AnswerStatus.NONRESPONSE,
    ]
    assert math.isnan(frozen["per_channel.chat.volume"].value)
    assert format_answer(MATRIX, answer, "nl") == ("Telefoon, Aantal: 0; Telefoon, AHT: n.b.; Chat, Aantal: n.v.t.")


def test_cells_have_edits_of_their_column() -> None:
    typed = {"phone.volume": "-1", "phone.aht": "2:00:00", "phone.csat": "11"}
    assert findings("per_channel", typed) == [
        "hard_min.phone.volume:per_channel",
        "soft_max.phone.aht:per_channel",
        "hard_max.phone.csat:per_channel",
    ]


@pytest.mark.parametrize(
    ("code", "typed", "expected"),
    [
        ("effort", "6", ["off_scale:effort"]),
        ("since", "01-01-1949", ["earliest:since"]),
        ("quarter", "2019-Q4", ["earliest:quarter"]),
        ("brand", {"chosen": "other", "namely": " "}, ["words:brand"]),
        ("brand", {"chosen": "other", "namely": "Zed"}, []),
        ("brand", {"chosen": "a", "namely": "Zed"}, []),
        ("brands", {"chosen": "a|other", "namely": ""}, ["words:brands"]),
        ("certified", {"chosen": "yes", "namely": ""}, ["words:certified"]),
        ("certified", {"chosen": "no", "namely": ""}, []),
    ],
)
def test_edits(code: str, typed: Typed, expected: list[str]) -> None:
    assert findings(code, typed) == expected


def test_words_belong_to_the_option_that_asks_them() -> None:
    assert parse("brand", {"chosen": "a", "namely": "Zed"}).text is None
    assert parse("brand", {"chosen": "other", "namely": "Zed"}).text == "Zed"
    assert format_answer(FILE.question("brand"), parse("brand", {"chosen": "other", "namely": "Zed"}), "en") == (
        "Other, namely: Zed"
    )
    assert parse("brand", "other").choice == "other"
    assert parse("brands", ["a", "b"]).choices == ("a", "b")


def whole(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(float)


CELLS: dict[str, st.SearchStrategy[float]] = {
    "volume": whole(-10, 10**9),
    "aht": whole(0, 10**5),
    "csat": st.integers(10, 100).map(lambda tenth: tenth / 10),
}
NUMBERS: dict[str, st.SearchStrategy[float]] = {
    "inbound": whole(-(10**9), 10**9),
    "absenteeism": st.integers(0, 1000).map(lambda tenth: tenth / 10),
    "saving": st.decimals(-(10**9), 10**9, places=2).map(float),
    "talk": st.integers(0, 10**7).map(lambda tenth: tenth / 10),
    "span": st.integers(0, 10**6).map(lambda tenth: tenth / 10),
    "effort": whole(1, 5),
    "recommend": whole(0, 10),
    "since": st.dates().map(lambda day: float((day - EPOCH).days)),
    "month": whole(12, 9999 * 12 + 11),
    "quarter": whole(4, 9999 * 4 + 3),
}
WORDS = st.text(st.characters(blacklist_categories=("Cc", "Cs")), min_size=1, max_size=40).map(str.strip).filter(bool)


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, AnswerValue]:
    """A question with an answer that could be given to it."""
    code = draw(st.sampled_from([*NUMBERS, "per_channel", "channel_mix", "brand", "brands", "tools", "certified"]))
    held: dict[str, Any] = {}
    if code in NUMBERS:
        held["number"] = draw(NUMBERS[code])
    elif code == "per_channel":
        kinds = {f"{row}.{column}": CELLS[column] for row in ("phone", "chat") for column in CELLS}
        held["parts"] = {part: draw(values) for part, values in kinds.items() if draw(st.booleans())}
        absent = st.sampled_from((AnswerStatus.NOT_APPLICABLE, AnswerStatus.NOT_AVAILABLE))
        held["absent"] = {part: draw(absent) for part in kinds if part not in held["parts"]}
    elif code == "channel_mix":
        held["parts"] = {part: draw(CELLS["csat"]) for part in ("phone", "chat", "mail")}
    elif code in ("brands", "tools"):
        options = [one.code for one in FILE.question(code).options or ()]
        held["choices"] = tuple(one for one in options if draw(st.booleans())) or (options[0],)
        held["text"] = draw(WORDS) if "other" in held["choices"] else None
    else:
        held["choice"] = draw(st.sampled_from([one.code for one in FILE.question(code).options or ()]))
        held["text"] = draw(WORDS) if held["choice"] in ("other", "yes") else None
    return code, AnswerValue(AnswerStatus.ANSWERED, **held)


@settings(max_examples=150, deadline=None)
@given(pair=answers(), language=st.sampled_from(LANGUAGES))
def test_what_the_page_shows_reads_back_as_the_same_answer(pair: tuple[str, AnswerValue], language: str) -> None:
    code, answer = pair
    question = FILE.question(code)
    assert parse_answer(question, question_type(question).retyped(question, answer, language), language) == answer
    if answer.number is not None:
        assert parse_answer(question, format_answer(question, answer, language), language) == answer


def clocked(seconds: int, *, hours: bool, padded: bool) -> str:
    """As people type it: `4:30`, `270:00`, `1:02:03`."""
    minutes, rest = divmod(seconds, 60)
    first, then = divmod(minutes, 60) if hours else (minutes, None)
    start = f"{first:02d}" if padded else f"{first}"
    return start + ("" if then is None else f":{then:02d}") + f":{rest:02d}"


@settings(max_examples=150, deadline=None)
@given(
    seconds=st.integers(0, 9999 * 3600 + 3599),
    padded=st.booleans(),
    around=st.sampled_from(["", " ", "\u00a0"]),
    language=st.sampled_from(LANGUAGES),
)
def test_a_time_typed_as_a_clock_shows_it_is_that_many_seconds_and_reads_back(
    seconds: int, padded: bool, around: str, language: str
) -> None:
    question = FILE.question("talk")
    typed = [clocked(seconds, hours=True, padded=padded)]
    if seconds <= 99999 * 60 + 59:  # no more than five digits of minutes
        typed.append(clocked(seconds, hours=False, padded=padded))
    for text in typed:
        answer = parse_answer(question, around + text + around, language)
        assert answer == AnswerValue(AnswerStatus.ANSWERED, number=float(seconds)), text
        assert parse_answer(question, format_answer(question, answer, language), language) == answer
        assert parse_answer(question, question_type(question).retyped(question, answer, language), language) == answer


@settings(max_examples=60, deadline=None)
@given(minutes=st.integers(0, 999), rest=st.integers(60, 99), hours=st.none() | st.integers(0, 99))
def test_sixty_seconds_or_minutes_behind_a_colon_are_no_time(minutes: int, rest: int, hours: int | None) -> None:
    wrong = [f"{minutes}:{rest}", f"{minutes}:{rest % 10}", f":{rest % 60:02d}", f"{minutes}:"]
    wrong += [f"{hours}:{rest}:00", f"{hours}:00:{rest}"] if hours is not None else []
    for text in wrong:
        with pytest.raises(AnswerError) as caught:
            parse_answer(FILE.question("talk"), text, "nl")
        assert caught.value.message_id == "duration.not_a_duration", text


@pytest.mark.parametrize("question", FILE.questions, ids=lambda one: one.code)
def test_untouched_question_is_no_answer(question: Any) -> None:
    kind = question_type(question)
    assert parse_answer(question, kind.empty(question), "nl") == NO_ANSWER
    assert question.sensitive is False
    shape = {"text": str, "list": list, "parts": dict, "chosen": dict}
    assert isinstance(kind.empty(question), shape[kind.holding(question)])


@pytest.mark.parametrize(
    ("typed", "meant"), [("4.30", "4:30"), ("4,5", "4:30"), ("12,15", "12:15"), ("3.75", "3:45"), ("4,05", "4:05")]
)
def test_minutes_that_were_typed_with_a_point_are_asked_about(typed: str, meant: str) -> None:
    talk = FILE.question("talk")
    for language in ("nl", "en"):
        found = check_submission(FILE, {"talk": parse_answer(talk, typed, language)}, language=language)
        (minutes,) = [one for one in found if one.code == "minutes:talk"]
        assert (minutes.kind, meant in minutes.message) == ("soft", True)


@pytest.mark.parametrize("typed", ["4:30", "270", "45,5", "0,5", "12", "4 min 30 s"])
def test_other_durations_are_not_asked_about(typed: str) -> None:
    found = check_submission(FILE, {"talk": parse_answer(FILE.question("talk"), typed, "nl")})
    assert "minutes:talk" not in [one.code for one in found]


def test_a_duration_that_asks_for_decimals_is_not_asked_about() -> None:
    talk = FILE.question("talk").model_copy(update={"decimals": 1})
    assert not list(question_type(talk).edits(talk, parse_answer(talk, "4,5", "nl"), None))
