"""An autosave writes the remarks of those questions of which the page does not show them yet, and of no others."""

import re

import pytest
from django.test import Client

from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db
WORK = "/my/rounds/small-2026/work/"
SAVE = "/my/rounds/small-2026/answers/"


@pytest.fixture
def case() -> Case:
    return build_case()


def remarked(client: Client) -> str:
    """What autosave.js sends of the page as it is now."""
    page = client.get(WORK).content.decode()
    found = re.findall(r'data-question="(\w+)"(?: hidden)? data-remarks="(\w+)"', page)
    return " ".join(f"{code}:{key}" for code, key in found)


def save(client: Client, case: Case, shown: str, **fields: str) -> dict[str, object]:
    """An autosave of `answered` on a page that remarks `shown`."""
    post = {**case.marks("answered"), "remarked": shown, **fields}
    told: dict[str, object] = client.post(SAVE, post).json()
    return told


def test_what_the_page_remarks_already_is_not_written_again(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "3000")
    shown = remarked(client)
    assert "calls:" in shown
    told = save(client, case, shown, **{"a-answered": "10"})
    assert (told["same"], told["html"]) == (["answered", "calls", "outsources"], {})  # the last: still to be answered
    assert told["marks"]["answered"].startswith("1.")  # type: ignore[index]
    told = save(client, case, "", **{"a-answered": "11"})  # a page of before
    assert "q-calls-doubt" in told["html"]["calls"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("typed", "reason", "sign"),
    [("4000", "", "4.000"), ("3000", "Nieuw contract", "Nieuw contract"), ("geen idee", "", "q-calls-error")],
)
def test_what_a_colleague_changes_is_remarked(case: Case, typed: str, reason: str, sign: str) -> None:
    client, colleague = case.client("coordinator"), case.client("contributor")
    case.say("calls", "3000")
    shown = remarked(client)
    fields = {"a-calls": typed} | ({"why-calls": reason} if reason else {})
    assert colleague.post(SAVE, {**case.marks("calls"), **fields}).status_code == 200
    told = save(client, case, shown, **{"a-answered": "10"})
    assert sign in told["html"]["calls"]  # type: ignore[index]
    assert "calls" not in told["same"]  # type: ignore[operator]


def test_what_is_not_remarked_any_more_is_taken_off_the_page(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "3000")
    shown = remarked(client)
    case.say("calls", "1100")
    told = save(client, case, shown, **{"a-answered": "10"})
    assert "10 %" in told["html"]["calls"]  # type: ignore[index]
    assert "q-calls-doubt" not in told["html"]["calls"]  # type: ignore[index]


def test_of_a_question_with_nothing_to_remark_nothing_comes(case: Case) -> None:
    client = case.client("coordinator")
    case.say("answered", "geen idee")
    shown = remarked(client)
    assert "answered:" in shown
    case.say("answered", "10")
    post = {**case.marks("calls"), "a-calls": "1000", "remarked": shown}
    told = client.post(SAVE, post).json()
    assert "answered" not in [*told["same"], *told["html"]]


def test_a_change_note_goes_when_its_question_is_emptied_after_another_one_was_saved(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "1100")  # 10 % more than last round, and nothing to explain
    shown = remarked(client)
    key = dict(one.split(":") for one in shown.split())["calls"]
    told = save(client, case, shown, **{"a-answered": "10"})
    assert "calls" in told["same"], "the page would forget that it shows the note"  # type: ignore[operator]
    told = client.post(SAVE, {**case.marks("calls"), "a-calls": "", "remarked": f"calls:{key}"}).json()
    assert "data-change" in told["html"]["calls"]
    assert "10 %" not in told["html"]["calls"]


def test_a_change_note_comes_up_to_date_with_a_colleagues_answer(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "1100")
    shown = remarked(client)
    case.say("calls", "1200", by="contributor")
    told = save(client, case, shown, **{"a-answered": "10"})
    assert "20 %" in told["html"]["calls"]  # type: ignore[index]


def test_an_error_stays_listed_although_its_question_is_not_written_again(case: Case) -> None:
    client = case.client("coordinator")
    case.say("calls", "geen idee")
    told = save(client, case, remarked(client), **{"a-answered": "10"})
    assert "calls" in told["same"]  # type: ignore[operator]
    assert 'href="#q-calls"' in told["summary"]  # type: ignore[operator]


def test_a_conflict_and_what_is_taken_over_always_come(case: Case) -> None:
    client, marks = case.client("coordinator"), case.marks("calls")
    case.say("calls", "700", by="contributor")
    told = client.post(SAVE, {**marks, "a-calls": "800", "remarked": remarked(client)}).json()
    assert "data-conflict" in told["html"]["calls"]
    marks = case.marks("calls")
    case.say("calls", "1000")
    told = client.post(SAVE, {**case.marks("calls"), "take": "calls", "a-calls": "1000", "remarked": remarked(client)})
    assert 'value="1.000"' in told.json()["html"]["calls"]
