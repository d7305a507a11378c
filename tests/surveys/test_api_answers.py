"""Answers sent with an organisation's API key."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.models import ApiKey
from portal.services.api_keys import issue_api_key
from portal.tenancy import staff_scope
from surveys.models import AnswerChange
from surveys.services.rounds import advance_round
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db
URL = "/api/v1/rounds/small-2026/answers/"


@pytest.fixture
def case() -> Case:
    return build_case()


def key_for(case: Case, *scopes: str) -> str:
    with staff_scope():
        return issue_api_key("WFM", days=1, by=None, organisation=case.mine, scopes=scopes)[1]


def send(case: Case, body: Any, *scopes: str) -> HttpResponse:
    key = key_for(case, *(scopes or (ApiKey.Scope.UPLOAD,)))
    headers = {"Authorization": f"Api-Key {key}"}
    return Client().post(URL, body, content_type="application/json", headers=headers)  # type: ignore[return-value]


def test_answers_are_saved_as_if_typed_with_their_history(case: Case) -> None:
    answers = {
        "calls": 1200.5, "answered": {"typed": "900"}, "outsources": False, "goals": ["faster"],
        "channels": {"phone": 60, "mail": "40"}, "remark": {"status": "not_available"},
    }  # fmt: skip
    told = send(case, {"answers": answers}).json()  # type: ignore[attr-defined]
    assert told["saved"] == dict.fromkeys(answers, 1)
    assert set(told["unread"]) == {"calls"}  # whole numbers only: kept as sent, and told
    assert (case.stored("channels").parts, case.stored("remark").status) == ({"phone": 60, "mail": 40}, 3)  # type: ignore[union-attr]
    with staff_scope():
        assert AnswerChange.objects.get(question="goals").way == "api"


def test_an_answer_that_a_person_gave_is_a_conflict_unless_its_version_is_named(case: Case) -> None:
    case.say("calls", "700")
    assert send(case, {"answers": {"calls": 800}}).json()["conflicts"] == {"calls": 1}  # type: ignore[attr-defined]
    assert case.stored("calls").typed == "700"  # type: ignore[union-attr]
    assert send(case, {"answers": {"calls": {"typed": 800, "version": 1}}}).json()["saved"] == {"calls": 2}  # type: ignore[attr-defined]


BODIES = ["[]", "{", '{"answers": 3}', '{"answers": {"calls": [[1]]}}', '{"answers": {"x": 1}}', "[" * 9000]


def test_what_is_no_answer_is_refused(case: Case) -> None:
    for body in BODIES:
        answer = send(case, body)
        assert answer.status_code == 422
        assert len(answer.json()["detail"]) > 20  # type: ignore[attr-defined]


def test_without_the_scope_or_in_a_closed_round_nothing_is_stored(case: Case) -> None:
    assert send(case, {"answers": {"calls": 1}}, ApiKey.Scope.READ).status_code == 403
    assert Client().post(URL, {}, content_type="application/json").status_code == 401
    case.say("answered", "1")
    with staff_scope():
        advance_round(case.open.pk, "close", by=None)
    assert send(case, {"answers": {"calls": 1}}).status_code == 409
    assert case.stored("calls") is None
