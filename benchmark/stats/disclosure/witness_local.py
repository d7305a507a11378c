"""The search for witnesses: which claims are proven, by swaps first, then by small programs around the target.

For each claim that is still open the search names a coalition that has a part in all witnesses so far and looks for
one in which it has none: first without any donor of before, then without that coalition. A witness counts for every
claim that it serves, and only after all that is shown has come out the same with its values.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence, Set

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.figures import RATIO, Changes, Figures, Ratios
from benchmark.stats.disclosure.witness import (
    SWAP,
    TOUCH,
    Claim,
    Needs,
    Witness,
    blocking,
    claims_of,
    disjoint,
    far_enough,
    near_parts,
    served,
)
from benchmark.stats.disclosure.witness_cone import Cone, Found, among, witness_values
from benchmark.stats.disclosure.witness_donors import Donors
from benchmark.stats.disclosure.witness_programs import Programs
from benchmark.stats.disclosure.witness_ratio import Amounts, ratio_spoilt, ratios_hold, with_amounts
from benchmark.stats.disclosure.witness_relaxed import relaxed_moves
from benchmark.stats.disclosure.witness_swaps import atom_mates, pair_of

NEAR_BY, MANY = 40, 300  # donors that are tried
TRIES = 12  # witnesses per claim
PAST = 1 + 1e-6  # a target that lands on somebody's value goes past it: values are often round, and equal
NO_PAIR = (-1, -1)  # of a witness that is no swap
RELAXED = 4  # orders per claim in which donors cross marks as well


class Search:
    """Witnesses for the figures that are active. `accept`: a further condition on each witness."""

    def __init__(
        self, figures: Figures, needs: Needs, coalition: int, accept: Callable[[Witness], bool] | None = None
    ) -> None:
        self.figures, self.needs, self.coalition, self.accept = figures, needs, coalition, accept
        self.cast, self.owner = figures.cast, figures.cast.contributor
        self.programs, self.amounts, self.loose = Programs(), Programs(), Programs()
        self.witnesses: list[Witness] = []
        self.alive: list[bool] = []
        self._donors: dict[Claim, list[tuple[int, frozenset[int]]]] = defaultdict(list)
        self._changes: dict[int, Changes] = {}
        self._amounts: dict[tuple[int, int], Amounts] = {}  # of a witness in a scene
        self._pairs: list[tuple[int, int]] = []  # whom a swap exchanges
        self._paired = np.zeros((0, 2), dtype=np.int64)  # the same as an array, as far as it was asked for
        self._values = [figures.cast.values_in(scene).tolist() for scene in range(len(figures.cast.scenes))]
        self._served: list[list[Claim]] = []
        self._blocked: dict[Claim, frozenset[int] | None] = {}
        self._claims: tuple[tuple[bytes, Needs], list[Claim], frozenset[Claim]] | None = None
        self._doubtful: set[Claim] = set()  # all that may be open, of the claims
        self.tally: dict[str, int] = defaultdict(int)
        self._order = Donors(figures)
        self.refresh()

    def refresh(self) -> None:
        """Take in which figures are active now."""
        self.figures.refresh()
        self._order.refresh(self.needs)

    def lower(self, needs: Needs) -> None:
        """Take in that some claims need less; what is proven stays so."""
        self.needs = needs

    def claims(self) -> list[Claim]:
        """Everything that has to be proven."""
        spoken_of = self.figures.spoken_of()
        key = spoken_of.tobytes(), self.needs
        if self._claims is None or self._claims[0] != key:
            claims = claims_of(spoken_of.tolist(), self.needs)
            self._claims, self._doubtful = (key, claims, frozenset(claims)), set(claims)
        return self._claims[1]

    def unproven(self) -> list[Claim]:
        """Those of the claims that are not proven, in the same order."""
        self.claims()
        every = self._claims[2] if self._claims else frozenset()
        self._doubtful = {one for one in self._doubtful & every if self.blocked_by(one) is not None}
        return sorted(self._doubtful, key=lambda one: (one.version, -one.direction, one.scenes))

    def blocked_by(self, claim: Claim) -> frozenset[int] | None:
        """A coalition that knows better than the witnesses of the claim; None when it is proven."""
        if claim not in self._blocked:
            donors = [own for _, own in self.donors_of(claim)]
            proven = disjoint(donors) > self.coalition
            self._blocked[claim] = None if proven else blocking(donors, self.coalition)
        return self._blocked[claim]

    def donors_of(self, claim: Claim) -> list[tuple[int, frozenset[int]]]:
        """Numbers of the witnesses that speak for the claim, and their donors."""
        return [(number, donors) for number, donors in self._donors[claim] if self.alive[number]]

    def record(self, witness: Witness) -> None:
        """Take up a witness for all claims that it serves; one that serves none is forgotten."""
        number, owners = len(self.witnesses), witness.owners(self.cast)
        claims = served(witness, self.cast, self.needs) if witness.value is not None else self._exchanged(witness)
        if claims:
            self.witnesses.append(witness)
            self.alive.append(True)
            self._pairs.append(pair_of(witness) if witness.value is None else NO_PAIR)
            if witness.value is not None:
                self._changes[number] = self.changes(witness)
            self._served.append(claims)
        for claim in claims:
            self._doubt(claim)
            self._donors[claim].append((number, owners - {int(self.owner[claim.version])}))

    def spoil(self, number: int) -> list[int]:
        """Witnesses that do not give this figure no longer count; returns which."""
        figure = self.figures.all[number]
        places = self._touching(figure.group)
        if figure.kind == RATIO:
            scene = self.figures.groups[figure.group].scene
            amounts = [self.amounts_in(one, scene) for one in places]
            spoiled = [places[one] for one in ratio_spoilt(self.figures, number, amounts)]
        else:
            changes = [self._changes.get(one) or self.changes(self.witnesses[one]) for one in places]
            spoiled = [places[one] for one in self.figures.spoilt(number, changes)]
        self._count(spoiled, alive=False)
        return spoiled

    def _touching(self, group: int) -> list[int]:
        """Witnesses that count, but for exchanges inside the group or outside: those leave it as it is."""
        self._paired = np.concatenate(
            [self._paired, np.array(self._pairs[len(self._paired) :], dtype=np.int64).reshape(-1, 2)]
        )
        member = self.figures.place[group] >= 0
        first, second = self._paired.T
        apart = (first < 0) | (member[first] != member[second])
        return np.flatnonzero(np.array(self.alive, dtype=bool) & apart).tolist()

    def _alone(self, ratio: int) -> list[Ratios]:
        """One ratio, by scene."""
        return [self.figures.ratio_rows([ratio], scene) for scene in range(len(self.cast.scenes))]

    def revive(self, places: Sequence[int]) -> None:
        """These witnesses count again: the figure that they do not give is not shown."""
        self._count(places, alive=True)

    def _count(self, places: Sequence[int], *, alive: bool) -> None:
        for place in places:
            self.alive[place] = alive
            for claim in self._served[place]:
                self._doubt(claim)

    def _doubt(self, claim: Claim) -> None:
        """Its witnesses are others now."""
        self._blocked.pop(claim, None)
        self._doubtful.add(claim)

    def prune(self) -> None:
        """Leave out witnesses that no claim needs: the ones that speak for most claims stay, as few as will do."""
        kept: set[int] = set()
        serves = Counter(number for claim in self._donors for number, _ in self.donors_of(claim))
        for claim in self.claims():
            own = sorted(self.donors_of(claim), key=lambda one: (one[0] not in kept, -serves[one[0]], one[0]))
            if blocking([donors for _, donors in own], self.coalition) is not None:
                kept.update(number for number, _ in own)
                continue
            used: list[frozenset[int]] = []
            for number, donors in own:
                used.append(donors)
                kept.add(number)
                if blocking(used, self.coalition) is None:
                    break
        self._count([number for number, alive in enumerate(self.alive) if alive and number not in kept], alive=False)

    def _exchanged(self, witness: Witness) -> list[Claim]:
        """What `served` says of a swap, without any array, as there are very many."""
        one, other = pair_of(witness)
        moves = [
            x[other] - x[one] for x in self._values if x[other] - x[one] == x[other] - x[one]
        ]  # NaN: takes no part
        move = min(moves) if min(moves) > 0 else max(moves) if max(moves) < 0 else 0.0
        claims = []
        for version, far in ((one, move), (other, -move)):
            need = float((self.needs.up if far > 0 else self.needs.down)[version])
            direction = far_enough(far, need, float(self.cast.value[version]))
            if direction:
                claims.append(Claim(version, direction))
        return claims

    def changes(self, witness: Witness) -> Changes:
        """Per scene the versions that differ and their values."""
        new = []
        for scene in range(len(self.cast.scenes)):
            inside = self.cast.row[scene, witness.versions] >= 0
            new.append((witness.versions[inside], witness.changed(self.cast, scene)[1]))
        return new

    def amounts_in(self, number: int, scene: int) -> Amounts:
        """Versions that differ in a scene in this witness, with the amounts behind their values."""
        if (number, scene) not in self._amounts:
            rows, _, over, under = self.witnesses[number].changed(self.cast, scene)
            self._amounts[number, scene] = (self.cast.scenes[scene].version[rows], over, under)
        return self._amounts[number, scene]

    def gives(self, witness: Witness, *, only: int | None = None) -> bool:
        """Whether everything that is shown (or `only` this figure) comes out the same."""
        if only is None:
            return self.figures.holds(self.changes(witness)) and ratios_hold(self.figures, witness)
        if self.figures.all[only].kind == RATIO:
            return ratios_hold(self.figures, witness, self._alone(only))
        return not self.figures.spoilt(only, [self.changes(witness)])

    def swap(self, wanted: Set[Claim] | None = None) -> None:
        """W1 for these or all claims: c + 1 mates of different contributors, the nearest that are far enough."""
        for mates in atom_mates(self.figures):
            x = self.cast.value[mates]
            for place, version in enumerate(mates.tolist()):
                for direction in (1, -1):
                    claim = Claim(version, direction)
                    need = self.needs.of(claim) if wanted is None or claim in wanted else 0
                    if need > 0 and self.blocked_by(claim) is not None:
                        self._swap_one(claim, mates, x, float(x[place] + direction * need))

    def _swap_one(self, claim: Claim, mates: IntArray, x: FloatArray, goal: float) -> None:
        if claim.direction == 1:
            far = mates[np.searchsorted(x, goal) :]
        else:
            far = mates[: np.searchsorted(x, goal, side="right")][::-1]
        used = {int(self.owner[claim.version])}
        used |= {one for _, own in self.donors_of(claim) for one in own}
        for mate in far.tolist():
            if self.blocked_by(claim) is None:
                return
            if int(self.owner[mate]) in used or not self._lasts(claim, mate):
                continue
            used.add(int(self.owner[mate]))
            witness = self._exchange(claim, mate)
            if witness is not None:
                self.tally["W1"] += 1
                self.record(witness)

    def _exchange(self, claim: Claim, mate: int) -> Witness | None:
        """These two in each other's place. Where their changes differ, and so everybody would see that it is not they:
        both move by the same in every scene, as if exchanged in one of them, and all that is shown must stand that."""
        moves = [x[mate] - x[claim.version] for x in self._values if not math.isnan(x[mate])]
        if max(moves) - min(moves) <= TOUCH * abs(moves[0]):
            witness = Witness(SWAP, np.array([claim.version, mate]))
            return witness if self.accept is None or self.accept(witness) else None
        versions, value = np.array(sorted((claim.version, mate))), float(self.cast.value[claim.version])
        for far in sorted(set(moves), key=abs):
            if far_enough(far, self.needs.of(claim), value) == claim.direction:
                found = Found(versions, np.where(versions == mate, -far, far))
                made = self.check(found, np.zeros(0, dtype=np.int64), frozenset())
                if made is not None:
                    return made
        return None

    def _lasts(self, claim: Claim, mate: int) -> bool:
        """Whether an exchange with this mate stays possible whatever is known of later values."""
        move = claim.direction * float(self.cast.value[mate] - self.cast.value[claim.version])
        needs = self.needs
        own, other = (needs.spare_up, needs.spare_down) if claim.direction == 1 else (needs.spare_down, needs.spare_up)
        far = move - TOUCH * abs(move)
        return bool(far <= other[mate] and far <= max(own[claim.version], needs.of(claim)))

    def prove(self, claim: Claim, *, quick: bool = False) -> bool:
        """Look for witnesses until the claim is proven, or none is found; `quick`: in the nearest orders only.

        Each order is left when it has no witness against the coalition in question.
        """
        target = claim.direction * self.needs.of(claim) * PAST
        if claim.scenes:
            return self._prove_part(claim, target)
        for size, free in ((NEAR_BY, False), (MANY, True)):
            self.in_order(claim, {claim.version: target}, size, free=free)
        if self.figures.cut.size:
            self._relaxed(claim, target, 2 if quick else RELAXED)
        if not quick:
            for moves in self._further(claim, target):
                self.in_order(claim, moves, MANY, free=True)
        return self.blocked_by(claim) is None

    def _prove_part(self, claim: Claim, target: float) -> bool:
        """Witnesses in which the other scenes of the claim's version follow, or else stay as they are."""
        for still in (False, True):
            behind = self.behind(claim, still=still)
            for size, free in ((NEAR_BY, False), (MANY, True)):
                self.in_order(claim, {claim.version: target}, size, free=free, behind=behind)
        return self.blocked_by(claim) is None

    def behind(self, claim: Claim, *, still: bool = False) -> FloatArray | None:
        """How far short of a claim's part the version falls in each scene: 0 where it can follow; None of no part."""
        if not claim.scenes:
            return None
        move = claim.direction * self.needs.of(claim)
        behind: FloatArray = (np.zeros(len(self._values)) if still else self.followed(claim.version, move)) - move
        behind[list(claim.scenes)] = 0.0
        return behind

    def followed(self, version: int, move: float | FloatArray) -> FloatArray:
        """How far each scene of a version follows a move (or one each): as far as is legal, known changes kept."""
        x = np.array([one[version] for one in self._values])
        true = np.where(np.isfinite(x), x, 0.0)
        far = np.where(np.isfinite(x), self.needs.legal(true + move, true) - true, move)
        own = np.flatnonzero(np.isfinite(x)).tolist()
        for part in near_parts(own, x.tolist(), self.needs.later):
            far[list(part)] = min(far[list(part)], key=abs)
        return far

    def in_order(
        self, claim: Claim, moves: dict[int, float], size: int, *, free: bool, behind: FloatArray | None = None
    ) -> None:
        """Witnesses in one order, until it has no further one."""
        blocked, cone = self.blocked_by(claim), None
        for _ in range(TRIES):
            if blocked is None:
                return
            if any(int(self.owner[one]) in blocked for one in moves if one != claim.version):
                return
            if cone is None:
                first = self.candidates(claim, blocked)
                alone = len(moves) == 1  # then the donors are those of all targets of the same groups
                donors = (self.candidates(claim) if alone else first)[:size]
                cone = Cone(self.figures, self.needs, claim, moves, donors, free=free, keep=alone, behind=behind)
            witness = self._one(cone, blocked, first)
            self.tally[f"{size} {len(moves)} {free} {witness is not None}"] += 1
            if witness is None:
                return
            self.record(witness)
            blocked = self.blocked_by(claim)

    def _relaxed(self, claim: Claim, target: float, attempts: int) -> None:
        """Orders that some donors change as well."""
        for attempt in range(attempts):
            blocked = self.blocked_by(claim)
            if blocked is None:
                return
            first = self.candidates(claim, blocked)
            moves = relaxed_moves(self.figures, self.needs, claim, first[:MANY], target, self.loose, attempt)
            if moves is None:
                return
            cone = Cone(self.figures, self.needs, claim, moves, first[:MANY], free=True)
            witness = self._one(cone, blocked, first)
            self.tally[f"relaxed {witness is not None}"] += 1
            if witness is not None:
                self.record(witness)

    def _one(self, cone: Cone, blocked: frozenset[int], first: IntArray) -> Witness | None:
        before = frozenset().union(*(own for number, own in self._donors[cone.claim] if self.alive[number]))
        found = cone.find(self.programs, blocked, before)
        return None if found is None else self.check(found, first, blocked)

    def check(self, found: Found, candidates: IntArray, avoid: frozenset[int]) -> Witness | None:
        """The witness made of these deviations, when they are legal and everything shown stays the same."""
        size = TOUCH * (np.abs(found.deviation) + np.abs(self.cast.value[found.versions]))
        legal = found.deviation <= self.needs.room_up[found.versions] + size
        legal &= found.deviation >= -self.needs.room_down[found.versions] - size
        if found.apart is not None:
            legal |= found.versions == found.apart[0]
        if not np.all(legal):
            self.tally["not legal"] += 1
            return None
        values = witness_values(self.figures, found, self.needs)
        witness = with_amounts(self.figures, values, self.amounts, candidates, avoid)
        if witness is None:
            self.tally["no amounts"] += 1
            return None
        return witness if self.gives(witness) and (self.accept is None or self.accept(witness)) else None

    def candidates(self, claim: Claim, avoid: frozenset[int] | None = None) -> IntArray:
        """Donors, the most useful first: in the same groups as the target, in few windows, with room.

        `avoid`: contributors that are left out, as the target is; None: all of them, the same for all of these groups.
        """
        order = self._order.of(claim.version)
        if avoid is None:
            return order
        able: IntArray = order[~among(self.owner[order], avoid) & (order != claim.version)]
        return able

    def _further(self, claim: Claim, move: float) -> Iterator[dict[int, float]]:
        """Moves that make other orders: in the place of another, or further off."""
        target, x = claim.version, self.cast.value
        if self.blocked_by(claim) is None:
            return
        for one in self._partners(claim):
            yield {target: float(x[one] - x[target]), one: float(x[target] - x[one])}
        for factor in (1.3, 2.0):
            yield {target: factor * move}

    def _partners(self, claim: Claim) -> list[int]:
        """Versions whose place the target may take: far enough, and in nearly the same groups."""
        first, x = self.candidates(claim, self.blocked_by(claim) or frozenset()), self.cast.value
        far = claim.direction * (x[first] - x[claim.version]) >= self.needs.of(claim)
        return [int(one) for one in first[far][:2]]
