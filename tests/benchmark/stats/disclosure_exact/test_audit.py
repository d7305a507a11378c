"""The audit against answers worked out by hand, against all data sets, and against itself without its shortcuts."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Panel
from benchmark.stats.disclosure.atoms import Family, Goal, goal_of
from benchmark.stats.disclosure.audit import PUBLIC, Violation, audit
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.rounding import round_significant, rounding_interval
from benchmark.stats.peers import lattice
from tests.benchmark.stats.cases import indicator
from tests.benchmark.stats.disclosure_exact.families import family, rounded_means
from tests.oracles.possible_data import known_to_coalitions


def test_one_sum_over_five_protects_all() -> None:
    one = family([10, 20, 30, 40, 50], [(range(5), 150, 150)])
    assert audit(one, [0], exhaustive=True).clean


def test_difference_of_two_sums_gives_the_sixth_to_everybody() -> None:
    two = family([10, 20, 30, 40, 50, 60], [(range(6), 210, 210), (range(5), 150, 150)])
    found = audit(two, [0, 1], exhaustive=True).violations
    assert {(v.contributor, v.attacker, v.direction, v.rows) for v in found} == {
        (5, PUBLIC, 1, frozenset({0, 1})),
        (5, PUBLIC, -1, frozenset({0, 1})),
    }
    assert audit(two, [0]).clean
    assert audit(two, [1]).clean


def test_difference_of_two_leaves_each_to_the_other() -> None:
    two = family([10, 20, 30, 40, 50, 60, 70], [(range(7), 280, 280), (range(5), 150, 150)])
    found = audit(two, [0, 1], exhaustive=True).violations
    assert {(v.contributor, v.attacker) for v in found} == {(5, 6), (6, 5)}
    assert all(v.rows == {0, 1} and v.reach == pytest.approx(0) for v in found)


def test_two_of_one_holding_are_one_who_knows_both() -> None:
    rows = [(range(8), 360, 360), (range(5), 150, 150)]
    three = family([10, 20, 30, 40, 50, 60, 70, 80], rows)
    assert audit(three, [0, 1], exhaustive=True).clean
    held = family([10, 20, 30, 40, 50, 60, 70, 80], rows, contributor=[0, 1, 2, 3, 4, 5, 5, 6])
    found = audit(held, [0, 1], exhaustive=True).violations
    assert {(v.contributor, v.attacker) for v in found} == {(5, 6), (6, 5)}


def test_rounding_protects_as_far_as_it_goes() -> None:
    wide = family([10, 20, 30, 40, 50, 60], [(range(6), 207, 213), (range(5), 147, 153)])
    assert audit(wide, [0, 1], exhaustive=True).clean  # the sixth lies in 54 … 66: 10 % either way
    narrow = family([10, 20, 30, 40, 50, 60], [(range(6), 207, 212), (range(5), 147, 153)])
    (only,) = audit(narrow, [0, 1], exhaustive=True).violations
    assert (only.contributor, only.direction) == (5, 1)
    assert only.reach == pytest.approx(5)


def test_scale_with_two_ends_clips_what_must_be_possible() -> None:
    scale = Goal(0, 100, width=5)
    rows = [(range(5), 495, 495)]
    near_the_top = family([99, 99, 99, 99, 99], rows, goal=scale)
    found = audit(near_the_top, [0], exhaustive=True).violations
    assert {v.direction for v in found} == {-1}  # down by 5 needs the others up by 5, and they have 1 each
    assert audit(family([97, 98, 99, 100, 100], [(range(5), 494, 494)], goal=scale), [0]).violations


def test_value_outside_its_legal_range_does_not_break_the_audit() -> None:
    odd = family([120, 50, 50, 50, 50], [(range(5), 320, 320)], goal=Goal(0, 100, width=5))
    assert audit(odd, [0], exhaustive=True).clean


def test_many_thousands_of_atoms_are_told_apart() -> None:
    """Twelve rows, every organisation in rows of its own choice: 4,095 atoms, none of them mixed up."""
    number = np.arange(1, 2**12)
    rows = [((np.flatnonzero(number >> bit & 1)), 0.0, 1e9) for bit in range(12)]
    units = family(number.tolist(), rows).units(range(12))
    assert units.weights.shape == (12, number.size)
    assert np.array_equal(2 ** np.arange(12) @ units.weights, number[units.organisation][np.argsort(units.atom)])


def test_certain_zero_is_too_much() -> None:
    zeros = family([0, 0, 0, 0, 0], [(range(5), 0, 0)])
    assert {v.direction for v in audit(zeros, [0]).violations} == {1}


def test_goal_follows_indicator_and_policy() -> None:
    values = np.array([0.0, 10.0, 30.0, np.nan])
    plain = goal_of(indicator(), Policy(), values)
    assert (plain.low, plain.high, plain.relative, plain.typical) == (0, np.inf, 0.1, 20)
    assert goal_of(indicator(sensitive=True), Policy(), values).relative == 0.2
    percent = indicator(unit="%", range={"min": 0, "max": 100}, scale_type="bounded")
    assert goal_of(percent, Policy(), values).width == 5
    nps = indicator(unit="score", range={"min": -100, "max": 100}, scale_type="signed")
    assert goal_of(nps, Policy(), values).width == 20
    assert goal_of(indicator(range={}), Policy(), values).low == 0
    assert goal_of(indicator(range={}, scale_type="signed"), Policy(), values).low == -np.inf
    assert plain.up(np.array([0.0, 10.0]), np.array([np.inf, 10.5])).tolist() == [2.0, 0.5]


@given(st.floats(1e-6, 1e9), st.integers(1, 4), st.booleans())
def test_rounding_interval_holds_what_rounds_to_it_and_no_more(size: float, digits: int, negative: bool) -> None:
    value = -size if negative else size
    shown = round_significant(value, digits)
    low, high = rounding_interval(shown, digits)
    assert low <= value <= high
    width = high - low
    for inside in (low + 0.001 * width, high - 0.001 * width):
        assert round_significant(inside, digits) == shown
    for outside in (low - 0.001 * width, high + 0.001 * width):
        assert round_significant(outside, digits) != shown


def test_rounding_interval_is_finer_below_a_power_of_ten() -> None:
    assert rounding_interval(100, 3) == (99.95, 100.5)
    assert rounding_interval(-0.01, 2) == (-0.0105, -0.00995)
    assert rounding_interval(0, 3) == (0, 0)
    assert rounding_interval(1360, 3) == (1355, 1365)


@st.composite
def crossed(draw: st.DrawFn) -> tuple[Family, list[int], list[int], list[tuple[list[int], int, int]], int, int]:
    """4–6 organisations in a 2 × 2 table with published margins and cells as intervals of whole numbers.

    Such a table is a network: its programs have whole solutions, so all data sets of whole numbers are enough.
    """
    size, high, need = draw(st.integers(4, 6)), draw(st.integers(2, 3)), draw(st.integers(1, 2))
    values = draw(st.lists(st.integers(0, high), min_size=size, max_size=size))
    first = draw(st.lists(st.sampled_from("ab"), min_size=size, max_size=size))
    second = draw(st.lists(st.sampled_from("cd"), min_size=size, max_size=size))
    owner = draw(st.one_of(st.just(list(range(size))), st.lists(st.integers(0, 3), min_size=size, max_size=size)))
    groups = [g.members.tolist() for g in lattice_of(first, second)]
    chosen = draw(st.lists(st.sampled_from(range(len(groups))), min_size=1, unique=True))
    rows = []
    for place in chosen:
        total = sum(values[i] for i in groups[place])
        rows.append((groups[place], total - draw(st.integers(0, 1)), total + draw(st.integers(0, 1))))
    goal = Goal(0, high, width=need)
    return family(values, rows, contributor=owner, goal=goal), values, owner, rows, high, need


def lattice_of(first: list[str], second: list[str]) -> tuple:
    return lattice(Panel.build(range(len(first)), {"x": first, "y": second}))


@settings(deadline=None, max_examples=100)
@given(crossed(), st.integers(1, 3))
def test_verdict_equals_trying_every_data_set(case: tuple, most: int) -> None:
    of, values, owner, rows, high, need = case
    found = audit(replace(of, coalition=most), range(len(rows)), exhaustive=True).violations
    truth = known_to_coalitions(values, owner, rows, 0, high, need, most=most)
    assert verdict(found) == smallest(truth)


@settings(deadline=None, max_examples=150)
@given(crossed(), st.integers(1, 3))
def test_quick_verdict_equals_trying_every_data_set(case: tuple, most: int) -> None:
    """Without the exhaustive list: clean exactly when nobody is known too well, and what it names is true."""
    of, values, owner, rows, high, need = case
    found = audit(replace(of, coalition=most), range(len(rows))).violations
    truth = known_to_coalitions(values, owner, rows, 0, high, need, most=most)
    assert {(v.contributor, frozenset(v.coalition), v.direction) for v in found} <= truth
    assert bool(found) == bool(truth)


@st.composite
def two_rounds(draw: st.DrawFn) -> tuple[Family, list[int], list[int], list[tuple[list[int], int, int]], list[int]]:
    """Up to seven versions in two rounds, each with a total and one dimension: all, leavers and joiners.

    A round's rows are nested, and two nested families make a network: whole numbers are enough here too. A version
    in both rounds is tied, one in a single round is not; two of them may belong to the same contributor.
    """
    size, most = draw(st.integers(4, 7)), draw(st.integers(1, 2))
    values = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    rounds = draw(st.lists(st.sampled_from(["now", "then", "both"]), min_size=size, max_size=size))
    owner = draw(st.lists(st.integers(0, 5), min_size=size, max_size=size))
    rows, fixed = [], []
    for name in ("now", "then"):
        there = [i for i in range(size) if rounds[i] in (name, "both")]
        category = draw(st.lists(st.booleans(), min_size=size, max_size=size))
        for members in (there, [i for i in there if category[i]], [i for i in there if not category[i]]):
            if members and draw(st.booleans()):
                total = sum(values[i] for i in members)
                fixed += [len(rows)] if name == "then" else []
                rows.append((members, total - draw(st.integers(0, 1)), total + draw(st.integers(0, 1))))
    goal = Goal(0, 2, width=1)
    return family(values, rows, contributor=owner, goal=goal, coalition=most, fixed=fixed), values, owner, rows, fixed


@settings(deadline=None, max_examples=100)
@given(two_rounds())
def test_what_facts_alone_disclose_is_told_apart(case: tuple) -> None:
    of, values, owner, rows, fixed = case
    found = audit(of, range(len(rows)), exhaustive=True)
    known = {"most": of.coalition}
    truth = smallest(known_to_coalitions(values, owner, rows, 0, 2, 1, **known))
    facts = known_to_coalitions(values, owner, rows, 0, 2, 1, **known, told=fixed) if rows else set()
    # Units of one contributor in two atoms may differ in this, so the verdicts are compared as a whole.
    assert verdict(found.violations + found.given) == truth
    assert verdict(found.given) <= facts
    assert {one for one in truth if one not in facts} <= verdict(found.violations)
    assert all(v.rows and not v.rows & set(fixed) for v in found.violations)


def test_selection_gives_up_nothing_for_what_is_lost_already() -> None:
    """The sixth left; two old sums give it away. The new sum of the five stays."""
    rows = [(range(5), 150, 150), (range(6), 210, 210), (range(5), 150, 150)]
    three = family([10, 20, 30, 40, 50, 60], rows, fixed=[1, 2])
    found = audit(three, [0, 1, 2])
    assert (found.violations, {v.contributor for v in found.given}) == ([], {5})
    leaver = family([10, 20, 30, 40, 50, 60], rows, fixed=[1])
    found = audit(leaver, [0, 1, 2], exhaustive=True)
    assert (found.given, {v.contributor for v in found.violations}) == ([], {5})
    assert {v.rows for v in found.violations} <= {frozenset({0}), frozenset({2})}


def verdict(found: list[Violation]) -> set[tuple[int, frozenset[int], int]]:
    return smallest({(v.contributor, frozenset(v.coalition), v.direction) for v in found})


def smallest(truth: set[tuple[int, frozenset[int], int]]) -> set[tuple[int, frozenset[int], int]]:
    """Without the coalitions of which a part knows as much: the audit does not go on to them."""
    return {(t, c, d) for t, c, d in truth if not any((t, part, d) in truth for part in parts(c))}


def parts(coalition: frozenset[int]) -> list[frozenset[int]]:
    return [frozenset(part) for size in range(len(coalition)) for part in combinations(sorted(coalition), size)]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(8, 40), st.sampled_from([0.0, 0.3]), st.booleans(), st.integers(1, 2))
def test_worst_cases_alone_give_the_same_verdict(seed: int, size: int, held: float, bounded: bool, most: int) -> None:
    random = np.random.default_rng(seed)
    values = random.uniform(0, 100, size) if bounded else np.round(random.lognormal(3, 0.8, size), 1)
    values[random.random(size) < 0.1] = 0
    groups = [int(random.integers(1, 5)) if random.random() < held else None for _ in range(size)]
    dimensions = {"x": random.choice(list("abc"), size).tolist(), "y": random.choice(list("de"), size).tolist()}
    of = Panel.build(range(size), dimensions, groups)
    means = rounded_means(values, of, least=3, goal=Goal(0, 100, width=5) if bounded else None, coalition=most)
    rows = range(len(means.rows))
    fast, slow = audit(means, rows), audit(means, rows, exhaustive=True)
    assert fast.clean == slow.clean
    worst = {(v.atom, v.direction) for v in fast.violations}
    assert worst == {(v.atom, v.direction) for v in slow.violations}
