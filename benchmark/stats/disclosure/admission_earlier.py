"""What earlier releases have to do with which figures are shown: claims that are proven beside these alone.

Most claims find their witnesses beside all that is shown. What does not is tried beside the earlier figures alone.
Where that fails too, no giving up of what is new would help: such a claim is proven as far as was promised, with the
witnesses of then. Where it works, those witnesses tell what has to be given up for them, where no program does.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import FloatArray
from benchmark.stats.disclosure.witness import Claim, Needs, Witness
from benchmark.stats.disclosure.witness_cone import Found
from benchmark.stats.disclosure.witness_local import MANY, Search

FEW_MOVE = 8  # at most so many make the order of a witness that others are to mend
Again = Callable[[], Iterable[Found]]


@dataclass(frozen=True)
class Before:
    """What earlier releases bring along. `former`: what they promised; `again` proves the last of them once more, and
    gives its witnesses as deviations."""

    former: Needs
    again: Again


class Earlier:
    """The search beside nothing but what earlier releases showed."""

    def __init__(self, search: Search, before: Before) -> None:
        self.search, self.before = search, before
        self._asked: set[Claim] = set()  # of the search beside the earlier figures, at what is promised today
        with self._nothing_new():
            self.alone = Search(search.figures, search.needs, search.coalition, search.accept)

    def settle(self) -> tuple[Claim, ...]:
        """Claims that have no proof even beside the earlier figures alone are proven as far as was promised; of which
        that is less than is promised now. Then they are not asked again whenever something is given up."""
        left = still_open(self.search, self.search.claims())
        hopeless = self.ask(left)
        self.take_over(left, give_up=False)
        return self.as_promised(hopeless) if hopeless else ()

    def as_promised(self, left: Sequence[Claim]) -> tuple[Claim, ...]:
        """Prove these claims beside the earlier releases, if need be only as far as these promised it; of which that is
        less than is promised now.

        They were proven before this release: what it shows that their former witnesses would not give is given up.
        """
        search, alone, former = self.search, self.alone, self.before.former
        self.ask(one for one in left if one not in self._asked)
        self._take_former([one for one in left if alone.blocked_by(one) is not None])
        open_claims = [one for one in left if alone.blocked_by(one) is not None]
        lowered = tuple(one for one in open_claims if former.of(one) < search.needs.of(one))
        needs = search.needs.lowered(lowered, former)
        for one in (search, alone):
            one.lower(needs)
        self._take_former(self.ask(lowered))
        search.swap(set(left))
        for claim in left:
            if search.blocked_by(claim) is not None and not search.prove(claim):
                self._as_before(claim)
        return lowered

    def take_over(self, claims: Sequence[Claim], *, give_up: bool = True) -> bool:
        """Use the witnesses that claims have beside the earlier figures alone, and give up what these would not give;
        whether that proved any. Without `give_up` only those that all that is shown can stand."""
        done = False
        for claim in claims:
            if self.search.blocked_by(claim) is not None:
                self._as_before(claim, give_up=give_up)
                done |= self.search.blocked_by(claim) is None
        return done

    def ask(self, claims: Iterable[Claim]) -> list[Claim]:
        """Those of these claims that the search does not prove beside the earlier figures alone."""
        asked = list(claims)
        if not asked:
            return []
        self._asked.update(asked)
        with self._nothing_new():
            self.alone.refresh()
            self.alone.swap(set(asked))
            return still_open(self.alone, asked)

    def _take_former(self, claims: Sequence[Claim]) -> None:
        """Prove these claims with the witnesses of the last release: what it showed has not changed since."""
        alone, wanted = self.alone, {claim.version for claim in claims}
        if not wanted:
            return
        nobody = np.zeros(0, dtype=np.int64)
        with self._nothing_new():
            for found in self.before.again():
                if not wanted.isdisjoint(found.versions.tolist()):
                    for one in still_legal(found, alone):
                        witness = alone.check(one, nobody, frozenset())
                        if witness is not None:
                            alone.record(witness)

    def _as_before(self, claim: Claim, *, give_up: bool = True) -> None:
        """Give up what witnesses beside earlier releases would not give, the cheapest of them, and take them over."""
        search, alone, figures = self.search, self.alone, self.search.figures
        if alone.blocked_by(claim) is not None:
            return
        witnesses = [alone.witnesses[number] for number, _ in alone.donors_of(claim)]
        broken = [self._broken(one) for one in witnesses]
        cost = [sum(figures.all[number].price for number in gone) for gone in broken]
        cheapest = np.argsort(cost, kind="stable").tolist()
        if give_up and self._mended(claim, [witnesses[place] for place in cheapest]):
            return
        for place in cheapest:
            if broken[place] and not give_up:
                return
            if figures.active[broken[place]].any():
                figures.active[broken[place]] = False
                search.refresh()
            search.record(witnesses[place])
            if search.blocked_by(claim) is None:
                return

    def _mended(self, claim: Claim, witnesses: Sequence[Witness]) -> bool:
        """Whether the claim is proven in the order of these witnesses, when others make up for what is shown now."""
        for one in witnesses:
            move = one.move(self.search.cast)
            moves = {version: far for version, far in zip(one.versions.tolist(), move.tolist(), strict=True) if far}
            if not claim.scenes and claim.version in moves and len(moves) <= FEW_MOVE:
                self.search.in_order(claim, moves, MANY, free=True)
            if self.search.blocked_by(claim) is None:
                return True
        return False

    def _broken(self, witness: Witness) -> list[int]:
        """New figures that are shown, and would not come out the same."""
        search, figures = self.search, self.search.figures
        touched = set(np.flatnonzero((figures.place[:, witness.versions] >= 0).any(axis=1)).tolist())
        shown = [n for n in np.flatnonzero(figures.active).tolist() if not figures.all[n].fixed]
        return [n for n in shown if figures.all[n].group in touched and not search.gives(witness, only=n)]

    @contextmanager
    def _nothing_new(self) -> Iterator[None]:
        """Nothing of the new release is shown for a while."""
        figures = self.search.figures
        now = figures.active.copy()
        figures.active[:] = [one.fixed for one in figures.all]
        figures.refresh()
        try:
            yield
        finally:
            figures.active[:] = now
            self.search.refresh()


def still_open(search: Search, claims: Sequence[Claim]) -> list[Claim]:
    """Those of the claims that the search does not prove: a quick look at all, then a long one at what is left."""
    left = claims
    for quick in (True, False):
        left = [one for one in left if search.blocked_by(one) is not None and not search.prove(one, quick=quick)]
    return list(left)


def still_legal(found: Found, search: Search) -> Iterator[Found]:
    """What is legal of these deviations in all scenes: a later value may leave less room than there was. So all of them
    less far; and for each version of which a part is claimed, as they are, with its other scenes as far as they can,
    for who knows small changes and for who knows none."""
    needs, versions, deviation = search.needs, found.versions, found.deviation
    if found.apart is None:
        room = np.where(deviation > 0, needs.room_up[versions], needs.room_down[versions])
        some = deviation != 0
        part = np.min(room[some] / np.abs(deviation[some]), initial=1.0)
        yield found if part == 1.0 else Found(versions, deviation * part)
    move = dict(zip(versions.tolist(), deviation.tolist(), strict=True))
    for version in sorted({claim.version for claim in needs.parts if move.get(claim.version)}):
        if found.apart is None or found.apart[0] == version:
            follows = search.followed(version, move[version])
            if found.apart is not None:
                follows[1:] = found.apart[1][1:]
            yield Found(versions, deviation, (), (version, follows))
            for far in _otherwise(found, search, version, follows):
                if not np.array_equal(far, follows, equal_nan=True):
                    yield Found(versions, deviation, (), (version, far))


def _otherwise(found: Found, search: Search, version: int, follows: FloatArray) -> Iterator[FloatArray]:
    """Other ways for the scenes of a version to follow. What was a proof for a part: with the newest value's known
    change kept as well. What was one for all: all the way in the scenes that a claim is about."""
    if found.apart is not None:
        yield search.followed(version, follows)
        return
    move = float(found.deviation[found.versions == version][0])
    for claim in search.needs.parts:
        if claim.version == version:
            far = follows.copy()
            far[list(claim.scenes)] = move
            yield far
