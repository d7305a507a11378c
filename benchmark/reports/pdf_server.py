"""A program of its own that turns HTML into tagged PDF, one forked child per report; `pdf.py` starts it.

It knows neither Django nor the database, opens no file but the portal's fonts and style sheet, and asks nothing of any
network. Style sheet and fonts are read once; each report is then rendered in a child with limits on time and memory,
so a report that runs wild ends alone.

Requests come on standard input: a line of JSON (`html`: number of bytes that follow; `seconds` of processor time and
`patience` in seconds of waiting; `megabytes`; `identifier`). Answers go out likewise (`pdf`: number of bytes that
follow, `pages`, `cpu`; or `error`: `time`, `memory`, `refused`, `broken`, with `text`).
"""

import contextlib
import json
import logging
import os
import resource
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

# What a report is made of, and how much of it: whatever is not named here ends the report before it is laid out.
SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {
    "a", "b", "body", "br", "caption", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "head", "html", "li",
    "meta", "nav", "ol", "p", "section", "span", "strong", "sup", "table", "tbody", "td", "th", "thead", "title", "tr",
    "ul", *(SVG + name for name in ("circle", "desc", "g", "line", "path", "rect", "svg", "text", "title", "tspan")),
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "charset", "class", "colspan", "content", "href", "id", "lang", "name", "role", "rowspan", "scope",
}  # fmt: skip
DRAWN = {
    "aria-hidden", "aria-labelledby", "class", "cx", "cy", "d", "dx", "dy", "fill", "fill-opacity", "font-family",
    "font-size", "font-weight", "height", "id", "lang", "opacity", "points", "r", "role", "rx", "ry", "stroke",
    "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor",
    "transform", "viewBox", "width", "x", "x1", "x2", "y", "y1", "y2", "{http://www.w3.org/2000/xmlns/}xmlns",
}  # fmt: skip
MOST_BYTES = 16 * 2**20
MOST_ROWS = 5_000  # of one table; more is no report
MOST_SPAN = 100  # columns or rows that a cell may take
MOST_DEPTH = 20  # elements inside each other
MOST_TAGS = 400_000  # opening and closing
MOST_WORD = 20_000  # characters without a place to break
# One control character in what somebody typed would make all text in its font unreadable to who copies or hears it.
CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), " ")

BASE = "https://static.invalid/portal/"  # a name that no resolver knows: only OwnFiles gives it a meaning
STYLE_SHEET = "report.css"
MEDIA_TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}


class OwnFiles(URLFetcher):
    """Gives out the named files of our own static folder and refuses everything else, ending the report."""

    def __init__(self, folder: Path) -> None:
        # Not the parent's: it would install openers for files and networks.
        self._fail_on_errors = True
        fonts = sorted(path.name for path in (folder / "fonts").glob("*.woff2"))
        names = [STYLE_SHEET, "img/logo.svg", *(f"fonts/{name}" for name in fonts)]
        self._files = {BASE + name: folder / name for name in names}
        self.refused: list[str] = []

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """The content of one of our files; raises FatalURLFetchingError for any other address."""
        path = self._files.get(url)
        if path is None:
            self.refused.append(f"a report may not load {url[:200]}")
            raise FatalURLFetchingError(self.refused[-1])
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": MEDIA_TYPES[path.suffix]})

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Never: there is no way around `fetch`."""
        raise FatalURLFetchingError("a report opens nothing")


class NotAReport(Exception):
    """The page holds what no report of ours holds."""


def check_page(root: Any) -> None:
    """Refuse a page with elements, attributes or amounts that no report has; raises NotAReport.

    Style sheets and pictures never stand in the page: the style is ours by name, drawings are inline SVG.
    """
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if not isinstance(element.tag, str):  # a comment
            continue
        if element.tag not in ELEMENTS:
            raise NotAReport(f"a report has no element {element.tag.removeprefix(SVG)[:40]}")
        if depth > MOST_DEPTH:
            raise NotAReport(f"more than {MOST_DEPTH} elements inside each other")
        check_attributes(element)
        if any(len(word) > MOST_WORD for text in (element.text, element.tail) if text for word in text.split()):
            raise NotAReport(f"a word of more than {MOST_WORD} characters")
        if element.tag == "table" and sum(1 for _row in element.iter("tr")) > MOST_ROWS:
            raise NotAReport(f"a table of more than {MOST_ROWS} rows")
        waiting += [(child, depth + 1) for child in element]


def check_attributes(element: Any) -> None:
    """Refuse an attribute that no report has, or a value out of bounds; raises NotAReport."""
    known = DRAWN if element.tag.startswith(SVG) else ATTRIBUTES
    for name, value in element.attrib.items():
        if name not in known and not name.startswith("data-"):
            raise NotAReport(f"a report has no attribute {name[:40]}")
        if name in ("colspan", "rowspan") and not (value.isdecimal() and int(value[:9]) <= MOST_SPAN):
            raise NotAReport(f"a cell that takes {value[:20]} columns or rows")
        if name == "href" and not (element.tag == "a" and value.startswith("#")):
            raise NotAReport(f"a report may not refer to {value[:200]}")
        if known is DRAWN and "url(" in value.lower():
            raise NotAReport(f"a drawing may not refer to {value[:200]}")


class Renderer:
    """The style sheet and the fonts, read once, and what they make of a page of HTML."""

    def __init__(self, folder: Path) -> None:
        self.files = OwnFiles(folder)
        self.fonts = FontConfiguration()
        self.style = CSS(url=BASE + STYLE_SHEET, font_config=self.fonts, url_fetcher=self.files)

    def render(self, html: str, identifier: str) -> tuple[bytes, int]:
        """The PDF and its number of pages."""
        if len(html) > MOST_BYTES or html.count("<") > MOST_TAGS:  # before it costs time to read
            raise NotAReport(f"{len(html)} characters and {html.count('<')} tags")
        source = HTML(string=html.translate(CONTROLS), base_url=BASE, url_fetcher=self.files)
        check_page(source.etree_element)
        document = source.render(stylesheets=[self.style], font_config=self.fonts, pdf_variant="pdf/ua-1")
        data = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier.encode("ascii"))
        if self.files.refused:  # inside an SVG, WeasyPrint goes on without the picture
            raise FatalURLFetchingError(self.files.refused[0])
        return data, len(document.pages)


def limit(seconds: int, megabytes: int) -> None:
    """Bound this process: processor time, memory, files, and no core dump."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer_of(renderer: Renderer, html: bytes, request: dict[str, Any]) -> bytes:
    """The answer to one request, made inside the child."""
    try:
        limit(int(request["seconds"]), int(request["megabytes"]))
        pdf, pages = renderer.render(html.decode("utf-8"), str(request["identifier"]))
        return message({"pdf": len(pdf), "pages": pages, "cpu": round(time.process_time(), 3)}, pdf)
    except MemoryError:
        return message({"error": "memory", "text": "more memory than allowed"})
    except (NotAReport, FatalURLFetchingError) as error:  # the latter a BaseException: WeasyPrint lets it through
        return message({"error": "refused", "text": str(error)})
    except Exception as error:
        return message({"error": "broken", "text": f"{type(error).__name__}: {error}"[:500]})


def message(head: dict[str, Any], body: bytes = b"") -> bytes:
    """A line of JSON, and the bytes that it announces."""
    return json.dumps(head).encode("utf-8") + b"\n" + body


def serve(renderer: Renderer, html: bytes, request: dict[str, Any]) -> bytes:
    """Render in a forked child; kill it when its time is over."""
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiver)
        with contextlib.suppress(BaseException), os.fdopen(sender, "wb") as out:
            out.write(answer_of(renderer, html, request))
        os._exit(0)
    os.close(sender)
    found = receive(receiver, time.monotonic() + float(request["patience"]))
    os.close(receiver)
    if found is None:
        os.kill(child, signal.SIGKILL)
    _child, status = os.waitpid(child, 0)
    if found is None or (os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL)):
        return message(
            {
                "error": "time",
                "text": f"more than {request['seconds']} seconds of work or {request['patience']} of waiting",
            }
        )
    return found or message({"error": "memory", "text": f"the renderer ended with status {status}"})


def receive(source: int, deadline: float) -> bytes | None:
    """All that the child writes until it closes its end; None when the time is over first."""
    parts = []
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([source], [], [], left)[0]:
            return None
        part = os.read(source, 1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)


def main(folder: Path, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until standard input is closed, which it is when the worker that started us is gone."""
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    renderer = Renderer(folder)
    while line := requests.readline():
        request = json.loads(line)
        answers.write(serve(renderer, requests.read(request["html"]), request))
        answers.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin.buffer, sys.stdout.buffer)
