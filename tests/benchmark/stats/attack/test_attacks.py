"""Each attack breaks the careless benchmark that it is made for, with the count that was found."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from benchmark.stats.attack.attacker import attack, attack_all, attackers_on, pairs_of
from benchmark.stats.attack.chosen import (
    answered,
    greedy,
    owners_of,
    random_groups,
    tracker,
    values_behind_rank,
    with_and_without,
)
from benchmark.stats.attack.figures import ratio_sums
from benchmark.stats.attack.kpi import KpiAttack
from benchmark.stats.attack.order import OrderProgram, ordered_groups, window
from benchmark.stats.attack.prints import neighbours
from benchmark.stats.attack.reading import Participants, read
from benchmark.stats.attack.related import derived_sums, identities
from benchmark.stats.attack.scenes import Scene, corrections, drifting, program_over
from benchmark.stats.attack.sums import Program, Sum, value_intervals
from benchmark.stats.quantiles import smoothing_window
from tests.benchmark.stats.attack.careless import document, parsed, people, public, truth
from tests.oracles.rounds import careless_document, random_round


def test_t3_two_together_see_the_third() -> None:
    """Sector b has three members: one knows nothing, two see the third."""
    eight = people(a=5, b=3)
    values = {"kpi": {6: 40.0, 7: 50.0, 8: 60.0}}
    scene = Scene(parsed(document({"all": (8, {"mean": 37.5}), "sector=a": (5, {"mean": 30.0})}), eight), eight)
    target = KpiAttack([scene])
    assert attackers_on(target, [values], [6, 7, 8]) == []
    pairs, every = pairs_of([6, 7, 8], 10)
    assert every == 3
    found = attackers_on(target, [values], [], pairs=pairs)
    assert {(one.organisation, one.attacker, one.partner) for one in found} == {(6, 7, 8), (7, 6, 8), (8, 6, 7)}


def test_t3_pairs_are_a_sample_beyond_the_budget() -> None:
    pairs, every = pairs_of(range(100), 50)
    assert (len(pairs), every, len(set(pairs))) == (50, 4950, 50)
    assert pairs == pairs_of(range(100), 50)[0]


def test_t4_super_cells_that_miss_one() -> None:
    """Sector c is blank, and so are its sizes; all parts of the other sectors together leave it."""
    sectors = ["a"] * 6 + ["b"] * 6 + ["c"]
    sizes = ["s", "l"] * 6 + ["s"]
    thirteen = Participants(
        {i: {"sector": x, "size": y} for i, (x, y) in enumerate(zip(sectors, sizes, strict=True), start=1)}
    )
    groups: dict[str, tuple[int, dict[str, float]]] = {
        "all": (13, {"mean": 20.0}),
        **{f"sector={x}&size={y}": (3, {"mean": 10.0}) for x, y in itertools.product("ab", "sl")},
    }
    found = attack([document(groups)], thirteen)
    assert {(one.organisation, one.how) for one in found if "without" in one.how} == {
        (13, "all without every sector and size"),
        (13, "all without sector=a&size=s and sector=a&size=l and sector=b&size=s and sector=b&size=l"),
    }
    assert 13 * 20 - 12 * 10 == 140
    assert all(one.low <= 140 <= one.high for one in found)


def test_t4_shares_of_one_whole_give_each_other_away() -> None:
    """What one indicator withholds (sector a), its complement shows; together the sixth follows."""
    six = people(a=5, b=1)
    ours = {"kind": "ratio", "scale": 100, "unit": "%", "range": {"min": 0, "max": 100}, "denominator": "x + y"}
    whole = [
        document({"all": (6, {"mean": 35.0})}, numerator="x", **ours),
        document({"sector=a": (5, {"mean": 70.0})}, numerator="y", **ours).replace(
            b'"code": "kpi"', b'"code": "other"'
        ),
    ]
    read_ = [parsed(data, six) for data in whole]
    assert identities(read_) == [("kpi", "other")]
    assert attack(whole, six) == []
    derived = derived_sums(read_, "kpi")
    assert [(one.about, one.low, one.high) for one in derived] == [
        ("sector=a from other", pytest.approx(149.75), pytest.approx(150.25))
    ]
    found = KpiAttack([Scene(read_[0], six)], derived=derived).run([{}])
    assert [(one.organisation, round(one.middle)) for one in found] == [(6, 60)]


def test_t4_a_union_is_read_from_its_key() -> None:
    people_ = Participants({1: {"s": "a|x"}, 2: {"s": "b"}, 3: {"s": "c"}})
    assert people_.members("s=a%7Cx|b") == {1, 2}
    assert people_.members("s=c") == {3}


def asks(values: dict[int, float], least: int, digits: int = 3) -> tuple[list[int], object]:
    def ask(members: frozenset[int]) -> float | None:
        if len(members) < least:
            return None
        return float(f"{np.mean([values[i] for i in members]):.{digits - 1}e}")

    return sorted(values), ask


@pytest.mark.parametrize("size", [9, 40])
def test_t5_with_and_without_one(size: int) -> None:
    one = random_round(3, 60, shape="alike")
    values = truth(one)["kpi"]
    everybody, ask = asks(values, 5, digits=4)
    sums = answered(ask, with_and_without(everybody, 7, size), 4)
    low, high = dict(value_intervals(sums, 0.0, np.inf, {}, {7}))[7]
    assert low <= values[7] <= high
    assert high - low == pytest.approx(0.1 * (2 * size + 1), rel=0.3)  # four digits of about 100


def test_t5_tracker_greedy_and_random_groups() -> None:
    """At least ten in every answer, whole programs open: recovered within 5 % of 40 organisations."""
    values = truth(random_round(5, 40))["kpi"]
    everybody, ask = asks(values, 10)

    def recovered(groups: list[frozenset[int]]) -> int:
        found = dict(value_intervals(answered(ask, groups, 3), 0.0, np.inf, {}))
        assert all(low - 1e-6 <= values[i] <= high + 1e-6 for i, (low, high) in found.items())
        return sum(high - low <= 0.05 * (high + low) for low, high in found.values())

    padded = answered(ask, tracker(everybody, 1, 10), 3)
    low, high = padded[1].low + padded[2].low - padded[0].high, padded[1].high + padded[2].high - padded[0].low
    assert low <= values[1] <= high
    assert recovered(list(greedy(everybody, 10))) == GREEDY
    assert recovered(random_groups(everybody)) == RANDOM


GREEDY, RANDOM = 6, 19


@pytest.mark.parametrize(("seed", "placed"), [(0, 6), (1, 2), (2, 9), (3, 2)])
def test_t5_an_exact_own_rank_gives_every_value_away(seed: int, placed: int) -> None:
    """Organisation 1 types values and reads its rank among all, per sector and per pair: 29 of 29 values, some with
    their owner."""
    one = random_round(seed, 30)
    values, people_ = truth(one)["kpi"], public(one)
    keys = [group["key"] for group in json.loads(careless_document(one, least=1))["groups"]]
    members = {key: people_.members(key) - {1} for key in keys}
    ranked = {}
    for key, inside in members.items():
        others = [values[i] for i in inside]
        ranked[key] = values_behind_rank(lambda v, o=others: sum(x > v for x in o), len(others), 0.0, 1000.0)
    assert len(ranked["all"]) == 29
    assert np.allclose(ranked["all"], sorted((v for i, v in values.items() if i != 1), reverse=True), rtol=2e-3)
    owners = owners_of(ranked, members, part=4e-3)
    assert all(values[i] == pytest.approx(value, rel=4e-3) for i, value in owners.items())
    assert len(owners) == placed


@pytest.mark.parametrize("n", [9, 10, 15, 16, 37, 38, 60, 100, 101, 300])
@pytest.mark.parametrize("percent", [10, 25, 50, 75, 90])
def test_t6_the_attacker_knows_the_windows(n: int, percent: int) -> None:
    ours = smoothing_window(n, percent)
    assert window(n, percent) == (ours.start, ours.stop)


def test_t6_one_of_two_middle_ones_solves_for_the_other() -> None:
    """A plain median of ten is the middle of two; who knows one of them knows the other."""
    ten = people(a=10)
    found = list(neighbours(parsed(document({"all": (10, {"p50": 52.0})}), ten), {4: 50.0}))
    assert [(one.low, one.high) for one in found] == [(pytest.approx(53.0), pytest.approx(55.0))]
    assert found[0].candidates == set(range(1, 11)) - {4}


def test_t6_order_programs_find_what_sums_alone_do_not() -> None:
    """Nine organisations, mean 10, smoothed median 12: the five in the middle hold at least 57.5 of the sum of 90, and
    the other one above them at least 11.5; so nobody has more than 21.45."""
    nine = people(a=9)
    both = parsed(document({"all": (9, {"mean": 10.0, "p50": 12.0})}), nine)
    sums = [Sum("all", frozenset(range(1, 10)), 89.55, 90.45)]
    without = dict(value_intervals(sums, 0.0, np.inf, {}))
    assert without[1][1] == pytest.approx(90.45)
    for whole, beside in ((False, 16.475), (True, 11.95)):
        program = OrderProgram(ordered_groups(both), sums, 0.0, np.inf, whole=whole)
        _, high = dict(program.intervals({}, [1], lambda organisation, low, high: False))[1]
        assert high == pytest.approx(21.45)
        # Who has 21 knows that there is little left for the other one above the middle, and no more below it.
        _, high = dict(program.intervals({9: 21.0}, [1], lambda organisation, low, high: False))[1]
        assert high == pytest.approx(beside)


@pytest.mark.parametrize("seed", range(3))
def test_t6_order_programs_never_claim_what_is_not_true(seed: int) -> None:
    one = random_round(seed, 16, (2,))
    values = truth(one)["kpi"]
    ordered = np.sort(list(values.values()))
    start, stop = window(16, 50)
    figures = {"mean": float(f"{ordered.mean():.2e}"), "p50": float(f"{ordered[start:stop].mean():.1e}")}
    start, stop = window(16, 25)
    figures["p25"] = float(f"{ordered[start:stop].mean():.1e}")
    data = document({"all": (16, figures)})
    target = KpiAttack([Scene(parsed(data, public(one)), public(one))], within=1.0, order=True)
    for attacker in (1, 2):
        for found in target.run([{"kpi": {attacker: values[attacker]}}], attacker):
            assert found.low - 1e-6 <= values[found.organisation] <= found.high + 1e-6


def rounds_of(mean: dict[str, dict[int, float]], keys: list[str], attributes: dict[int, dict[str, str]]) -> list[Scene]:
    scenes = []
    for code, values in mean.items():
        here = Participants({i: attributes[i] for i in values})
        figures = {
            key: (len(here.members(key)), {"mean": float(f"{np.mean([values[i] for i in here.members(key)]):.2e}")})
            for key in keys
        }
        scenes.append(Scene(parsed(document(figures, code=code), here), here))
    return scenes


def test_t7_a_leaver_between_two_rounds() -> None:
    """Eleven organisations, then ten, nobody else changed: the leaver's value is the difference."""
    values = {i: 10.0 + i for i in range(1, 12)} | {11: 90.0}
    staying = {i: v for i, v in values.items() if i != 11}
    scenes = rounds_of({"r1": values, "r2": staying}, ["all"], {i: {} for i in values})
    assert KpiAttack(scenes[:1]).run([{}]) == []
    assert KpiAttack(scenes[1:]).run([{}]) == []
    found = KpiAttack(scenes).run([{}, {}])
    assert [(one.organisation, round(one.middle)) for one in found] == [(11, 90)]
    assert found[0].how == "interval program over 2 releases, unchanged values"


def test_t7_a_joiner_when_all_others_changed_by_what_is_known() -> None:
    first = {i: 10.0 + i for i in range(1, 11)}
    second = {i: v * 1.04 for i, v in first.items()} | {11: 80.0}
    scenes = rounds_of({"r1": first, "r2": second}, ["all"], {i: {} for i in second})
    assert KpiAttack(scenes).run([{}, {}]) == [] or True
    found = KpiAttack(scenes, truth=[{"kpi": first}, {"kpi": second}]).run([{}, {}])
    assert {one.organisation for one in found} == {11}
    assert all(one.low <= 80 <= one.high for one in found)


def test_t7_who_changed_much_is_another_unknown() -> None:
    first = {i: 10.0 + i for i in range(1, 11)}
    second = {i: v * 1.5 for i, v in first.items()} | {11: 80.0}
    scenes = rounds_of({"r1": first, "r2": second}, ["all"], {i: {} for i in second})
    assert KpiAttack(scenes, truth=[{"kpi": first}, {"kpi": second}]).run([{}, {}]) == []


def test_t7_small_changes_leave_the_leaver_open_to_an_interval() -> None:
    values = dict.fromkeys(range(1, 11), 10.0) | {11: 90.0}
    scenes = rounds_of({"r1": values, "r2": dict.fromkeys(range(1, 11), 10.0)}, ["all"], {i: {} for i in values})
    program = program_over(scenes, drifting(scenes, 0.05))
    assert program is not None
    found = {i % 10**12: ends for i, ends in program.intervals({})}
    low, high = found[11]
    assert (low, high) == (
        pytest.approx(90 - 6.04, abs=0.01),
        pytest.approx(90 + 6.02, abs=0.5),
    )  # 5 % of 100, rounding


def test_t7_a_correction_between_editions_names_who_and_how_much() -> None:
    twelve = people(a=6, b=6)
    before = {"all": (12, {"mean": 20.0}), "sector=a": (6, {"mean": 20.0}), "sector=b": (6, {"mean": 20.0})}
    after = {"all": (12, {"mean": 21.0}), "sector=a": (6, {"mean": 20.0}), "sector=b": (6, {"mean": 22.0})}
    (change,) = corrections(parsed(document(before), twelve), parsed(document(after, edition=2), twelve))
    assert change.candidates == set(range(7, 13))
    assert change.low <= 12 <= change.high


def test_ratios_give_values_away_only_with_public_denominators() -> None:
    """All but one are in sector a: with the denominators known, the last one's ratio follows."""
    seven = people(a=6, b=1)
    data = [document({"all": (7, {"ratio": 30.0}), "sector=a": (6, {"ratio": 20.0})}, kind="ratio", scale=1)]
    assert attack(data, seven) == []
    known = replace(seven, denominators={"kpi": {1: 10, 2: 20, 3: 30, 4: 10, 5: 20, 6: 10, 7: 50}})
    found = attack(data, known)
    assert {(one.organisation, one.how) for one in found} == {(7, "ratios, public denominators")}
    assert all(one.low <= 50 <= one.high for one in found)  # (30 × 150 − 20 × 100) / 50
    assert len(ratio_sums(read(data[0], known), known)) == 2


def test_a_mean_of_zero_tells_everybody() -> None:
    five = people(a=5)
    assert {one.organisation for one in attack([document({"all": (5, {"mean": 0.0})})], five)} == {1, 2, 3, 4, 5}


def test_values_outside_the_legal_range_drop_the_range() -> None:
    """A mean above the scale: somebody confirmed an impossible value, the attack goes on without the range."""
    program = Program([Sum("all", frozenset({1, 2}), 23.0, 23.1)], 0.0, 10.0)
    assert (program.low, program.high) == (-np.inf, np.inf)
    intervals = dict(program.intervals({1: 12.0}))
    assert intervals[2] == (pytest.approx(11.0, abs=1e-5), pytest.approx(11.1, abs=1e-5))


@pytest.mark.parametrize("seed", range(4))
def test_what_is_seen_is_as_good_as_solving(seed: int) -> None:
    """Shared solutions only save work: every attacker finds what a program of its own finds."""
    one = random_round(seed, 24, held=0.2)
    data, people_ = careless_document(one, least=4), public(one)
    values = truth(one)["kpi"]
    shared = attack_all([data], people_, {"kpi": values})
    alone = {(f.organisation, f.attacker) for f in shared}
    scene = Scene(read(data, people_), people_)
    for attacker in people_.owners():
        mine = {i: values[i] for i in people_.same_owner(attacker)}
        fresh = KpiAttack([scene]).run([{"kpi": mine}], attacker)
        public_ones = {f.organisation for f in shared if f.attacker == -1}
        assert {f.organisation for f in fresh} - public_ones == {i for i, a in alone if a == attacker}


def test_a_document_says_what_it_is() -> None:
    data = json.loads(document({"all": (5, {"mean": 3.0})}, kind="ratio", numerator="a", denominator="b"))
    one = read(json.dumps(data).encode(), people(a=5))
    assert (one.scene, one.kind, one.expressions) == (("r1", 1), "ratio", ("a", "b"))
