"""Hostile text stays text: through the page, the PDF, the workbook and the CSV, whatever it holds."""

import csv
import html
import io
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from pypdf import PdfReader

from portal.spreadsheet import packed_text, plain_text
from surveys.services.answers import MAX_TYPED
from tests.surveys.answering_case import Case, build_case
from tests.surveys.test_answering_files import cell, download, upload
from tests.surveys.test_answering_pages import WORK, text_of

pytestmark = pytest.mark.django_db
ROUND = "/en/my/rounds/small-2026/"
TEXTS = [
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    "=HYPERLINK(\"http://evil.invalid\",\"click\")",
    "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "'=1+1", "{{ 7*7 }}{% load x %}", "%(n)s", "\u202etxt.exe", "a\r\nb",
    "_x0041_ \U0001f600",
]  # fmt: skip


@pytest.fixture
def case() -> Case:
    return build_case()


def in_area(page: str) -> str:
    found = re.search(r'<textarea[^>]*name="a-remark"[^>]*>(.*?)</textarea>', page, re.S)
    assert found
    return html.unescape(found.group(1).removeprefix("\n"))


def test_hostile_text_round_trips_through_page_pdf_workbook_and_csv(case: Case) -> None:
    client = case.client("coordinator")
    for text in (TEXTS[2], "\t@SUM(A1)", "'" + " \n ".join(TEXTS)):
        case.say("remark", text)
        assert in_area(text_of(client.get(f"{ROUND}rest/"))).replace("\r\n", "\n") == text.replace("\r\n", "\n")  # type: ignore[arg-type]
        found = cell(download(case), "a-remark")
        assert found.data_type != "f"
        assert plain_text(found.value) == text.replace("\r\n", "\n")
        rows = list(
            csv.reader(io.StringIO(client.get(f"{ROUND}answers-as-csv/").content.decode("utf-8-sig"), newline=""))
        )
        written = next(row[3] for row in rows if row[1] == "remark")
        assert (written[1:] if written.startswith("'") else written) == text
        assert not written.lstrip().startswith(("=", "+", "-", "@"))
    page = upload(case, download(case))
    assert "Nothing in this file differs" in text_of(page)


def test_control_characters_are_kept_as_typed_and_break_no_file(case: Case) -> None:
    client, text = case.client("coordinator"), "bell\x07 escape\x1b[31m form\x0c end"
    case.say("remark", text)
    stored = case.stored("remark")
    assert stored is not None
    assert (stored.typed, stored.is_valid) == (text, False)  # kept, and asked to be typed anew
    assert in_area(text_of(client.get(f"{ROUND}rest/"))) == text  # type: ignore[arg-type]
    assert plain_text(cell(download(case), "a-remark").value) == text
    assert text in client.get(f"{ROUND}answers-as-csv/").content.decode("utf-8-sig")
    read = PdfReader(io.BytesIO(client.get(f"{ROUND}answers/pdf/").content))
    shown = "".join(page.extract_text() for page in read.pages)
    assert "bell escape [31m form end" in " ".join(shown.split())
    assert "\x00" not in shown  # what else is written in the same font can still be copied and read out


FUNCTIONS = {"SUM", "IF", "AND", "ISNUMBER", "ABS", "ROUND", "ROUNDDOWN", "INT", "LOG10", "FIXED"}


def test_no_cell_of_an_export_is_a_formula_but_our_own(case: Case) -> None:
    for code in ("calls", "remark"):
        case.say(code, "=1+1")
    book = download(case)
    formulas = [c.value for page in book for row in page.iter_rows() for c in row if c.data_type == "f"]
    assert formulas
    for one in formulas:  # of cells of the page, by these functions; nothing that was typed
        assert set(re.findall(r"([A-Z0-9]+)\(", one)) <= FUNCTIONS, one
        bare = re.sub(r'"[^"]*"|[A-Z0-9]+\(|[CF]\d+', "", one)
        assert re.fullmatch(r"=[-+/*,:&<>=()0-9]*", bare), one
        assert "1+1" not in one


def test_the_pdf_of_the_answers_holds_the_text_as_text(case: Case) -> None:
    case.say("remark", " | ".join(TEXTS[:6]))
    answer = case.client("coordinator").get(f"{ROUND}answers/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    read = PdfReader(io.BytesIO(answer.content))
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in read.pages))
    for one in TEXTS[:6]:
        assert re.sub(r"\s+", "", one) in text
    assert "/JavaScript" not in str(read.trailer["/Root"])


def test_a_megabyte_is_refused_with_a_sentence_and_still_on_the_page(case: Case) -> None:
    text = "=<b>" + "x" * 1_000_000
    marks = case.marks("remark") | {"section": "rest"}
    client = case.client("coordinator")
    page = client.post(WORK.replace("work", "rest"), {**marks, "a-remark": text})
    assert page.status_code == 409
    assert in_area(text_of(page)) == text  # type: ignore[arg-type]
    assert case.stored("remark") is None
    told = client.post("/my/rounds/small-2026/answers/", {**marks, "a-remark": text})
    assert str(MAX_TYPED) in told.json()["refused"].replace(".", "")
    book = download(case)
    cell(book, "a-remark").value = "x" * 30_000
    shown = upload(case, book)
    assert "at most" in text_of(shown)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_any_text_survives_a_workbook(text: str) -> None:
    from portal.spreadsheet import new_workbook, put_text

    book = new_workbook()
    put_text(book.create_sheet("x").cell(1, 1), text)
    made = io.BytesIO()
    book.save(made)
    read = load_workbook(io.BytesIO(made.getvalue())).worksheets[0].cell(1, 1)
    assert read.data_type != "f"
    assert plain_text(read.value or "") == text.replace("\r\n", "\n")
    assert plain_text(packed_text(text)) == text.replace("\r\n", "\n")
