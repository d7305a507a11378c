"""A sample of the campaign in every test run: small rounds of four kinds, nobody disclosed, every witness holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmark.stats.disclosure.policy import profile
from tests.campaigns.rounds import KINDS, PAIRS, TOP, campaign, indicator_of, plan_of, run, scenes_of, totals, values_of

SAMPLE = ((0, "one"), (1, "one"), (3, "one"), (5, "one"), (95, "rounds"), (24, "editions"))


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "plan"), SAMPLE)
def test_nobody_is_disclosed(seed: int, plan: str) -> None:
    line = run(replace(plan_of(seed, 30), plan=plan))
    assert "failed" not in line, line
    assert (line["disclosed"], line["false"]) == (0, 0), line["examples"]
    assert (line["mismatches"], line["uncovered"]) == (0, 0)
    assert line["attackers"] >= 15
    assert line["cells_shown"] > 0


@pytest.mark.slow
def test_nobody_is_disclosed_near_the_end_of_a_scale() -> None:
    """Three rounds of scores of 8 and 9 on a scale to 10, where known small changes say most."""
    line = run(replace(plan_of(6, 30), kind=TOP, plan="rounds"))
    assert (line["disclosed"], line["knowing"], line["false"]) == (0, {}, 0), line["examples"]
    assert (line["mismatches"], line["uncovered"]) == (0, 0)
    assert line["cells_shown"] > 0


@pytest.mark.slow
def test_holdings_attack_and_pairs_where_the_promise_holds_against_two() -> None:
    """From so many contributors on; here from 20."""
    plan = replace(plan_of(0, 30), plan="one", held=0.3)
    line = run(plan, replace(profile("standard"), coalition_from=20))
    assert line["disclosed"] == 0, line["examples"]
    assert line["holdings"] >= 2
    assert line["attackers"] < plan.size
    assert (line["pairs"], line["pairs_in_all"]) == (PAIRS, line["attackers"] * (line["attackers"] - 1) // 2)


@pytest.mark.parametrize("kind", [*KINDS, TOP])
def test_a_seed_is_the_same_round_each_time(kind: str) -> None:
    plan = replace(plan_of(4, 60), plan="rounds", kind=kind)
    first, second = ([values_of(kind, one, 4).value for one, _ in scenes_of(plan)] for _ in range(2))
    assert len(first) == 3
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))
    assert indicator_of(kind).code == "kpi"


def test_plans_are_spread() -> None:
    plans = [plan_of(seed) for seed in range(200)]
    assert {plan.kind for plan in plans} == set(KINDS)
    assert {plan.plan for plan in plans} == {"one", "editions", "rounds"}
    assert min(plan.size for plan in plans) == 30
    assert 200 <= max(plan.size for plan in plans) <= 300


def test_a_campaign_goes_on_where_it_stopped(tmp_path: Path) -> None:
    """What is in the file is not run again: with all seeds there, no process is asked for anything."""
    output = tmp_path / "lines.jsonl"
    output.write_text('{"seed": 0, "disclosed": 0, "attackers": 3}\n{"seed": 1, "failed": "why"}\n')
    lines = campaign([plan_of(0), plan_of(1)], output, processes=1)
    assert [line["seed"] for line in lines] == [0, 1]
    assert totals(lines).startswith(
        "2 rounds, 1 not released; attackers: 3 (of these 0 holdings), 0 of 0 pairs, and the public; disclosed 0"
    )
