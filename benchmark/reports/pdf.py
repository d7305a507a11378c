"""HTML to tagged PDF (PDF/UA-1) in a process of its own, with limits on time and memory (DESIGN §8).

    pdf = render_pdf(html, identifier="…")      # Pdf(data, pages, cpu_seconds)

The same HTML and identifier give the same bytes. The renderer (`pdf_server.py`) starts with the first report of a
process and stays, because reading WeasyPrint, the fonts and the style sheet costs as much as a report.
"""

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_noop

SECONDS = 30  # of processor time; a national report takes about seven on a machine with nothing else to do
PATIENCE = 4  # times as long may it take on a machine that has much else to do
MEGABYTES = 1024
START_SECONDS = 30.0
SERVER = Path(__file__).with_name("pdf_server.py")

SENTENCES = {
    "time": gettext_noop("The report took too long to make."),
    "memory": gettext_noop("The report needed too much memory."),
    "refused": gettext_noop("The report holds something that reports may not have."),
    "broken": gettext_noop("The report could not be made."),
}


class RenderingFailed(RuntimeError):
    """No PDF came out; `kind` is `time`, `memory`, `refused` or `broken`."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{SENTENCES.get(kind, SENTENCES['broken'])} ({detail})")
        self.kind = kind


@dataclass(frozen=True)
class Pdf:
    """A rendered document: its bytes, number of pages, and the processor seconds it took."""

    data: bytes
    pages: int
    cpu_seconds: float


class _Server:
    """One renderer process and the pipes to it."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        home = Path(settings.PORTAL_DATA_DIR) / "renderer"  # what fontconfig remembers of fonts; nothing of reports
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-s", "-P", str(SERVER), str(settings.BASE_DIR / "portal" / "static" / "portal")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(str(home)),
            cwd=home,
            start_new_session=True,  # Ctrl-C of the worker is not for it; it leaves when its input is closed
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise RenderingFailed("broken", "no pipes")
        self.stdin, self.stdout = self.process.stdin, self.process.stdout

    def ask(self, html: bytes, request: dict[str, object], seconds: float) -> Pdf:
        """Send a report and wait for its PDF; raises RenderingFailed, or OSError when the process is gone."""
        self.stdin.write(json.dumps(request).encode("ascii") + b"\n" + html)
        self.stdin.flush()
        reader = _Reader(self.stdout.fileno(), time.monotonic() + seconds)
        head = json.loads(reader.line())
        if "error" in head:
            raise RenderingFailed(head["error"], head["text"])
        return Pdf(reader.take(head["pdf"]), head["pages"], head["cpu"])

    def stop(self) -> None:
        """End the process and wait for it; in a forked copy of the owner there is nothing to end."""
        if self.owner != os.getpid():
            return
        self.process.kill()
        for pipe in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):  # unsent bytes of a process that is gone
                pipe.close()
        self.process.wait()


class _Reader:
    """Bytes from a pipe, until a deadline."""

    def __init__(self, source: int, deadline: float) -> None:
        self.source, self.deadline, self.kept = source, deadline, b""

    def line(self) -> bytes:
        """Up to the end of the line."""
        while b"\n" not in self.kept:
            self._more()
        line, self.kept = self.kept.split(b"\n", 1)
        return line

    def take(self, size: int) -> bytes:
        """Exactly `size` bytes."""
        parts, found = [self.kept], len(self.kept)
        while found < size:
            self.kept = b""
            self._more()
            parts.append(self.kept)
            found += len(self.kept)
        self.kept = b""
        return b"".join(parts)

    def _more(self) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0 or not select.select([self.source], [], [], left)[0]:
            raise RenderingFailed("time", "the renderer does not answer")
        part = os.read(self.source, 1 << 20)
        if not part:
            raise BrokenPipeError("the renderer is gone")
        self.kept += part


_lock = threading.Lock()
_server: _Server | None = None


def render_pdf(html: str, *, identifier: str, seconds: int = SECONDS, megabytes: int = MEGABYTES) -> Pdf:
    """Render a whole HTML page as PDF/UA-1.

    `identifier`: ASCII text that names the document in its trailer. `seconds` (of processor time) and `megabytes`
    bound the child.
    Raises RenderingFailed.
    """
    body = html.encode("utf-8")
    request: dict[str, object] = {
        "html": len(body),
        "seconds": seconds,
        "patience": seconds * PATIENCE,
        "megabytes": megabytes,
        "identifier": identifier,
    }
    with _lock:
        for attempt in (1, 2):
            try:
                return _running().ask(body, request, seconds * PATIENCE + START_SECONDS)
            except RenderingFailed as error:
                if "does not answer" in str(error):
                    _stop()
                raise
            except (OSError, ValueError) as error:  # the process was killed from outside: start another, once
                _stop()
                if attempt == 2:
                    raise RenderingFailed("broken", str(error)) from error
    raise AssertionError("unreachable")


def _running() -> _Server:
    global _server
    if _server is None or _server.owner != os.getpid() or _server.process.poll() is not None:
        _stop()
        _server = _Server()
    return _server


def _stop() -> None:
    global _server
    if _server is not None:
        _server.stop()
        _server = None


def _environment(home: str) -> dict[str, str]:
    """No secret of ours; no randomness and no clock in what it writes."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "FONTCONFIG_FILE") if name in os.environ}
    fixed = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": "0", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    return kept | fixed | {"HOME": home, "XDG_CACHE_HOME": home}


atexit.register(_stop)
