"""Each type of question on its page, filled in and posted by a browser without JavaScript."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.models import Membership, Organisation, User
from portal.roles import MemberRole
from portal.tenancy import staff_scope
from surveys.models import Answer, Round
from surveys.questionnaire import AnswerStatus
from surveys.selectors.stored import answer_value
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round
from tests.surveys.page_forms import Entries, fields_of
from tests.surveys.questionnaire.example import EXAMPLE, example
from tests.surveys.questionnaire.test_asking import TEXT as ASKING

pytestmark = pytest.mark.django_db
PAGE = "/my/rounds/kinds/more/"
FILLED: Entries = {
    "a-span": ["1:12"],
    "a-per_channel-phone.volume": ["1.200"],
    "a-per_channel-phone.aht": ["4:30"],
    "a-per_channel-chat.volume": ["0"],
    "a-per_channel-chat.aht": ["n.v.t."],
    "a-effort": ["2"],
    "a-recommend": ["10"],
    "a-since": ["1 maart 2019"],
    "a-month": ["2026-03"],
    "a-quarter": ["2026-K1"],
    "a-brand": ["other"],
    "a-brand-namely": ["Zed <b>"],
    "a-brands": ["a", "other"],
    "a-brands-namely": ["=1+1"],
    "a-certified": ["yes"],
    "a-certified-namely": ["KCC"],
}


@pytest.fixture
def client() -> Client:
    with staff_scope():
        mine = Organisation.objects.create(code="zilver", name="Zilverstroom")
        person = User.objects.create_user("c@example.org", None, name="C")
        Membership.objects.create(organisation=mine, user=person, role=MemberRole.COORDINATOR)
        version = load_questionnaire_file(EXAMPLE, "example.yaml", by=None).version
        assert version is not None
        made = create_round(code="kinds", title_nl="S", title_en="S", version=version, reference_period="2026", by=None)
        advance_round(made.pk, "open", by=None)
    client = Client()
    client.force_login(person)
    return client


def rows() -> dict[str, Answer]:
    with staff_scope():
        return {row.question: row for row in Answer.objects.filter(submission__round=Round.objects.get(code="kinds"))}


def send(client: Client, **changed: list[str]) -> HttpResponse:
    entries = fields_of(client.get(PAGE)) | {"go": ["stay"]} | changed
    return client.post(PAGE, entries, follow=True)  # type: ignore[return-value]


def test_every_type_is_kept_shown_again_and_not_changed_by_an_untouched_page(client: Client) -> None:
    send(client, **FILLED)
    stored = rows()
    values = {code: answer_value(example().question(code), row) for code, row in stored.items()}
    assert values["per_channel"].parts == {"phone.volume": 1200, "phone.aht": 270, "chat.volume": 0}
    assert values["per_channel"].absent == {"chat.aht": AnswerStatus.NOT_APPLICABLE}
    assert (values["effort"].number, values["recommend"].number, values["span"].number) == (2, 10, 12)
    assert (values["brand"].choice, values["brand"].text) == ("other", "Zed <b>")
    assert (values["brands"].choices, values["brands"].text) == (("a", "other"), "=1+1")
    page = client.get(PAGE)
    shown = fields_of(page)
    assert {name: shown[name] for name in FILLED} == FILLED
    assert "Zed &lt;b&gt;" in page.content.decode()
    send(client)
    assert {code: row.version for code, row in rows().items()} == dict.fromkeys(stored, 1)


def test_in_the_other_language_the_same_figures_are_shown(client: Client) -> None:
    send(client, **FILLED)
    shown = fields_of(client.get("/en" + PAGE))
    assert shown["a-per_channel-phone.volume"] == ["1,200"]
    assert shown["a-quarter"] == ["2026-K1"]  # reads the same in both
    for page in ("questions", "review"):
        assert "2026-Q1" in client.get(f"/en/my/rounds/kinds/{page}/").content.decode(), page


def test_not_applicable_is_an_answer_where_it_is_offered(client: Client) -> None:
    names = fields_of(client.get(PAGE), names=True)
    assert "na-brands" in names
    assert "na-effort" not in names
    send(client, **{"na-brands": ["2"], "a-brands": []})
    assert rows()["brands"].status == Answer.Status.NOT_APPLICABLE
    assert fields_of(client.get(PAGE))["na-brands"] == ["2"]


def test_a_cell_that_cannot_be_read_stays_and_is_explained(client: Client) -> None:
    page = send(client, **{"a-per_channel-phone.volume": ["veel"]}).content.decode()
    assert "Telefoon, Aantal: “veel” is geen getal" in page
    assert fields_of(client.get(PAGE))["a-per_channel-phone.volume"] == ["veel"]


def test_words_that_are_missing_are_asked(client: Client) -> None:
    page = send(client, **{"a-brand": ["other"]}).content.decode()
    assert "U koos “Anders, namelijk”. Schrijf erbij wat u bedoelt." in page
    page = send(client, **{"a-certified": ["yes"]}).content.decode()
    assert "U koos “Ja”. Vul dan ook “Welk?” in." in page


def test_repeats_computed_values_and_the_organisation_on_a_page() -> None:
    with staff_scope():
        mine = Organisation.objects.create(code="plein", name="Zorgplein", dimensions={"sector": "care"})
        person = User.objects.create_user("d@example.org", None, name="D")
        Membership.objects.create(organisation=mine, user=person, role=MemberRole.COORDINATOR)
        version = load_questionnaire_file(ASKING, "asking.yaml", by=None).version
        assert version is not None
        made = create_round(code="ask", title_nl="V", title_en="A", version=version, reference_period="2026", by=None)
        advance_round(made.pk, "open", by=None)
    client = Client()
    client.force_login(person)
    url = "/my/rounds/ask/base/"
    page = client.get(url)
    assert "Zorgplein (Zorg) in 2026: …?" in page.content.decode()
    assert ">–</output>" in page.content.decode()
    entries = fields_of(page) | {"a-sites": ["2"], "a-talk": ["4:00"], "a-hold": ["30"], "a-calls": ["2"]}
    told = client.post("/my/rounds/ask/answers/", entries).json()
    assert (told["computed"]["aht"], told["computed"]["per_call"]) == ("270 s", "135,00")
    assert {"beds", "again"} <= set(told["due"])
    page = client.get(url).content.decode()
    assert '<output data-computed="aht">270 s</output>' in page
    assert "Zorgplein (Zorg) in 2026: 240 seconden?" in page
    sites = client.get("/my/rounds/ask/each_site/").content.decode()
    shown = re.findall(r'data-question="(fte_\d)"( hidden)?', sites)
    assert shown == [("fte_1", ""), ("fte_2", ""), ("fte_3", " hidden")]


def test_words_of_an_option_that_is_no_longer_chosen_are_shown_nowhere(client: Client) -> None:
    send(client, **FILLED)
    send(client, **{"a-certified": ["no"], "a-brand": ["a"], "a-brands": ["a"]})
    for code in ("certified", "brand", "brands"):
        assert answer_value(example().question(code), rows()[code]).text is None
    for page in ("review/", "questions/", "answers-as-csv/", "change-history/certified/"):
        shown = client.get(f"/my/rounds/kinds/{page}").content.decode("utf-8-sig")
        assert shown.count("KCC") == 2 * ("change" in page)  # what it was: to it, and from it
        assert "Zed" not in shown
        assert "=1+1" not in shown
    send(client, **{"a-certified": ["yes"]})
    assert answer_value(example().question("certified"), rows()["certified"]).text == "KCC"  # still in its field
