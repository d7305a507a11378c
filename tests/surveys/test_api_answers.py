"""Answers sent with an organisation's API key."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

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


HALF = "\ud800"  # of a character: JSON can hold it, a text cannot
ODD = [
    '{"calls": 1' + "0" * 399 + "}", '{"calls": 1' + "0" * 5000 + "}", '{"calls": 1e999}', '{"calls": -0.0}',
    '{"calls": NaN}', '{"calls": {"typed": Infinity}}', '{"calls": {"typed": 1, "status": []}}',
    '{"calls": {"typed": 1, "status": {}}}', '{"calls": {"typed": 1, "status": 1}}', '{"calls": {"a": ["x"]}}',
    '{"calls": {"a": {"b": {}}}}', '{"calls": {"a": "1"}}', '{"calls": ["1", "2"]}', '{"goals": {"a": "b"}}',
    '{"channels": "60"}', '{"channels": {"' + HALF + '": "60"}}', '{"channels": {"\\u0000": "60"}}',
    '{"outsources": ["yes", "no"]}', '{"outsources": {"typed": true, "version": 1e400}}',
    '{"remark": {"typed": "x", "version": 1' + "0" * 30 + "}}", '{"remark": {"typed": "x", "version": -1}}',
    '{"remark": "\\u0000' + HALF + '"}', '{"' + HALF + '": 1}', '{"\\u0000": 1}', '{"remark": "' + "x" * 30_000 + '"}',
]  # fmt: skip


@pytest.mark.parametrize("answers", ODD, ids=[one[:30].encode("ascii", "replace").decode() for one in ODD])
def test_whatever_is_sent_is_stored_as_typed_or_refused_and_every_page_stays(case: Case, answers: str) -> None:
    body = '{"answers": ' + answers.replace(HALF, "\\ud800") + "}"
    answer = send(case, body)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        told = answer.json()  # type: ignore[attr-defined]
        assert set(told["saved"]) | set(told["conflicts"]) == set(json.loads(answers))
        client = case.client("coordinator")
        pages = [reverse(name, args=[case.open.code]) for name in ("my_review", "my_answers_csv", "my_workbook")]
        for page in (*pages, *(reverse("my_section", args=[case.open.code, theme]) for theme in ("work", "rest"))):
            assert client.get(page).status_code == 200


def test_a_long_number_is_kept_as_it_was_sent(case: Case) -> None:
    told = send(case, '{"answers": {"calls": 12345678901234567890}}').json()  # type: ignore[attr-defined]
    assert set(told["unread"]) == {"calls"}
    assert case.stored("calls").typed == "12345678901234567890"  # type: ignore[union-attr]


def test_the_schema_says_what_is_sent_and_what_comes_back(case: Case) -> None:
    schema = Client().get("/api/v1/schema/", {"format": "json"}).json()
    assert "Read-only" not in schema["info"]["description"]
    operation = schema["paths"]["/api/v1/rounds/{code}/answers/"]["post"]
    assert operation["security"] == [{"ApiKey": []}]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    assert (body["required"], body["properties"]["language"]["enum"]) == (["answers"], ["nl", "en"])
    one = body["properties"]["answers"]["additionalProperties"]["oneOf"][-1]
    assert set(one["properties"]) == {"typed", "status", "version"}
    assert one["properties"]["status"]["enum"] == ["not_available", "not_applicable"]
    shape = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    told = send(case, {"answers": {"calls": "x"}}).json()  # type: ignore[attr-defined]
    shapes = {"saved", "unread", "conflicts", "edits"}
    assert set(schema["components"]["schemas"][shape]["properties"]) == set(told) == shapes
    assert set(operation["responses"]) == {"200", "401", "403", "404", "409", "415", "422", "429"}
    page = Client().get("/api/v1/docs/").content.decode()
    assert re.search(r"POST /api/v1/rounds/{code}/answers/", page)


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


def test_what_comes_back_says_what_is_impossible_or_unusual(case: Case) -> None:
    told = send(case, {"language": "en", "answers": {"calls": 500_000, "answered": 600_000}}).json()  # type: ignore[attr-defined]
    assert set(told["saved"]) == {"calls", "answered"}
    (hard,) = [one for one in told["edits"]["answered"] if one["kind"] == "hard"]
    assert (hard["message"], hard["questions"]) == ("More answered than there were.", ["answered", "calls"])
    soft = {one["code"]: one["explained"] for one in told["edits"]["calls"] if one["kind"] == "soft"}
    assert soft == {"soft_max:calls": False, "soft_change:calls": False}
