"""Everything that can be tried on one indicator: prepared once, then run for the public and for each attacker."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from benchmark.stats.attack.counts import SHARE, CountProgram, counts_of, looks_exclusive, options_of
from benchmark.stats.attack.figures import Rest, all_zero, ratio_sums, rests, sums_of
from benchmark.stats.attack.order import OrderProgram, ordered_groups
from benchmark.stats.attack.prints import exact_prints
from benchmark.stats.attack.recovery import PUBLIC, Recovery, narrow, settler
from benchmark.stats.attack.scenes import (
    Changes,
    Scene,
    all_apart,
    identity,
    known_answers,
    known_changes,
    nobody_changed,
    organisation_of,
    program_over,
    together,
)
from benchmark.stats.attack.sums import Program, Sum

Own = Mapping[str, Mapping[int, float]]  # KPI (or KPI:option → 1 or 0) → organisation → value
ORDER_MOST = 150  # quantile programs have an unknown per organisation, group and block


class KpiAttack:
    """One indicator in all its releases, oldest first. `truth`: per scene the true values, for who checks a promise.

    `order`: also solve the quantiles' order programs. `plain_quantiles`: the method page says type 7, unsmoothed.
    `derived`: sums that follow from other indicators of the newest release (related.py).
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        *,
        within: float = 0.05,
        truth: Sequence[Own] | None = None,
        order: bool = False,
        plain_quantiles: bool = False,
        derived: Sequence[Sum] = (),
    ) -> None:
        self.scenes, self.within, self.plain, self.derived = list(scenes), within, plain_quantiles, list(derived)
        self.document = scenes[-1].document
        self.kpi = self.document.kpi
        self.truth = [one.get(self.kpi, {}) for one in truth] if truth else None
        self.programs = self._programs()
        self.ratios = [self._ratio(scene) for scene in self.scenes]
        self.rests: list[list[Rest]] = [list(rests(sums_of(scene.document))) for scene in self.scenes]
        self.order: OrderProgram | None = None
        groups = ordered_groups(self.document) if order else []
        if groups and len(scenes[-1].participants.attributes) <= ORDER_MOST:
            self.order = OrderProgram(groups, sums_of(self.document), self.document.low, self.document.high)
        self.answers: Changes = all_apart
        self.counts = self._counts(truth)

    def run(
        self, own: Sequence[Own], attacker: int = PUBLIC, partner: int = PUBLIC, *, order: bool = True
    ) -> list[Recovery]:
        """What an attacker with these own values (per scene, oldest first) recovers."""
        known = [
            {i: v for i, v in one.get(self.kpi, {}).items() if math.isfinite(v)} if self.counts is None else {}
            for one in own
        ]
        found = [*self._sums(known), *self._complements(known), *self._ratios(known)]
        if self.order is not None and order:
            found += self._order(known[-1])
        if self.counts is not None:
            found += self._shares(own)
        if attacker == PUBLIC:
            found += self._prints() if self.plain else []
            found += self._zeros()
        return [_by(one, attacker, partner) for one in found]

    def _programs(self) -> list[tuple[str, Program, Changes]]:
        """One program over all releases where it can be told what is the same there; else one per release."""
        changes = nobody_changed(len(self.scenes) - 1) if self.truth is None else known_changes(self.truth)
        how = "interval program"
        if len(self.scenes) > 1:
            joint = program_over(self.scenes, [*together(self.scenes, changes), *self._derived(changes)])
            if joint is not None:
                words = "unchanged values" if self.truth is None else "known changes"
                return [(f"{how} over {len(self.scenes)} releases, {words}", joint, changes)]
        sums = [*together(self.scenes, all_apart), *self.derived]
        if not any(one.members for one in sums):
            return []
        return [(how, Program(sums, self.document.low, self.document.high), all_apart)]

    def _derived(self, changes: Changes) -> list[Sum]:
        """What other indicators of the newest release say, on the unknowns of a program over all releases."""
        last, found = len(self.scenes) - 1, []
        for one in self.derived:
            members = frozenset(identity(changes(last, i)[0], i, last) for i in one.members)
            found.append(replace(one, members=members))
        return found

    def _facts(self, values: Sequence[Mapping[int, float]], changes: Changes) -> dict[int, float]:
        """Values as unknowns of a program over all releases."""
        facts: dict[int, float] = {}
        for place, one in enumerate(values):
            for i, value in one.items():
                where, change = changes(place, i)
                facts[identity(where, i, len(values) - 1)] = value + change
        return facts

    def _sums(self, known: Sequence[Mapping[int, float]]) -> Iterator[Recovery]:
        for how, program, changes in self.programs:
            truth = self._facts(self.truth, changes) if self.truth else None
            settled = settler(self.document, self.within, truth)
            for unknown, (low, high) in program.intervals(self._facts(known, changes), settled=settled):
                scene = self.scenes[self._place(unknown)].document.scene
                yield Recovery(organisation_of(unknown), self.kpi, low, high, how, scene=scene)

    def _place(self, unknown: int) -> int:
        """Number of the scene that an unknown belongs to."""
        back = (unknown - organisation_of(unknown)) // identity(0, 0, 1)
        return len(self.scenes) - 1 - back

    def _complements(self, known: Sequence[Mapping[int, float]]) -> Iterator[Recovery]:
        for scene, found, own in zip(self.scenes, self.rests, known, strict=True):
            document = scene.document
            for rest in found:
                left = rest.members - set(own)
                if len(left) != 1:
                    continue
                mine = math.fsum(own[i] for i in rest.members if i in own)
                low, high = max(rest.low - mine, document.low), min(rest.high - mine, document.high)
                if narrow(document, low, high, self.within):
                    yield Recovery(next(iter(left)), self.kpi, low, high, rest.how, scene=document.scene)

    def _ratio(self, scene: Scene) -> Program | None:
        sums = ratio_sums(scene.document, scene.participants)
        unit = scene.participants.denominators.get(self.kpi, {})
        return Program(sums, scene.document.low, scene.document.high, unit) if sums else None

    def _ratios(self, known: Sequence[Mapping[int, float]]) -> Iterator[Recovery]:
        for place, (scene, program) in enumerate(zip(self.scenes, self.ratios, strict=True)):
            if program is None:
                continue
            settled = settler(scene.document, self.within, self.truth[place] if self.truth else None)
            for i, (low, high) in program.intervals(known[place], settled=settled):
                yield Recovery(i, self.kpi, low, high, "ratios, public denominators", scene=scene.document.scene)

    def _order(self, known: Mapping[int, float]) -> Iterator[Recovery]:
        program = self.order
        if program is None:
            return
        settled = settler(self.document, self.within, self.truth[-1] if self.truth else None)
        for i, (low, high) in program.intervals(known, program.alone(known), settled):
            if not settled(i, low, high):
                yield Recovery(i, self.kpi, low, high, "order of quantiles", scene=self.document.scene)

    def _counts(self, truth: Sequence[Own] | None) -> CountProgram | None:
        """One program on all releases' percentages; whose answers stayed the same is known with the truth only."""
        if truth is not None:
            self.answers = known_answers([self._choices(one) for one in truth])
        last, counts = len(self.scenes) - 1, []
        for place, scene in enumerate(self.scenes):
            for one in counts_of(scene.document):
                members = frozenset(identity(self.answers(place, i)[0], i, last) for i in one.members)
                counts.append(replace(one, members=members))
        options = sorted({name for scene in self.scenes for name in options_of(scene.document)})
        exclusive = all(looks_exclusive(scene.document) for scene in self.scenes if counts_of(scene.document))
        return CountProgram(counts, options, exclusive=exclusive) if counts else None

    def _choices(self, own: Own) -> dict[int, frozenset[str]]:
        """Options that organisations chose, from values by option."""
        found: dict[int, set[str]] = {}
        for name, values in own.items():
            if name.startswith(f"{self.kpi}:"):
                for i, value in values.items():
                    found.setdefault(i, set()).update({name.removeprefix(f"{self.kpi}:")} if value else ())
        return {i: frozenset(chosen) for i, chosen in found.items()}

    def _shares(self, own: Sequence[Own]) -> Iterator[Recovery]:
        program, last = self.counts, len(self.scenes) - 1
        if program is None:
            return
        mine = {
            identity(self.answers(place, i)[0], i, last): chosen
            for place, one in enumerate(own)
            for i, chosen in self._choices(one).items()
        }
        for one in program.certain(mine):
            name, value = f"{self.kpi}:{one.option}", float(one.chosen)
            scene = self.scenes[self._place(one.organisation)].document.scene
            yield Recovery(
                organisation_of(one.organisation), name, value, value, "counts behind percentages", scene=scene
            )

    def _prints(self) -> Iterator[Recovery]:
        for one in exact_prints(self.document):
            if len(one.candidates) == 1:
                how = f"printed in {one.groups[0]}"
                yield Recovery(next(iter(one.candidates)), self.kpi, one.value, one.value, how)

    def _zeros(self) -> Iterator[Recovery]:
        for scene in self.scenes:
            for i in sorted(all_zero(scene.document)):
                yield Recovery(i, self.kpi, 0.0, 0.0, "nobody has more than 0", scene=scene.document.scene)


def option_name(kpi: str, option: str) -> str:
    """Name of an option of a share, as own values and recoveries name it."""
    return f"{kpi}:{option.removeprefix(SHARE)}"


def _by(one: Recovery, attacker: int, partner: int) -> Recovery:
    return Recovery(one.organisation, one.kpi, one.low, one.high, one.how, attacker, one.scene, partner)
