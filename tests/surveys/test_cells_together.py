"""Tables and sets by several people and by a program: cells of two people merge, the same cell conflicts."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.models import ApiKey, Membership, Organisation, User
from portal.roles import MemberRole
from portal.services.api_keys import issue_api_key
from portal.tenancy import staff_scope
from surveys.models import Answer, AnswerUpload, Round
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round
from surveys.services.uploads import MOST_FILES_AN_HOUR, begin_upload
from tests.surveys.page_forms import Entries, fields_of
from tests.surveys.questionnaire.example import EXAMPLE

pytestmark = pytest.mark.django_db
PAGE, SAVE, URL = "/my/rounds/kinds/more/", "/my/rounds/kinds/answers/", "/api/v1/rounds/kinds/answers/"
PHONE, CHAT = "a-per_channel-phone.volume", "a-per_channel-chat.volume"


@pytest.fixture
def people() -> tuple[Client, Client]:
    with staff_scope():
        mine = Organisation.objects.create(code="zilver", name="Zilverstroom")
        version = load_questionnaire_file(EXAMPLE, "example.yaml", by=None).version
        assert version is not None
        made = create_round(code="kinds", title_nl="S", title_en="S", version=version, reference_period="2026", by=None)
        advance_round(made.pk, "open", by=None)
        clients, members = [], []
        for name in ("Ans", "Bo"):
            person = User.objects.create_user(f"{name}@example.org", None, name=name)
            Membership.objects.create(organisation=mine, user=person, role=MemberRole.COORDINATOR)
            clients.append(Client())
            members.append(person)
    for client, person in zip(clients, members, strict=True):
        client.force_login(person)
    return clients[0], clients[1]


def row(question: str = "per_channel") -> Answer:
    with staff_scope():
        return Answer.objects.get(submission__round=Round.objects.get(code="kinds"), question=question)


def cells() -> dict[str, float]:
    return dict(row().parts)


def shown(client: Client) -> Entries:
    return fields_of(client.get(PAGE)) | {"go": ["stay"]}  # type: ignore[arg-type]


def test_different_cells_by_two_people_are_both_kept(people: tuple[Client, Client]) -> None:
    ans, bo = people
    stale = shown(ans)
    bo.post(PAGE, shown(bo) | {PHONE: ["1.200"]})
    assert ans.post(PAGE, stale | {CHAT: ["30"]}).status_code == 302
    assert cells() == {"phone.volume": 1200, "chat.volume": 30}


def test_cells_typed_in_two_languages_keep_their_meaning(people: tuple[Client, Client]) -> None:
    ans, bo = people
    stale = fields_of(ans.get("/en" + PAGE)) | {"go": ["stay"]}  # type: ignore[arg-type]
    bo.post(PAGE, shown(bo) | {PHONE: ["1.200"]})
    ans.post("/en" + PAGE, stale | {CHAT: ["1,300"]})
    assert cells() == {"phone.volume": 1200, "chat.volume": 1300}


def test_the_same_cell_is_a_conflict_in_which_the_others_cells_stay(people: tuple[Client, Client]) -> None:
    ans, bo = people
    stale = shown(ans)
    bo.post(PAGE, shown(bo) | {PHONE: ["1.200"], "a-per_channel-phone.aht": ["4:30"]})
    asked = ans.post(PAGE, stale | {PHONE: ["900"], CHAT: ["30"]})
    assert cells() == {"phone.volume": 1200, "phone.aht": 270}
    back = fields_of(asked)  # type: ignore[arg-type]
    assert (back[PHONE], back[CHAT], back["a-per_channel-phone.aht"]) == (["900"], ["30"], ["4:30"])
    mark = asked.content.decode().partition('name="keep-per_channel" value="')[2].partition('"')[0]
    ans.post(PAGE, back | {"keep-per_channel": [mark]})
    assert cells() == {"phone.volume": 900, "phone.aht": 270, "chat.volume": 30}


def test_an_autosaved_page_hears_of_the_colleagues_cells(people: tuple[Client, Client]) -> None:
    ans, bo = people
    page = shown(ans)
    names = [name for name in page if "per_channel" in name] + ["sheet", "section"]
    fields = {name: page[name][0] for name in names}
    bo.post(PAGE, shown(bo) | {PHONE: ["1.200"]})
    told = ans.post(SAVE, fields | {CHAT: "30"}).json()
    assert (told["merged"], told["conflicts"]) == (["per_channel"], [])
    assert 'value="1.200"' in told["html"]["per_channel"]
    again = fields | {"v-per_channel": told["marks"]["per_channel"], PHONE: "1.200", CHAT: "31"}
    assert ans.post(SAVE, again).json()["conflicts"] == []
    assert cells() == {"phone.volume": 1200, "chat.volume": 31}


def send(answers: Any, name: str = "WFM") -> HttpResponse:
    with staff_scope():
        mine = Organisation.objects.get(code="zilver")
        key = issue_api_key(name, days=1, by=None, organisation=mine, scopes=(ApiKey.Scope.UPLOAD,))[1]
    headers = {"Authorization": f"Api-Key {key}"}
    body = {"language": "en", "answers": answers}
    return Client().post(URL, body, content_type="application/json", headers=headers)  # type: ignore[return-value]


def told(answer: HttpResponse) -> dict[str, Any]:
    return dict(json.loads(answer.content))


def test_a_program_sends_cells_by_row_and_column_and_leaves_the_others(people: tuple[Client, Client]) -> None:
    ans, _bo = people
    ans.post(PAGE, shown(ans) | {PHONE: ["1.200"], "a-per_channel-phone.aht": ["4:30"]})
    answer = told(send({"per_channel": {"typed": {"chat": {"volume": 5}, "phone.volume": 1300}, "version": 1}}))
    assert (answer["saved"], answer["unread"]) == ({"per_channel": 2}, {})
    assert cells() == {"phone.volume": 1300, "phone.aht": 270, "chat.volume": 5}
    told(send({"per_channel": {"typed": {"phone": {"aht": None}}, "version": 2}}))
    assert cells() == {"phone.volume": 1300, "chat.volume": 5}


@pytest.mark.parametrize("wrong", [{"fax": {"volume": 5}}, {"phone": {"price": 5}}, {"phone": 5}])
def test_a_cell_that_is_not_there_is_refused_with_the_way_to_write_it(people: object, wrong: object) -> None:
    answer = send({"per_channel": wrong})
    assert answer.status_code == 422
    assert '{"phone": {"volume": 5}}' in told(answer)["detail"]
    assert "chat.aht" in told(answer)["detail"]


@pytest.mark.parametrize("wrong", [{"phone": {"volume": {"x": 1}}}, {"phone": {"volume": [1]}}])
def test_what_is_nested_deeper_is_refused(people: object, wrong: object) -> None:
    assert send({"per_channel": wrong}).status_code == 422


def test_nested_objects_are_refused_where_there_are_no_cells(people: object) -> None:
    assert send({"effort": {"phone": {"volume": 1}}}).status_code == 422


def test_the_history_names_the_key_and_programs_leave_people_their_files(people: tuple[Client, Client]) -> None:
    ans, _bo = people
    for number in range(2):
        send({"per_channel": {"typed": {"chat": {"volume": number + 5}}, "version": number}}, "WFM <x>")
    assert "WFM &lt;x&gt;" in ans.get("/en/my/rounds/kinds/change-history/per_channel/").content.decode()
    with staff_scope():
        assert set(AnswerUpload.objects.values_list("kind", "name")) == {("api", "WFM <x>")}
        first = AnswerUpload.objects.order_by("pk")[0]
        AnswerUpload.objects.bulk_create(
            AnswerUpload(organisation_id=first.organisation_id, round_id=first.round_id, kind=kind, name="x", size=1)
            for kind in ["api", "workbook"]
            for _n in range(MOST_FILES_AN_HOUR - 1)
        )
        begin_upload(first.organisation, first.round, kind="workbook", name="x", size=1, by=None)
    assert send({"effort": 1}).status_code == 200
