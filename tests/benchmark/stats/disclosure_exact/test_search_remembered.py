"""What the search remembers or does for many at once gives exactly what doing it anew, one by one, gives."""

from itertools import combinations

import numpy as np
import pytest

from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.atoms import goal_of
from benchmark.stats.disclosure.figures import RATIO as RATIO_FIGURE
from benchmark.stats.disclosure.figures import Figures
from benchmark.stats.disclosure.plain import to_bytes
from benchmark.stats.disclosure.publisher import forget, protect_table
from benchmark.stats.disclosure.scenes import EarlierRelease, cast_of
from benchmark.stats.disclosure.witness import blocking, needs_of
from benchmark.stats.disclosure.witness_local import Search
from benchmark.stats.disclosure.witness_programs import Programs
from benchmark.stats.disclosure.witness_ratio import ratio_spoilt, ratios_hold
from benchmark.stats.tables import Table
from tests.benchmark.stats.cases import indicator
from tests.benchmark.stats.disclosure_exact.made import RATIO, table_of_round
from tests.oracles.rounds import next_round, random_round


def search_of(tables: list[Table], kinds: dict) -> Search:
    kpi, policy = indicator(**kinds), Policy()
    newest, *rest = tables
    earlier = [EarlierRelease(one, protect(one, indicator=kpi, policy=policy)) for one in rest]
    cast = cast_of(newest, earlier, policy)
    figures = Figures(cast, protect(newest, indicator=kpi, policy=policy), kpi)
    return Search(figures, needs_of(cast, goal_of(kpi, policy, newest.values.value)), 1)


def two_rounds(seed: int, size: int, kinds: dict) -> list[Table]:
    first = random_round(seed, size)
    return [table_of_round(one, indicator(**kinds)) for one in (next_round(first, seed + 1), first)]


def test_the_coalition_that_blocks_is_the_first_that_has_a_part_in_all() -> None:
    random = np.random.default_rng(0)
    for _ in range(300):
        size = int(random.integers(1, 4))
        drawn = [random.choice(6, int(random.integers(0, 4)), replace=False) for _ in range(int(random.integers(0, 5)))]
        donors = [frozenset(one.tolist()) for one in drawn]
        found = blocking(donors, size)
        every = [set(one) for many in range(size + 1) for one in combinations(range(6), many)]
        hitting = [one for one in every if all(one & own for own in donors)]
        assert (found is None) == (not hitting)
        if found is not None:
            assert len(found) <= size
            assert all(found & own for own in donors)
        if size == 1 and donors and found:
            assert set(found) == hitting[0]


def test_ratios_are_asked_of_many_witnesses_as_of_each() -> None:
    search = search_of(two_rounds(4, 36, RATIO), RATIO)
    figures = search.figures
    ratios = [number for number, one in enumerate(figures.all) if one.kind == RATIO_FIGURE]
    figures.active[ratios[4:]] = False  # so that not everything found gives every ratio
    search.refresh()
    search.swap()
    for claim in search.unproven()[:30]:
        search.prove(claim, quick=True)
    witnesses, spoilt = search.witnesses, 0
    assert {one.kind for one in witnesses} == {"W1", "W2"}
    for number in ratios:
        scene = figures.groups[figures.all[number].group].scene
        amounts = [search.amounts_in(one, scene) for one in range(len(witnesses))]
        asked = [figures.ratio_rows([number], one) for one in range(2)]
        one_by_one = [place for place, one in enumerate(witnesses) if not ratios_hold(figures, one, asked)]
        assert ratio_spoilt(figures, number, amounts) == one_by_one
        spoilt += len(one_by_one)
    assert spoilt


def test_what_is_shown_may_change_and_change_back() -> None:
    kinds: dict = {}
    search, random = search_of(two_rounds(2, 40, kinds), kinds), np.random.default_rng(1)
    figures = search.figures
    for _ in range(6):
        figures.active[:] = random.random(figures.active.size) < random.random()
        search.refresh()
        anew = search_of(two_rounds(2, 40, kinds), kinds)
        anew.figures.active[:] = figures.active
        for array in ("strict", "loose"):
            getattr(anew.figures, array)[0][:], getattr(anew.figures, array)[1][:] = -np.inf, np.inf
        anew.figures.cuts = []
        anew.refresh()
        assert np.array_equal(figures.near, anew.figures.near)
        assert all(np.array_equal(a, b) for a, b in zip(figures.segment, anew.figures.segment, strict=True))
        for claim in search.claims()[::7]:
            for avoid in (frozenset[int](), frozenset({3, 4})):
                expected = anew.candidates(claim, avoid)
                assert np.array_equal(search.candidates(claim, avoid), expected)
                assert np.array_equal(search.candidates(claim, avoid), expected)  # remembered now


def test_a_release_that_was_proven_a_moment_ago_is_not_proven_again_with_another_outcome() -> None:
    kpi, policy = indicator(), Policy()
    now, then = two_rounds(5, 30, {})

    def both(*, kept: bool) -> bytes:
        forget()
        first = protect_table(then, kpi, policy)
        if not kept:
            forget()
        second = protect_table(now, kpi, policy, earlier=[EarlierRelease(then, first.protected)])
        return to_bytes((second.protected, second.certificate))

    assert both(kept=True) == both(kept=False)


def test_a_kept_program_is_changed_into_exactly_the_next_one() -> None:
    random, kept = np.random.default_rng(3), Programs()
    for attempt in range(40):
        rows, columns = (5, 8) if attempt % 9 else (4, 8)
        matrix = random.integers(-2, 3, (rows, columns)) * (random.random((rows, columns)) < 0.6)
        row, column = np.nonzero(matrix)
        entries = row, column, matrix[row, column].astype(np.float64)
        least = random.normal(size=rows)
        cost, ends = random.uniform(1, 2, columns), (np.zeros(columns), random.uniform(0, 2, columns))
        found = []
        for programs, cone in ((kept, "one"), (Programs(), None)):
            programs.load(cost, ends, (least, least + 0.5), entries, cone)
            programs.change(cost, *ends)
            found.append(programs.solve())
        assert (found[0] is None) == (found[1] is None)
        if found[0] is not None and found[1] is not None:
            assert cost @ found[0] == pytest.approx(cost @ found[1])
            assert np.all(np.abs(matrix @ found[0] - least - 0.25) <= 0.25 + 1e-6)
    assert kept.changed > 20
    assert kept.solved == 40


def test_kept_cones_are_used_by_other_claims_and_the_search_repeats_itself() -> None:
    outcomes = []
    for _ in range(2):
        search = search_of(two_rounds(7, 40, {}), {})
        search.swap()
        for claim in search.unproven():
            search.prove(claim, quick=True)
        assert search.programs.changed > 0
        outcomes.append([to_bytes(one) for one in search.witnesses])
    assert outcomes[0] == outcomes[1]
