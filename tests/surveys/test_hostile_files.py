"""Files that are something else are refused within two seconds and 300 MB, with a sentence; in their own process."""

import json
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT_SECONDS, LIMIT_BYTES = 2.0, 300_000_000
CHILD = """
import json, os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "scripts.code_settings"
import django
django.setup()
from django.utils import translation
translation.activate("en")
from portal.errors import InvalidInput
from surveys.importers.system_export import read_export
from surveys.workbook_file import read_workbook
found = {}
for path in sys.argv[1:]:
    data, began, said = open(path, "rb").read(), time.perf_counter(), ""
    try:
        read_export(data, "x.csv") if path.endswith(".csv") else read_workbook(data)
    except InvalidInput as error:
        said = str(error)
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    peak = int(status["VmHWM"].split()[0]) * 1024
    found[os.path.basename(path)] = [time.perf_counter() - began, peak, said]
print(json.dumps(found))
"""
TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">%s</Types>'
SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'


def packed(parts: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return made.getvalue()


def real(sheet: bytes | None = None, **more: bytes) -> bytes:
    """A workbook as openpyxl writes it, with its first sheet and other parts replaced."""
    from openpyxl import Workbook

    made = BytesIO()
    Workbook().save(made)
    with zipfile.ZipFile(made) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    if sheet is not None:
        parts["xl/worksheets/sheet1.xml"] = sheet
    return packed(parts | more)


def lying(data: bytes) -> bytes:
    """The list of parts says that each is small."""
    at = data.index(b"PK\x01\x02")
    while at >= 0:
        data = data[: at + 24] + (100).to_bytes(4, "little") + data[at + 28 :]
        at = data.find(b"PK\x01\x02", at + 4)
    return data


def hostile() -> dict[str, bytes]:
    """File name → bytes."""
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 60_000))
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    bomb = packed({"[Content_Types].xml": TYPES % b"", "xl/workbook.xml": b"\0" * 200_000_000})
    return {
        "bomb.xlsx": bomb,
        "lying-bomb.xlsx": lying(bomb),
        "rows.xlsx": real(SHEET + rows + b"</sheetData></worksheet>"),
        "each-row.xlsx": real(SHEET + b"<row><c><v>1</v></c></row>" * 1_048_576 + b"</sheetData></worksheet>"),
        "million.xlsx": real(SHEET + far + b"</sheetData></worksheet>"),
        "entities.xlsx": real(entity + SHEET + b"</sheetData></worksheet>"),
        "macro.xlsm": real(**{"xl/vbaProject.bin": b"x"}),
        "macro.xlsx": real(**{"[Content_Types].xml": TYPES % b'<Override ContentType="x.macroEnabled.main+xml"/>'}),
        "program.xlsx": b"MZ\x90\x00" + b"\0" * 1_000_000,
        "old.xlsx": b"\xd0\xcf\x11\xe0" + b"\0" * 1_000,
        "broken.xlsx": real()[:-400],
        "large.xlsx": b"PK\x03\x04" + b"\0" * 6_000_000,
        "styles.xlsx": real(**{"xl/styles.xml": b"<styleSheet>" + b"<xf/>" * 900_000 + b"</styleSheet>"}),
        "latin.csv": "Naam;Aantal\nCafé;3\n".encode("cp1252"),
        "utf-16.csv": "Naam;Aantal\nCafé;3\n".encode("utf-16"),
        "rows.csv": b"a;b\n" * 1_048_576,
        "blank.csv": b"a;b\n" + b"\r\n" * 3_000_000 + b"x;2\n",  # few rows, many bytes
        "program.csv": b"MZ\x90\x00",
        "quote.csv": b'a;b\n"' + b"x;1\n" * 40_000,
        "columns.csv": b";".join(b"c%d" % n for n in range(5_000)) + b"\n" + b";".join([b"1"] * 5_000) + b"\n",
    }


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[float, int, str]]:
    """File name → (seconds, peak memory of the process so far, sentence)."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, data in hostile().items():
        (folder / name).write_bytes(data)
    files = sorted(str(path) for path in folder.iterdir())
    done = subprocess.run([sys.executable, "-c", CHILD, *files], cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_each_is_refused_with_a_sentence(refused: dict[str, tuple[float, int, str]]) -> None:
    assert [name for name, (_seconds, _peak, said) in refused.items() if len(said) < 20] == []
    assert "macros" in refused["macro.xlsm"][2]
    assert "macros" in refused["macro.xlsx"][2]
    assert "program" in refused["program.xlsx"][2]
    assert "UTF-8" in refused["latin.csv"][2]


def test_refusing_takes_neither_time_nor_memory(refused: dict[str, tuple[float, int, str]]) -> None:
    slow = {name: (seconds, peak) for name, (seconds, peak, _said) in refused.items() if seconds > LIMIT_SECONDS}
    assert slow == {}
    assert max(peak for _seconds, peak, _said in refused.values()) < LIMIT_BYTES
