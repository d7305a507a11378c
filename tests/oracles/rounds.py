"""Random rounds and what careless benchmarks would publish about them, as documents of the same format."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import Panel
from benchmark.stats.peers import PeerGroup, lattice


@dataclass(frozen=True, eq=False)
class RandomRound:
    """Organisations 1 … N of a round with the values of one KPI (NaN: none)."""

    panel: Panel
    values: np.ndarray

    @property
    def attributes(self) -> dict[int, dict[str, str]]:
        """Public attributes by organisation."""
        panel = self.panel
        return {
            int(organisation): {
                code: panel.categories[code][index[row]] for code, index in panel.dimensions.items() if index[row] >= 0
            }
            for row, organisation in enumerate(panel.organisation)
        }

    @property
    def holding(self) -> dict[int, int]:
        """Holding by organisation, of those that share one."""
        owners, counts = np.unique(self.panel.contributor, return_counts=True)
        shared = set(owners[counts > 1].tolist())
        pairs = zip(self.panel.organisation.tolist(), self.panel.contributor.tolist(), strict=True)
        return {organisation: owner for organisation, owner in pairs if owner in shared}


def random_round(
    seed: int,
    size: int = 30,
    categories: tuple[int, ...] = (3, 3, 2),
    *,
    shape: str = "lognormal",
    held: float = 0.0,
    silent: float = 0.0,
) -> RandomRound:
    """`shape`: lognormal, ties, zeros, alike, heavy. `held`: part of the organisations in holdings of about three.
    `silent`: part without a value. Categories are unevenly filled, as sectors and sizes are."""
    random = np.random.default_rng(seed)
    dimensions = {}
    for place, count in enumerate(categories):
        parts = 1.0 / np.arange(1, count + 1)
        drawn = random.choice(count, size, p=parts / parts.sum())
        dimensions[f"d{place}"] = [f"c{i}" for i in drawn]
    groups = [int(random.integers(1, max(2, size // 6))) if random.random() < held else None for _ in range(size)]
    values = SHAPES[shape](random, size)
    values[random.random(size) < silent] = np.nan
    return RandomRound(Panel.build(range(1, size + 1), dimensions, groups), values)


SHAPES: Mapping[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "lognormal": lambda random, size: random.lognormal(3.0, 0.6, size),
    "ties": lambda random, size: np.round(random.lognormal(2.0, 0.5, size)),
    "zeros": lambda random, size: np.where(random.random(size) < 0.3, 0.0, random.lognormal(3.0, 0.6, size)),
    "alike": lambda random, size: random.normal(100.0, 3.0, size),
    "heavy": lambda random, size: random.pareto(1.5, size) * 20 + 1,
}


def next_round(
    one: RandomRound, seed: int, *, left: float = 0.06, joined: float = 0.06, moved: float = 0.3
) -> RandomRound:
    """The same people a round later: some left, some are new, `moved` of them changed much, the rest hardly."""
    random = np.random.default_rng(seed)
    panel, size = one.panel, len(one.panel)
    stays = np.flatnonzero(random.random(size) >= left)
    new = int(random.binomial(size, joined))
    rows = np.concatenate([stays, random.integers(0, size, new)]).astype(np.int64)
    organisation = np.concatenate([panel.organisation[stays], panel.organisation.max() + 1 + np.arange(new)])
    dimensions = {
        code: [panel.categories[code][index[row]] if index[row] >= 0 else None for row in rows]
        for code, index in panel.dimensions.items()
    }
    owners, counts = np.unique(panel.contributor, return_counts=True)
    shared = set(owners[counts > 1].tolist())
    own = [int(panel.contributor[row]) if panel.contributor[row] in shared else None for row in stays]
    change = np.where(random.random(rows.size) < moved, random.lognormal(0, 0.4, rows.size), 1.0)
    change *= np.where(random.random(rows.size) < 0.5, 1 + 0.02 * random.standard_normal(rows.size), 1.0)
    values = one.values[rows] * change
    again = random.choice(one.values[np.isfinite(one.values)], rows.size) * random.lognormal(0, 0.1, rows.size)
    values = np.where(np.arange(rows.size) < stays.size, values, again)
    values[random.random(rows.size) < 0.03] = np.nan
    made = Panel.build(organisation.tolist(), dimensions, [*own, *[None] * new], panel.categories)
    return RandomRound(made, values)


def corrected(one: RandomRound, seed: int, count: int) -> RandomRound:
    """The next edition: `count` organisations had made a mistake."""
    random = np.random.default_rng(seed)
    values = one.values.copy()
    answered = np.flatnonzero(np.isfinite(values))
    wrong = random.choice(answered, min(count, answered.size), replace=False)
    values[wrong] *= random.lognormal(0, 0.5, wrong.size)
    return RandomRound(one.panel, values)


def careless_document(
    one: RandomRound,
    *,
    least: int,
    digits: int | None = 3,
    order: int = 2,
    passes: Callable[[np.ndarray], bool] = lambda values: True,
    quantiles: bool = False,
) -> bytes:
    """The document of a benchmark whose only rule is a least number of organisations (and `passes`).

    `digits` None publishes exact means. `quantiles`: plain type 7, by NumPy.
    """
    groups = [_group(one, group, least, digits, passes, quantiles) for group in lattice(one.panel, order)]
    policy = {"digits": digits or 17, "quantile_digits": digits or 17, "quantile_digits_below": 0}
    indicator = {"code": "kpi", "unit": "s", "scale_type": "unbounded", "range": {"min": 0}}
    return json.dumps({"indicator": indicator, "policy": policy, "groups": groups}).encode()


def _group(
    one: RandomRound,
    group: PeerGroup,
    least: int,
    digits: int | None,
    passes: Callable[[np.ndarray], bool],
    quantiles: bool,
) -> dict[str, object]:
    values = one.values[group.members]
    values = values[np.isfinite(values)]
    shown = values.size >= least
    cells = []
    if shown and passes(values):
        figures = {"mean": float(values.mean())}
        if quantiles:
            figures |= {f"p{p}": float(np.percentile(values, p)) for p in (10, 25, 50, 75, 90)}
        for name, figure in figures.items():
            value = figure if digits is None else float(f"{figure:.{digits - 1}e}")
            cells.append({"statistic": name, "status": "released", "value": value})
    return {"key": group.key, "n": int(values.size) if shown else None, "n_below": None, "cells": cells}


def p_rule(values: np.ndarray, p: float = 0.1) -> bool:
    """Primary rules only: p% and dominance."""
    ordered = np.sort(values)[::-1]
    total = ordered.sum()
    return bool(
        total - ordered[0] - ordered[1] >= p * ordered[0]
        and ordered[0] <= 0.5 * total
        and ordered[0] + ordered[1] <= 0.67 * total
    )
