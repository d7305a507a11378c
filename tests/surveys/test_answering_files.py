"""Answers by file: the workbook out and in, exports of systems, and files that are something else."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from openpyxl import Workbook, load_workbook

from portal.tenancy import staff_scope
from surveys.forms import workbook_write as columns
from surveys.models import AnswerChange, AnswerUpload, ColumnMapping
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db
FILES = "/en/my/rounds/small-2026/by-file/"


@pytest.fixture
def case() -> Case:
    return build_case()


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def download(case: Case, role: str = "coordinator", path: str = FILES) -> Workbook:
    """The workbook as a spreadsheet program opens it."""
    answer = case.client(role).get(f"{path}workbook/")
    assert answer.status_code == 200
    return load_workbook(io.BytesIO(answer.content))


def cell(book: Workbook, name: str, column: int = columns.VALUE) -> Any:
    """The cell of one input."""
    for page in book.worksheets:
        for row in page.iter_rows():
            if row[0].value == name:
                return row[column - 1]
    raise AssertionError(name)


def upload(case: Case, data: bytes | Workbook, role: str = "coordinator", **fields: str) -> HttpResponse:
    """Send a file; the page that follows."""
    if isinstance(data, Workbook):
        made = io.BytesIO()
        data.save(made)
        data = made.getvalue()
    file = SimpleUploadedFile("answers.xlsx", data)
    return case.client(role).post(FILES, {"file": file, **fields}, follow=True)  # type: ignore[return-value]


def confirm(case: Case, page: HttpResponse, **changed: str) -> HttpResponse:
    """Press the button of the page that says what changes, with its ticks as they are."""
    import re

    ticks = dict(re.findall(r'name="(take-\w+)" value="(\d+)" checked', text_of(page)))
    url = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    return case.client("coordinator").post(url, {**ticks, **changed})  # type: ignore[return-value]


def test_the_workbook_is_protected_and_holds_answers_last_year_lists_and_sums(case: Case) -> None:
    case.say("calls", "1250,5".replace(",5", ""))
    case.say("channels", {"phone": "60", "mail": "40"})
    book = download(case)
    assert (cell(book, "a-calls").value, cell(book, "a-calls", columns.PREVIOUS).value) == (1250, 1000)
    change = str(cell(book, "a-calls", columns.CHANGE).value)
    assert change.startswith("=IF(ISNUMBER(")
    assert '"more than ","")' in change, "ten times and more is said in times, as on the page"
    assert '&" times as much"' in change
    assert not cell(book, "a-calls").protection.locked
    assert cell(book, "a-calls", columns.LABEL).protection.locked
    assert all(page.protection.sheet for page in book.worksheets)
    mail = cell(book, "a-channels-mail")
    assert mail.offset(row=1).value == f"=SUM(C{mail.row - 1}:C{mail.row})"
    lists = [rule.formula1 for page in book.worksheets for rule in page.data_validations.dataValidation]
    assert any("lists" in one for one in lists)


def test_a_workbook_that_nobody_touched_changes_nothing(case: Case) -> None:
    case.say("calls", "1.250")
    case.say("channels", {"phone": "60,5", "mail": "39,5"})
    case.say("goals", ["faster", "better"])
    case.say("remark", "=1+1\n\x07 \u20ac _x0041_")
    case.say("outsources", "no")
    for path in (FILES, FILES.removeprefix("/en")):
        page = upload(case, download(case, path=path))
        assert "Nothing in this file differs" in text_of(page)


def test_what_changes_is_shown_before_it_is_stored_and_stored_after(case: Case) -> None:
    case.say("answered", "5")
    book = download(case)
    cell(book, "a-calls").value = 3000
    cell(book, "a-outsources").value = "Yes"
    cell(book, "a-goals=better").value = "x"
    cell(book, "a-answered", columns.ABSENT).value = "not available"
    cell(book, "a-remark").value = "=HYPERLINK(1)"
    cell(book, "a-remark").data_type = "s"
    page = upload(case, book)
    shown = text_of(page)
    assert "5 answers differ" in shown
    assert "200 % higher" in shown  # the soft edit of the page
    assert case.stored("calls") is None
    assert confirm(case, page).status_code == 302
    stored = {code: case.stored(code) for code in ("calls", "outsources", "goals", "answered", "remark")}
    assert (stored["calls"].number, stored["outsources"].choice) == (3000, "yes")  # type: ignore[union-attr]
    assert (stored["goals"].choices, stored["answered"].status) == (["better"], 3)  # type: ignore[union-attr]
    assert stored["remark"].typed == "=HYPERLINK(1)"  # type: ignore[union-attr]
    with staff_scope():
        assert AnswerChange.objects.get(question="calls", submission__round=case.open).way == "workbook"


def test_a_colleague_who_was_first_is_not_overwritten_by_a_file(case: Case) -> None:
    case.say("calls", "10")
    book = download(case)
    case.say("calls", "700", by="contributor")
    cell(book, "a-calls").value = 800
    page = upload(case, book)
    assert "Changed by Contributor after the file was made" in text_of(page)
    confirm(case, page)
    assert case.stored("calls").typed == "700"  # type: ignore[union-attr]
    confirm(case, page, **{"take-calls": "2"})
    assert case.stored("calls").typed == "800"  # type: ignore[union-attr]


def test_a_change_after_the_preview_is_a_conflict(case: Case) -> None:
    book = download(case)
    cell(book, "a-calls").value = 800
    page = upload(case, book)
    case.say("calls", "700", by="contributor")
    answer = confirm(case, page)
    assert answer.status_code == 409
    assert "Contributor" in text_of(answer)
    assert case.stored("calls").typed == "700"  # type: ignore[union-attr]


def test_a_workbook_of_somebody_else_is_refused(case: Case) -> None:
    book = download(case, "stranger")
    cell(book, "a-calls").value = 800
    page = upload(case, book)
    assert page.status_code == 422
    assert "another organisation" in text_of(page)


def test_an_export_of_a_system_is_mapped_once_and_remembered(case: Case) -> None:
    export = b"Dag;Aangeboden;Beantwoord;Wachtrij\n1-1-2026;1.000;900;A\n2-1-2026;1.500,0;1.100;B\n"
    page = upload(case, export, kind="table")
    assert "added up: 2500" in text_of(page)
    assert "Wachtrij" not in text_of(page).split("<tbody>")[1]
    url = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    client = case.client("coordinator")
    chosen = {"step": "map", "q-0": "calls", "w-0": "sum", "q-1": "answered", "w-1": "mean"}
    changes = client.post(url, chosen, follow=True)
    assert "2 answers differ" in text_of(changes)  # type: ignore[arg-type]
    confirm(case, changes)  # type: ignore[arg-type]
    assert (case.stored("calls").number, case.stored("answered").number) == (2500, 1000)  # type: ignore[union-attr]
    with staff_scope():
        assert ColumnMapping.objects.get().mapping["Aangeboden"] == {"question": "calls", "way": "sum"}
    again = upload(case, export.replace(b"1.000", b"1.200"), kind="table")
    assert "1 answer differs" in text_of(again)


def mapped(case: Case, page: HttpResponse, **chosen: str) -> HttpResponse:
    url = page.redirect_chain[-1][0]  # type: ignore[attr-defined]
    return case.client("coordinator").post(url, {"step": "map", **chosen}, follow=True)  # type: ignore[return-value]


def test_a_row_of_another_width_is_refused_with_its_line(case: Case) -> None:
    page = upload(case, b"Maand;Aangeboden\njan;1.000\nfeb;;1.500\nmrt;1.200\n", kind="table")
    assert page.status_code == 422
    assert "Line 3: 3 cells instead of 2" in text_of(page)
    page = upload(case, b"Maand;Aangeboden\njan;1.000;\nfeb;1.500;\n", kind="table")
    assert "added up: 2500" in text_of(page), "a separator behind every row is no cell"


@pytest.mark.parametrize("last", [b"Totaal;3.600\n", b";3.600\n"])
def test_a_row_with_totals_does_not_count_unless_somebody_says_so(case: Case, last: bytes) -> None:
    export = b"Maand;Aangeboden\njan;1.000\nfeb;1.500\nmrt;1.100\n" + last
    page = upload(case, export, kind="table")
    assert "Line 5 holds totals" in text_of(page)
    assert "added up: 3600" in text_of(page)
    mapped(case, page, **{"q-0": "calls", "w-0": "sum"})
    told = text_of(upload(case, export, kind="table"))  # the mapping is known
    assert "Line 5 holds totals" in told
    assert "3,600" in told
    assert "7,200" in text_of(mapped(case, page, **{"q-0": "calls", "w-0": "sum", "totals": "1"}))


def test_times_are_read_and_what_cannot_be_used_is_told(case: Case) -> None:
    export = b"Dag;Gesprek;Aantal\nma;00:04:30;3\ndi;00:05:30;x\nwo;00:06:00;5\n"
    page = upload(case, export, kind="table")
    text = text_of(page)
    assert "the average: 5:20" in text
    assert "cannot be used: Dag" in text
    assert "Column “Aantal”: what is no number does not count (line 3)" in text


def test_a_part_of_a_percentage_set_can_be_mapped_and_the_others_stay(case: Case) -> None:
    case.say("channels", {"phone": "70", "mail": "30"})
    page = upload(case, b"Maand;Telefoon\njan;60\nfeb;64\n", kind="table")
    assert 'value="channels.phone"' in text_of(page)
    changes = mapped(case, page, **{"q-0": "channels.phone", "w-0": "mean"})
    confirm(case, changes)
    assert case.stored("channels").parts == {"phone": 62, "mail": 30}  # type: ignore[union-attr]


REFUSED = [
    ("Naam;Aantal\nCaf\xe9;3\n".encode("cp1252"), "table", "not written in UTF-8"),
    (b"MZ\x90\x00", "table", "This is not a CSV file"),
    (b"a;b\n" * 60_000, "table", "more than 50000 lines"),
    (b"a;b\nx;y\n", "table", "No column of this file holds numbers"),
    (b"MZ\x90\x00", "workbook", "This is a program"),
    (b"naam;aantal\n", "workbook", "This is not a workbook"),
    (b"", "workbook", "Choose a file first"),
]


def test_other_files_are_refused_with_what_to_do(case: Case) -> None:
    for data, kind, sentence in REFUSED:
        page = upload(case, data, kind=kind)
        assert page.status_code == 422
        assert sentence in text_of(page)


def test_many_files_in_a_short_time_are_refused(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveys.services.uploads.MOST_FILES_AN_HOUR", 2)
    for _turn in range(2):
        assert "not a workbook" in text_of(upload(case, b"x"))
    assert "many files in a short time" in text_of(upload(case, b"x"))
    with staff_scope():
        assert AnswerUpload.objects.count() == 2


def test_viewers_download_and_upload_nothing(case: Case) -> None:
    download(case, "viewer")
    assert upload(case, b"x", "viewer").status_code == 403
