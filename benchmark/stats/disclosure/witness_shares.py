"""Witnesses for shares: other answers, as possible as the true ones, under which the same shares are shown.

For every organisation that a shown share counts, and every coalition without it, at least two answers must stay
possible (multiple choice: each shown option both chosen and not chosen). W1 exchanges whole answers with an
organisation of the same groups that answered otherwise. W2 takes moves from the integer program
(`shares_program.py`) and puts names to them. A witness that changes the answers of certain contributors, its donors,
holds against all others; a claim is proven when no coalition hits the donors of all its witnesses.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.scenes import Cast
from benchmark.stats.disclosure.shares import share_verdicts
from benchmark.stats.disclosure.shares_program import Class, Found, MoveProgram, Moves
from benchmark.stats.disclosure.shares_rows import SINGLE, Answers, Block, Question, alike
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import BoolArray, KpiValues
from benchmark.stats.tables import Table

RELAXED, ALL_ANSWERS = (-1,), ()  # programs of all answers, with fractions and with whole numbers


@dataclass(frozen=True, order=True)
class ShareClaim:
    """A version whose answer (`option` −1: of a single choice), or choice of one option, may have been another."""

    version: int
    option: int


@dataclass(frozen=True, eq=False)
class ShareWitness:
    """Other answers of some versions: `chosen` is versions × options (of all scenes together)."""

    claim: ShareClaim
    kind: str
    versions: IntArray
    chosen: BoolArray

    def donors(self, contributor: IntArray) -> frozenset[int]:
        """Contributors that see their own answers changed, the target's own not counted."""
        return frozenset(contributor[self.versions].tolist()) - {int(contributor[self.claim.version])}


def changed_table(table: Table, rows: IntArray, chosen: BoolArray) -> Table:
    """The table's answers with those of some rows replaced; its counts are those of before."""
    values = table.values
    if values.chosen is None:
        raise ValueError("only shares have answers to change")
    flags, value = values.chosen.copy(), values.value.copy()
    flags[rows] = chosen
    value[rows] = chosen.argmax(axis=1) if values.exclusive else chosen.sum(axis=1)
    changed: KpiValues = replace(values, chosen=flags, value=value)
    return replace(table, values=changed)


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything that stays the same while witnesses are looked for."""

    cast: Cast
    answers: Answers
    blocks: tuple[Block, ...]
    indicator: Indicator
    policy: Policy

    @cached_property
    def single(self) -> bool:
        """Whether no two organisations of a scene are of one holding: then who exchanges answers with whom changes
        nothing that is shown."""
        return all(scene.table.single for scene in self.cast.scenes)

    def in_scene(self, scene: int, versions: IntArray, chosen: BoolArray) -> tuple[IntArray, BoolArray]:
        """Rows and answers of these versions in a scene's panel, without those that take no part in it."""
        row = self.cast.row[scene][versions]
        options = self.cast.scenes[scene].table.values.options
        place = [self.answers.options.index(name) for name in options]
        return row[row >= 0], chosen[row >= 0][:, place]

    def prints_same(self, versions: IntArray, chosen: BoolArray, active: Collection[tuple[int, str]]) -> bool:
        """Whether the rules show the same for the `active` (block, option) if these answers were given."""
        tables: dict[int, Table] = {}
        if not self.delicate.any():
            return True
        touched = self.membership[versions].any(axis=0) & self.delicate
        for number in np.flatnonzero(touched).tolist():
            block = self.blocks[number]
            mine = [share for share in block.verdicts if (number, share.option) in active]
            if not mine:
                continue
            if block.scene not in tables:
                rows, answers = self.in_scene(block.scene, versions, chosen)
                tables[block.scene] = changed_table(self.cast.scenes[block.scene].table, rows, answers)
            other = share_verdicts(tables[block.scene], block.row, self.indicator, self.policy)
            if not set(mine) <= set(other):
                return False
        return True

    @cached_property
    def delicate(self) -> BoolArray:
        """Blocks of which the counts alone do not decide what is shown."""
        return np.array([block.delicate for block in self.blocks], dtype=bool)

    @cached_property
    def membership(self) -> BoolArray:
        """Versions × blocks."""
        inside = np.zeros((self.cast.organisation.size, len(self.blocks)), dtype=bool)
        for place, block in enumerate(self.blocks):
            inside[block.versions, place] = True
        return inside


def hitting(donors: Iterable[frozenset[int]], size: int) -> frozenset[int] | None:
    """A coalition of at most `size` contributors against which no witness holds; None when there is none."""
    left = list(donors)
    if not left:
        return frozenset()
    if not size:
        return None
    smallest = min(left, key=lambda one: (len(one), sorted(one)))
    for one in sorted(smallest):
        rest = hitting([other for other in left if one not in other], size - 1)
        if rest is not None:
            return rest | {one}
    return None


class Mates:
    """W1: who may exchange whole answers with whom."""

    def __init__(self, stage: Stage, coalition: int) -> None:
        inside = stage.membership
        columns = np.hstack([inside, stage.answers.offered])
        self.atom = alike(columns, inside.any(axis=1) & stage.answers.answered)
        self.contributor, self.enough = stage.cast.contributor, coalition + 2
        order = np.argsort(self.atom, kind="stable")
        order = order[self.atom[order] >= 0]
        starts = np.flatnonzero(np.diff(self.atom[order])) + 1
        self.members = np.split(order, starts) if order.size else []
        self._found: dict[tuple[int, int, int], list[int]] = {}

    def of(self, version: int, question: Question) -> list[int]:
        """Mates of different contributors with another answer: as many as can be needed, if there are."""
        atom, answer = int(self.atom[version]), int(question.answer[version])
        key = (question.option, atom, answer)
        if key not in self._found:
            others = self.members[atom]
            others = others[question.answer[others] != answer]
            _, first = np.unique(self.contributor[others], return_index=True)
            self._found[key] = others[np.sort(first)[: self.enough]].tolist()
        own = self.contributor[version]
        return [mate for mate in self._found[key] if self.contributor[mate] != own][: self.enough - 1]


class Prover:
    """The witnesses of one question, and the search for more while shares are given up."""

    def __init__(self, stage: Stage, question: Question, coalition: int, mates: Mates) -> None:
        self.stage, self.question, self.coalition, self.mates = stage, question, coalition, mates
        self.witnesses: dict[int, list[ShareWitness]] = {}
        self.gone: set[int] = set()  # numbers of units that are given up
        self._oversteps: dict[ShareWitness, frozenset[int]] = {}  # units that would be printed otherwise
        self._owned: dict[int, list[int]] = defaultdict(list)  # contributor → its versions that are counted
        for version in np.flatnonzero(question.atom >= 0).tolist():
            self._owned[int(question.contributor[version])].append(version)
        self._active = self._still_shown()
        self._programs: dict[tuple[int, ...], MoveProgram] = {}
        self._solved: dict[tuple[object, ...], Found] = {}
        self._library: dict[Class, list[Moves]] = defaultdict(list)
        counts = np.bincount(question.answer[question.atom >= 0], minlength=question.allowed.shape[1])
        self._common = np.argsort(-counts, kind="stable").tolist()  # answers, most given first

    def counted(self) -> list[int]:
        """Versions that a share still shown counts."""
        active = {row.block for row in self.question.rows if row.unit not in self.gone}
        inside = self.question.membership[:, sorted(active)].any(axis=1) & (self.question.atom >= 0)
        return np.flatnonzero(inside).tolist()

    def withhold(self, units: Iterable[int]) -> None:
        """Exactly these units are given up."""
        self.gone = set(units)
        self._solved.clear()
        self._active = self._still_shown()

    def forget(self) -> None:
        """Keep only the witnesses under which everything that is shown now stays as it is."""
        for version, known in self.witnesses.items():
            self.witnesses[version] = [one for one in known if one.kind == "W1" or self._stands(one)]

    def prove(self, version: int) -> frozenset[int] | None:
        """None when the version is protected against every coalition, else a coalition against which nothing holds."""
        if version not in self.witnesses:
            self.witnesses[version] = []
            for mate in self.mates.of(version, self.question):
                self._keep(version, "W1", [version, mate], self.stage.answers.chosen[[mate, version]])
                if len(self.witnesses[version]) > self.coalition:
                    break
        while (coalition := self.weakness(version)) is not None:
            donors = [one.donors(self.question.contributor) for one in self.witnesses[version]]
            everybody = frozenset().union(*donors)
            if not (self._search(version, everybody, False) or self._search(version, coalition, True)):
                return coalition
        return None

    def weakness(self, version: int) -> frozenset[int] | None:
        """A coalition that no witness so far holds against."""
        contributor = self.question.contributor
        return hitting((one.donors(contributor) for one in self.witnesses[version]), self.coalition)

    def fixed(self, known: Collection[int]) -> dict[Class, int]:
        """How many of each class are known to themselves when these contributors are the attackers."""
        held: dict[Class, int] = defaultdict(int)
        for one in known:
            for version in self._owned.get(one, ()):
                held[self.class_of(version)] += 1
        return held

    def class_of(self, version: int) -> Class:
        """Atom and answer."""
        return int(self.question.atom[version]), int(self.question.answer[version])

    def _search(self, version: int, known: frozenset[int], everything: bool) -> bool:
        """Whether a witness was found that leaves the answers of these contributors as they are. `everything`: also by
        the program of all answers together."""
        target = self.class_of(version)
        if any(self._use(version, moves, known) for moves in self._library[target]):
            return True
        fixed = self.fixed(known)
        if self.relaxed(target, fixed).proven:
            return False
        for answers in self._attempts(target, everything):
            found = self._solve(answers, target, fixed)
            if found.moves is not None and self._use(version, found.moves, known):
                for one in {place for place, _, _ in found.moves}:
                    self._library[one].append(found.moves)
                return True
        return False

    def relaxed(self, target: Class, fixed: Mapping[Class, int]) -> Found:
        """What the program without whole numbers says: quick, and sure when there is nothing."""
        return self._solve(RELAXED, target, fixed)

    def _attempts(self, target: Class, everything: bool) -> Iterator[tuple[int, ...]]:
        """The relaxed program; then exchanges between two answers, the most frequent first; then all together."""
        yield RELAXED
        others = [one for one in self._common if one != target[1]]
        for one in others:
            yield tuple(sorted((target[1], one)))
        if len(others) > 1 and everything:
            yield ALL_ANSWERS

    def _solve(self, answers: tuple[int, ...], target: Class, fixed: Mapping[Class, int]) -> Found:
        key = (answers, target, tuple(sorted(fixed.items())))
        if key not in self._solved:
            program = self.program(answers)
            if program.withheld != self.gone:
                program.withhold(self.gone)
            self._solved[key] = program.find(target, fixed)
        return self._solved[key]

    def program(self, answers: tuple[int, ...]) -> MoveProgram:
        """The program of moves between these answers; built when it is first needed."""
        if answers not in self._programs:
            pair = None if answers in (RELAXED, ALL_ANSWERS) else answers
            self._programs[answers] = MoveProgram(self.question, pair, relaxed=answers == RELAXED)
        return self._programs[answers]

    def _use(self, version: int, moves: Moves, known: Collection[int]) -> bool:
        """Put names to moves, the version's own first; whether it makes a witness."""
        target, contributor = self.class_of(version), self.question.contributor
        versions, answers, pending = [version], [-1], True
        for place, to, number in moves:
            if pending and place == target:
                answers[0], pending, number = to, False, number - 1
            for mover in self.question.members[place].tolist():
                if not number:
                    break
                if mover not in versions and int(contributor[mover]) not in known:
                    versions.append(mover)
                    answers.append(to)
                    number -= 1
            if number:
                return False
        return not pending and self._keep(version, "W2", versions, self._chosen(versions, answers))

    def _chosen(self, versions: Sequence[int], answers: Sequence[int]) -> BoolArray:
        chosen = self.stage.answers.chosen[list(versions)]
        if self.question.option == SINGLE:
            chosen[:] = False
            chosen[np.arange(len(versions)), list(answers)] = True
        else:
            chosen[:, self.question.option] = np.array(answers) == 1
        return chosen

    def _keep(self, version: int, kind: str, versions: Sequence[int], chosen: BoolArray) -> bool:
        claim = ShareClaim(version, self.question.option)
        witness = ShareWitness(claim, kind, np.array(versions, dtype=np.int64), chosen)
        if (kind == "W1" and self.stage.single) or self._stands(witness):
            self.witnesses[version].append(witness)
            return True
        return False

    def _stands(self, witness: ShareWitness) -> bool:
        """Whether all that is shown would stay as it is."""
        if witness not in self._oversteps:
            option, chosen = self.question.option, witness.chosen
            now = chosen.argmax(axis=1) if option == SINGLE else chosen[:, option].astype(np.int64)
            rows = self.question.overstepped(witness.versions, now)
            self._oversteps[witness] = frozenset(self.question.row_units[rows].tolist())
        if not self._oversteps[witness] <= self.gone:
            return False
        return self.stage.prints_same(witness.versions, witness.chosen, self._active)

    def _still_shown(self) -> set[tuple[int, str]]:
        """(block, option) of the question's shares that are still shown; blocks numbered as on the stage."""
        number = {id(block): i for i, block in enumerate(self.stage.blocks)}
        found, option = set(), self.question.option
        for row in self.question.rows:
            if row.unit not in self.gone:
                block = self.question.blocks[row.block]
                every = [verdict.option for verdict in block.verdicts]
                names = every if option == SINGLE else [self.stage.answers.options[option]]
                found |= {(number[id(block)], name) for name in names}
        return found
