"""Routing, edits, progress and what is frozen, on the example questionnaire."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.questionnaire import (
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    AnswerStatus,
    AnswerValue,
    Typed,
    check_submission,
    column_values,
    compare_versions,
    due_questions,
    is_due,
    load_questionnaire,
    parse_answer,
    progress,
)
from tests.surveys.questionnaire.example import EXAMPLE, example

FILE = example()


def answers(**typed: Typed | AnswerValue) -> dict[str, AnswerValue]:
    return {
        code: value if isinstance(value, AnswerValue) else parse_answer(FILE.question(code), value, "nl")
        for code, value in typed.items()
    }


def codes(given: dict[str, AnswerValue], previous: dict[str, AnswerValue] | None = None) -> list[str]:
    return [finding.code for finding in check_submission(FILE, given, previous)]


def complete(**typed: Typed | AnswerValue) -> dict[str, AnswerValue]:
    """Answers without any edit, but for what is given."""
    return answers(**{"outsources": "no", "inbound": "100", **typed})


def test_follow_up_is_asked_only_where_it_applies() -> None:
    reason = FILE.question("reason")
    assert not is_due(reason, {})
    assert is_due(reason, answers(outsources="yes"))
    assert not is_due(reason, answers(outsources="no"))
    assert not is_due(reason, answers(outsources=NOT_AVAILABLE))


def test_answer_that_is_routed_away_counts_nowhere() -> None:
    given = answers(outsources="no", reason="cost", saving="5")
    assert not is_due(FILE.question("saving"), given)
    assert not {"reason", "saving"} & {question.code for question in due_questions(FILE, given)}
    values = column_values(FILE, given)
    assert values["saving"].status is AnswerStatus.NOT_APPLICABLE
    assert math.isnan(values["saving"].value)
    assert column_values(FILE, {**given, **answers(outsources="yes")})["saving"] == (AnswerStatus.ANSWERED, 5.0)


def test_condition_on_flag_and_part() -> None:
    remark = FILE.question("remark")
    assert is_due(remark, answers(tools="crm", channel_mix={"phone": "80", "chat": "20"}))
    assert not is_due(remark, answers(tools="wfm", channel_mix={"phone": "80", "chat": "20"}))
    assert not is_due(remark, answers(tools="crm", channel_mix={"phone": "100"}))


def test_required_question_is_a_hard_edit_only_when_asked() -> None:
    assert codes({}) == ["required:outsources", "required:inbound"]
    assert codes(answers(outsources="yes", inbound="100")) == ["required:reason"]
    assert codes(complete(inbound=NOT_AVAILABLE, outsources=NOT_APPLICABLE)) == []


def test_complete_answers_have_no_edit() -> None:
    assert codes(complete(answered="80", channel_mix={"phone": "60", "chat": "40"})) == []


@pytest.mark.parametrize(
    ("typed", "code", "kind"),
    [
        ({"inbound": "-1"}, "hard_min:inbound", "hard"),
        ({"inbound": "5"}, "soft_min:inbound", "soft"),
        ({"inbound": "2.000.000"}, "soft_max:inbound", "soft"),
        ({"absenteeism": "101"}, "hard_max:absenteeism", "hard"),
        ({"absenteeism": "21"}, "soft_max:absenteeism", "soft"),
        ({"talk": "-5"}, "hard_min:talk", "hard"),
        ({"tools": ["crm", "none"]}, "exclusive:tools", "hard"),
        ({"channel_mix": {"phone": "60", "chat": "39,9"}}, "total:channel_mix", "hard"),
        ({"channel_mix": {"phone": "110", "chat": "-10"}}, "part_range.phone:channel_mix", "hard"),
        ({"answered": "101"}, "check:answered_within_inbound", "hard"),
        ({"answered": "49"}, "check:half_answered", "soft"),
    ],
)
def test_edit_is_found_and_says_what_to_do(typed: dict[str, Typed], code: str, kind: str) -> None:
    found = {finding.code: finding for finding in check_submission(FILE, complete(**typed), language="nl")}
    finding = found[code]
    assert finding.kind == kind
    assert finding.needs_reason is (kind == "soft")
    assert finding.message == finding.text("nl") != finding.text("en")


def test_limits_themselves_are_allowed() -> None:
    assert codes(complete(inbound="10", absenteeism="20", channel_mix={"phone": "60", "chat": "39,95"})) == []


def test_message_writes_numbers_as_the_language_does() -> None:
    finding = check_submission(FILE, complete(inbound="2.000.000"), language="nl")[0]
    assert finding.message.startswith("2.000.000 is ongewoon hoog (meestal 1.000.000 of minder).")
    assert finding.text("en").startswith("2,000,000 is unusually high (mostly 1,000,000 or less).")


def test_change_since_last_round_asks_a_reason() -> None:
    before = complete(inbound="100")
    assert codes(complete(inbound="150"), before) == []
    assert codes(complete(inbound="151"), before) == ["soft_change:inbound"]
    assert codes(complete(inbound="49"), before) == ["soft_change:inbound"]
    (finding,) = check_submission(FILE, complete(inbound="328"), complete(inbound="50"), "en")
    assert "556 % higher" in finding.message
    assert codes(complete(inbound="151"), complete(inbound="0")) == []
    assert codes(complete(inbound="151"), complete(inbound=NOT_AVAILABLE)) == []


def test_a_change_of_ten_times_and_more_is_said_in_times() -> None:
    (finding,) = check_submission(FILE, complete(inbound="328000"), complete(inbound="5"), "en")
    assert finding.message.startswith("328,000 is more than 65,000 times as much as last time (5). Correct the number,")
    assert finding.text("nl").startswith("328.000 is ruim 65.000 keer zoveel als vorige keer (5). Verbeter het getal,")
    (finding,) = check_submission(FILE, complete(inbound="60"), complete(inbound="5"), "nl")
    assert finding.message.startswith("60 is 12 keer zoveel als vorige keer (5).")
    finding = check_submission(FILE, complete(inbound="5"), complete(inbound="328000"), "nl")[-1]
    assert "99,9 % lager" in finding.message


def test_broken_series_is_not_compared() -> None:
    text = EXAMPLE.replace("soft_change: 0.5", 'soft_change: 0.5\n        same_as: {version: "2025", relation: broken}')
    assert check_submission(load_questionnaire(text), complete(inbound="900"), complete(inbound="100")) == []


def test_check_with_a_missing_value_is_not_violated() -> None:
    assert codes(complete(answered=NOT_AVAILABLE)) == []
    assert "check:half_answered" not in codes(complete(answered="5", inbound="0"))


def test_findings_follow_the_questionnaire() -> None:
    given = answers(tools=["crm", "none"], inbound="5", answered="7", absenteeism="101", channel_mix={"phone": "1"})
    assert codes(given) == [
        "required:outsources",
        "exclusive:tools",
        "soft_min:inbound",
        "check:answered_within_inbound",
        "hard_max:absenteeism",
        "total:channel_mix",
    ]


def test_progress_counts_only_what_is_asked() -> None:
    assert progress(FILE, {}) == {"chain": (0, 2), "operations": (0, 6), "more": (0, 10)}
    given = answers(outsources="yes", reason=NOT_AVAILABLE, saving="5")
    assert progress(FILE, given) == {"chain": (2, 3), "operations": (0, 6), "more": (0, 10)}


def test_frozen_values_keep_four_kinds_of_nothing_apart() -> None:
    given = answers(
        outsources="yes",
        reason="cost",
        tools="wfm",
        inbound="0",
        answered=NOT_AVAILABLE,
        talk=NOT_APPLICABLE,
        story="x",
    )
    values = column_values(FILE, given)
    assert list(values) == [column.code for column in FILE.columns()]
    assert values["reason"] == (AnswerStatus.ANSWERED, 1.0)
    assert values["tools.crm"] == (AnswerStatus.ANSWERED, 0.0)
    assert values["tools.wfm"] == (AnswerStatus.ANSWERED, 1.0)
    assert values["inbound"] == (AnswerStatus.ANSWERED, 0.0)
    assert values["answered"].status is AnswerStatus.NOT_AVAILABLE
    assert values["talk"].status is AnswerStatus.NOT_APPLICABLE
    assert values["absenteeism"].status is AnswerStatus.NONRESPONSE
    assert values["story"].status is AnswerStatus.ANSWERED
    assert math.isnan(values["story"].value)


def test_open_part_is_zero_only_when_the_others_make_the_total() -> None:
    whole = column_values(FILE, answers(channel_mix={"phone": "60", "chat": "40"}))
    assert whole["channel_mix.mail"] == (AnswerStatus.ANSWERED, 0.0)
    open_part = column_values(FILE, answers(channel_mix={"phone": "60", "chat": "30"}))
    assert open_part["channel_mix.mail"].status is AnswerStatus.NONRESPONSE


def test_versions_are_held_against_each_other() -> None:
    text = EXAMPLE.replace('version: "2026"', 'version: "2027"')
    text = text.replace("{code: time, label: {nl: Tijd, en: Time}}", "{code: risk, label: {nl: Risico, en: Risk}}")
    text = text.replace(
        "code: talk\n", 'code: talk_time\n        same_as: {version: "2026", relation: equivalent, question: talk}\n'
    )
    text = text.replace("{nl: Verzuim, en: Absenteeism}", "{nl: Ziekteverzuim, en: Sick leave}")
    text = text.replace("{code: story,", "{code: tale,")
    changes = {change.code: change for change in compare_versions(FILE, load_questionnaire(text))}
    assert (changes["reason"].change, changes["reason"].relation) == ("changed", "broken")
    assert (changes["talk_time"].previous_code, changes["talk_time"].relation) == ("talk", "equivalent")
    assert changes["absenteeism"].suspect
    assert changes["absenteeism"].changed == ("text",)
    assert changes["tale"].change == "added"
    assert changes["story"].change == "removed"
    assert changes["inbound"].change == "unchanged"
    assert "talk" not in changes


TYPED = {
    "outsources": st.sampled_from(["yes", "no", ""]),
    "reason": st.sampled_from(["time", "cost", ""]),
    "saving": st.sampled_from(["5", "-3", ""]),
    "tools": st.sampled_from(["crm", "wfm", "none", "crm|none", ""]),
    "inbound": st.integers(-5, 2_000_000).map(str),
    "answered": st.integers(-5, 2_000_000).map(str),
}


@settings(deadline=None)
@given(st.fixed_dictionaries({}, optional=TYPED))
def test_every_view_of_the_answers_agrees(typed: dict[str, str]) -> None:
    given = answers(**typed)
    due = {question.code for question in due_questions(FILE, given)}
    assert due == {question.code for question in FILE.questions if is_due(question, given)}
    assert sum(count for _, count in progress(FILE, given).values()) == len(due)
    for column, value in zip(FILE.columns(), column_values(FILE, given).values(), strict=True):
        if column.question not in due:
            assert value.status is AnswerStatus.NOT_APPLICABLE
        assert math.isnan(value.value) == (value.status is not AnswerStatus.ANSWERED)
    for finding in check_submission(FILE, given):
        assert finding.code.startswith("check:") or set(finding.questions) <= due
