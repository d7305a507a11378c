"""Text stays text in files for spreadsheets, and comes back as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.spreadsheet import FORMULA, csv_lines, text_cell

TEXTS = st.text(alphabet=st.sampled_from("=+-@'\t\r\n \" ,;a0|%＝"), max_size=12) | st.text(max_size=30)


@pytest.mark.parametrize("attack", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1", "\u00a0=1", "＝1"])
def test_a_formula_becomes_text(attack: str) -> None:
    assert text_cell(attack) == f"'{attack}"


def test_plain_cells_stay_as_they_are() -> None:
    cells = ("Alfa", 12, None, "a=b", "2026-01-01")
    assert [text_cell(one) for one in cells] == ["Alfa", "12", "", "a=b", "2026-01-01"]


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=4))
def test_no_cell_can_begin_a_formula_and_all_come_back(rows: list[list[str]]) -> None:
    data = b"".join(csv_lines(["a", "b"], rows)).decode("utf-8-sig")
    header, *back = list(csv.reader(io.StringIO(data, newline="")))
    assert header == ["a", "b"]
    for row, cells in zip(rows, back, strict=True):
        for text, cell in zip(row, cells, strict=True):
            assert not cell.lstrip(" \u00a0").startswith(FORMULA)
            assert (cell[1:] if cell.startswith("'") else cell) == text.replace("\0", "")
