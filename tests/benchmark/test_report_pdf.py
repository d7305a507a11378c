"""The renderer: tagged, the same bytes again, no file or network but our own, and bounded. Really rendered."""

import io
import os
import signal
import time

import page
import pytest
from pypdf import PdfReader

from benchmark.reports import pdf as renderer
from benchmark.reports.pdf import RenderingFailed, render_pdf

PAGE = (
    '<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>{title}</title>'
    '<meta name="dcterms.created" content="2026-01-02T03:04:05Z"></head><body><h1>{title}</h1>{body}</body></html>'
)


def html(body: str = "<p>Een alinea.</p>", title: str = "Een rapport") -> str:
    return PAGE.format(title=title, body=body)


def reader(data: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(data))


def test_the_document_is_tagged_and_says_its_language_title_and_date() -> None:
    made = render_pdf(html(), identifier="test")
    found = reader(made.data)
    root = found.root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl"
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert found.metadata is not None
    assert found.metadata.title == "Een rapport"
    assert found.metadata["/CreationDate"] == "D:20260102030405Z"
    assert made.pages == len(found.pages) == 1


def test_the_rules_of_pdf_ua_hold() -> None:
    table = (
        "<table><thead><tr><td></td><th scope=col>n</th></tr></thead><tr><th scope=row>a</th><td>1</td></tr></table>"
    )
    figure = (
        '<svg viewBox="0 0 9 9" width="9" height="9"><title>Een streep</title><path d="M0 0L9 9" stroke="#000"/></svg>'
    )
    made = render_pdf(html(table + figure + '<p><a href="#x">verder</a></p><h2 id="x">Kop</h2>'), identifier="test")
    failures = page.validate_pdf_bytes(made.data, profile=page.ValidationProfile.PDF_UA_1).failures
    assert [(one.rule_id, one.message) for one in failures] == []


def test_the_same_page_gives_the_same_bytes_in_another_process() -> None:
    first = render_pdf(html("<p>Łódź, één, −3,5 %</p>"), identifier="same")
    renderer._stop()
    assert render_pdf(html("<p>Łódź, één, −3,5 %</p>"), identifier="same").data == first.data


def test_fonts_are_ours_and_embedded() -> None:
    data = render_pdf(html("<p>Gewoon <b>vet</b> en Łódź</p>"), identifier="fonts").data
    names = set()
    for one in reader(data).pages[0]["/Resources"]["/Font"].values():
        font = one.get_object()
        names.add(str(font["/BaseFont"]).partition("+")[2])
        assert (
            "/FontFile3" in font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            or "/FontFile2" in (font["/DescendantFonts"][0].get_object()["/FontDescriptor"])
        )
    assert names
    assert all(name.startswith("Source-Sans-3") for name in names), names


@pytest.mark.parametrize(
    "bad",
    [
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<img src="https://example.org/x.png" alt="x">',
        '<link rel="stylesheet" href="portal.css">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<link rel="stylesheet" href="fonts/../../../portal/settings.py">',
        '<p style="background: url(file:///etc/passwd)">x</p>',
        "<style>@import url(http://127.0.0.1:9/x.css);</style>",
        '<svg viewBox="0 0 9 9" width="9" height="9"><image href="file:///etc/passwd" width="9" height="9"/></svg>',
        '<img src="data:image/png;base64,AAAA" alt="x">',
    ],
)
def test_nothing_is_fetched_but_our_own_files(bad: str) -> None:
    with pytest.raises(RenderingFailed) as failed:
        render_pdf(html(bad), identifier="bad")
    assert failed.value.kind == "refused"


def test_a_report_that_takes_too_long_is_killed_and_the_next_one_is_made() -> None:
    started = time.monotonic()
    with pytest.raises(RenderingFailed) as failed:
        render_pdf(html("<p>woord woord</p>" * 100_000), identifier="long", seconds=1)
    assert failed.value.kind == "time"
    assert time.monotonic() - started < 15
    assert render_pdf(html(), identifier="next").pages == 1


def test_a_report_that_needs_too_much_memory_ends_alone() -> None:
    with pytest.raises(RenderingFailed) as failed:
        render_pdf(html("<p>woord woord</p>" * 30_000), identifier="large", seconds=60, megabytes=64)
    assert failed.value.kind == "memory"
    assert render_pdf(html(), identifier="next").pages == 1


def test_a_killed_renderer_is_started_again() -> None:
    render_pdf(html(), identifier="first")
    os.kill(renderer._running().process.pid, signal.SIGKILL)
    assert render_pdf(html(), identifier="second").pages == 1


def test_the_renderer_gets_no_secret() -> None:
    render_pdf(html(), identifier="first")
    with open(f"/proc/{renderer._running().process.pid}/environ", "rb") as file:
        names = {entry.partition(b"=")[0] for entry in file.read().split(b"\0")}
    assert not names & {b"SECRET_KEY", b"DATABASE_URL", b"DATABASE_OWNER_URL"}
