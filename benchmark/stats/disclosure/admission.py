"""Which quantiles and ratios are shown beside the selected means: as many as can be proven to disclose nobody.

First all sums and, in small rounds, the most wanted quantiles are tried at once. Where that cannot be proven for
everybody, the sums are tried alone: for every open claim an elastic program says which figures its cheapest witness
would miss, what most claims miss for its price is withheld, in steps, and what is open is tried again. Then everything
else is offered, the most wanted first, several together and halves of them where that fails: figures stay when the
claims whose witnesses they spoil find others. A claim that stood in the way before is tried first, so that a hopeless
figure costs little; and the effort is bounded in programs, not in seconds, so that the result is the same on every
machine. Nothing of an earlier release can be given up.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmark.stats.disclosure.admission_earlier import Before, Earlier, still_open
from benchmark.stats.disclosure.figures import MEAN, QUANTILE, RATIO
from benchmark.stats.disclosure.witness import Claim
from benchmark.stats.disclosure.witness_cone import Cone
from benchmark.stats.disclosure.witness_local import MANY, Search
from benchmark.stats.peers import parse_key

STEP = 0.5  # part of the open claims that a step of withholding must satisfy
ROUNDS = 100
TOGETHER = 8  # figures that are offered at once; halves of them where that fails
EFFORT = 5  # programs that offers may cost for each claim
LEAST, MOST = 1000, 3000  # and for all claims together
HOPELESS = 10  # open claims, if they are a quarter as well, after which not everything is tried to the end
FEW = 80  # contributors below which all that is most wanted is tried at once
LONGEST = 12  # failures of single figures in a row after which nothing more is offered
IN_A_ROW = 4  # failures after which a kind of figure (how fine the group, which percentile) is left alone


@dataclass(frozen=True)
class Admission:
    """Numbers of the figures that are given up. `open_claims` have no proof; `inherited` are proven as far as earlier
    releases promised."""

    withheld: tuple[int, ...]
    open_claims: tuple[Claim, ...] = ()
    inherited: tuple[Claim, ...] = ()


def admit(search: Search, before: Before | None = None, *, effort: float = 1.0) -> Admission:
    """Withhold until every claim is proven, and show what can be shown all the same; nothing at all where that cannot
    be proven beside earlier releases. `effort`: how long is looked for more to show, as a part of the usual."""
    figures = search.figures
    own = [number for number, one in enumerate(figures.all) if one.kind in (RATIO, QUANTILE) and not one.fixed]
    quantiles = [number for number in own if figures.all[number].kind == QUANTILE]
    first = TOGETHER if search.cast.contributors < FEW else 0
    figures.active[sorted(quantiles, key=lambda one: (-figures.all[one].price, one))[first:]] = False
    search.refresh()
    search.swap()
    if first and not _all_at_once(search):
        figures.active[quantiles] = False
        search.refresh()
        search.swap()
    shown = figures.active.copy()
    earlier = None if before is None else Earlier(search, before)
    lowered = earlier.settle() if earlier else ()
    _withhold(search, earlier)
    given_up = np.flatnonzero(shown & ~figures.active).tolist()
    if earlier and (open_claims := search.unproven()):
        lowered += earlier.as_promised(open_claims)
        _withhold(search, earlier)
    if not search.unproven():
        later = [number for number in own if not figures.active[number]]
        _offer_all(search, [*later, *given_up], effort)
    fixed = np.array([one.fixed for one in figures.all], dtype=bool)
    left = tuple(search.unproven())
    if left and fixed.any():
        figures.active[:] = fixed
    if not figures.active[~fixed].any():
        return Admission(tuple(np.flatnonzero(~fixed).tolist()))
    search.prune()
    return Admission(tuple(np.flatnonzero(~figures.active).tolist()), left, lowered)


def _all_at_once(search: Search) -> bool:
    """Whether every claim can be proven with all that is shown now; given up early where too many cannot."""
    left, tried = [], 0
    for claim in search.claims():
        if search.blocked_by(claim) is not None:
            tried += 1
            if not search.prove(claim, quick=True):
                left.append(claim)
            if len(left) > max(HOPELESS, tried / 4):
                return False
    return all(search.prove(claim) for claim in left)


def _withhold(search: Search, earlier: Earlier | None) -> None:
    """Give up figures until every claim is proven, or nothing more can be given up."""
    for _ in range(ROUNDS):
        open_claims = still_open(search, search.claims())
        if not open_claims:
            break
        if not _blame(search, open_claims):
            if earlier and earlier.take_over(open_claims):
                continue
            if not _give_up(search, open_claims):
                break
        search.refresh()
        search.swap()


def _offer_all(search: Search, offered: Sequence[int], effort: float) -> None:
    """Offer what is not shown, the most wanted first, as long as the effort lasts.

    Several together only as long as that goes well: where one fails, so does all that is offered with it.
    """
    search.prune()
    offers, together = _Offers(search, effort), TOGETHER
    figures, left = search.figures, list(offered)
    left.sort(key=lambda one: (-figures.all[one].price, one))
    while left and not offers.spent:
        now = [one for one in left if not offers.hopeless(one)][:together]
        left = left[left.index(now[-1]) + 1 :] if now else []
        together = min(2 * together, TOGETHER) if offers.offer(now) else 1


class _Offers:
    """Figures that are shown if everybody can still be proven safe. `trouble`: how often a claim stood in the way."""

    def __init__(self, search: Search, effort: float = 1.0) -> None:
        self.search, self.patience = search, max(1.0, effort)
        self.end = search.programs.solved + int(effort * np.clip(EFFORT * len(search.claims()), LEAST, MOST))
        self.trouble: Counter[Claim] = Counter()
        self.failed: Counter[tuple[int, str]] = Counter()
        self.in_a_row = 0

    @property
    def spent(self) -> bool:
        """Whether the effort is used up, or nothing seems to come of it."""
        return self.search.programs.solved > self.end or self.in_a_row >= self.patience * LONGEST

    def hopeless(self, number: int) -> bool:
        """Whether too many of its kind have failed."""
        return self.failed[self._kind(number)] >= self.patience * IN_A_ROW

    def _kind(self, number: int) -> tuple[int, str]:
        one = self.search.figures.all[number]
        return len(parse_key(one.key)), one.statistic

    def offer(self, numbers: Sequence[int]) -> bool:
        """Show these figures; where that fails, each half of them. Whether all of them could be shown at once."""
        if not numbers or self.spent:
            return False
        if self._all(numbers):
            self.in_a_row = 0
            for one in numbers:
                self.failed[self._kind(one)] = 0
            return True
        if len(numbers) == 1:
            self.in_a_row += 1
            self.failed[self._kind(numbers[0])] += 1
        else:
            middle = (len(numbers) + 1) // 2
            self.offer(numbers[:middle])
            self.offer(numbers[middle:])
        return False

    def _all(self, numbers: Sequence[int]) -> bool:
        search, figures = self.search, self.search.figures
        figures.active[list(numbers)] = True
        search.refresh()
        spoiled = [place for number in numbers for place in search.spoil(number)]
        for claim in sorted(search.unproven(), key=lambda one: -self.trouble[one]):
            if not search.prove(claim, quick=len(numbers) > 1):
                self.trouble[claim] += 1
                figures.active[list(numbers)] = False
                search.refresh()
                search.revive(spoiled)
                return False
        return True


def _blame(search: Search, claims: Sequence[Claim]) -> bool:
    """Withhold what the open claims miss most for its price; whether there was anything."""
    missed = {claim: _missed(search, claim) for claim in claims}
    wanted = {claim: set(one) for claim, one in missed.items() if one}
    if not wanted:
        return False
    figures, satisfied = search.figures, 0
    least = max(1, int(STEP * len(wanted)))
    while satisfied < least:
        votes: dict[int, float] = defaultdict(float)
        for one in wanted.values():
            for figure in one:
                votes[figure] += 1 / len(one) / figures.all[figure].price
        best = max(votes, key=lambda figure: (votes[figure], -figure))
        figures.active[best] = False
        for one in wanted.values():
            one.discard(best)
        satisfied += sum(not one for one in wanted.values())
        wanted = {claim: one for claim, one in wanted.items() if one}
    return True


def _missed(search: Search, claim: Claim) -> tuple[int, ...]:
    """Figures that the cheapest elastic witness of the claim misses."""
    blocked = search.blocked_by(claim)
    if blocked is None:
        return ()
    moves = {claim.version: claim.direction * search.needs.of(claim)}
    donors = search.candidates(claim, blocked)[:MANY]
    behind = search.behind(claim)
    soft = (QUANTILE, RATIO)
    cone = Cone(search.figures, search.needs, claim, moves, donors, free=True, elastic=soft, behind=behind)
    found = cone.find(search.programs, blocked)
    if found is not None:
        return found.missed
    # The order stands in the way: the least wanted quantile goes, and means, which passed an exact audit, only after.
    own = _own(search, claim, QUANTILE)
    if own:
        return (own[0],)
    cone = Cone(search.figures, search.needs, claim, moves, donors, free=True, elastic=(*soft, MEAN), behind=behind)
    found = cone.find(search.programs, blocked)
    return () if found is None else found.missed


def _own(search: Search, claim: Claim, *kinds: str) -> list[int]:
    """Shown figures of these kinds, of the release that is being made, that count the claim's version; cheap first."""
    figures = search.figures
    own = [
        number
        for number in np.flatnonzero(figures.active).tolist()
        if figures.all[number].kind in kinds
        and not figures.all[number].fixed
        and figures.place[figures.all[number].group, claim.version] >= 0
    ]
    return sorted(own, key=lambda number: (figures.all[number].price, number))


def _give_up(search: Search, claims: Sequence[Claim]) -> bool:
    """No program blames anything: give up the least wanted figure that counts each claim's version.

    Ratios have no part in the programs of values, so they go first, and for all claims at once; what went for nothing
    is offered again.
    """
    for kind in (RATIO, QUANTILE, MEAN):
        cheapest = [own[0] for claim in claims if (own := _own(search, claim, kind))]
        if cheapest:
            search.figures.active[cheapest if kind == RATIO else cheapest[:1]] = False
            return True
    return False
