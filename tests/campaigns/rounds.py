"""Campaign: random rounds go through the product and are attacked by everybody in them.

    make campaign                        200 rounds, resumed where it stopped
    python -m tests.campaigns.rounds --count 20 --seed 1000 --output found.jsonl --processes 2
    python -m tests.campaigns.rounds --count 20 --kind top --plan rounds --most 30 --output top.jsonl

Each round has 30–300 organisations, three dimensions and one indicator of each kind in turn; with skew, ties, zeros,
missing values, holdings, a second edition, or three rounds. Expected: nobody disclosed, no mismatch in any replay.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.stats.columns import Status
from benchmark.stats.disclosure.policy import Policy, profile
from benchmark.stats.disclosure.publisher import NotCertifiedError
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import lattice
from benchmark.stats.release import ReleaseMeta
from tests.campaigns.measure import Given, attacked, release, summary, table_of
from tests.oracles.rounds import SHAPES, RandomRound, corrected, next_round, random_round

KINDS = ("value", "ratio", "public_ratio", "share", "sensitive_share", "bounded", "signed", "sensitive")
TOP = "top"  # beside these: a scale of which nearly all values lie at one end, where small changes say most
PAIRS = 200  # a sample of the coalitions of two, where the promise holds against them
PLANS = ("one", "one", "one", "editions", "rounds")
COLUMNS = (
    *("seed", "size", "kind", "shape", "plan", "held", "offered", "published", "kept", "quantiles_offered"),
    *(
        "quantiles_withheld",
        "replayed",
        "mismatches",
        "uncovered",
        "attackers",
        "holdings",
        "pairs",
        "disclosed",
        "within_5",
        "within_10",
    ),
    *("false", "protect_seconds", "attack_seconds", "failed"),
)


@dataclass(frozen=True)
class Plan:
    """What a seed stands for."""

    seed: int
    size: int
    kind: str
    shape: str
    plan: str
    held: float
    silent: float


def plan_of(seed: int, most: int = 300) -> Plan:
    """Sizes are skewed as rounds are: half of them under 60."""
    random = np.random.default_rng([seed, 7])
    size = int(np.clip(np.round(30 * np.exp(random.exponential(0.75))), 30, most))
    shapes = sorted(SHAPES)
    return Plan(
        seed,
        size,
        KINDS[seed % len(KINDS)],
        shapes[int(random.integers(len(shapes)))],
        PLANS[int(random.integers(len(PLANS)))],
        float(random.choice([0.0, 0.0, 0.15, 0.3])),
        float(random.choice([0.0, 0.05, 0.15])),
    )


def indicator_of(kind: str) -> Indicator:
    """The definition of an indicator of this kind."""
    texts = {"theme": "t", "name": {"en": "K"}, "definition": {"en": "d"}, "direction": "neutral", "code": "kpi"}
    kinds: dict[str, dict[str, Any]] = {
        "value": {"kind": "value", "question": "q", "unit": "s", "range": {"min": 0}},
        "sensitive": {"kind": "value", "question": "q", "unit": "eur", "range": {"min": 0}, "sensitive": True},
        "bounded": {
            "kind": "value", "question": "q", "unit": "score", "range": {"min": 0, "max": 10}, "scale_type": "bounded"
        },
        TOP: {
            "kind": "value", "question": "q", "unit": "score", "range": {"min": 0, "max": 10}, "scale_type": "bounded"
        },
        "signed": {
            "kind": "value", "question": "q", "unit": "score", "range": {"min": -100, "max": 100},
            "scale_type": "signed",
        },
        "ratio": {"kind": "ratio", "numerator": "a", "denominator": "b", "unit": "s", "range": {"min": 0}},
        "public_ratio": {
            "kind": "ratio", "numerator": "a", "denominator": "b", "unit": "s", "range": {"min": 0},
            "denominator_public": True,
        },
        "share": {"kind": "share", "question": "q", "unit": "%"},
        "sensitive_share": {"kind": "share", "question": "q", "unit": "%", "sensitive": True},
    }  # fmt: skip
    return Indicator.model_validate(texts | kinds[kind])


def scenes_of(plan: Plan) -> list[tuple[RandomRound, ReleaseMeta]]:
    """The rounds or editions of a plan, oldest first."""
    first = random_round(plan.seed, plan.size, shape=plan.shape, held=plan.held, silent=plan.silent)
    rounds = [first]
    if plan.plan == "editions":
        rounds.append(corrected(first, plan.seed + 1, 3 + plan.seed % 4))
    elif plan.plan == "rounds":
        rounds.append(next_round(first, plan.seed + 1))
        rounds.append(next_round(rounds[1], plan.seed + 2))
    made = []
    for place, one in enumerate(rounds):
        year, edition = (2025, place + 1) if plan.plan == "editions" else (2023 + place, 1)
        made.append((one, ReleaseMeta(f"r-{year}", edition, "q", str(year), str(year))))
    return made


def values_of(kind: str, one: RandomRound, seed: int) -> KpiValues:
    """The random numbers of a round as answers to an indicator of this kind.

    What an organisation has besides its number (a denominator, a taste) follows from who it is, so that it is the same
    in every round.
    """
    x = one.values
    known = np.isfinite(x)
    taste = np.array([np.random.default_rng([seed, int(i)]).random(2) for i in one.panel.organisation])
    status = np.where(known, Status.ANSWERED, Status.NONRESPONSE).astype(np.uint8)
    flags = np.zeros(x.size, np.uint8)
    middle = 20.0  # fixed, or a change of one organisation would change everybody
    if kind in ("ratio", "public_ratio"):
        below = np.where(known, np.round(np.exp(6 + 2.4 * taste[:, 0])), np.nan)
        return KpiValues(x, x * below, below, status, flags)
    if kind in ("share", "sensitive_share"):
        score = np.where(known, 0.5 * taste[:, 0] + 0.5 * x / (x + middle), np.nan)
        chosen = np.digitize(score, [0.35, 0.5, 0.7]).astype(np.float64)
        value = np.where(known, chosen, np.nan)
        return KpiValues(
            value, None, None, status, flags, ("a", "b", "c", "d"), value[:, None] == np.arange(4.0)[None, :], True
        )
    if kind == "bounded":
        x = np.round(10 * x / (x + middle / 2), 1)
    elif kind == TOP:
        x = np.round(10 * x / (x + middle / 10), 1)
    elif kind == "signed":
        x = np.round(200 * x / (x + middle) - 100, 0)
    return KpiValues(np.where(known, x, np.nan), None, None, status, flags)


def run(plan: Plan, policy: Policy | None = None) -> dict[str, Any]:
    """Protect, replay and attack one plan."""
    line: dict[str, Any] = dict(vars(plan))
    indicator, rules = indicator_of(plan.kind), policy or profile("standard")
    given = [
        Given(one.panel, values_of(plan.kind, one, plan.seed), meta, lattice(one.panel))
        for one, meta in scenes_of(plan)
    ]
    try:
        done = release(given, indicator, rules)
    except NotCertifiedError as error:
        return line | {"failed": str(error)}
    pairs = PAIRS if max(rules.coalition_at(_contributors(one)) for one in given) > 1 else 0
    return line | summary(done) | attacked(done, indicator, order=plan.size <= 40, pairs=pairs)


def _contributors(given: Given) -> int:
    return int(np.unique(given.panel.contributor[given.values.answered]).size)


def _safely(plan: Plan) -> dict[str, Any]:
    try:
        return run(plan)
    except Exception as error:
        return {**vars(plan), "failed": f"{type(error).__name__}: {error}"}


def campaign(plans: Sequence[Plan], output: Path, processes: int) -> list[dict[str, Any]]:
    """Run the plans that are not in the output yet, each written as soon as it is done; all lines, by seed."""
    lines = [json.loads(text) for text in output.read_text().splitlines()] if output.exists() else []
    wanted = {plan.seed for plan in plans}
    done = {line["seed"]: line for line in lines if line["seed"] in wanted}
    left = sorted((plan for plan in plans if plan.seed not in done), key=lambda plan: plan.size)
    with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=10) as pool, output.open("a") as file:
        for line in pool.imap_unordered(_safely, left):
            done[line["seed"]] = line
            file.write(json.dumps(line, default=float) + "\n")
            file.flush()
    return [done[seed] for seed in sorted(done)]


def totals(lines: Sequence[dict[str, Any]]) -> str:
    """The campaign in a few sentences."""
    told = [line for line in lines if not line.get("failed")]

    def total(name: str) -> float:
        return sum(line.get(name, 0) for line in told)

    return "; ".join(
        (
            f"{len(lines)} rounds, {len(lines) - len(told)} not released",
            f"attackers: {total('attackers'):.0f} (of these {total('holdings'):.0f} holdings), {total('pairs'):.0f} of "
            f"{total('pairs_in_all'):.0f} pairs, and the public",
            f"disclosed {total('disclosed'):.0f}, within 5 % {total('within_5'):.0f}, within 10 % "
            f"{total('within_10'):.0f}, false claims {total('false'):.0f}",
            f"witnesses replayed {total('replayed'):.0f}, mismatches {total('mismatches'):.0f}, uncovered "
            f"{total('uncovered'):.0f}",
            f"sums kept {total('published'):.0f} of {total('offered'):.0f}, quantiles withheld "
            f"{total('quantiles_withheld'):.0f} of {total('quantiles_offered'):.0f}",
            f"processor seconds: protection {total('protect_seconds'):.0f}, attack {total('attack_seconds'):.0f}",
        )
    )


def main() -> None:
    """The campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--most", type=int, default=300, help="largest round")
    parser.add_argument("--kind", choices=(*KINDS, TOP), default=None, help="of all rounds, instead of each in turn")
    parser.add_argument("--plan", choices=sorted(set(PLANS)), default=None, help="of all rounds, instead of by chance")
    parser.add_argument("--output", type=Path, default=Path(".campaign-rounds.jsonl"))
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    started = time.perf_counter()
    plans = [plan_of(seed, options.most) for seed in range(options.seed, options.seed + options.count)]
    chosen = {name: value for name, value in (("kind", options.kind), ("plan", options.plan)) if value}
    plans = [replace(plan, **chosen) for plan in plans]
    lines = campaign(plans, options.output, options.processes)
    print(table_of(lines, COLUMNS))  # noqa: T201 - talks to a terminal
    print(totals(lines), f"; {time.perf_counter() - started:.0f} seconds now", sep="")  # noqa: T201


if __name__ == "__main__":
    main()
