"""Writing a questionnaire in the browser, without JavaScript: nothing typed is lost, the file keeps its bytes."""

import io
import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, QueryDict
from django.test import Client
from page import ValidationProfile, validate_pdf_bytes
from pypdf import PdfReader

from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from surveys.forms.editing_form import Group
from surveys.models import QuestionnaireDraft, QuestionnaireVersion
from surveys.questionnaire import load_questionnaire
from surveys.questionnaire.writing import read_plain
from surveys.services.drafts import change_draft
from surveys.services.questionnaires import load_questionnaire_file
from surveys.views.drafting_places import find_place
from tests.sign_in import sign_in
from tests.surveys.fielding import staff_member
from tests.surveys.page_forms import Entries, fields_of
from tests.surveys.questionnaire.example import EXAMPLE
from tests.surveys.questionnaire.test_asking import TEXT as ASKING

pytestmark = pytest.mark.django_db
INSTRUMENTS = Path(__file__).resolve().parents[2] / "surveys" / "instruments"
NATIONAL = (INSTRUMENTS / "national-2026.yaml").read_text("utf-8")
GP = (INSTRUMENTS / "gp_telephony-2025.yaml").read_text("utf-8")


@pytest.fixture
def client() -> Client:
    client = Client()
    sign_in(client, staff_member(FoundationRole.RESEARCHER))
    return client


def begin(client: Client, text: str) -> str:
    """A draft of an uploaded file; its address."""
    upload = SimpleUploadedFile("file.yaml", text.encode())
    response = client.post("/en/staff/questionnaire-drafts/start/", {"file": upload})
    assert response.status_code == 302
    return str(response["Location"])


def source() -> str:
    with staff_scope():
        return QuestionnaireDraft.objects.get().source


def edit(client: Client, address: str, place: str, **typed: list[str]) -> HttpResponse:
    """Open a place, type, save."""
    url = f"{address}edit/{place}/"
    names = {name.replace("__", "-"): value for name, value in typed.items()}
    return client.post(url, fields_of(client.get(url)) | names)  # type: ignore[return-value]


def press(client: Client, address: str, path: str, **action: str) -> HttpResponse:
    """A button of the draft's own page, as it is now."""
    with staff_scope():
        revision = QuestionnaireDraft.objects.get().revision
    return client.post(f"{address}{path}/", {"revision": revision, "confirm": "yes", **action})  # type: ignore[return-value]


def test_an_uploaded_file_comes_out_with_the_same_bytes(client: Client) -> None:
    address = begin(client, NATIONAL)
    assert client.get(f"{address}file/yaml/").content == NATIONAL.encode()


def test_saving_a_page_unchanged_changes_nothing(client: Client) -> None:
    address = begin(client, ASKING)
    for place in ("head", "section-0", "section-1", "question-0-0", "question-0-5", "question-1-2", "check-0"):
        assert edit(client, address, place).status_code == 302, place
        assert source() == ASKING, place


@pytest.mark.parametrize("text", [EXAMPLE, NATIONAL, GP], ids=["example", "national", "gp"])
def test_every_form_reads_back_what_it_shows(text: str) -> None:
    """What the inputs hold, posted, is what the file has: for every question, theme and check, in both languages."""
    data = read_plain(text)
    names = [
        f"question-{at}-{index}" for at, one in enumerate(data["sections"]) for index in range(len(one["questions"]))
    ]
    names += [f"section-{at}" for at in range(len(data["sections"]))]
    names += [f"check-{at}" for at in range(len(data.get("checks", [])))]
    names += [f"dimension-{at}" for at in range(len(data.get("dimensions", [])))]
    for name in ["head", *names]:
        place = find_place(data, name)
        assert place is not None
        for language in ("nl", "en"):
            shown = place.form(None, language)
            post = QueryDict(mutable=True)
            post["shown_type"] = place.data.get("type", "")
            groups = list(shown.groups)
            for table in shown.shown_tables:
                for row in table.rows:
                    groups += [*row.groups, Group("", [row.order, row.was])]
            for one in (one for group in groups for one in group.inputs):
                if one.control != "flag" or one.value:
                    post[one.name] = one.value
            form = place.form(post, language)
            assert (form.errors, form.value) == ({}, place.data), name


def test_changing_one_text_changes_one_place(client: Client) -> None:
    address = begin(client, NATIONAL)
    assert edit(client, address, "question-0-1", text__en=["What is your focus?"], required=["1"]).status_code == 302
    question = read_plain(source())["sections"][0]["questions"][1]
    assert (question["text"]["en"], question["required"]) == ("What is your focus?", True)
    assert [line for line in source().splitlines() if line.startswith("#")] == [
        line for line in NATIONAL.splitlines() if line.startswith("#")
    ]
    assert (
        "What changed" in client.get(address).content.decode() or "Compared" not in client.get(address).content.decode()
    )


def test_options_are_added_ordered_and_removed(client: Client) -> None:
    address = begin(client, EXAMPLE)
    new: Entries = {
        "options__0__order": ["9"],
        "options__2__code": ["risk"],
        "options__2__label__nl": ["Risico"],
        "options__2__label__en": ["Risk"],
        "options__2__namely": ["1"],
    }
    names = dict(new.items())
    edit(client, address, "question-0-1", **{key.replace("label__", "label-"): value for key, value in names.items()})
    options = read_plain(source())["sections"][0]["questions"][1]["options"]
    assert [one["code"] for one in options] == ["cost", "risk", "time"]
    assert options[1] == {"code": "risk", "label": {"nl": "Risico", "en": "Risk"}, "namely": True}
    edit(client, address, "question-0-1", options__0__code=[""])
    assert [one["code"] for one in read_plain(source())["sections"][0]["questions"][1]["options"]] == ["risk", "time"]


def test_what_cannot_be_read_stays_on_the_page_and_changes_nothing(client: Client) -> None:
    address = begin(client, EXAMPLE)
    response = edit(client, address, "question-1-0", hard_min=["veel"], text__en=["Typed <b> & kept"])
    assert response.status_code == 422
    assert "“veel” is not a number." in response.content.decode()
    assert fields_of(response)["text-en"] == ["Typed <b> & kept"]
    assert source() == EXAMPLE


def test_mistakes_are_kept_in_the_draft_and_named_at_their_place(client: Client) -> None:
    address = begin(client, EXAMPLE)
    assert edit(client, address, "question-0-2", ask_if=["reason == 'never'"]).status_code == 302
    page = client.get(address).content.decode()
    assert "1 mistake keeps this draft from becoming a version" in page
    assert "`never` is not one of the options" in page.replace("&#x27;", "'")
    assert "`never` is not one of the options" in client.get(f"{address}edit/question-0-2/").content.decode()
    assert "is not one of the options" not in client.get(f"{address}edit/question-0-1/").content.decode()
    response = client.post(f"{address}publish/", {"revision": "2"})
    assert response.status_code == 422
    assert client.get(f"{address}preview/").status_code == 404


def test_two_people_do_not_overwrite_each_other(client: Client) -> None:
    address = begin(client, EXAMPLE)
    url = f"{address}edit/question-1-0/"
    mine = fields_of(client.get(url)) | {"text-en": ["Mine"]}
    with staff_scope():
        draft = QuestionnaireDraft.objects.get()
        change_draft(draft.pk, 1, lambda text: text.replace("en: Answered}", "en: Theirs}"), by=None)
    response = client.post(url, mine)
    assert response.status_code == 409
    assert fields_of(response)["text-en"] == ["Mine"]
    assert "Mine" not in source()
    again = client.post(url, fields_of(response))  # having read that, one may go on
    assert again.status_code == 302
    assert "Mine" in source()
    assert "Theirs" in source()


def test_questions_themes_and_checks_are_added_moved_and_removed(client: Client) -> None:
    address = begin(client, EXAMPLE)
    edit(client, address, "section-new", code=["extra"], title__nl=["Meer"], title__en=["More"])
    assert edit(client, address, "question-3-new", code=["why"], type=["long_text"], text__nl=["W"], text__en=["W"])
    edit(client, address, "check-new", code=["k"], expression=["inbound > 1"], message__nl=["F"], message__en=["W"])
    data = read_plain(source())
    assert [one["code"] for one in data["sections"][3]["questions"]] == ["first_question", "why"]
    assert data["checks"][-1]["code"] == "k"

    def post(**action: str) -> int:
        with staff_scope():
            revision = QuestionnaireDraft.objects.get().revision
        return client.post(f"{address}change/", {"revision": revision, "confirm": "yes", **action}).status_code

    assert post(up="section-3") == post(remove="question-2-0") == post(remove="check-2") == 302
    data = read_plain(source())
    assert [one["code"] for one in data["sections"]] == ["chain", "operations", "extra", "more"]
    assert [one["code"] for one in data["sections"][2]["questions"]] == ["why"]
    assert len(data["checks"]) == 2
    assert post(remove="question-2-0") == 302  # the last one of a theme stays
    assert len(read_plain(source())["sections"][2]["questions"]) == 1
    assert post(down="question-9-9") == 404


def test_peer_dimensions_are_edited_added_moved_and_removed_and_become_a_version(client: Client) -> None:
    with staff_scope():
        load_questionnaire_file(NATIONAL, "national-2026.yaml", by=None, confirmed=("contact_costs",))
    client.post("/en/staff/questionnaire-drafts/start/", {"code": "national", "version": "2026"})
    with staff_scope():
        address = f"/en/staff/questionnaire-drafts/{QuestionnaireDraft.objects.get().pk}/"
    begun = source()
    for at in range(4):  # looking and saving changes nothing
        assert edit(client, address, f"dimension-{at}").status_code == 302
    assert source() == begun
    options = {"options__3__code": ["giant"], "options__3__label-nl": ["Reus"], "options__3__label-en": ["Giant"]}
    edit(client, address, "dimension-1", **options, options__0__code=[""], label__en=["Size of it"])
    edit(client, address, "dimension-new", code=["region"], label__nl=["Regio"], label__en=["Region"], open=["1"])
    name = {"names__0__code": ["Y56"], "names__0__label-nl": ["Noord"], "names__0__label-en": ["North"]}
    edit(client, address, "dimension-4", **name)
    data = read_plain(source())["dimensions"]
    assert data[1]["label"] == {"nl": "Omvang", "en": "Size of it"}
    assert [one["code"] for one in data[1]["options"]] == ["medium", "large", "giant"]
    names = {"Y56": {"nl": "Noord", "en": "North"}}
    assert data[4] == {"code": "region", "label": {"nl": "Regio", "en": "Region"}, "open": True, "names": names}
    page = client.get(address).content.decode()
    assert "options that are gone: small" in " ".join(page.split())

    press(client, address, "change", up="dimension-4")
    press(client, address, "change", remove="dimension-0")
    assert [one["code"] for one in read_plain(source())["dimensions"]] == ["size_band", "kind", "region", "market"]
    # everything else of the file has kept its bytes, comments too
    outside = [text.partition("\ndimensions:")[0] + text.partition("\nsections:")[2] for text in (begun, source())]
    assert outside[0] == outside[1]
    assert client.get(f"{address}file/yaml/").content == source().encode()
    exported = source()
    assert press(client, address, "publish", confirmed="contact_costs").status_code == 302
    with staff_scope():
        stored = QuestionnaireVersion.objects.get(version="2027")
    assert stored.source == exported
    assert [one.code for one in stored.file.dimensions] == ["size_band", "kind", "region", "market"]
    assert stored.file.dimensions[2].labels("nl") == {"Y56": "Noord"}


def test_two_names_for_one_value_are_refused_at_the_second(client: Client) -> None:
    address = begin(client, ASKING)
    rows = {f"names__{at}__{part}": ["Y56" if part == "code" else f"North {at}"] for at in (0, 1)
            for part in ("code", "label-nl", "label-en")}  # fmt: skip
    edit(client, address, "dimension-0", open=["1"], options__0__code=[""], options__1__code=[""])
    before = source()
    page = edit(client, address, "dimension-0", **rows)
    assert page.status_code != 302
    assert "There is a row with this code already." in page.content.decode()
    assert source() == before


def test_what_makes_no_dimension_is_named_at_its_page(client: Client) -> None:
    address = begin(client, ASKING)
    edit(client, address, "dimension-0", open=["1"])
    page = client.get(f"{address}edit/dimension-0/").content.decode()
    assert "a dimension has either `options` or `open: true`" in page
    assert f"{address}edit/dimension-0/" in client.get(address).content.decode()
    edit(client, address, "dimension-0", options__0__code=[""], options__1__code=[""])
    assert read_plain(source())["dimensions"][0].get("options") is None
    assert "keeps this draft from becoming a version" not in client.get(address).content.decode()


def test_the_last_dimension_goes_without_touching_the_rest(client: Client) -> None:
    text = ASKING.replace("dimensions:", "# grouped by\ndimensions:").replace(
        "organisation.sector == 'care'", "calls > 1"
    )
    text = text.replace(" ({organisation.sector})", "")
    address = begin(client, text)
    client.post(f"{address}change/", {"revision": "1", "remove": "dimension-0", "confirm": "yes"})
    before, _key, rest = text.partition("dimensions:")
    assert source() == before + "sections:" + rest.partition("sections:")[2]


def test_a_draft_becomes_a_version_and_breaks_are_typed_by_name(client: Client) -> None:
    with staff_scope():
        stored = load_questionnaire_file(EXAMPLE, "example.yaml", by=None).version
    assert stored is not None
    response = client.post("/en/staff/questionnaire-drafts/start/", {"code": "example", "version": "2026"})
    address = response["Location"]
    assert source() == EXAMPLE.replace('"2026"', "'2027'", 1)
    edit(client, address, "question-1-2", type=["money"])
    edit(client, address, "question-1-2", text__en=["Talk cost"])
    page = client.get(address).content.decode()
    assert "breaks: a new series starts" in page
    with staff_scope():
        revision = QuestionnaireDraft.objects.get().revision
    refused = client.post(f"{address}publish/", {"revision": revision, "confirmed": "reason"})
    assert refused.status_code == 422
    assert "Confirm by name what this version breaks: talk." in refused.content.decode()
    assert fields_of(refused)["confirmed"] == ["reason"]
    done = client.post(f"{address}publish/", {"revision": revision, "confirmed": "talk"})
    assert done["Location"] == "/en/staff/questionnaires/example/2027/"
    with staff_scope():
        assert not QuestionnaireDraft.objects.exists()
        assert QuestionnaireVersion.objects.get(version="2027").file.question("talk").type == "money"


def test_the_preview_routes_and_computes_and_keeps_what_was_typed(client: Client) -> None:
    address = begin(client, ASKING)
    url = f"{address}preview/"
    typed = fields_of(client.get(url)) | {"a-sites": ["2"], "a-talk": ["4:30"], "a-hold": ["30"], "theme": ["base"]}
    page = client.post(url, typed | {"profile-sector": ["care"]})
    assert '<output data-computed="aht">300 s</output>' in page.content.decode()
    assert 'data-question="beds">' in page.content.decode()
    later = client.post(url, fields_of(page) | {"theme": ["each_site"]})
    assert 'data-question="fte_2">' in later.content.decode()
    assert 'data-question="fte_3" hidden>' in later.content.decode()
    assert fields_of(later)["a-talk"] == ["4:30"]
    with staff_scope():
        assert QuestionnaireDraft.objects.get().source == ASKING


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: [", b"sections: 3", b"PK\x03\x04nothing", b"- 1"])
def test_what_is_no_questionnaire_is_refused_in_words(client: Client, content: bytes) -> None:
    upload = SimpleUploadedFile("file.yaml", content)
    page = client.post("/en/staff/questionnaire-drafts/start/", {"file": upload}, follow=True).content.decode()
    assert "not" in page
    with staff_scope():
        assert not QuestionnaireDraft.objects.exists()


def test_all_questions_come_as_a_pdf_and_as_an_xlsform(client: Client) -> None:
    address = begin(client, EXAMPLE)
    for language, prefix in (("en", "/en"), ("nl", "")):
        pdf = client.get(f"{prefix}{address.removeprefix('/en')}pdf/")
        assert (pdf["Content-Type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
        read = PdfReader(io.BytesIO(pdf.content))
        assert read.root_object["/Lang"] == language
        text = " ".join(one.extract_text() for one in read.pages)
        for question in load_questionnaire(EXAMPLE).questions:
            assert question.text.text(language) in text, question.code
        failures = validate_pdf_bytes(pdf.content, profile=ValidationProfile.PDF_UA_1).failures
        assert [(one.rule_id, one.message) for one in failures] == [], language
    book = client.get(f"{address}file/xlsform/").content
    again = client.post(
        "/en/staff/questionnaire-drafts/start/", {"file": SimpleUploadedFile("f.xlsx", book)}, follow=True
    )
    assert "keeps this draft from becoming a version" not in again.content.decode()


def test_what_nobody_can_answer_is_named_where_it_stands_in_the_file(client: Client) -> None:
    clash = ASKING.replace("night == 'yes'", "night == 'yes' and night == 'no'").replace(
        "expression: sum(fte_*) <= all_fte", "expression: talk > 5 and talk < 3"
    )
    page = client.get(begin(client, clash)).content.decode()
    assert "can never be asked" in page
    links = set(re.findall(r'<a href="([^"]*/edit/[^"]*)">`', page))
    assert {link.rpartition("edit/")[2] for link in links} >= {"section-1/", "check-0/"}
    assert {client.get(link).status_code for link in links} == {200}


def test_removing_and_throwing_away_ask_first(client: Client) -> None:
    address = begin(client, EXAMPLE)
    before = source()
    for action in ({"remove": "check-0"}, {"drop": "1"}):
        asked = client.post(f"{address}change/", {"revision": "1", **action})
        assert asked.status_code == 200
        fields = fields_of(asked)  # type: ignore[arg-type]
        assert fields["confirm"] == ["yes"]
        assert source() == before
    assert client.post(f"{address}change/", {"revision": "1", "remove": "check-99"}).status_code == 404
    assert client.post(f"{address}change/", fields).status_code == 302
    with staff_scope():
        assert not QuestionnaireDraft.objects.exists()
