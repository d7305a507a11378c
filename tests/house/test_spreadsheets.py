"""Only `portal/spreadsheet.py` writes files for spreadsheets, so that there is one place where text stays text."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.spreadsheet import csv_bytes

HERE = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "surveys", "benchmark")
WRITERS = {("csv", "writer"), ("csv", "DictWriter"), ("openpyxl", "Workbook"), ("xlsxwriter", "Workbook")}


def written_by(tree: ast.AST) -> Iterator[str]:
    """The writers of spreadsheets that a module names, as `csv.writer`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            names = {(node.value.id, node.attr)}
        elif isinstance(node, ast.ImportFrom):
            names = {((node.module or "").partition(".")[0], one.name) for one in node.names}
        else:
            continue
        yield from (f"{module}.{name}" for module, name in names & WRITERS)


def test_only_one_module_writes_spreadsheets() -> None:
    found = {
        path.relative_to(HERE).as_posix(): sorted(names)
        for room in ROOMS
        for path in (HERE / room).rglob("*.py")
        if (names := set(written_by(ast.parse(path.read_text(encoding="utf-8")))))
    }
    assert found.pop("portal/spreadsheet.py")
    assert found == {}


@pytest.mark.parametrize(
    "source", ["import csv\ncsv.writer(x)", "from csv import DictWriter", "import openpyxl\nopenpyxl.Workbook()"]
)
def test_a_module_that_writes_its_own_is_seen(source: str) -> None:
    assert list(written_by(ast.parse(source)))


def test_figures_keep_their_sign_and_texts_do_not() -> None:
    assert csv_bytes(("kpi", "value"), [("-1", "-1"), ("=1+1", 2.5)], figures={"value"}) == (
        b"kpi,value\r\n'-1,-1\r\n'=1+1,2.5\r\n"
    )
