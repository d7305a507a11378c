"""Everything that can be tried on one indicator: prepared once, then run for the public and for each attacker."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from benchmark.stats.attack.counts import SHARE, CountProgram, counts_of, looks_exclusive, options_of
from benchmark.stats.attack.figures import Rest, all_zero, ratio_sums, rests, sums_of
from benchmark.stats.attack.order import Ordered, OrderProgram, ordered_groups
from benchmark.stats.attack.prints import exact_prints
from benchmark.stats.attack.recovery import PUBLIC, Recovery, broken, narrow, promised, settler
from benchmark.stats.attack.scenes import (
    EQUAL,
    SMALL,
    SMALL_OF_OTHERS,
    Changes,
    Scene,
    Ties,
    all_apart,
    identity,
    known_answers,
    nobody_changed,
    organisation_of,
    program_over,
    ties_of,
    together,
    together_weighed,
)
from benchmark.stats.attack.sums import Bounds, Program, Settled, Sum

Own = Mapping[str, Mapping[int, float]]  # KPI (or KPI:option → 1 or 0) → organisation → value
Told = TypeVar("Told")
ORDER_MOST = 150  # quantile programs have an unknown per organisation, group and block
LESS_MOST = 60  # organisations about whom somebody who knows less was promised more: a program for each


@dataclass(frozen=True, eq=False)
class Reader:
    """A program over all releases, or of one, with what its reader is taken to know of changes.

    `ties`: None where nothing is known of changes. `scene`: of a program of one release. `targets`: whom it is about,
    None for everybody. `knows`: as recoveries name it.
    """

    how: str
    program: Program
    changes: Changes
    ties: Ties | None = None
    scene: int | None = None
    targets: frozenset[int] | None = None
    knows: str = ""


class KpiAttack:
    """One indicator in all its releases, oldest first. `truth`: per scene the true values, for who checks a promise.

    Releases that show nothing of it have no part: nobody learns anything from them, and what somebody knows of the
    values in them is not from what was published.

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
        self.told = [place for place, scene in enumerate(scenes) if scene.document.speaks]
        if derived or not self.told:
            self.told = sorted({*self.told, len(scenes) - 1})
        scenes, truth = self._of_told(scenes), self._of_told(truth) if truth else None
        self.scenes, self.within, self.plain, self.derived = scenes, within, plain_quantiles, list(derived)
        self.document = scenes[-1].document
        self.kpi = self.document.kpi
        self.truth = [one.get(self.kpi, {}) for one in truth] if truth else None
        several = self.truth is not None and len(self.scenes) > 1
        self.ties = ties_of(self.scenes, self.truth) if several and self.truth else None
        self.apart = ties_of(self.scenes, self.truth, 0.0) if several and self.truth else None
        self.readers = [*self._programs(), *self._ratios()]
        self.less = sorted({organisation_of(one) for one in self._cut()})[:LESS_MOST]
        self.readers_of_less = [*self._knowing_less()]
        self.rests: list[list[Rest]] = [list(rests(sums_of(scene.document))) for scene in self.scenes]
        self.order: OrderProgram | None = None
        groups = ordered_groups(self.document) if order else []
        if groups and len(scenes[-1].participants.attributes) <= ORDER_MOST:
            self.order = self._ordered(groups)
        self.answers: Changes = all_apart
        self.counts = self._counts(truth)

    def run(
        self, own: Sequence[Own], attacker: int = PUBLIC, partner: int = PUBLIC, *, order: bool = True
    ) -> list[Recovery]:
        """What an attacker with these own values (per release, oldest first) recovers."""
        own = self._of_told(own)
        known = [
            {i: v for i, v in one.get(self.kpi, {}).items() if math.isfinite(v)} if self.counts is None else {}
            for one in own
        ]
        found = [*self._sums(known), *self._complements(known)]
        if self.order is not None and order:
            found += self._order(known)
        if self.counts is not None:
            found += self._shares(own)
        if attacker == PUBLIC:
            found += self._prints() if self.plain else []
            found += self._zeros()
        return [_by(one, attacker, partner) for one in found]

    def _of_told(self, per_release: Sequence[Told]) -> list[Told]:
        """Of a list with one for each release those that show something."""
        return [per_release[place] for place in self.told]

    def breaks(self, one: Recovery) -> bool | None:
        """Whether a recovery says more than was promised; None where that is not known. One option left always does."""
        if one.kpi != self.kpi:
            return True
        place = next((p for p, scene in enumerate(self.scenes) if scene.document.scene == one.scene), None)
        if self.truth is None or place is None or one.organisation not in self.truth[place]:
            return None
        value = self.truth[place][one.organisation]
        return broken(self.scenes[place].document, value, one.low, one.high, one.room)

    def _programs(self) -> list[Reader]:
        """One program over all releases where it can be told what is the same there; else one per release."""
        last, how = len(self.scenes) - 1, "interval program"
        if last:
            changes = nobody_changed(last) if self.ties is None else self.ties.changes
            joint = self._joint(changes, self.ties)
            if joint is not None:
                if self.ties is None:
                    return [Reader(f"{how} over {last + 1} releases, unchanged values", joint, changes)]
                how = f"{how} over {last + 1} releases, known changes"
                return [Reader(how, joint, changes, self.ties, knows=SMALL)]
        sums = [*together(self.scenes, all_apart), *self.derived]
        if not any(one.members for one in sums):
            return []
        return [Reader(how, Program(sums, self.document.low, self.document.high), all_apart)]

    def _joint(self, changes: Changes, ties: Ties | None) -> Program | None:
        sums = [*together(self.scenes, changes), *self._derived(changes)]
        return program_over(self.scenes, sums, ties.room if ties else None)

    def _ratios(self) -> list[Reader]:
        """The same of ratios with public denominators."""
        last, how = len(self.scenes) - 1, "ratios, public denominators"
        if last and self.ties is not None:
            weighed, units = together_weighed(self.scenes, self.ties.changes)
            joint = program_over(self.scenes, weighed, self.ties.room, units)
            if joint is not None:
                how = f"{how} over {last + 1} releases, known changes"
                return [Reader(how, joint, self.ties.changes, self.ties, knows=SMALL)]
        found = []
        for place, scene in enumerate(self.scenes):
            sums = ratio_sums(scene.document, scene.participants)
            if sums:
                unit = scene.participants.denominators.get(self.kpi, {})
                program = Program(sums, scene.document.low, scene.document.high, unit)
                found.append(Reader(how, program, nobody_changed(last), scene=place))
        return found

    def _cut(self) -> Iterator[int]:
        """Unknowns of who knows no change that were promised to reach further than who knows small ones can see."""
        if self.truth is None or self.ties is None or self.apart is None:
            return
        reach = {unknown: self._reach(self.ties, unknown) for unknown in self.ties.members}
        for unknown in self.apart.members:
            i = organisation_of(unknown)
            where, _ = self.ties.changes(self._place(unknown), i)
            down, up = reach[identity(where, i, len(self.scenes) - 1)]
            less_down, less_up = self._reach(self.apart, unknown)
            if less_down > down + 1e-9 * (1 + down) or less_up > up + 1e-9 * (1 + up):
                yield unknown

    def _reach(self, ties: Ties, unknown: int) -> Bounds:
        """How far down and up it was promised to be possible for whom these ties are known."""
        ends = []
        for place, change in ties.members[unknown]:
            x = self.truth[place][organisation_of(unknown)] if self.truth else 0.0
            down, up = promised(self.scenes[place].document, x, _moved(ties.room[unknown], -change))
            ends.append((x - down, up - x))
        return max(one[0] for one in ends), max(one[1] for one in ends)

    def _knowing_less(self) -> Iterator[Reader]:
        """Who knows no change at all, and who knows small changes but none of one organisation: both were promised more
        about that one where a known change takes room away."""
        if not self.less or self.apart is None or self.truth is None or len(self.readers) != 1:
            return
        how = f"interval program over {len(self.scenes)} releases"
        cut = [one for one in self._cut() if organisation_of(one) in set(self.less)]
        nothing = self._joint(self.apart.changes, self.apart)
        if nothing is not None:
            yield Reader(f"{how}, equal values", nothing, self.apart.changes, self.apart, None, frozenset(cut), EQUAL)
        for i in self.less:
            ties = ties_of(self.scenes, self.truth, untold={i})
            program = self._joint(ties.changes, ties)
            if program is not None:
                own = frozenset(one for one in cut if organisation_of(one) == i)
                yield Reader(f"{how}, known changes of others", program, ties.changes, ties, None, own, SMALL_OF_OTHERS)

    def _derived(self, changes: Changes) -> list[Sum]:
        """What other indicators of the newest release say, on the unknowns of a program over all releases."""
        last, found = len(self.scenes) - 1, []
        for one in self.derived:
            members = frozenset(identity(changes(last, i)[0], i, last) for i in one.members)
            found.append(replace(one, members=members))
        return found

    def _facts(self, values: Sequence[Mapping[int, float]], reader: Reader) -> dict[int, float]:
        """Values as unknowns of a program."""
        if reader.scene is not None:
            return dict(values[reader.scene])
        facts: dict[int, float] = {}
        for place, one in enumerate(values):
            for i, value in one.items():
                where, change = reader.changes(place, i)
                facts[identity(where, i, len(values) - 1)] = value + change
        return facts

    def _sums(self, known: Sequence[Mapping[int, float]]) -> Iterator[Recovery]:
        for reader in self.readers:
            settled = self._settled(reader)
            for unknown, ends in reader.program.intervals(self._facts(known, reader), settled=settled):
                yield from self._told(reader, unknown, ends)
        done: set[tuple[int, tuple[str, int]]] = set()
        for reader in self.readers_of_less:
            facts, settled = self._facts(known, reader), self._settled(reader)
            for unknown, ends in reader.program.intervals(facts, reader.targets, settled):
                for one in self._told(reader, unknown, ends):
                    if (one.organisation, one.scene) not in done:
                        done.add((one.organisation, one.scene))
                        yield one

    def _settled(self, reader: Reader) -> Settled:
        """As `settler`, for each value that an unknown of this program stands for."""
        if reader.ties is None:
            place = len(self.scenes) - 1 if reader.scene is None else reader.scene
            truth = None
            if self.truth:
                truth = self.truth[place] if reader.scene is not None else self._facts(self.truth, reader)
            return settler(self.scenes[place].document, self.within, truth)
        ties = reader.ties
        return lambda unknown, low, high: (
            not any(
                self._tells(place, unknown, _moved((low, high), -change), _moved(ties.room[unknown], -change))
                for place, change in ties.members[unknown]
            )
        )

    def _told(self, reader: Reader, unknown: int, ends: Bounds) -> Iterator[Recovery]:
        """A recovery for each value of the unknown about which the interval tells something."""
        organisation, how = organisation_of(unknown), reader.how
        if reader.ties is None:
            place = self._place(unknown) if reader.scene is None else reader.scene
            yield Recovery(organisation, self.kpi, *ends, how, scene=self.scenes[place].document.scene)
            return
        for place, change in reader.ties.members[unknown]:
            here, room = _moved(ends, -change), _moved(reader.ties.room[unknown], -change)
            if self._tells(place, unknown, here, room):
                scene = self.scenes[place].document.scene
                yield Recovery(organisation, self.kpi, *here, how, scene=scene, room=room, knows=reader.knows)

    def _tells(self, place: int, unknown: int, ends: Bounds, room: Bounds) -> bool:
        document = self.scenes[place].document
        if narrow(document, *ends, self.within):
            return True
        return self.truth is not None and broken(document, self.truth[place][organisation_of(unknown)], *ends, room)

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

    def _ordered(self, groups: Sequence[Ordered]) -> OrderProgram:
        """Quantiles of the newest release, with the sums of all where known changes tie them together."""
        reader = self._together()
        sums, low, high = sums_of(self.document), self.document.low, self.document.high
        if reader is None or reader.ties is None:
            return OrderProgram(groups, sums, low, high)
        return OrderProgram(groups, together(self.scenes, reader.changes), low, high, room=reader.ties.room)

    def _together(self) -> Reader | None:
        """The reader of all releases' sums who knows small changes, where there is one."""
        return next((one for one in self.readers if one.ties is not None and not one.program.unit), None)

    def _order(self, own: Sequence[Mapping[int, float]]) -> Iterator[Recovery]:
        program, reader = self.order, self._together()
        if program is None:
            return
        how, known = "order of quantiles", dict(own[-1])
        settled = settler(self.document, self.within, self.truth[-1] if self.truth else None)
        if reader is not None:
            how, known, settled = f"{how}, known changes", self._facts(own, reader), self._settled(reader)
        here = [i for i in program.alone(known) if organisation_of(i) == i]
        for i, ends in program.intervals(known, here, settled):
            if settled(i, *ends):
                continue
            if reader is None:
                yield Recovery(i, self.kpi, *ends, how, scene=self.document.scene)
            else:
                yield from self._told(replace(reader, how=how), i, ends)

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


def _moved(ends: Bounds, change: float) -> Bounds:
    return ends[0] + change, ends[1] + change


def _by(one: Recovery, attacker: int, partner: int) -> Recovery:
    return replace(one, attacker=attacker, partner=partner)
