"""The workbook of a questionnaire with a matrix and repeated groups: out, filled in, back, cell by cell, stored."""

import datetime
import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from openpyxl import Workbook, load_workbook

from portal.models import Membership, Organisation, User
from portal.roles import MemberRole
from portal.tenancy import staff_scope
from surveys.forms import workbook_write as columns
from surveys.models import Answer
from surveys.questionnaire import AnswerStatus, load_questionnaire
from surveys.selectors.stored import answer_value
from surveys.services.questionnaires import load_questionnaire_file
from surveys.services.rounds import advance_round, create_round
from tests.surveys.questionnaire.example import EXAMPLE
from tests.surveys.questionnaire.test_asking import INSIDE_TEXT
from tests.surveys.questionnaire.test_asking import TEXT as ASKING
from tests.surveys.test_answering_files import cell

pytestmark = pytest.mark.django_db
FILES = "/en/my/rounds/round/by-file/"


def client_of(text: str) -> Client:
    """Somebody who may answer an open round of this questionnaire."""
    with staff_scope():
        mine = Organisation.objects.create(code="zilver", name="Zilverstroom", dimensions={"sector": "care"})
        person = User.objects.create_user("c@example.org", None, name="C")
        Membership.objects.create(organisation=mine, user=person, role=MemberRole.COORDINATOR)
        version = load_questionnaire_file(text, "file.yaml", by=None).version
        assert version is not None
        made = create_round(code="round", title_nl="R", title_en="R", version=version, reference_period="2026", by=None)
        advance_round(made.pk, "open", by=None)
    client = Client()
    client.force_login(person)
    return client


def download(client: Client, path: str = FILES) -> Workbook:
    return load_workbook(io.BytesIO(client.get(f"{path}workbook/").content))


def upload(client: Client, book: Workbook, path: str = FILES) -> HttpResponse:
    made = io.BytesIO()
    book.save(made)
    return client.post(path, {"file": SimpleUploadedFile("a.xlsx", made.getvalue())}, follow=True)  # type: ignore[return-value]


def lines(page: HttpResponse) -> dict[str, tuple[str, str]]:
    """By question as it is called: what the preview says there is now, and what is in the file."""
    found = {}
    for row in page.content.decode().partition("<tbody>")[2].partition("</tbody>")[0].split("</tr>")[:-1]:
        texts = [" ".join(re.sub(r"<[^>]+>", " ", part).split()) for part in re.split(r"</t[hd]>", row)]
        found[texts[0]] = (texts[1], texts[2])
    return found


def confirm(client: Client, page: HttpResponse) -> None:
    ticks = dict(re.findall(r'name="(take-\w+)" value="(\d+)" checked', page.content.decode()))
    url = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    assert client.post(url, ticks).status_code == 302


def stored() -> dict[str, Answer]:
    with staff_scope():
        return {row.question: row for row in Answer.objects.filter(submission__round__code="round")}


def fill(book: Workbook, **values: object) -> None:
    for name, value in values.items():
        cell(book, f"a-{name.replace('__', '-', 1).replace('__', '.')}").value = value


def test_a_matrix_is_filled_in_shown_cell_by_cell_and_stored() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    assert cell(book, "a-per_channel-phone.volume", columns.LABEL).value == "Phone, Volume"
    fill(
        book,
        per_channel__phone__volume=1200,
        per_channel__phone__aht=datetime.time(4, 30),  # what a spreadsheet makes of 4:30
        per_channel__chat__volume=0,
        per_channel__chat__aht="n/a",
        per_channel__chat__csat=7.5,
    )
    cell(book, "a-per_channel-phone.aht").number_format = "h:mm"
    page = upload(client, book)
    assert lines(page) == {
        "Per channel": (
            "Phone, Volume: – Phone, AHT: – Chat, Volume: – Chat, AHT: – Chat, Rating: –",
            "Phone, Volume: 1,200 Phone, AHT: 270 seconds Chat, Volume: 0 Chat, AHT: n/a Chat, Rating: 7.5",
        )
    }
    assert stored() == {}
    confirm(client, page)
    value = answer_value(load_questionnaire(EXAMPLE).question("per_channel"), stored()["per_channel"])
    assert value.parts == {"phone.volume": 1200, "phone.aht": 270, "chat.volume": 0, "chat.csat": 7.5}
    assert value.absent == {"chat.aht": AnswerStatus.NOT_APPLICABLE}
    for path in (FILES, FILES.removeprefix("/en")):
        assert not lines(upload(client, download(client, path), path)), "an untouched workbook changes nothing"


def test_of_a_matrix_only_the_cells_that_change_are_shown_with_the_edits_of_the_page() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    fill(book, per_channel__phone__volume=1200, per_channel__chat__csat=7.5, per_channel__chat__volume=3)
    confirm(client, upload(client, book))
    book = download(client)
    fill(book, per_channel__chat__csat=11, per_channel__chat__volume=None)
    page = upload(client, book)
    ((question, (now, new)),) = lines(page).items()
    assert (now, new) == ("Chat, Volume: 3 Chat, Rating: 7.5", "Chat, Volume: – Chat, Rating: 11.0")
    assert "Chat, Rating:" in question, "the edit names its cell"
    book = download(client)
    fill(book, per_channel__phone__volume="veel")
    page = upload(client, book)
    ((question, (now, new)),) = lines(page).items()
    assert (now, new) == ("Phone, Volume: 1,200", "Phone, Volume: veel")
    assert "is not a number" in question
    confirm(client, page)
    assert not stored()["per_channel"].is_valid
    history = client.get("/en/my/rounds/round/change-history/per_channel/").content.decode()
    assert "Phone, Volume: veel" in history


def test_not_available_for_a_whole_matrix_is_said_as_such() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    cell(book, "a-per_channel-phone.volume", columns.ABSENT).value = "not available"
    page = upload(client, book)
    assert lines(page) == {"Per channel": ("–", "Not available")}
    confirm(client, page)
    book = download(client)
    cell(book, "a-per_channel-phone.volume", columns.ABSENT).value = None
    fill(book, per_channel__phone__volume=5)
    assert lines(upload(client, book)) == {"Per channel": ("Not available", "Phone, Volume: 5")}


def test_repeated_groups_are_filled_in_together_with_the_answer_that_drives_them() -> None:
    client = client_of(ASKING)
    book = download(client)
    labels = [cell(book, f"a-fte_{at}", columns.LABEL).value for at in (1, 2, 3)]
    assert labels == ["Site 1: FTE", "Site 2: FTE", "Site 3: FTE"]
    assert "Asked depending on other answers" in cell(book, "a-fte_1", columns.NOTE).value
    fill(book, sites=2, fte_1=10.5, fte_2=8, night_1="Yes", night_fte_1=2, all_fte=20)
    fill(book, **{"partners=a": "x"})
    fill(book, share_a=0.4)
    cell(book, "a-share_a").number_format = "0%"
    page = upload(client, book)
    shown = lines(page)
    assert shown["Site 1: FTE"] == ("–", "10.5")
    assert shown["Site 1: Of 10.5?"] == ("–", "2"), "texts follow what the file says"
    assert shown["Alpha: Share"] == ("–", "40 %")
    assert len(shown) == 8
    confirm(client, page)
    rows = stored()
    assert {code: rows[code].number for code in ("sites", "fte_1", "fte_2", "night_fte_1", "share_a")} == {
        "sites": 2, "fte_1": 10.5, "fte_2": 8, "night_fte_1": 2, "share_a": 40,
    }  # fmt: skip
    assert (rows["night_1"].choice, rows["partners"].choices) == ("yes", ["a"])
    sites = client.get("/en/my/rounds/round/each_site/").content.decode()
    assert re.findall(r'data-question="(fte_\d)"( hidden)?', sites) == [
        ("fte_1", ""), ("fte_2", ""), ("fte_3", " hidden"),
    ]  # fmt: skip
    assert not lines(upload(client, download(client)))


def test_a_sum_that_does_not_fit_is_told_at_the_copy_that_the_file_changes() -> None:
    client = client_of(INSIDE_TEXT.replace("sum(fte_*) <= all_fte", "sum(fte_*) <= 12"))
    book = download(client)
    fill(book, branches=3, fte_1=4, fte_2=4, fte_3=4)
    confirm(client, upload(client, book))
    book = download(client)
    fill(book, fte_1=5)
    page = upload(client, book)
    assert list(lines(page)) == ["S 1: FTE Too many."], "the third copy, last in the sum, is not in the list"
    fill(book, fte_1=3, fte_2="veel")
    told = lines(upload(client, book))
    assert len(told) == 2
    assert "“veel” is not a number" in next(one for one in told if one.startswith("S 2"))


def test_sums_across_repeats_and_groups_that_are_not_asked_are_told_before_storing() -> None:
    client = client_of(ASKING)
    book = download(client)
    fill(book, sites=1, fte_1=30, fte_3=4, all_fte=20)
    page = upload(client, book)
    assert "Too many." in page.content.decode()
    assert [question for question in lines(page) if "Not asked" in question] == [
        "Site 3: FTE Not asked, because of another answer: it is kept and does not count."
    ]
    confirm(client, page)
    assert stored()["fte_3"].number == 4


TIMES = (
    (datetime.time(4, 30), "h:mm", "270 seconds"),
    (datetime.timedelta(hours=4, minutes=30), "[h]:mm", "270 seconds"),
    (datetime.time(0, 4, 30), "h:mm:ss", "270 seconds"),
    (datetime.time(0, 4, 30), "mm:ss", "270 seconds"),
    (datetime.time(1, 2, 3), "[h]:mm:ss", "3,723 seconds"),
    ("4:30", "@", "270 seconds"),
    ("270", "@", "270 seconds"),
    (270, "General", "270 seconds"),
)


@pytest.mark.parametrize(("value", "shape", "shown"), TIMES)
def test_a_duration_reads_as_its_cell_shows_it(value: object, shape: str, shown: str) -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    talk = cell(book, "a-talk")
    assert (talk.number_format, cell(book, "a-talk", columns.UNIT).value) == ("@", "min:sec (4:30), or seconds")
    talk.value, talk.number_format = value, shape
    page = upload(client, book)
    assert lines(page) == {"Talk time": ("–", shown)}
    confirm(client, page)
    assert not lines(upload(client, download(client))), "an untouched workbook changes nothing"


UNSURE = (
    (0.1875, "General", "may be a part of a day"),
    (datetime.time(4, 30, 45), "h:mm", "can be read in two ways"),
    (datetime.time(4, 30), "h:mm:ss", "can be read in two ways"),
    ("=A1", "General", "the formula has no result"),
)


@pytest.mark.parametrize(("value", "shape", "why"), UNSURE)
def test_a_duration_that_could_be_two_things_is_told_with_its_cell_and_the_rest_is_shown(
    value: object, shape: str, why: str
) -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    fill(book, talk="4:10", inbound=1200)
    confirm(client, upload(client, book))
    book = download(client)
    talk = cell(book, "a-talk")
    talk.value, talk.number_format = value, shape
    fill(book, inbound=1300)
    page = upload(client, book)
    assert page.status_code == 200
    text = page.content.decode()
    assert why in text
    assert f"Operations, {talk.coordinate} (Talk time)" in text
    assert list(lines(page).values()) == [("1,200", "1,300")]
    assert stored()["inbound"].number == 1200, "nothing is stored before somebody confirms it"
    confirm(client, page)
    rows = stored()
    assert (rows["talk"].typed, rows["talk"].version, rows["inbound"].number) == ("4:10", 1, 1300)


def test_a_formula_without_a_result_erases_no_answer() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    fill(book, inbound=1200)
    confirm(client, upload(client, book))
    book = download(client)
    fill(book, inbound="=600+600")
    page = upload(client, book)
    assert "the formula has no result" in page.content.decode()
    assert "Nothing in this file differs" in page.content.decode()
    assert stored()["inbound"].number == 1200


def test_an_unusable_cell_of_a_matrix_stays_as_it_is_also_when_a_colleague_filled_it_in_meanwhile() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    fill(book, per_channel__phone__volume="=1+1", per_channel__chat__volume=3)
    cell(book, "a-talk", columns.ABSENT).value = "=A1"
    other = download(client)
    fill(other, per_channel__phone__volume=900, talk="4:10")
    confirm(client, upload(client, other))
    page = upload(client, book)
    assert page.content.decode().count("the formula has no result") == 2
    assert lines(page) == {"Per channel": ("Chat, Volume: –", "Chat, Volume: 3")}
    confirm(client, page)
    assert stored()["per_channel"].parts == {"phone.volume": 900, "chat.volume": 3}
    assert stored()["talk"].typed == "4:10"


def test_a_colleague_in_another_cell_is_no_conflict_and_in_the_same_cell_only_there() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    fill(book, per_channel__phone__volume=1000, per_channel__chat__volume=3, per_channel__chat__csat=11)
    other = download(client)
    fill(other, per_channel__phone__volume=900, per_channel__phone__aht="4:30")
    confirm(client, upload(client, other))
    page = upload(client, book)
    shown = lines(page)
    assert [(key.split(" ")[0:2], now, new) for key, (now, new) in shown.items()] == [
        (["Per", "channel"], "Chat, Volume: – Chat, Rating: –", "Chat, Volume: 3 Chat, Rating: 11.0"),
        (["Per", "channel"], "Phone, Volume: 900", "Phone, Volume: 1,000"),
    ]
    calm, asked = shown
    assert "Changed by" not in calm
    assert asked.startswith("Per channel – Phone, Volume Changed by C after the file was made")
    assert page.content.decode().count("Chat, Rating:") == 3, "what one remarks is said once"
    assert "1 answer differs" in page.content.decode()
    confirm(client, page)
    assert stored()["per_channel"].parts == {"phone.volume": 900, "phone.aht": 270, "chat.volume": 3, "chat.csat": 11}


def test_the_own_value_of_a_disputed_cell_is_stored_when_it_is_chosen() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    fill(book, per_channel__phone__volume=1000, per_channel__chat__volume=3)
    other = download(client)
    fill(other, per_channel__phone__volume=900)
    confirm(client, upload(client, other))
    page = upload(client, book)
    ticks = dict(re.findall(r'name="(take-[\w.-]+)" value="(\w+)"', page.content.decode()))
    assert list(ticks) == ["take-per_channel", "take-per_channel-phone.volume"]
    url = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    later = download(client)
    fill(later, per_channel__phone__volume=950, per_channel__phone__csat=8)
    confirm(client, upload(client, later))
    again = client.post(url, ticks)
    assert again.status_code == 409, "what was seen there is not what is there by now"
    assert stored()["per_channel"].parts == {"phone.volume": 950, "phone.csat": 8}
    ticks = dict(re.findall(r'name="(take-[\w.-]+)" value="(\w+)"', again.content.decode()))
    one = {name: value for name, value in ticks.items() if name.endswith("phone.volume")}
    assert client.post(url, one).status_code == 302
    assert stored()["per_channel"].parts == {"phone.volume": 1000, "phone.csat": 8}, "only what was ticked"


def test_a_cell_that_becomes_disputed_while_the_list_is_looked_at_is_asked_about() -> None:
    client = client_of(EXAMPLE)
    book = download(client)
    fill(book, per_channel__phone__volume=1000, per_channel__chat__volume=3)
    page = upload(client, book)
    other = download(client)
    fill(other, per_channel__phone__volume=900, per_channel__phone__csat=8)
    confirm(client, upload(client, other))
    ticks = dict(re.findall(r'name="(take-[\w.-]+)" value="(\w+)" checked', page.content.decode()))
    url = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    again = client.post(url, ticks)
    assert again.status_code == 409
    assert stored()["per_channel"].parts == {"phone.volume": 900, "phone.csat": 8}
    assert "Changed by C after the file was made" in again.content.decode()
    ticks = dict(re.findall(r'name="(take-[\w.-]+)" value="(\w+)" checked', again.content.decode()))
    assert client.post(url, ticks).status_code == 302
    assert stored()["per_channel"].parts == {"phone.volume": 900, "phone.csat": 8, "chat.volume": 3}
