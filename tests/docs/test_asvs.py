"""The table of OWASP ASVS: each row once, each piece of evidence there, the sums true."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
TEXT = (HERE / "docs" / "security" / "asvs.md").read_text(encoding="utf-8")
ROW = re.compile(
    r"^\| (?P<id>[^|]+?) \| (?P<level>1|2|–) \| (?P<state>[^|]+?) \| (?P<words>[^|]+?) \| (?P<evidence>[^|]*?) ?\|$",
    re.MULTILINE,
)
ROWS = list(ROW.finditer(TEXT))
STANDARD = [row for row in ROWS if row["level"] != "–"]
IN_LEVELS_1_AND_2 = 253


def test_each_requirement_stands_there_once_and_in_order() -> None:
    numbers = [tuple(int(part) for part in row["id"][1:].split(".")) for row in STANDARD]
    assert len(numbers) == len(set(numbers)) == IN_LEVELS_1_AND_2
    assert numbers == sorted(numbers)
    assert len(ROWS) - len(STANDARD) == 6


def test_the_sums_are_true() -> None:
    said = {state: int(number) for state, number in re.findall(r"\*\*([a-z/ ]+)\*\* (\d+)", TEXT)}
    assert said == Counter(row["state"] for row in STANDARD)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_evidence_is_there(row: re.Match[str]) -> None:
    evidence = re.findall(r"`([^`]+)`", row["evidence"])
    assert evidence or row["state"] in ("n/a", "operator")
    for one in evidence:
        name, _colons, part = one.partition("::")
        assert (HERE / name).exists(), name
        assert not part or part in parts_of(name), one


@pytest.mark.parametrize("row", [row for row in ROWS if row["state"] == "met"], ids=lambda row: row["id"])
def test_what_is_met_is_tested_or_said_to_be_read(row: re.Match[str]) -> None:
    tested = [
        name
        for name, part in re.findall(r"`(tests/[^`:]+)(?:::)?([^`]*)`", row["evidence"])
        if part or (name.rpartition("/")[2].startswith("test_") and parts_of(name))
    ]
    assert tested or row["evidence"].startswith("read: "), "cite a test, or say that only reading shows it"


def parts_of(name: str) -> set[str]:
    """What can be cited in a file: its tests, or the rules for semgrep."""
    text = (HERE / name).read_text(encoding="utf-8")
    if name.endswith(".py"):
        return {node.name for node in ast.walk(ast.parse(text)) if is_test(node)}  # type: ignore[attr-defined]
    return set(re.findall(r"^ +- id: (\S+)$", text, re.MULTILINE))


def is_test(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
