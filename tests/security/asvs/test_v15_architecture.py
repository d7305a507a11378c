"""ASVS V15: what we build on is pinned, and tools of developers stay with them."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)((?:.*\\\n)*.*)$", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    """What follows each package in a list of pins."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return {found[1].lower().replace("_", "-"): found[3] for found in PINNED.finditer(text)}


def names_in(wanted: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~; ]", one)[0].lower().replace("_", "-") for one in wanted}


def test_every_package_is_pinned_with_its_hashes() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-extras.txt"):
        found = pins(name)
        assert len(found) > 20
        assert [package for package, rest in found.items() if "--hash=sha256:" not in rest] == []
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        starts = [line for line in lines if line and line[0] not in " #"]
        assert [line for line in starts if "==" not in line] == []


def test_what_we_ask_for_is_pinned_and_developers_tools_are_not_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    there, asked = set(pins("requirements.txt")), names_in(project["project"]["dependencies"])
    tools = names_in([one for one in project["dependency-groups"]["dev"] if isinstance(one, str)])
    assert asked - there == set()
    assert {tool for tool in tools - asked if tool in there} == set()


def test_each_package_that_we_ask_for_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = text.partition("\ndependencies = [")[2].partition("\n]")[0]
    assert [line for line in block.splitlines() if line.strip() and "#" not in line] == []
