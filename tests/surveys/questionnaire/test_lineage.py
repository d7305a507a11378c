"""What a change of a question does to its series: a changed meaning breaks it, and what is only said otherwise asks."""

import pytest

from surveys.questionnaire import QuestionnaireFile, compare_versions, load_questionnaire
from surveys.questionnaire.lineage import answers_then, compare_checks, joined_questions
from surveys.questionnaire.submission import check_submission
from tests.surveys.questionnaire.example import EXAMPLE, example
from tests.surveys.questionnaire.test_submission import answers

FILE = example()
NEXT = EXAMPLE.replace('version: "2026"', 'version: "2027"')
STATED = 'same_as: {version: "2026", relation: same}'


def changed(old: str, new: str) -> QuestionnaireFile:
    assert old in NEXT, old
    return load_questionnaire(NEXT.replace(old, new, 1))


def relation(code: str, file: QuestionnaireFile) -> tuple[str | None, bool]:
    change = next(one for one in compare_versions(FILE, file) if one.code == code)
    return change.relation, change.suspect


QUARTER = "precision: quarter, text: {nl: Kwartaal, en: Quarter}, earliest: 2020-Q1"
VOLUME = "label: {nl: Aantal, en: Volume}, decimals: 0"
OTHER_MEANING = [
    ("effort", "direction: low_is_good", "direction: high_is_good"),
    ("effort", "          max: 5\n", "          max: 7\n"),
    ("quarter", QUARTER, "precision: month, text: {nl: Kwartaal, en: Quarter}"),
    ("per_channel", "en: AHT}, type: duration, soft: {max: 3600}", "en: AHT}, type: money"),
    ("per_channel", VOLUME, f"{VOLUME}, unit: {{nl: uur, en: hours}}"),
    ("inbound", "decimals: 0\n        hard", "decimals: 0\n        unit: {nl: uur, en: hours}\n        hard"),
    ("channel_mix", "total: 100", "total: 50"),
    ("talk", "type: duration", "type: money"),
]


@pytest.mark.parametrize(("code", "old", "new"), OTHER_MEANING)
def test_another_meaning_is_a_broken_series(code: str, old: str, new: str) -> None:
    file = changed(old, new)
    assert relation(code, file)[0] == "broken"
    assert code not in joined_questions(FILE, file)


def test_words_asked_after_the_other_answer_are_another_question() -> None:
    ask = "text: {nl: Besteedt u uit?, en: Do you outsource?}"
    detail = ask + "\n        detail: {label: {nl: Aan wie, en: To whom}, when: %s}"
    old = load_questionnaire(EXAMPLE.replace(ask, detail % '"yes"', 1))
    new = load_questionnaire(NEXT.replace(ask, detail % '"no"', 1))
    assert next(one for one in compare_versions(old, new) if one.code == "outsources").relation == "broken"
    assert next(one for one in compare_versions(FILE, old) if one.code == "outsources").relation == "same"


@pytest.mark.parametrize(("code", "old", "new"), [OTHER_MEANING[0], OTHER_MEANING[1], OTHER_MEANING[3]])
def test_no_statement_joins_numbers_that_count_something_else(code: str, old: str, new: str) -> None:
    text = NEXT.replace(old, new, 1).replace(f"- code: {code}\n", f"- code: {code}\n        {STATED}\n", 1)
    change = next(one for one in compare_versions(FILE, load_questionnaire(text)) if one.code == code)
    assert (change.relation, change.never_joined) == ("broken", True)


def test_a_unit_that_is_only_written_otherwise_can_be_stated_to_be_the_same() -> None:
    stated = f"- code: inbound\n        {STATED}\n        unit: {{nl: contacten, en: contacts}}\n"
    assert relation("inbound", changed("- code: inbound\n", stated)) == ("same", False)


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        ("effort", "en: very little effort", "en: hardly any effort"),
        ("per_channel", "label: {nl: Aantal, en: Volume}", "label: {nl: Aantal, en: Contacts}"),
        ("per_channel", "nl: Chat, en: Chat}}\n        columns", "nl: Chat, en: Live chat}}\n        columns"),
    ],
)
def test_what_is_said_otherwise_asks_to_be_confirmed(code: str, old: str, new: str) -> None:
    file = changed(old, new)
    assert relation(code, file) == ("same", True)
    assert code not in joined_questions(FILE, file)


def test_change_is_asked_about_only_where_the_definition_is_the_same() -> None:
    before, now = answers(outsources="no", inbound="700"), answers(outsources="no", inbound="30")
    same = joined_questions(FILE, load_questionnaire(NEXT))
    assert [one.code for one in check_submission(FILE, now, answers_then(same, before))] == ["soft_change:inbound"]
    other = changed("decimals: 0\n        hard", "decimals: 0\n        unit: {nl: dagen, en: days}\n        hard")
    assert check_submission(other, now, answers_then(joined_questions(FILE, other), before)) == []


def test_change_of_a_cell_is_asked_about() -> None:
    file = changed("en: Volume}, decimals: 0,", "en: Volume}, decimals: 0, soft_change: 0.5,")
    cells = {"phone.volume": "100", "phone.aht": "270", "chat.volume": "100"}
    before = answers(outsources="no", inbound="100", per_channel=cells)
    now = answers(outsources="no", inbound="100", per_channel={**cells, "chat.volume": "900", "phone.aht": "9"})
    found = check_submission(file, now, answers_then(joined_questions(FILE, file), before), "en")
    assert [one.code for one in found] == ["soft_change.chat.volume:per_channel"]
    assert found[0].message.startswith("Chat, Volume: 900 is 800 % higher than last time (100).")


def test_checks_are_held_against_those_of_the_version_before() -> None:
    text = NEXT.replace("kind: soft", "kind: hard", 1) + (
        "  - code: talk_known\n    kind: hard\n    expression: talk > 0\n    message: {nl: Talk., en: Talk.}\n"
    )
    found = {one.code: (one.change, one.kind) for one in compare_checks(FILE, load_questionnaire(text))}
    assert found == {"half_answered": ("changed", "hard"), "talk_known": ("added", "hard")}
    assert {one.code: one.change for one in compare_checks(load_questionnaire(text), FILE)}["talk_known"] == "removed"
