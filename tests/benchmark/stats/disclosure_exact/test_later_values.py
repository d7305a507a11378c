"""Several editions and rounds on a scale with two ends: what a later value says about an earlier one's room."""

from collections.abc import Sequence

import numpy as np
import pytest

from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.admission_earlier import still_legal
from benchmark.stats.disclosure.atoms import goal_of
from benchmark.stats.disclosure.figures import Figures
from benchmark.stats.disclosure.plain import from_bytes, to_bytes
from benchmark.stats.disclosure.policy import profile
from benchmark.stats.disclosure.scenes import Cast, EarlierRelease, cast_of, cast_of_all
from benchmark.stats.disclosure.witness import SWAP, Claim, Needs, Witness, needs_of, served
from benchmark.stats.disclosure.witness_cone import Found, witness_values
from benchmark.stats.disclosure.witness_local import Search
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import ReleaseMeta
from benchmark.stats.tables import Table, compute_table
from tests.benchmark.stats.cases import indicator
from tests.campaigns.measure import Given, attacked, release
from tests.campaigns.rounds import indicator_of, plan_of, scenes_of, values_of

SCORE = indicator(unit="score", scale_type="bounded", range={"min": 0, "max": 10})


def table(values: Sequence[float]) -> Table:
    panel = Panel.build(range(1, len(values) + 1), {})
    made = kpi_values(SCORE, {"amount": Column.from_values(np.array(values, dtype=float))})
    return compute_table(SCORE, made, panel, lattice(panel))


def rounds(now: Sequence[float], before: Sequence[float]) -> tuple[Cast, Needs]:
    """Two rounds of a score from 0 to 10."""
    policy, newest, last = Policy(), table(now), table(before)
    cast = cast_of_all(newest, [EarlierRelease(last, protect(last, indicator=SCORE, policy=policy))], policy)
    return cast, needs_of(cast, goal_of(SCORE, policy, newest.values.value))


NOW, BEFORE = [9.1, 7.0, 9.4, 6.0, 8.0, 7.5, 5.0], [8.6, 7.0, 9.0, 6.0, 8.0, 7.5, 5.0]


def test_a_tie_that_nobody_knows_yet_takes_nothing_off_the_promise() -> None:
    """8.6 and 9.1 are tied beforehand; that 9.1 can rise by 0.9 only says nothing about 8.6 to who knows no tie."""
    _, needs = rounds(NOW, BEFORE)
    assert needs.of(Claim(0, 1)) == pytest.approx(0.9)
    assert needs.of(Claim(0, 1, (1,))) == pytest.approx(1.0)
    assert needs.of(Claim(2, 1, (1,))) == pytest.approx(1.0)  # 9.0 and 9.4: who knows no change at all
    assert {(claim.version, claim.direction) for claim in needs.parts} == {(0, 1), (2, 1)}


def test_a_witness_for_a_part_speaks_for_nothing_else() -> None:
    cast, needs = rounds(NOW, BEFORE)
    value = np.array([[10.0, 6.5], [9.6, 6.5]])
    assert served(Witness("W2", np.array([0, 1]), value), cast, needs) == [Claim(0, 1, (1,))]
    other = np.array([[10.0, 6.5, 6.0], [9.6, 6.5, 5.5]])  # somebody else's tie is broken as well
    assert served(Witness("W2", np.array([0, 1, 3]), other), cast, needs) == []
    whole = np.array([[10.0, 6.5], [9.5, 6.5]])
    assert served(Witness("W2", np.array([0, 1]), whole), cast, needs) == [Claim(0, 1)]


def test_two_who_changed_differently_are_not_exchanged() -> None:
    """Everybody is taken to know that the one rose by 0.2 and the other did not: with their places changed it shows."""
    cast, needs = rounds([7.2, 6.0, 5.9], [7.0, 6.0, 5.9])
    assert served(Witness(SWAP, np.array([0, 1])), cast, needs) == []
    cast, needs = rounds([7.2, 6.1, 5.9], [7.1, 6.0, 5.9])
    assert served(Witness(SWAP, np.array([0, 1])), cast, needs) == [Claim(0, -1), Claim(1, 1)]


def test_two_who_changed_differently_move_as_if_exchanged_in_the_round_whose_figures_stand_in_the_way() -> None:
    """5.1 and 8.0 became 5.4 and 7.6. Moved by 2.2 both, they would change the first round's median; by 2.9, where
    they are exchanged in that round, only the order of the second one, of which the mean alone is shown."""
    rest = [1.0, 2.0, 3.0, 5.0, 5.2, 5.5, 7.0, 8.5, 9.0]
    policy, newest, last = Policy(), table([5.4, 7.6, *rest]), table([5.1, 8.0, *rest])
    cast = cast_of_all(newest, [EarlierRelease(last, protect(last, indicator=SCORE, policy=policy))], policy)
    shown = protect(newest, indicator=SCORE, policy=policy, withheld={("all", "p50")})
    figures = Figures(cast, shown, SCORE)
    assert [(one.statistic, one.fixed) for one in figures.all] == [("mean", False), ("mean", True), ("p50", True)]
    search = Search(figures, needs_of(cast, goal_of(SCORE, policy, newest.values.value)), 1)
    assert not search.gives(Witness("W2", np.array([0, 1]), np.array([[7.6, 5.4], [7.3, 5.8]])))
    search.swap({Claim(0, 1)})
    moves = [search.witnesses[n].moves(cast).ravel().tolist() for n, own in search.donors_of(Claim(0, 1)) if 1 in own]
    assert moves == [pytest.approx([2.9, -2.9, 2.9, -2.9])]


def test_a_part_is_proven_with_the_other_scenes_following_as_far_as_they_can() -> None:
    others = [5 + k / 10 for k in range(30)]  # so many that the rounded means leave 0.1 between the two rounds
    cast, needs = rounds(NOW + others, BEFORE + others)
    search = Search(Figures(cast, protect(cast.scenes[0].table, indicator=SCORE, policy=Policy()), SCORE), needs, 1)
    claim = Claim(0, 1, (1,))
    assert claim in search.claims()
    assert search.prove(claim)
    moved = [search.witnesses[number].moves(cast)[:, 0] for number, _ in search.donors_of(claim)]
    assert len(moved) > 1
    for move in moved:
        assert move.tolist() == pytest.approx([0.9, 1.0]) or move.tolist() == pytest.approx([0.0, 1.0])


def test_deviations_that_a_later_value_makes_illegal_are_no_witness() -> None:
    """A former proof had 8.6 rise by 1.0; brought back to the scale it would break the tie and prove nothing."""
    cast, needs = rounds(NOW, BEFORE)
    search = Search(Figures(cast, protect(cast.scenes[0].table, indicator=SCORE, policy=Policy()), SCORE), needs, 1)
    nobody = np.zeros(0, dtype=np.int64)
    assert search.check(Found(np.array([0, 3]), np.array([1.0, -1.0])), nobody, frozenset()) is None
    assert search.check(Found(np.array([0, 3]), np.array([0.9, -0.9])), nobody, frozenset()) is not None


def test_a_former_proof_is_used_as_far_as_it_is_legal() -> None:
    """All of it less far; or, for a part of a version, as it was with the other scenes following. Who does not move at
    all in it takes nothing away."""
    cast, needs = rounds(NOW, BEFORE)
    search = Search(Figures(cast, protect(cast.scenes[0].table, indicator=SCORE, policy=Policy()), SCORE), needs, 1)
    less, apart = still_legal(Found(np.array([0, 2, 3]), np.array([1.0, 0.0, -1.0])), search)
    assert less.deviation.tolist() == pytest.approx([0.9, 0.0, -0.9])
    assert apart.apart is not None
    assert (apart.apart[0], apart.apart[1].tolist()) == (0, pytest.approx([0.9, 1.0]))


def test_a_former_proof_goes_all_the_way_for_who_knows_no_change() -> None:
    """9.0 became 9.2. Who knows that, knows that 9.0 is at most 9.8; who does not must still find 10 possible, and the
    proof of before says so where the 9.2 stops at 10."""
    cast, needs = rounds([9.2, *NOW[1:]], [9.0, *BEFORE[1:]])
    search = Search(Figures(cast, protect(cast.scenes[0].table, indicator=SCORE, policy=Policy()), SCORE), needs, 1)
    assert needs.of(Claim(0, 1)) == pytest.approx(0.8)
    assert needs.of(Claim(0, 1, (1,))) == pytest.approx(1.0)
    found = list(still_legal(Found(np.array([0, 3]), np.array([1.0, -1.0])), search))
    assert [one.apart[1].tolist() for one in found if one.apart] == [
        [pytest.approx(0.8)] * 2,
        pytest.approx([0.8, 1.0]),
    ]
    values = [np.stack([x for _, x in witness_values(search.figures, one, needs)]) for one in found]
    said = [served(Witness("W2", np.array([0, 3]), one), cast, needs) for one in values]
    assert [[claim for claim in one if claim.version == 0] for one in said] == [
        [Claim(0, 1)],
        [Claim(0, 1)],
        [Claim(0, 1, (1,))],
    ]


def test_a_former_proof_for_a_part_keeps_what_has_become_known_since() -> None:
    """8.2 became 9.0, and that 9.2: 8.2 could rise by 1.0 when 9.0 rose by 0.9; now both of the others, whose
    small change is known, rise by 0.8."""
    tables, policy = [table([first, *NOW[1:]]) for first in (9.2, 9.0, 8.2)], Policy()
    earlier = [EarlierRelease(one, protect(one, indicator=SCORE, policy=policy)) for one in tables[1:]]
    cast = cast_of_all(tables[0], earlier, policy)
    needs = needs_of(cast, goal_of(SCORE, policy, tables[0].values.value))
    search = Search(Figures(cast, protect(tables[0], indicator=SCORE, policy=policy), SCORE), needs, 1)
    part = Found(np.array([0, 3]), np.array([0.9, -0.9]), (), (0, np.array([np.nan, 0.9, 1.0])))
    assert [one.apart[1].tolist() for one in still_legal(part, search) if one.apart] == [
        pytest.approx([0.8, 0.9, 1.0]),
        pytest.approx([0.8, 0.8, 1.0]),
    ]


def test_who_moves_for_another_leaves_room_for_what_may_be_known_of_a_later_value() -> None:
    """9.4 may be 9.89 next time, to within 5 %, and everybody know by how much it changed: it can give 0.1 at most."""
    _, needs = rounds(NOW, NOW)
    assert needs.spare_up.tolist() == pytest.approx([10 - x / 0.95 for x in NOW])
    assert needs.spare_down.tolist() == pytest.approx([x / 1.05 for x in NOW])


def test_a_round_that_shows_nothing_has_no_part_in_what_is_asked() -> None:
    """Who knows that a 9.0 became a 9.9 knows it from elsewhere: nothing of the round of the 9.9 was published."""
    tables, policy = [table(NOW), table(BEFORE), table(NOW)], Policy()
    shown = [protect(one, indicator=SCORE, policy=policy) for one in tables]
    every = {(group.key, cell.statistic) for group, cell in shown[1].cells()}
    blank = protect(tables[1], indicator=SCORE, policy=policy, withheld=every)
    assert shown[2].shown()
    assert not blank.shown()
    cast = cast_of(tables[0], [EarlierRelease(tables[1], blank), EarlierRelease(tables[2], shown[2])], policy)
    alone = cast_of(tables[0], [EarlierRelease(tables[2], shown[2])], policy)
    assert len(cast.scenes) == 2
    goal = goal_of(SCORE, policy, tables[0].values.value)
    assert needs_of(cast, goal).up.tolist() == needs_of(alone, goal).up.tolist()


def test_a_witness_for_a_part_keeps_what_is_known_of_the_other_rounds() -> None:
    """9.8 → 9.5 → 8.9: who knows small changes knows the first. 8.9 can be 9.9, but the others only rise together."""
    rest = [7.0, 6.0, 8.0, 7.5, 5.0, 6.5, 5.5, 6.2, 7.7]
    tables, policy = [table([first, *rest]) for first in (8.9, 9.5, 9.8)], Policy()
    earlier = [EarlierRelease(one, protect(one, indicator=SCORE, policy=policy)) for one in tables[1:]]
    cast = cast_of_all(tables[0], earlier, policy)
    needs = needs_of(cast, goal_of(SCORE, policy, tables[0].values.value))

    def said(*first: float) -> list[Claim]:
        return served(Witness("W2", np.array([0, 1]), np.array([[one, 6.0] for one in first])), cast, needs)

    newest = Claim(0, 1, (0,))
    assert newest in said(9.9, 9.7, 10.0)
    assert newest not in said(9.9, 10.0, 10.0)  # 9.5 and 9.8 would both be 10
    assert newest not in said(9.9, 3.0, 10.0)
    search = Search(Figures(cast, protect(tables[0], indicator=SCORE, policy=policy), SCORE), needs, 1)
    assert search.followed(0, 1.0).tolist() == pytest.approx([1.0, 0.2, 0.2])


def test_what_is_promised_of_a_part_is_not_lowered_and_lowers_nothing() -> None:
    _, needs = rounds(NOW, BEFORE)
    part = Claim(0, 1, (1,))
    lowered = needs.lowered([part], needs)
    assert (lowered.of(part), lowered.of(Claim(0, 1))) == (needs.of(part), needs.of(Claim(0, 1)))


def test_a_round_of_which_nothing_is_shown_from_the_start_passes_its_own_check() -> None:
    first = [9.1, 8.6, 9.0, 5.0, 6.0, 7.0, 6.5, 5.5, 7.5, 8.0, 6.2, 5.8, 7.2, 6.8, 5.2, 4.8, 7.7, 6.6, 8.2, 7.9]
    given = []
    for year, values in ((2023, first), (2024, [9.9, 9.4, 9.3])):  # three answers, each 5 to 10 % higher
        one = table(values)
        given.append(Given(one.panel, one.values, ReleaseMeta(f"r-{year}", 1, "q", str(year), str(year)),
                           lattice(one.panel)))  # fmt: skip
    done = release(given, SCORE, Policy())
    assert not done[1].outcome.protected.shown()
    assert [one.replay[1:] for one in done] == [(0, 0), (0, 0)]


def test_claims_of_older_files_are_read() -> None:
    data = to_bytes({"claim": Claim(3, -1)})
    older = data.replace(b'"v":[3,-1,[]]', b'"v":[3,-1]   ')
    assert older != data
    assert from_bytes(older)["claim"] == from_bytes(data)["claim"] == Claim(3, -1)


@pytest.mark.parametrize(("seed", "scenes"), [(157, 2), (93, 2)])
def test_seeds_of_the_campaign_that_disclosed_somebody_or_lost_a_proof(seed: int, scenes: int) -> None:
    """157: 8.6 was known to be at most 9.59; 93: proofs of the first round no longer held beside the second."""
    plan = plan_of(seed, 300)
    kpi = indicator_of(plan.kind)
    given = [
        Given(one.panel, values_of(plan.kind, one, seed), meta, lattice(one.panel)) for one, meta in scenes_of(plan)
    ]
    done = release(given[:scenes], kpi, profile("standard"))
    assert [one.replay[1:] for one in done] == [(0, 0)] * scenes
    assert attacked(done, kpi)["disclosed"] == 0
    assert done[-1].outcome.protected.shown()
