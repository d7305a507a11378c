"""Reasons at soft edits: nobody's is lost unseen, none is cut, and each belongs to the value that it explains."""

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.tenancy import staff_scope
from surveys.models import ReasonChange, Submission
from tests.surveys.answering_case import Case, build_case
from tests.surveys.page_forms import Entries, fields_of

pytestmark = pytest.mark.django_db
ROUND = "/en/my/rounds/small-2026/"
WORK, REVIEW, SAVE = f"{ROUND}work/", f"{ROUND}review/", f"{ROUND}answers/"
DOUBT = "soft_change:calls"


@pytest.fixture
def case() -> Case:
    case = build_case()
    case.say("calls", "2000")  # twice last year's: a reason is asked
    return case


def page(client: Client, address: str = WORK) -> Entries:
    return fields_of(client.get(address))  # type: ignore[arg-type]


def given(case: Case) -> str:
    with staff_scope():
        return str(Submission.objects.get(round=case.open).explanations.get(DOUBT, ""))


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.mark.parametrize("address", [WORK, REVIEW])
def test_a_page_that_nobody_touched_takes_nobodys_reason_away(case: Case, address: str) -> None:
    mine, hers = case.client("coordinator"), case.client("contributor")
    stale, other = page(mine, address), page(hers)
    hers.post(WORK, other | {"why-calls": ["A merger."]})
    assert given(case) == "A merger."
    assert mine.post(address, stale).status_code == 302
    assert given(case) == "A merger."


@pytest.mark.parametrize("address", [WORK, REVIEW])
def test_two_reasons_are_both_shown_and_one_is_chosen(case: Case, address: str) -> None:
    mine, hers = case.client("coordinator"), case.client("contributor")
    stale = page(mine, address)
    hers.post(WORK, page(hers) | {"why-calls": ["A merger."]})
    asked = mine.post(address, stale | {"why-calls": ["A new number."]})
    assert asked.status_code in (200, 409)
    assert given(case) == "A merger."
    text = text_of(asked)  # type: ignore[arg-type]
    assert "A merger." in text
    assert "A new number.</textarea>" in text
    assert "Contributor" in text
    again = fields_of(asked)  # type: ignore[arg-type]
    mine.post(address, again)  # pressing save once more is no choice
    assert given(case) == "A merger."
    mark = text.partition('name="keepwhy-calls" value="')[2].partition('"')[0]
    mine.post(address, again | {"keepwhy-calls": [mark]})
    assert given(case) == "A new number."


def test_an_empty_field_that_showed_the_reason_takes_it_back(case: Case) -> None:
    client = case.client("coordinator")
    client.post(WORK, page(client) | {"why-calls": ["A merger."]})
    client.post(WORK, page(client) | {"why-calls": [""]})
    assert given(case) == ""
    with staff_scope():
        assert [(one.before, one.reason) for one in ReasonChange.objects.order_by("id")] == [
            ("", "A merger."), ("A merger.", ""),
        ]  # fmt: skip


def test_a_reason_that_is_too_long_is_refused_and_stays_on_the_page(case: Case) -> None:
    client, long = case.client("coordinator"), "x" * 1503
    for address in (WORK, REVIEW):
        answer = client.post(address, page(client, address) | {"why-calls": [long]})
        assert "it has 1503 characters, and at most 1000 fit" in text_of(answer)  # type: ignore[arg-type]
        assert long in text_of(answer)  # type: ignore[arg-type]
    told = client.post(SAVE, case.marks("calls") | {"a-calls": "2000", "why-calls": long, "section": "work"}).json()
    assert "1503" in told["unkept"]["calls"]
    assert given(case) == ""


def test_another_value_asks_anew_and_shows_the_reason_of_the_earlier_one(case: Case) -> None:
    client = case.client("coordinator")
    client.post(WORK, page(client) | {"why-calls": ["A merger."]})
    client.post(WORK, page(client) | {"a-calls": ["9000"]})
    text = text_of(client.get(WORK))  # type: ignore[arg-type]
    assert "Given for an earlier answer, and not counted for this one: “A merger.”" in text
    assert page(client)["why-calls"] == [""]
    client.post(WORK, page(client) | {"a-outsources": ["no"]})
    assert client.post(f"{ROUND}submit/", page(client, REVIEW) | {"confirm": ["yes"]}).status_code == 422
    client.post(WORK, page(client) | {"a-calls": ["2000"]})
    assert page(client)["why-calls"] == ["A merger."]  # it explains that value still


def test_a_reason_for_an_answer_that_changed_meanwhile_asks_first(case: Case) -> None:
    mine = case.client("coordinator")
    stale = page(mine)
    case.say("calls", "4000", by="contributor")
    asked = mine.post(WORK, stale | {"why-calls": ["A merger."]})
    assert "changed while you wrote" in text_of(asked)  # type: ignore[arg-type]
    assert given(case) == ""


def test_value_and_reason_together_belong_together(case: Case) -> None:
    client = case.client("coordinator")
    client.post(WORK, page(client) | {"a-calls": ["4000"], "why-calls": ["A merger."]})
    assert given(case) == "A merger."
    assert page(client)["why-calls"] == ["A merger."]


def test_autosave_tells_the_mark_of_the_reason_that_it_kept(case: Case) -> None:
    client = case.client("coordinator")
    fields = {name: page(client)[name][0] for name in ("sheet", "section", "v-calls", "a-calls", "w-calls")}
    told = client.post(SAVE, fields | {"why-calls": "A"}).json()
    told = client.post(SAVE, fields | {"why-calls": "A merger", "w-calls": told["reasons"]["calls"]}).json()
    assert told["conflicts"] == []
    assert given(case) == "A merger"
    told = client.post(SAVE, fields | {"why-calls": "B"}).json()
    assert told["conflicts"] == ["calls"]
    assert "keepwhy-calls" in told["html"]["calls"]


def test_the_history_of_an_answer_holds_its_reasons(case: Case) -> None:
    client = case.client("coordinator")
    client.post(WORK, page(client) | {"why-calls": ["<b>A merger</b>"]})
    assert "&lt;b&gt;A merger&lt;/b&gt;" in text_of(client.get(f"{ROUND}change-history/calls/"))  # type: ignore[arg-type]


NOTED = "The answer needs no reason any more. What you wrote is kept in its history."


def history(case: Case) -> list[tuple[list[str], str]]:
    with staff_scope():
        return [(one.findings, one.reason) for one in ReasonChange.objects.order_by("id")]


@pytest.mark.parametrize("address", [WORK, REVIEW])
def test_a_reason_for_which_there_is_nothing_to_explain_any_more_is_kept_and_told(case: Case, address: str) -> None:
    mine = case.client("coordinator")
    stale = page(mine, address)
    case.say("calls", "1100", by="contributor")  # hardly more than last year
    told = mine.post(address, stale | {"why-calls": ["A merger."]}, follow=True)
    assert NOTED in text_of(told)  # type: ignore[arg-type]
    assert (given(case), history(case)) == ("", [([], "A merger.")])
    mine.post(address, stale | {"why-calls": ["A merger."]})
    assert len(history(case)) == 1, "sent again it is the same"
    shown = text_of(mine.get(f"{ROUND}change-history/calls/"))  # type: ignore[arg-type]
    assert "A merger." in shown
    assert "reason, when there was nothing to explain any more" in shown


def test_autosave_tells_of_a_reason_that_explains_nothing_any_more(case: Case) -> None:
    client = case.client("coordinator")
    fields = {name: page(client)[name][0] for name in ("sheet", "section", "v-calls", "a-calls", "w-calls")}
    told = client.post(SAVE, fields | {"a-calls": "1100", "why-calls": "y" * 1500}).json()
    assert (told["noted"], told["unkept"], told["conflicts"]) == ({"calls": NOTED}, {}, [])
    assert history(case) == [([], "y" * 1500)]
    told = client.post(SAVE, fields | {"v-calls": told["marks"]["calls"], "a-calls": "2000", "why-calls": "A"}).json()
    assert told["noted"] == {}
    assert given(case) == "A"


def test_a_noted_reason_is_nobodys_in_a_conflict(case: Case) -> None:
    mine, hers = case.client("coordinator"), case.client("contributor")
    hers.post(WORK, page(hers) | {"why-calls": ["A merger."]})
    stale = page(mine)
    hers.post(WORK, page(hers) | {"why-calls": ["A merger in May."]})
    case.say("calls", "1100")
    mine.post(WORK, page(mine) | {"why-calls": ["Noted."], "w-calls": ["x"]})
    case.say("calls", "2000")
    asked = text_of(mine.post(WORK, stale | {"why-calls": ["Mine."]}))  # type: ignore[arg-type]
    assert "A merger in May." in asked
    assert "by Contributor:" in asked
