"""A slice of the real panel in every test run that has the data: two months of fifty practices."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.stats.indicators import load_indicators
from tests.campaigns.panel import FILE, attackers_of, run, scene_of

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


def test_nobody_is_disclosed_in_two_real_months(real_data: Path) -> None:
    line = run(real_data, "answered_pct", ("2025-11", "2025-12"), most=50, attackers=40, certified=False)
    assert "failed" not in line, line
    assert (line["disclosed"], line["false"], line["mismatches"]) == (0, 0, 0), line["examples"]
    assert line["attackers"] == 40
    assert line["published"] > 5


def test_attackers_are_first_those_in_the_smallest_groups(real_data: Path) -> None:
    indicator = load_indicators(FILE.read_text(encoding="utf-8")).item("answered_pct")
    given = scene_of(real_data, "2025-12", indicator, holding=True, region="Y58")
    wanted = attackers_of(given, 20)
    sizes = sorted(len(group) for group in given.groups if len(group))
    first = next(row for row, i in enumerate(given.panel.organisation) if i == wanted[0])
    assert min(len(group) for group in given.groups if first in group.members) == sizes[0]
    assert len(set(wanted)) == 20
    assert np.unique(given.panel.contributor).size < 10  # the boards of one region
