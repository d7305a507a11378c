"""The list of accepted findings: files that exist, rules that exist, a reason for each."""

import pytest
import yaml

from tests.security.findings import Finding, accepted, compare
from tests.security.tools import PROJECT


def test_each_accepted_finding_names_a_file_a_rule_and_a_reason() -> None:
    known = accepted()
    assert len(known) > 10
    rules = {one["id"] for one in yaml.safe_load((PROJECT / "tests/security/rules.yml").read_text())["rules"]}
    for one, reason in known.items():
        program, _colon, rule = one.rule.partition(":")
        assert (PROJECT / one.file).is_file(), one.file
        assert program == "bandit" or rule in rules, rule
        assert len(reason) > 10


@pytest.mark.parametrize("what", ["new", "gone"])
def test_what_is_not_in_the_list_and_what_is_there_no_more_are_told(what: str) -> None:
    known = set(accepted())
    found = known | {Finding("bandit:B000", "x.py")} if what == "new" else known - {min(known)}
    assert len(compare(found)) == 1
    assert compare(known) == []
