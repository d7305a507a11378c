"""One indicator over its releases: protected by the product, replayed, and attacked; what came out, in numbers."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.stats.attack.attacker import attackers_on, pairs_of, worst
from benchmark.stats.attack.kpi import KpiAttack
from benchmark.stats.attack.reading import Participants, read
from benchmark.stats.attack.recovery import Recovery, broken, narrow, promised
from benchmark.stats.attack.scenes import Scene, people_of
from benchmark.stats.columns import Panel
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.proofs import Proof, check_proof, proof_bytes, read_proof
from benchmark.stats.disclosure.publisher import Outcome, protect_table
from benchmark.stats.disclosure.scenes import EarlierRelease
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import PeerGroup
from benchmark.stats.release import ReleaseMeta, release_document
from benchmark.stats.tables import Table, compute_table

Values = dict[str, dict[int, float]]


@dataclass(frozen=True, eq=False)
class Given:
    """One scene before protection."""

    panel: Panel
    values: KpiValues
    meta: ReleaseMeta
    groups: Sequence[PeerGroup]


@dataclass(frozen=True, eq=False)
class Released:
    """One scene after it. `replay`: what the verifier says, as (replayed, mismatches, uncovered)."""

    given: Given
    table: Table
    outcome: Outcome
    document: bytes
    replay: tuple[int, int, int]
    seconds: float


def release(
    given: Sequence[Given], indicator: Indicator, policy: Policy, *, certified: bool = True, full: bool = True
) -> list[Released]:
    """Scenes one after the other (oldest first), each beside the earlier ones, as rounds are published.

    `full`: a replay makes the whole document for every witness; else the figures of the groups that it touches.
    """
    done: list[Released] = []
    for one in given:
        started = time.process_time()
        table = compute_table(indicator, one.values, one.panel, one.groups)
        earlier = tuple(EarlierRelease(old.table, old.outcome.protected) for old in reversed(done))
        outcome = protect_table(table, indicator, policy, earlier=earlier, certified=certified)
        document = release_document(outcome.protected, indicator, one.meta)
        seconds = time.process_time() - started
        replay = replayed(outcome, table, indicator, policy, one.meta, earlier, document, full=full)
        done.append(Released(one, table, outcome, document, replay, seconds))
    return done


def replayed(
    outcome: Outcome,
    table: Table,
    indicator: Indicator,
    policy: Policy,
    meta: ReleaseMeta,
    earlier: Sequence[EarlierRelease],
    document: bytes,
    *,
    full: bool = True,
) -> tuple[int, int, int]:
    """The proof as a file, read back and checked: witnesses replayed byte for byte, mismatches, uncovered claims."""
    if outcome.certificate is None:
        return 0, 0, 0
    proof = Proof(indicator, policy, meta, table, earlier, document, frozenset(), {}, outcome.certificate)
    checked = check_proof(read_proof(proof_bytes(proof)), full=full)
    if checked.problems:
        raise AssertionError("; ".join(checked.problems))
    return checked.replayed, checked.mismatches, checked.uncovered


def participants_of(panel: Panel, values: KpiValues, indicator: Indicator) -> Participants:
    """What everybody knows: attributes, holdings, who has no value, and public denominators."""
    ids = panel.organisation.tolist()
    attributes: dict[int, dict[str, str]] = {
        i: {d: panel.categories[d][index[row]] for d, index in panel.dimensions.items() if index[row] >= 0}
        for row, i in enumerate(ids)
    }
    owners, counts = np.unique(panel.contributor, return_counts=True)
    shared = set(owners[counts > 1].tolist())
    holding = {i: c for i, c in zip(ids, panel.contributor.tolist(), strict=True) if c in shared}
    silent = {indicator.code: frozenset(ids[row] for row in np.flatnonzero(~values.answered).tolist())}
    below = values.denominator
    denominators = {}
    if below is not None and getattr(indicator, "denominator_public", False):
        denominators[indicator.code] = {ids[r]: float(below[r]) for r in np.flatnonzero(values.answered).tolist()}
    extra = {indicator.code: (values.unattributed_numerator, values.unattributed_denominator)}
    return Participants(attributes, holding, silent, denominators, extra)


def truth_of(panel: Panel, values: KpiValues, code: str) -> Values:
    """Everybody's values; of a share, each option as 1 or 0."""
    rows = np.flatnonzero(values.answered).tolist()
    ids = panel.organisation.tolist()
    if values.chosen is None:
        return {code: {ids[row]: float(values.value[row]) for row in rows}}
    return {
        f"{code}:{option}": {ids[row]: float(values.chosen[row, place]) for row in rows}
        for place, option in enumerate(values.options)
    }


def attacked(
    done: Sequence[Released],
    indicator: Indicator,
    *,
    attackers: Sequence[int] | None = None,
    pairs: int = 0,
    order: bool = False,
) -> dict[str, Any]:
    """The public, every participant and holding of any scene (or these attackers) and so many pairs, on all scenes
    together. `disclosed` counts values, `knowing` the same by what their readers knew of changes."""
    started = time.process_time()
    scenes, truth = [], []
    for one in done:
        people = participants_of(one.given.panel, one.given.values, indicator)
        scenes.append(Scene(read(one.document, people), people))
        truth.append(truth_of(one.given.panel, one.given.values, indicator.code))
    target = KpiAttack(scenes, truth=truth, order=order)
    people = people_of([scene.participants for scene in scenes])
    owners = people.owners()
    wanted = list(owners if attackers is None else attackers)
    chosen, every = pairs_of(wanted, pairs) if pairs else ([], 0)
    found = attackers_on(target, truth, wanted, pairs=chosen, order_most=5)
    judged = [judge(one, scenes, truth) for one in worst(found, target.breaks).values()]
    leaks = [one for one in judged if one["broken"]]
    return {
        "attackers": len(wanted),
        "holdings": len({people.holding[i] for i in wanted if i in people.holding}),
        "pairs": len(chosen),
        "pairs_in_all": every,
        "disclosed": _values(leaks),
        "knowing": {
            knows: _values([one for one in leaks if one["knows"] == knows])
            for knows in sorted({one["knows"] for one in leaks})
        },
        "within_5": _values([one for one in judged if one["within_5"]]),
        "within_10": _values([one for one in judged if one["within_10"]]),
        "false": _values([one for one in judged if one["false"]]),
        "examples": [*leaks, *(one for one in judged if not one["broken"])][:6],
        "attack_seconds": round(time.process_time() - started, 2),
    }


def _values(judged: Sequence[Mapping[str, Any]]) -> int:
    return len({(one["organisation"], one["kpi"], *one["scene"]) for one in judged})


def judge(one: Recovery, scenes: Sequence[Scene], truth: Sequence[Values]) -> dict[str, Any]:
    """Whether a recovery breaks the promise, how close it is, and whether it is true at all."""
    place = next((p for p, s in enumerate(scenes) if s.document.scene == one.scene), len(scenes) - 1)
    document, true = scenes[place].document, truth[place].get(one.kpi, {}).get(one.organisation, math.nan)
    share = ":" in one.kpi
    slack = 1e-6 * max(1.0, abs(true))
    return {
        "organisation": one.organisation,
        "kpi": one.kpi,
        "low": one.low,
        "high": one.high,
        "true": true,
        "how": one.how,
        "attacker": [one.attacker, one.partner],
        "scene": list(one.scene),
        "knows": one.knows,
        "room": list(one.room),
        "promised": [] if share else list(promised(document, true, one.room)),
        "broken": share or broken(document, true, one.low, one.high, one.room),
        "within_5": share or narrow(document, one.low, one.high, 0.05),
        "within_10": share or narrow(document, one.low, one.high, 0.10),
        "false": not one.low - slack <= true <= one.high + slack,
    }


def summary(done: Sequence[Released]) -> dict[str, Any]:
    """How much was published: of the newest scene, with the work of all scenes."""
    report = done[-1].outcome.report
    cells = [cell for _, cell in done[-1].outcome.protected.cells() if cell.statistic != "n"]
    shown = sum(cell.status == "released" for cell in cells)
    return {
        "offered": report.offered,
        "published": report.published,
        "kept": round(report.kept, 4),
        "quantiles_offered": report.quantiles_offered,
        "quantiles_withheld": len(report.quantiles_withheld),
        "cells": len(cells),
        "cells_shown": shown,
        "replayed": sum(one.replay[0] for one in done),
        "mismatches": sum(one.replay[1] for one in done),
        "uncovered": sum(one.replay[2] for one in done),
        "protect_seconds": round(sum(one.seconds for one in done), 2),
    }


def table_of(lines: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    """Lines as a table of text."""
    rows = [list(names), *([str(line.get(name, "")) for name in names] for line in lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(names))]
    return "\n".join("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
