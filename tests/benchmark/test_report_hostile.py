"""Pages that want to read a file, ask a network, or never end: each is refused, and nobody outside is asked.

A server of our own listens at the address that the pages name; it must hear nothing.
"""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from weasyprint.urls import FatalURLFetchingError

from benchmark.reports.pdf import MEGABYTES, SECONDS, RenderingFailed, render_pdf
from benchmark.reports.pdf_server import BASE, OwnFiles

PAGE = (
    '<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>x</title>{head}</head><body>{body}</body></html>'
)
USES = "".join(f'<g id="a{i}">' + f'<use href="#a{i - 1}"/>' * 10 + "</g>" for i in range(1, 9))
VARIABLES = "".join(f"--a{i}:" + f"var(--a{i - 1})" * 10 + ";" for i in range(1, 10))
HOSTILE = {
    "a file as picture": '<img src="file:///etc/passwd" alt="x">',
    "a picture from a network": '<img src="http://HERE/x.png" alt="x">',
    "a picture without a scheme": '<img src="//HERE/x.png" alt="x">',
    "a picture under another base": '<base href="http://HERE/"><img src="x.png" alt="x">',
    "a style sheet from a network": '<link rel="stylesheet" href="http://HERE/x.css">',
    "an imported style sheet": '<style>@import "http://HERE/x.css";</style>',
    "a background from a file": '<p style="background:url(file:///etc/passwd)">x</p>',
    "a marker from a network": '<ul style="list-style-image:url(http://HERE/x.png)"><li>x</li></ul>',
    "a font from a network": "<style>@font-face{font-family:x;src:url(http://HERE/x)}p{font-family:x}</style><p>x</p>",
    "a font of this machine": "<style>@font-face{font-family:x;src:local('Arial')}p{font-family:x}</style><p>x</p>",
    "an attached file": '<a rel="attachment" href="file:///etc/passwd">x</a>',
    "an object": '<object data="file:///etc/shadow"></object>',
    "a frame": '<iframe src="http://HERE/"></iframe>',
    "a picture inside a drawing": '<svg viewBox="0 0 9 9"><image href="http://HERE/x.png" width="9" height="9"/></svg>',
    "a fill from elsewhere": '<svg viewBox="0 0 9 9"><rect width="9" height="9" fill="url(http://HERE/x.svg#a)"/></svg>',
    "a drawing that names a file": '<svg viewBox="0 0 9 9"><use href="file:///etc/passwd#x"/></svg>',
    "a drawing of a hundred million parts": f'<svg viewBox="0 0 9 9"><defs>{USES}</defs><use href="#a8"/></svg>',
    "data in an address": '<img src="data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22/>" alt="x">',
    "a link that carries data away": '<a href="http://HERE/?secret">x</a>',
    "a cell of a million columns": '<table><tr><td colspan="1000000">x</td></tr></table>',
    "a cell of very many rows": '<table><tr><td rowspan="99999999999999999999">x</td></tr></table>',
    "a table of two hundred thousand rows": "<table>" + "<tr><td>x</td></tr>" * 200_000 + "</table>",
    "a table of six thousand rows": "<table>" + "<tr><td>x</td></tr>" * 6_000 + "</table>",
    "24 flex boxes inside each other": '<div style="display:flex">' * 24 + "x" + "</div>" * 24,
    "24 boxes of ours inside each other": '<div class="kpi-body">' * 24 + "x" + "</div>" * 24,
    "a grid of ten million columns": '<div style="display:grid;grid-template-columns:repeat(10000000,1px)">x</div>',
    "a text of a thousand million letters": f"<style>:root{{--a0:xxxxxxxxxx;{VARIABLES}}}p{{font:var(--a9)}}</style>",
    "a word of a million letters": "<p>" + "x" * 1_000_000 + "</p>",
    "letters of a thousand million pixels": '<p style="font-size:1e9px">xxx</p>',
    "a script": "<script>fetch('http://HERE/')</script>",
}


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, list[object]]]:
    """An address on this machine, and who called there."""
    heard: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    caller, address = server.accept()
                except OSError:
                    return
                heard.append(address)
                caller.close()

        threading.Thread(target=listen, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}", heard


def page(body: str, head: str = "") -> str:
    return PAGE.format(head=head, body=body)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_page_is_refused_and_nobody_is_asked(what: str, listener: tuple[str, list[object]]) -> None:
    address, heard = listener
    hostile = HOSTILE[what].replace("HERE", address)
    in_head = hostile.startswith(("<style", "<link", "<base"))
    started = time.monotonic()
    for html in (page(hostile), *([page("x", head=hostile)] if in_head else [])):
        with pytest.raises(RenderingFailed) as failed:
            render_pdf(html, identifier="x")
        assert failed.value.kind == "refused"
    assert heard == []
    assert time.monotonic() - started < SECONDS


def test_the_listener_hears_who_calls(listener: tuple[str, list[object]]) -> None:
    """The test above is not deaf."""
    host, _colon, port = listener[0].partition(":")
    socket.create_connection((host, int(port))).close()
    for _turn in range(100):
        if listener[1]:
            break
        time.sleep(0.01)
    assert len(listener[1]) == 1
    listener[1].clear()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1:9/x", "//x", "data:text/css,", BASE + "portal.css"]
)
def test_behind_the_look_at_the_page_stands_a_fetcher_that_refuses(url: str) -> None:
    """The page is looked at first; whatever would slip through ends here, by an error that nothing catches."""
    fetcher = OwnFiles(settings.BASE_DIR / "portal" / "static" / "portal")
    assert fetcher.fetch(BASE + "report.css").read()
    with pytest.raises(FatalURLFetchingError):
        fetcher.fetch(url)
    with pytest.raises(FatalURLFetchingError):
        fetcher.open(url)
    assert fetcher.refused


def test_an_external_entity_is_not_read() -> None:
    made = render_pdf('<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + page("<p>&x;</p>"), identifier="x")
    assert b"root:" not in made.data


def test_a_report_has_thirty_seconds_and_a_gigabyte() -> None:
    assert (SECONDS, MEGABYTES) == (30, 1024)


def test_a_long_word_that_somebody_typed_is_no_reason_to_refuse() -> None:
    assert render_pdf(page(f"<p>{'x' * 5_000}</p>"), identifier="x").pages >= 1
