"""The documents on method: their examples run, what they point at exists, and p and c are not in them."""

import doctest
import re
from pathlib import Path

import pytest

from benchmark.stats.disclosure.policy import Policy

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "methodology"
OURS = ("bescherming.nl.md", "protection.en.md", "method.md")
CODE = re.compile(r"`((?:benchmark|tests|portal|docs)/[\w/.-]+\.(?:py|md))`")
MODULE = re.compile(r"`(\w+\.py)`")
LINK = re.compile(r"\]\(([^)#]+)\)")


def test_examples_give_what_they_say() -> None:
    outcome = doctest.testfile(str(FOLDER / "method.md"), module_relative=False, optionflags=doctest.FAIL_FAST)
    assert outcome.attempted >= 20
    assert outcome.failed == 0


@pytest.mark.parametrize("name", OURS)
def test_what_a_document_points_at_exists(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    for target in LINK.findall(text):
        assert (FOLDER / target).resolve().is_file(), target
    for path in CODE.findall(text):
        assert (ROOT / path).is_file(), path
    stems = {path.name for path in (ROOT / "benchmark").rglob("*.py")}
    assert set(MODULE.findall(text)) <= stems


@pytest.mark.parametrize("name", OURS)
def test_a_document_keeps_p_and_c(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    policy = Policy()
    written = {f"{100 * share:g}" for share in (policy.p, policy.p_sensitive, policy.bounded_scale_fraction)}
    named = re.findall(r"\bp\W{1,8}([\d.,]+)\s*%", text)
    assert not set(named) & written
    assert not re.findall(r"\bc\W{0,3}\s*=\s*\d", text)
    for words in ("percentage points", "procentpunt"):
        assert words not in text


def test_both_pages_for_participants_say_the_same_number_of_things() -> None:
    dutch, english = ((FOLDER / name).read_text(encoding="utf-8") for name in OURS[:2])
    for mark in ("\n## ", "\n- ", "!["):
        assert dutch.count(mark) == english.count(mark) > 0
