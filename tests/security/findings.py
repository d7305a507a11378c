"""What the programs found in the code, against what docs/security/findings.md accepts with a reason."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.security.tools import HOME, PROJECT, run

ACCEPTED = PROJECT / "docs" / "security" / "findings.md"
ROOMS = ("portal", "surveys", "benchmark", "scripts")
# Rules that say "look here", where ruff's have looked already, rule by rule and line by line (pyproject.toml).
SKIPPED = "B101,B105,B311,B404,B406,B405,B603,B606,B607"
ROW = re.compile(r"^\| `(?P<rule>[^`]+)` \| `(?P<file>[^`]+)` \| (?P<reason>.+) \|$", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Finding:
    """One rule that one file breaks."""

    rule: str
    file: str


def accepted() -> dict[Finding, str]:
    """What is accepted, and why."""
    text = ACCEPTED.read_text(encoding="utf-8")
    return {Finding(row["rule"], row["file"]): row["reason"] for row in ROW.finditer(text)}


def found_by_bandit() -> Iterator[Finding]:
    """Findings of bandit."""
    target = HOME / "bandit.json"
    run("bandit", "-q", "-r", *ROOMS, "-s", SKIPPED, "-f", "json", "-o", str(target))
    for one in json.loads(target.read_text(encoding="utf-8"))["results"]:
        yield Finding(f"bandit:{one['test_id']}", one["filename"].removeprefix("./"))


def found_by_semgrep() -> Iterator[Finding]:
    """Findings by our own rules."""
    target = HOME / "semgrep.json"
    run(
        "semgrep", "scan", "--config", "tests/security/rules.yml", "--metrics=off", "--disable-version-check",
        "--quiet", "--json", "-o", str(target), "portal", "surveys", "benchmark", "templates",
    )  # fmt: skip
    told = json.loads(target.read_text(encoding="utf-8"))
    if told["errors"]:
        raise RuntimeError(f"semgrep: {told['errors'][:3]}")
    for one in told["results"]:
        yield Finding(f"semgrep:{one['check_id'].rpartition('.')[2]}", one["path"])


def compare(found: set[Finding]) -> list[str]:
    """What is new, and what is accepted but there no more."""
    known = accepted()
    new = [f"NEW   {one.rule} in {one.file}" for one in sorted(found - set(known))]
    return new + [f"GONE  {one.rule} in {one.file}: take it out of the list" for one in sorted(set(known) - found)]
