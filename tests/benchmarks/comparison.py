"""One instance of a lattice of means, protected by our selection and by others, attacked the same way.

All publish means in three digits beside the number of organisations, under the same primary rules (five contributors,
dominance 50 and 67 %, p% of 10), against single participants (c = 1).
"""

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from benchmark.stats.attack.attacker import attack_all
from benchmark.stats.columns import Column
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.atoms import Family
from benchmark.stats.disclosure.audit import audit
from benchmark.stats.disclosure.publisher_rows import family_of, parse_row_name
from benchmark.stats.disclosure.selection import greedily, select, weight_of_group
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice, parse_key
from benchmark.stats.tables import compute_table
from tests.benchmark.stats.attack.careless import public, truth
from tests.benchmark.stats.cases import indicator
from tests.benchmark.stats.disclosure_exact.families import rounded_means
from tests.benchmarks.tau_argus import published
from tests.oracles.rounds import RandomRound, random_round

CATEGORIES = {20: (3, 2), 30: (3, 3, 2), 60: (3, 3, 3), 100: (4, 4, 3), 200: (5, 4, 3)}


@dataclass(frozen=True)
class Outcome:
    """What one method publishes. `loss`: weight of the groups that pass our primary rules and are withheld.

    `violated`: organisations for which the goal (10 % either way) fails for the public or some participant, by the
    audit; `recovered`: those that the attacker, who shares no code with it, places within 10 %.
    """

    method: str
    groups: frozenset[str]
    loss: float
    violated: int
    recovered: int
    seconds: float


class Instance:
    """A random round with its lattice up to crossings of `order` dimensions."""

    def __init__(self, size: int, seed: int, order: int) -> None:
        self.one = random_round(seed, size, CATEGORIES[size])
        self.order = order
        panel = self.one.panel
        kpi = indicator()
        values = kpi_values(kpi, {"amount": Column.from_values(self.one.values)})
        table = compute_table(kpi, values, panel, lattice(panel, order))
        passed = protect(table, indicator=kpi, policy=Policy())
        self.offered = replace(family_of(table, passed, kpi, Policy()), coalition=1)
        self.weights = {
            row.name: weight_of_group(row.name, parse_key(parse_row_name(row.name)[0]), row.members.size)
            for row in self.offered.rows
        }
        self.everything = rounded_means(self.one.values, panel, order=order, least=1)

    def ours(self, how: Callable[..., object] = select) -> tuple[set[str], float]:
        """Keys that our selection publishes, and CPU seconds."""
        started = time.process_time()
        chosen = how([self.offered], self.weights)
        return {parse_row_name(name)[0] for name in chosen.published}, time.process_time() - started  # type: ignore[attr-defined]

    def primary(self) -> tuple[set[str], float]:
        """Keys that pass the primary rules."""
        return {parse_row_name(row.name)[0] for row in self.offered.rows}, 0.0

    def tau_argus(self, method: str) -> tuple[set[str], float]:
        """Keys that tau-ARGUS publishes. A lattice of pairs is several tables to it."""
        panel = self.one.panel
        dimensions = {
            code: [panel.categories[code][place] for place in index] for code, index in panel.dimensions.items()
        }
        tables = [list(codes) for codes in combinations(dimensions, self.order)]
        keys, seconds = published(dimensions, [round(float(x), 6) for x in self.one.values], tables, method)
        return keys & {row.name for row in self.everything.rows}, seconds  # without empty cells

    def outcome(self, method: str, result: tuple[set[str], float]) -> Outcome:
        """Attack what was published."""
        keys, seconds = result
        rows = [i for i, row in enumerate(self.everything.rows) if row.name in keys]
        lost = sum(w for name, w in self.weights.items() if parse_row_name(name)[0] not in keys)
        found = audit(self.everything, rows, exhaustive=True).violations
        known = attack_all([document(self.one, self.everything, keys)], public(self.one), truth(self.one), within=0.099)
        recovered = {hit.organisation for hit in known}
        return Outcome(
            method, frozenset(keys), lost / 6400, len({v.contributor for v in found}), len(recovered), seconds
        )


def document(one: RandomRound, of: Family, keys: Collection[str]) -> bytes:
    """The bytes of these means."""
    groups = []
    for row in of.rows:
        mean = float(f"{one.values[row.members].mean():.2e}")
        cells = [{"statistic": "mean", "status": "released", "value": mean}] if row.name in keys else []
        groups.append({"key": row.name, "n": int(row.members.size), "n_below": None, "cells": cells})
    policy = {"digits": 3, "quantile_digits": 3, "quantile_digits_below": 0}
    kpi = {"code": "kpi", "unit": "s", "scale_type": "unbounded", "range": {"min": 0}}
    return json.dumps({"indicator": kpi, "policy": policy, "groups": groups}).encode()


def all_subsets(instance: Instance) -> tuple[set[str], float]:
    """The heaviest set of offered groups that violates nobody, by trying them in order of weight: no cuts, no
    master, only the verdict on single sets. For few offered groups."""
    started = time.process_time()
    names = [row.name for row in instance.offered.rows]
    weight = np.array([instance.weights[name] for name in names])
    subsets = ((np.arange(2 ** len(names))[:, None] >> np.arange(len(names))) & 1).astype(bool)
    for number in np.argsort(-(subsets @ weight), kind="stable"):
        rows = np.flatnonzero(subsets[number]).tolist()
        if audit(instance.offered, rows, exhaustive=True).clean:
            return {parse_row_name(names[i])[0] for i in rows}, time.process_time() - started
    raise AssertionError("nothing published discloses nobody")


def outcomes(size: int, seed: int, order: int) -> list[Outcome]:
    """All methods on one instance."""
    instance = Instance(size, seed, order)
    return [
        instance.outcome("ours, exact", instance.ours()),
        instance.outcome("ours, greedy", instance.ours(greedily)),
        instance.outcome("primary rules only", instance.primary()),
        instance.outcome("tau-ARGUS optimal", instance.tau_argus("OPT")),
        instance.outcome("tau-ARGUS modular", instance.tau_argus("MOD")),
    ]
