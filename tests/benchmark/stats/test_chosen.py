"""Chosen groups: every answer is recomputed from released bytes by a second program, and the attacker gains nothing."""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmark.stats.attack.attacker import attack, attack_all
from benchmark.stats.attack.reading import Participants
from benchmark.stats.blocks import BlockFacts, partition
from benchmark.stats.chosen import (
    LEAST,
    ChoiceError,
    ChosenGroup,
    Plan,
    answer,
    categories_of,
    conditions,
    plan,
    read_choice,
    weighted_middle,
)
from benchmark.stats.columns import Column
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.publisher import protect_family
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice, parse_key
from benchmark.stats.release import ReleasedTable, read_document, release_document
from benchmark.stats.tables import compute_table
from tests.benchmark.stats.cases import META, indicator
from tests.oracles.rounds import RandomRound, random_round

Question = dict[str, tuple[str, ...]]


@cache
def released(
    seed: int, size: int, shape: str = "lognormal", held: float = 0.0, *, together: bool = True
) -> tuple[RandomRound, bytes]:
    """A random round with blocks, released; protected together, or with the primary rules alone."""
    one = random_round(seed, size, (4, 3, 2), shape=shape, held=held, silent=0.05)
    kpi, blocks = indicator(), partition(one.panel, size=5, salt="round")
    values = kpi_values(kpi, {"amount": Column.from_values(one.values)}, None, ())
    table = compute_table(kpi, values, one.panel, lattice(one.panel, blocks=blocks.groups))
    protected = (
        protect_family([table], {"kpi": kpi}, Policy(), certified=False)["kpi"]
        if together
        else protect(table, indicator=kpi, policy=Policy())
    )
    return one, release_document(protected, kpi, META, blocks=blocks.facts)


def ask(table: ReleasedTable, given: Question) -> tuple[Plan, ChosenGroup | None]:
    choice = read_choice([f"{name}={'|'.join(codes)}" for name, codes in given.items()], categories_of([table]))
    made = plan(choice, {key: group.terms for key, group in table.groups.items()}, table.blocks)
    return made, None if made.group else answer(table, choice, made)


def questions(count: int) -> list[Question]:
    random = np.random.default_rng(5)
    found: list[Question] = []
    while len(found) < count:
        sets = {
            name: tuple(f"c{i}" for i in range(size) if random.random() < 0.5) for name, size in (("d0", 4), ("d1", 3))
        }
        found.append({name: codes for name, codes in sets.items() if codes})
    return found


def recomputed(data: bytes, given: Question) -> dict[str, Any]:
    """The answer by a second program that reads JSON and nothing else."""
    groups = json.loads(data)["groups"]
    occurring = {
        name: {part.split("=")[1] for g in groups for part in g["key"].split("&") if part.startswith(f"{name}=")}
        for name in given
    }
    asked = {name: set(codes) for name, codes in given.items() if set(codes) != occurring[name]}

    def fits(stratum: str) -> bool:
        has = dict(part.split("=") for part in stratum.split("&") if "=" in part)
        return all(has.get(name) in codes for name, codes in asked.items())

    blocks = [g for g in groups if "block" in g and any(map(fits, g["block"]["strata"]))]
    figures = [(g["n"], {c["statistic"]: c.get("value") for c in g["cells"]}) for g in blocks]
    means = [(n, cells["mean"]) for n, cells in figures if cells["mean"] is not None]
    middles = sorted((cells["p50"], n) for n, cells in figures if cells["p50"] is not None)
    whole = [value for value, n in middles for _ in range(n)]
    return {
        "keys": tuple(g["key"] for g in blocks),
        "size": sum(g["block"]["organisations"] for g in blocks),
        "n": sum(n for n, _mean in means),
        "mean": sum(Decimal(repr(mean)) * n for n, mean in means) / sum(n for n, _mean in means) if means else None,
        "median": float(np.median(whole)) if whole else None,
        "median_n": len(whole),
        "parts": len(means),
    }


@pytest.mark.parametrize(("seed", "size", "held"), [(1, 60, 0.0), (2, 100, 0.3), (3, 200, 0.0)])
def test_every_answer_follows_from_the_released_bytes(seed: int, size: int, held: float) -> None:
    data = released(seed, size, held=held)[1]
    table = read_document(data)
    compared = 0
    for given in questions(160):
        try:
            made, found = ask(table, given)
        except ChoiceError:
            pytest.fail(f"{given} was refused")
        if found is None:
            continue
        expected = recomputed(data, given)
        if len(expected["keys"]) < 2 or expected["size"] < LEAST:  # grown by a neighbour: see the test below
            assert set(expected["keys"]) < set(made.blocks)
            continue
        assert made.blocks == expected["keys"]
        assert made.organisations == expected["size"]
        assert found.n == expected["n"]
        if expected["parts"] >= 2 and expected["n"] >= LEAST:
            assert found.mean is not None
            assert found.mean == pytest.approx(float(expected["mean"]), rel=5.1e-3)  # three digits
            compared += 1
        else:
            assert found.mean is None
        if found.median is not None:
            assert found.median == pytest.approx(expected["median"], rel=0.051)  # two digits
    assert compared > 40


def cover(table: ReleasedTable, members: Mapping[str, set[int]], made: Plan) -> set[int]:
    return set().union(*(members[key] for key in made.blocks))


@pytest.mark.parametrize(("seed", "size"), [(1, 60), (2, 100)])
def test_no_two_answers_differ_by_less_than_a_block(seed: int, size: int) -> None:
    """G and G∖{j}: whatever is chosen, what tells two answers apart is whole blocks of five organisations or more."""
    one, data = released(seed, size)
    table = read_document(data)
    blocks = partition(one.panel, size=5, salt="round")
    members = {group.key: set(group.members.tolist()) for group in blocks.groups}
    covers = {
        frozenset(cover(table, members, made)) for made, found in (ask(table, q) for q in questions(160)) if found
    }
    assert len(covers) > 10
    for first in covers:
        for second in covers:
            for tracked in (first - second, first ^ second, first & second):
                assert not tracked or len(tracked) >= 5
                assert all(part <= tracked or not part & tracked for part in members.values())


def attacked(one: RandomRound, data: bytes) -> set[int]:
    """Organisations that the public or any participant works out, when everybody knows who is in which block."""
    codes = partition(one.panel, size=5, salt="round").codes(len(one.panel))
    organisations = one.panel.organisation.tolist()
    attributes = {i: {**one.attributes[i], "block": codes[row]} for row, i in enumerate(organisations)}
    known = {i: value for i, value in zip(organisations, one.values.tolist(), strict=True) if math.isfinite(value)}
    people = Participants(attributes, one.holding, {"kpi": frozenset(set(attributes) - set(known))})
    found = [*attack([data], people), *attack_all([data], people, {"kpi": known})]
    return {one.organisation for one in found}


ROUNDS = [(1, 60, "lognormal", 0.0), (2, 100, "lognormal", 0.3), (4, 60, "heavy", 0.0), (5, 60, "zeros", 0.0)]


@pytest.mark.parametrize(("seed", "size", "shape", "held"), ROUNDS)
def test_attacker_who_knows_all_blocks_finds_nobody(seed: int, size: int, shape: str, held: float) -> None:
    """Answers are made of block figures, so who has those has every answer: the attack is on all of them at once."""
    assert attacked(*released(seed, size, shape, held)) == set()


def test_blocks_that_are_not_protected_together_with_the_lattice_disclose_somebody() -> None:
    assert sum(len(attacked(*released(*one, together=False))) for one in ROUNDS) > 0


TERMS = {
    "all": (),
    **{key: parse_key(key) for key in ("s=a", "s=b", "s=c", "s=a|b", "s=a&z=1", "s=a&z=2", "s=b&z=1", "s=c&z=2")},
}
FACTS = {
    "block=b01": BlockFacts(7, ("s=a&z=1",)),
    "block=b02": BlockFacts(6, ("s=a&z=2", "s=b&z=1")),
    "block=b03": BlockFacts(12, ("s=c&z=2",)),
    "block=b04": BlockFacts(5, ("s=c",)),
}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({}, Plan("all")),
        ({"s": ("a",)}, Plan("s=a")),
        ({"s": ("a", "b")}, Plan("s=a|b")),
        ({"s": ("a",), "z": ("2",)}, Plan("s=a&z=2")),
        ({"s": ("a", "c")}, Plan("", tuple(FACTS), 30, ("s=b&z=1",))),
        ({"z": ("1",)}, Plan("", ("block=b01", "block=b02"), 13, ("s=a&z=2",))),
        # one block of seven grows by the nearest: the one that shares a category
        ({"s": ("a", "b"), "z": ("1",)}, Plan("", ("block=b01", "block=b02"), 13, ("s=a&z=2",))),
        ({"s": ("b", "c"), "z": ("2",)}, Plan("", ("block=b02", "block=b03"), 18, ("s=a&z=2", "s=b&z=1"))),
    ],
)
def test_a_filter_is_a_group_of_the_release_or_the_smallest_cover(choice: Question, expected: Plan) -> None:
    assert plan(choice, TERMS, FACTS) == expected


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (["s"], "unreadable"),
        (["all"], "unreadable"),
        (["s=a&z=1"], "unreadable"),
        (["s="], "unreadable"),
        (["x=a"], "unknown"),
        (["s=d"], "unknown"),
        (["block=b01"], "unknown"),
        (["s=a"] * 61, "too_many"),
    ],
)
def test_nonsense_is_refused_with_what_is_wrong(given: list[str], problem: str) -> None:
    with pytest.raises(ChoiceError) as refused:
        read_choice(given, {"s": ("a", "b", "c"), "z": ("1", "2")})
    assert refused.value.problem == problem


def test_conditions_add_up_and_everything_is_no_condition() -> None:
    known = {"s": ("a", "b", "c|d"), "z": ("1", "2")}
    choice = read_choice(["z=2", "s=c%7Cd", "s=a", "z=1"], known)
    assert choice == {"s": ("a", "c|d")}
    assert conditions(choice) == ["s=a", "s=c%7Cd"]
    assert read_choice(conditions(choice), known) == choice
    assert read_choice(["s=a|b"], known) == {"s": ("a", "b")}


@pytest.mark.parametrize(
    ("blocks", "choice", "problem"),
    [
        ({}, {"s": ("a", "c")}, "no_blocks"),
        ({"block=b01": FACTS["block=b01"]}, {"s": ("a", "c")}, "no_blocks"),
        (FACTS, {"region": ("north", "east")}, "no_strata"),
    ],
)
def test_a_release_says_what_it_cannot_answer(blocks: Mapping[str, BlockFacts], choice: Question, problem: str) -> None:
    with pytest.raises(ChoiceError) as refused:
        plan(choice, TERMS, blocks)
    assert refused.value.problem == problem


def test_weighted_middle_is_the_median_of_the_repeated_values() -> None:
    random = np.random.default_rng(1)
    for _ in range(200):
        pairs = [(float(value), int(n)) for value, n in random.integers(1, 9, size=(random.integers(1, 7), 2))]
        whole = [value for value, n in pairs for _ in range(n)]
        assert weighted_middle(pairs) == float(np.median(whole))
    with pytest.raises(ValueError, match="no values"):
        weighted_middle([])
