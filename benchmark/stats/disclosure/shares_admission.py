"""Which shares may be shown: every claim gets its proof, or shares are given up until it has.

All shares of a group's single choice stay or go together (one follows from the others); each option of a multiple
choice stands by itself. What is given up for an unproven claim is the cheapest set of groups without which other
answers become possible, by the integer program with a price per group; crossings are cheap, the group of all goes
last. A claim that was proven stays proven when less is shown, so every step gains a proof or loses a group, and the
procedure ends.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.disclosure.scenes import Cast, EarlierRelease, cast_of
from benchmark.stats.disclosure.selection import Cut, Master, weight_of
from benchmark.stats.disclosure.shares_program import MoveProgram
from benchmark.stats.disclosure.shares_rows import (
    SHARE,
    Answers,
    Question,
    Unit,
    answers_of,
    least_wanted,
    questions_of,
    shown_blocks,
)
from benchmark.stats.disclosure.witness_shares import RELAXED, Mates, Prover, ShareClaim, ShareWitness, Stage
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import ALL, parse_key
from benchmark.stats.tables import Table

EXACT_CUTS = 25  # more than these are not hit at the very least price


@dataclass(frozen=True, eq=False)
class ShareCertificate:
    """What was proven about the shares of one indicator. `open_claims` have no proof although nothing of them is
    shown any more: they were open in the earlier releases. `coalition`: how many contributors it holds against."""

    indicator_code: str
    coalition: int
    claims: tuple[ShareClaim, ...]
    witnesses: tuple[ShareWitness, ...]
    open_claims: tuple[ShareClaim, ...]

    @property
    def certified(self) -> float:
        """Part of the claims that is proven."""
        return 1 - len(self.open_claims) / len(self.claims) if self.claims else 1.0


@dataclass(frozen=True, eq=False)
class Admission:
    """`withheld`: (group key, statistic) of shares given up; `pattern`: with those that the primary rules withhold to
    protect, so that a replay does not ask the data for them again. `offered`, `published`: groups with shares (of a
    multiple choice: options of groups) before and after; `kept`: the weighted part of them that stays."""

    withheld: frozenset[tuple[str, str]]
    pattern: frozenset[tuple[str, str]]
    certificate: ShareCertificate
    offered: int
    published: int
    kept: float


def admit_shares(
    table: Table,
    passed: ProtectedTable,
    indicator: Indicator,
    policy: Policy,
    *,
    earlier: Sequence[EarlierRelease] = (),
    withheld_before: frozenset[str] = frozenset(),
) -> Admission:
    """Certify the shares that `passed` the primary rules, giving up what cannot be. `withheld_before`: names
    `key|statistic` of what last round withheld; the same again is preferred."""
    cast = cast_of(table, earlier, policy)
    stage, questions = stage_of(cast, passed, indicator, policy)
    coalition = cast.coalition(policy)
    mates = Mates(stage, coalition)
    provers = []
    for question in questions:
        sizes = {block.row.key: block.row.n_organisations for block in question.blocks if block.scene == 0}
        weights = {_name(unit): _weight(unit, sizes, stage.answers, withheld_before) for unit in question.units}
        provers.append(Prover(stage, question, coalition, mates))
        _settle(provers[-1], weights)
    return _admission(provers, stage, passed, withheld_before, coalition)


def stage_of(cast: Cast, passed: ProtectedTable, indicator: Indicator, policy: Policy) -> tuple[Stage, list[Question]]:
    """What the newest scene would show (`passed`) and the earlier ones did show, as questions with rows."""
    answers = answers_of(cast)
    blocks = []
    for number, scene in enumerate(cast.scenes):
        blocks += shown_blocks(scene, number, scene.released or passed, indicator, policy)
    stage = Stage(cast, answers, tuple(blocks), indicator, policy)
    return stage, questions_of(cast, answers, blocks, indicator, policy)


def withheld_shares(released: ProtectedTable) -> frozenset[tuple[str, str]]:
    """(group key, statistic) of the shares that a release withholds to protect: the pattern of a replay."""
    return frozenset(
        (group.key, cell.statistic)
        for group, cell in released.cells()
        if cell.statistic.startswith(SHARE) and cell.reason == Reason.PROTECTED
    )


def _settle(prover: Prover, weights: Mapping[str, int]) -> None:
    """Prove all claims of a question, giving up units where that is not possible."""
    names = list(weights)
    weak = _open(prover, prover.counted())
    hopeless = _hopeless(prover, weak)
    open_claims = {version: coalition for version, coalition in weak.items() if version not in hopeless}
    while open_claims and len(prover.gone) < len(names):
        gone = _conflicts(prover, open_claims, weights)
        if gone == prover.gone:  # fractions of organisations could have answered otherwise, whole ones not
            gone = gone | set(_given_up(prover, *next(iter(open_claims.items())), weights))
        prover.withhold(gone)
        open_claims = _open(prover, set(open_claims) & set(prover.counted()))
    for name in sorted(names, key=lambda one: _price(one, weights), reverse=True):
        unit = names.index(name)
        if unit in prover.gone and not open_claims:
            _restore(prover, unit, list(weak), hopeless)


def _hopeless(prover: Prover, weak: Iterable[int]) -> set[int]:
    """Versions that earlier releases leave without proof, whatever is shown now."""
    if all(row.unit >= 0 for row in prover.question.rows):
        return set()
    prover.withhold(range(len(prover.question.units)))
    found = {version for version in weak if prover.prove(version) is not None}
    prover.withhold(())
    prover.forget()
    return found


def _restore(prover: Prover, unit: int, weak: Sequence[int], hopeless: Collection[int]) -> None:
    """Show a unit again when every claim can be proven with it; those that were hard to prove are tried first."""
    gone, before = set(prover.gone), {version: list(known) for version, known in prover.witnesses.items()}
    prover.withhold(gone - {unit})
    prover.forget()
    counted = prover.counted()
    order = [*(v for v in weak if v in set(counted)), *counted]
    if any(version not in hopeless and prover.prove(version) is not None for version in order):
        prover.withhold(gone)
        prover.witnesses = before


def _open(prover: Prover, versions: Iterable[int]) -> dict[int, frozenset[int]]:
    """Versions without proof, with a coalition against which there is none."""
    found = ((version, prover.prove(version)) for version in sorted(versions))
    return {version: coalition for version, coalition in found if coalition is not None}


def _conflicts(prover: Prover, open_claims: Mapping[int, frozenset[int]], weights: Mapping[str, int]) -> set[int]:
    """Units to give up, with those that are gone, until the relaxed programs of the open claims have solutions."""
    left = {(prover.class_of(v), tuple(sorted(prover.fixed(known).items()))) for v, known in open_claims.items()}
    program, names = prover.program(RELAXED), list(weights)
    gone = set(prover.gone)
    while left:
        program.withhold(gone)
        found = {one: program.find(one[0], dict(one[1])).conflict for one in sorted(left)}
        left = {one for one, conflict in found.items() if conflict}
        new = {frozenset(names[unit] for unit in found[one]) for one in left}
        gone |= {names.index(name) for name in _cover(new, weights)}
    return gone


def _cover(cuts: set[Cut], weights: Mapping[str, int]) -> set[str]:
    """Cheap units with at least one of every cut: the exact optimum of few cuts, of many the best bargain first."""
    if len(cuts) <= EXACT_CUTS:
        master = Master(list(weights), weights, frozenset(name for name in weights if name.startswith(f"{ALL}|")))
        master.add(cuts)
        return set(weights) - master.solve()
    chosen: set[str] = set()
    open_cuts = set(cuts)
    while open_cuts:
        hits = Counter(name for cut in open_cuts for name in cut)
        best = min(hits, key=lambda name: (_price(name, weights)[0], weights[name] / hits[name], name))
        chosen.add(best)
        open_cuts = {cut for cut in open_cuts if best not in cut}
    return chosen


def _price(name: str, weights: Mapping[str, int]) -> tuple[bool, int, str]:
    """What goes first has the lowest price; the group of all has the highest."""
    return name.startswith(f"{ALL}|"), weights[name], name


def _given_up(prover: Prover, version: int, coalition: frozenset[int], weights: Mapping[str, int]) -> list[int]:
    """Numbers of the units that go for one claim, at least one of those that are left."""
    question = prover.question
    prices = np.array(list(weights.values()), dtype=np.float64) / max(weights.values())
    prices[[name.startswith(f"{ALL}|") for name in weights]] = prices.sum() + 1
    program = MoveProgram(question, prices=prices)
    program.withhold(prover.gone)
    found = program.find(prover.class_of(version), prover.fixed(coalition))
    left = [unit for unit in range(len(question.units)) if unit not in prover.gone]
    gone = [unit for unit in found.given_up if unit in left]
    if gone:
        return gone
    sizes = {block.row.key: block.row.n_organisations for block in question.blocks if block.scene == 0}
    about = {row.unit for row in question.rows if question.membership[version, row.block]}
    own = [unit for unit in left if unit in about] or left
    return [min(own, key=lambda unit: least_wanted(question.units[unit], sizes))]


def _name(unit: Unit) -> str:
    return f"{unit[0]}|{unit[1] or SHARE}"


def _weight(unit: Unit, sizes: dict[str, int], answers: Answers, withheld_before: frozenset[str]) -> int:
    key, statistic = unit
    names = [statistic] if statistic else [SHARE + option for option in answers.options]
    before = any(f"{key}|{name}" in withheld_before for name in names)
    return weight_of(_name(unit), sizes[key], len(parse_key(key)), withheld_before=before)


def _admission(
    provers: Sequence[Prover],
    stage: Stage,
    passed: ProtectedTable,
    withheld_before: frozenset[str],
    coalition: int,
) -> Admission:
    claims, witnesses, unproven = [], [], []
    withheld: set[tuple[str, str]] = set()
    offered, weight, lost = 0, 0, 0
    options = stage.cast.scenes[0].table.values.options
    for prover in provers:
        question = prover.question
        sizes = {block.row.key: block.row.n_organisations for block in question.blocks if block.scene == 0}
        for version in prover.counted():
            claim = ShareClaim(version, question.option)
            claims.append(claim)
            witnesses += prover.witnesses[version]
            if prover.weakness(version) is not None:
                unproven.append(claim)
        for number, unit in enumerate(question.units):
            one = _weight(unit, sizes, stage.answers, withheld_before)
            offered, weight, lost = offered + 1, weight + one, lost + one * (number in prover.gone)
            if number in prover.gone:
                withheld |= {(unit[0], unit[1] or SHARE + option) for option in options}
    gone = sum(len(prover.gone) for prover in provers)
    certificate = ShareCertificate(stage.indicator.code, coalition, tuple(claims), tuple(witnesses), tuple(unproven))
    kept = 1 - lost / weight if weight else 1.0
    return Admission(
        frozenset(withheld), withheld_shares(passed) | withheld, certificate, offered, offered - gone, kept
    )
