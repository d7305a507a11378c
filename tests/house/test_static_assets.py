"""What the browser gets is ours or vendored with a checksum, small, without third-party host or inline code."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "portal" / "static" / "portal"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OWN_TEXT = sorted(p for p in STATIC.rglob("*") if p.suffix in {".css", ".js", ".svg"} and p.parent.name != "vendor")
ROW = re.compile(r"^\| (\S+) \| \S+ \| \S+ \| .+ \| ([0-9a-f]{64}) \|$", re.MULTILINE)
STYLE_SHEET_LIMIT = 30_000

INLINE = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)", re.IGNORECASE),
    "inline style": re.compile(r"<style\b|\sstyle\s*=\s*[\"']", re.IGNORECASE),
    "event handler": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "htmx code": re.compile(r"\shx-on[:\w-]*\s*=|=[\"']js(?:avascript)?:", re.IGNORECASE),
}
LOADED = re.compile(
    r"(?:\b(?:src|srcset|action|formaction|poster|data)\s*=|<link\b[^>]*\bhref\s*=|url\(|@import|\bimport\b[^;\n]*?|fetch\()"
    r"\s*[\"']?((?:https?:)?//[^\s\"')]+)",
    re.IGNORECASE,
)


def vendored() -> dict[str, str]:
    """Path below static/portal → sha256, as VENDORED.md states them."""
    return dict(ROW.findall((STATIC / "VENDORED.md").read_text(encoding="utf-8")))


def is_page(path: Path) -> bool:
    """Reports and e-mails are rendered without a browser: WeasyPrint and mail programs have their own rules."""
    return path.relative_to(ROOT / "templates").parts[0] not in {"reports", "emails"}


def test_vendored_files_have_the_stated_checksum() -> None:
    stated = vendored()
    actual = {name: hashlib.sha256((STATIC / name).read_bytes()).hexdigest() for name in stated}
    assert actual == stated


def test_every_foreign_file_is_stated() -> None:
    foreign = {p.relative_to(STATIC).as_posix() for p in STATIC.rglob("*") if p.suffix == ".woff2"}
    foreign |= {p.relative_to(STATIC).as_posix() for p in (STATIC / "vendor").iterdir() if p.suffix == ".js"}
    assert foreign == set(vendored())


def test_style_sheet_stays_small() -> None:
    assert len((STATIC / "portal.css").read_bytes()) <= STYLE_SHEET_LIMIT


def test_style_sheet_files_exist() -> None:
    named = re.findall(r'url\("([^"]+)"\)', (STATIC / "portal.css").read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (STATIC / name).is_file()] == []


@pytest.mark.parametrize("what", INLINE)
def test_templates_have_no_inline_code(what: str) -> None:
    found = [str(p.relative_to(ROOT)) for p in TEMPLATES if is_page(p) and INLINE[what].search(p.read_text("utf-8"))]
    assert found == []


def test_nothing_is_loaded_from_another_host() -> None:
    found = {str(p.relative_to(ROOT)): LOADED.findall(p.read_text("utf-8")) for p in [*TEMPLATES, *OWN_TEXT]}
    assert {path: hosts for path, hosts in found.items() if hosts} == {}


@pytest.mark.parametrize(
    "bad",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        'a { background: url("https://x.example/a.png") }',
        'import "https://x.example/a.js";',
    ],
)
def test_loading_from_another_host_is_noticed(bad: str) -> None:
    assert LOADED.search(bad)


@pytest.mark.parametrize(
    ("what", "bad"),
    [
        ("inline script", "<script>go()</script>"),
        ("inline style", '<p style="color:red">'),
        ("inline style", "<style>p{}</style>"),
        ("event handler", '<button onclick="go()">'),
        ("htmx code", '<div hx-on:click="go()">'),
    ],
)
def test_inline_code_is_noticed(what: str, bad: str) -> None:
    assert INLINE[what].search(bad)
