"""The attacker on releases by hand with known answers, and on careless benchmarks with recorded counts."""

import json
import math

import numpy as np
import pytest

from benchmark.stats.attack.attacker import attack, attack_all, structurally_determined
from benchmark.stats.attack.prints import exact_prints
from benchmark.stats.attack.reading import Participants, UnreadableDocumentError, read, unrounded
from benchmark.stats.attack.structure import complements
from benchmark.stats.disclosure.rounding import rounding_interval
from tests.oracles.rounds import SHAPES, RandomRound, careless_document, p_rule, random_round

POLICY = {"digits": 3, "quantile_digits": 2, "quantile_digits_below": 30}


def document(groups: dict[str, tuple[int, dict[str, float]]], **indicator: object) -> bytes:
    """A document by hand: key → (n, figures)."""
    cells = {
        key: [{"statistic": name, "status": "released", "value": value} for name, value in figures.items()]
        for key, (_, figures) in groups.items()
    }
    return json.dumps(
        {
            "indicator": {"code": "kpi", "unit": "s", "range": {"min": 0}, "scale_type": "unbounded"} | indicator,
            "policy": POLICY,
            "groups": [{"key": key, "n": n, "cells": cells[key]} for key, (n, _) in groups.items()],
        }
    ).encode()


def seven(last: str = "b") -> Participants:
    """Organisations 1–5 in sector a, 6 and 7 in sector b (or the last one in another)."""
    sectors = dict.fromkeys(range(1, 6), "a") | {6: "b", 7: last}
    return Participants({i: {"sector": sector} for i, sector in sectors.items()})


def truth(one: RandomRound) -> dict[str, dict[int, float]]:
    pairs = zip(one.panel.organisation.tolist(), one.values.tolist(), strict=True)
    return {"kpi": {i: value for i, value in pairs if math.isfinite(value)}}


def public(one: RandomRound) -> Participants:
    known = truth(one)["kpi"]
    return Participants(one.attributes, one.holding, {"kpi": frozenset(set(one.attributes) - set(known))})


def test_sixth_follows_by_subtraction() -> None:
    six = Participants({i: {"sector": "a" if i < 6 else "b"} for i in range(1, 7)})
    found = attack([document({"all": (6, {"mean": 35.0}), "sector=a": (5, {"mean": 30.0})})], six)
    assert {(one.organisation, one.how) for one in found} == {
        (6, "interval program"),
        (6, "all without sector=a"),
    }
    assert found[0].low == pytest.approx(59.45)  # 6 × 34.95 − 5 × 30.05
    assert found[0].high == pytest.approx(60.55)


def test_one_of_two_sees_the_other() -> None:
    data = [document({"all": (7, {"mean": 40.0}), "sector=a": (5, {"mean": 30.0})})]
    assert attack(data, seven()) == []
    found = attack(data, seven(), own={"kpi": {6: 60.0}}, attacker=6)
    assert {(one.organisation, one.attacker) for one in found} == {(7, 6)}
    assert {round((one.low + one.high) / 2, 6) for one in found} == {70}
    everybody = attack_all(data, seven(), {"kpi": {6: 60.0, 7: 70.0}})
    assert {(one.organisation, one.attacker) for one in everybody} == {(7, 6), (6, 7)}


def test_holding_knows_its_own() -> None:
    eight = Participants({i: {"sector": "a" if i < 6 else "b"} for i in range(1, 9)}, {6: 1, 7: 1})
    data = [document({"all": (8, {"mean": 45.0}), "sector=a": (5, {"mean": 30.0})})]
    found = attack_all(data, eight, {"kpi": {6: 60.0, 7: 70.0, 8: 80.0}})
    assert {(one.organisation, one.attacker) for one in found} == {(8, 6)}
    assert attack_all(data, Participants(eight.attributes), {"kpi": {6: 60.0, 7: 70.0, 8: 80.0}}) == []


def test_group_of_unknown_composition_is_left_out() -> None:
    data = [document({"all": (5, {"mean": 36.0}), "sector=a": (4, {"mean": 30.0})})]
    six = Participants({i: {"sector": "a" if i < 6 else "b"} for i in range(1, 7)})
    assert attack(data, six) == []
    knows = Participants(six.attributes, {}, {"kpi": frozenset({1})})
    assert {one.organisation for one in attack(data, knows)} == {6}


def test_hundred_percent_tells_everybody() -> None:
    data = document({"all": (5, {"share:yes": 100, "share:no": 0})}, unit="%", range={"min": 0, "max": 100})
    found = attack([data], Participants({i: {} for i in range(1, 6)}))
    assert {(one.organisation, one.kpi, one.low) for one in found} == {
        (i, f"kpi:{option}", float(option == "yes")) for i in range(1, 6) for option in ("yes", "no")
    }


def test_the_only_yes_knows_that_all_others_are_no() -> None:
    data = document({"all": (10, {"share:yes": 10, "share:no": 90})})
    ten = Participants({i: {} for i in range(1, 11)})
    assert attack([data], ten) == []
    found = attack([data], ten, own={"kpi:yes": {1: 1.0}}, attacker=1)
    assert {one.organisation for one in found} == set(range(2, 11))


def test_rounded_percentage_of_many_leaves_room() -> None:
    data = document({"all": (300, {"share:yes": 100})})
    assert attack([data], Participants({i: {} for i in range(1, 301)})) == []  # 299 of 300 is 100 % too


def test_complements_name_the_parts() -> None:
    groups = {
        "all": frozenset(range(7)),
        "s=a": frozenset({0, 1, 2}),
        "s=b": frozenset({3, 4, 5}),
        "t=x": frozenset({0, 3}),
    }
    found = {(whole, parts): set(rest) for whole, parts, rest in complements(groups)}
    assert found[("all", ("s=a", "s=b"))] == {6}
    assert found[("all", ("s=a",))] == {3, 4, 5, 6}
    assert ("s=a", ("t=x",)) not in found


def test_plain_quantile_prints_a_value_and_smoothed_is_not_taken_for_one() -> None:
    one = random_round(0, 31)
    data = careless_document(one, least=31, digits=None, quantiles=True)
    printed = [p.value for p in exact_prints(read(data, public(one)))]
    assert sorted(printed) == sorted(np.sort(one.values)[[3, 15, 27]])
    assert not [f for f in attack([data], public(one)) if "printed" in f.how]


@pytest.mark.parametrize("value", [54.8, 100.0, 0.0123, 1360000.0, -0.01, 9.99, 1.0, 1000.0])
@pytest.mark.parametrize("digits", [2, 3])
def test_both_sides_agree_on_what_a_rounded_figure_says(value: float, digits: int) -> None:
    shown = float(f"{value:.{digits - 1}e}")
    assert unrounded(shown, digits) == pytest.approx(rounding_interval(shown, digits), rel=1e-12)


def test_garbage_is_refused() -> None:
    for data in (b"", b"[]", b'{"groups": []}'):
        with pytest.raises(UnreadableDocumentError):
            read(data, seven())


# (seed, organisations of 30 that somebody places within 5 %: least 5, least 10, primary rules only, exact means)
RECORDED = [(0, 0, 0, 0, 2), (1, 2, 0, 0, 2), (2, 5, 0, 5, 10), (3, 4, 0, 2, 11)]


@pytest.mark.parametrize(("seed", "least_5", "least_10", "primary", "exact"), RECORDED)
def test_careless_benchmarks_are_broken(seed: int, least_5: int, least_10: int, primary: int, exact: int) -> None:
    one = random_round(seed)

    def broken(data: bytes) -> int:
        found = attack_all([data], public(one), truth(one))
        known = truth(one)["kpi"]
        assert all(f.low - 1e-6 <= known[f.organisation] <= f.high + 1e-6 for f in found)  # never a false claim
        return len({f.organisation for f in found})

    assert broken(careless_document(one, least=5)) == least_5
    assert broken(careless_document(one, least=10)) == least_10
    assert broken(careless_document(one, least=5, passes=p_rule)) == primary
    exact_means = careless_document(one, least=5, digits=None)
    assert broken(exact_means) == exact
    # With exact means the row space alone says the same.
    determined = structurally_determined(read(exact_means, public(one)), public(one))
    assert len({target for target, _ in determined}) == exact


PRINTED = [(0, 10), (1, 13), (2, 14), (3, 16)]


@pytest.mark.parametrize(("seed", "values"), PRINTED)
def test_plain_quantiles_print_exact_values(seed: int, values: int) -> None:
    one = random_round(seed)
    printed = [
        p.value for p in exact_prints(read(careless_document(one, least=5, digits=None, quantiles=True), public(one)))
    ]
    assert len(printed) == values
    assert set(printed) <= set(one.values.tolist())


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_no_false_claim_with_holdings_and_silence(shape: str) -> None:
    one = random_round(7, 24, shape=shape, held=0.3, silent=0.15)
    known = truth(one)["kpi"]
    for digits in (None, 3):
        for found in attack_all([careless_document(one, least=3, digits=digits)], public(one), truth(one)):
            assert found.low - 1e-5 <= known[found.organisation] <= found.high + 1e-5
