"""Shares: what the program calls protected or known is so, held against trying every way to answer."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.disclosure.publisher import protect_table
from benchmark.stats.disclosure.scenes import EarlierRelease, cast_of
from benchmark.stats.disclosure.shares_admission import Admission, admit_shares, stage_of, withheld_shares
from benchmark.stats.disclosure.shares_verify import (
    read_share_certificate,
    share_certificate_data,
    verify_shares,
)
from benchmark.stats.disclosure.witness_shares import Mates, Prover, ShareWitness
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import release_document
from benchmark.stats.tables import Table, compute_table
from tests.benchmark.stats import cases
from tests.benchmark.stats.cases import META, indicator
from tests.oracles import possible_answers as oracle
from tests.oracles.rounds import random_round

ORDINARY = indicator(kind="share", unit="%", direction="neutral")
SENSITIVE = indicator(kind="share", unit="%", direction="neutral", sensitive=True)
MULTIPLE = indicator(kind="share", question="q", unit="%", direction="neutral")


def small_policy(coalition: int = 1, **changes: object) -> Policy:
    """Rules for groups of three (four): small enough to try everything."""
    least = coalition + 2
    plain = {"min_contributors": least, "share_min_contributors": least, "coalition": coalition, "coalition_large": 2}
    return Policy(**{**plain, **changes})  # type: ignore[arg-type]


def single(answers: Sequence[int], options: int, panel: Panel, kpi: Indicator = ORDINARY) -> Table:
    column = Column.from_values(np.array(answers, dtype=float))
    names = [f"o{i}" for i in range(options)]
    return compute_table(kpi, kpi_values(kpi, {"amount": column}, None, names), panel, lattice(panel))


def multiple(chosen: np.ndarray, panel: Panel) -> Table:
    columns = {f"q.o{i}": Column.from_values(chosen[:, i].astype(float)) for i in range(chosen.shape[1])}
    return compute_table(MULTIPLE, kpi_values(MULTIPLE, columns), panel, lattice(panel))


def verdicts(table: Table, kpi: Indicator, policy: Policy, shown: ProtectedTable | None = None) -> dict[int, set[int]]:
    """Per option (−1: the single choice) who some coalition works out, by the program; nothing is given up."""
    passed = shown or protect(table, indicator=kpi, policy=policy)
    cast = cast_of(table, (), policy)
    stage, questions = stage_of(cast, passed, kpi, policy)
    size = cast.coalition(policy)
    found = {}
    for question in questions:
        prover = Prover(stage, question, size, Mates(stage, size))
        found[question.option] = {v for v in prover.counted() if prover.prove(v) is not None}
    return found


@dataclass(frozen=True)
class Small:
    """A round of four to seven organisations."""

    panel: Panel
    answers: np.ndarray
    options: int
    policy: Policy


@st.composite
def smalls(draw: st.DrawFn, most: int = 6, holdings: bool = True, **changes: object) -> Small:
    people = draw(st.integers(4, most))
    options = draw(st.integers(2, 3))
    dimensions = {name: draw(st.lists(st.sampled_from("xy"), min_size=people, max_size=people)) for name in ("d", "e")}
    owner = st.one_of(st.none(), st.integers(1, 2)) if holdings else st.none()
    owners = draw(st.lists(owner, min_size=people, max_size=people))
    answers = np.array(draw(st.lists(st.integers(0, options - 1), min_size=people, max_size=people)))
    policy = small_policy(draw(st.integers(1, 2)), **changes)
    return Small(Panel.build(range(1, people + 1), dimensions, owners), answers, options, policy)


def rows_of(released: ProtectedTable, table: Table) -> list[list[int]]:
    """Members of the groups of which shares are shown."""
    shown = {group.key for group, cell in released.cells() if cell.status == "released" and cell.statistic != "n"}
    return [sorted(row.members.tolist()) for row in table.rows if row.key in shown]


@settings(max_examples=60, deadline=None)
@given(smalls())
def test_ordinary_verdict_equals_trying_everything(one: Small) -> None:
    table = single(one.answers.tolist(), one.options, one.panel)
    passed = protect(table, indicator=ORDINARY, policy=one.policy)
    groups = rows_of(passed, table)
    owners = one.panel.contributor.tolist()
    data = oracle.every_answer(len(one.panel), one.options)
    good = oracle.believed(data, one.answers, [(m, [[k] for k in range(one.options)]) for m in groups])
    for members in groups:
        good &= oracle.nobody_unanimous(data, members, owners, one.policy.coalition)
    counted = sorted({m for members in groups for m in members})
    truth = oracle.known(data[good], one.answers, owners, counted, one.policy.coalition)
    assert verdicts(table, ORDINARY, one.policy).get(-1, set()) == truth


@settings(max_examples=20, deadline=None)
@given(smalls(most=5), st.booleans())
def test_what_is_released_in_the_end_tells_nobody(one: Small, sensitive: bool) -> None:
    kpi = SENSITIVE if sensitive else ORDINARY
    policy = replace(one.policy, share_step=1, share_bases=(20, 50), share_sensitive_count=1)
    table = single(one.answers.tolist(), one.options, one.panel, kpi)
    made = admit_shares(table, protect(table, indicator=kpi, policy=policy), kpi, policy)
    released = protect(table, indicator=kpi, policy=policy, withheld=made.pattern)
    assert made.certificate.open_claims == ()
    groups = rows_of(released, table)
    counted = sorted({m for members in groups for m in members})

    def publish(answers: np.ndarray) -> bytes:
        other = single(answers.tolist(), one.options, one.panel, kpi)
        return release_document(protect(other, indicator=kpi, policy=policy, withheld=made.pattern), kpi, META)

    data = oracle.every_answer(len(one.panel), one.options)
    good = oracle.printing_alike(data, publish, one.answers)
    assert oracle.known(data[good], one.answers, one.panel.contributor.tolist(), counted, policy.coalition) == set()


@settings(max_examples=30, deadline=None)
@given(smalls(most=5), st.integers(0, 2**15 - 1))
def test_multiple_choice_is_protected_option_by_option(one: Small, bits: int) -> None:
    """Every combination can be answered here: somebody chose nothing and somebody everything."""
    people = len(one.panel)
    chosen = np.array([[bits >> (3 * i + o) & 1 for o in range(one.options)] for i in range(people)], dtype=bool)
    chosen[0], chosen[1] = False, True
    table = multiple(chosen, one.panel)
    passed = protect(table, indicator=MULTIPLE, policy=one.policy)
    owners = one.panel.contributor.tolist()
    found = verdicts(table, MULTIPLE, one.policy)
    for option in range(one.options):
        truth, name = chosen[:, option].astype(int), f"share:o{option}"
        shown = {group.key for group in passed.groups if group.cells[name].status == "released"}
        groups = [sorted(row.members.tolist()) for row in table.rows if row.key in shown]
        data = oracle.every_answer(people, 2)
        good = oracle.believed(data, truth, [(m, [[1]]) for m in groups])
        for members in groups:
            other = np.where(data == 1, 1, 2)  # only "chosen" by nearly all is withheld
            good &= oracle.nobody_unanimous(
                np.where(other == 1, 0, np.arange(people) + 1), members, owners, one.policy.coalition
            )
        counted = sorted({m for members in groups for m in members})
        assert found.get(option, set()) == oracle.known(data[good], truth, owners, counted, one.policy.coalition)


def admitted(
    table: Table, kpi: Indicator, policy: Policy, earlier: Sequence[EarlierRelease] = ()
) -> tuple[ProtectedTable, Admission]:
    """What is released, and how that came about."""
    passed = protect(table, indicator=kpi, policy=policy)
    made = admit_shares(table, passed, kpi, policy, earlier=earlier)
    return protect(table, indicator=kpi, policy=policy, withheld=made.pattern), made


def check(
    table: Table, kpi: Indicator, policy: Policy, earlier: Sequence[EarlierRelease] = ()
) -> tuple[ProtectedTable, Admission]:
    """`admitted`, with every witness replayed from the stored certificate."""
    released, made = admitted(table, kpi, policy, earlier)
    stored = read_share_certificate(json.loads(json.dumps(share_certificate_data(made.certificate))))
    cast = cast_of(table, earlier, policy)
    outcome = verify_shares(stored, cast, released, kpi, policy, lambda done: release_document(done, kpi, META))
    assert verify_shares(stored, cast, released, kpi, policy, lambda done: b"", full=False) == outcome
    assert outcome.mismatches == 0
    assert outcome.uncovered == len(made.certificate.open_claims) == 0
    assert outcome.replayed == len(made.certificate.witnesses)
    return released, made


def random_table(
    seed: int, people: int, kpi: Indicator, *, categories: Sequence[int] = (3, 3, 2), options: int = 4, held: float = 0
) -> Table:
    one = random_round(seed, people, tuple(categories), held=held)
    random = np.random.default_rng(seed)
    parts = 1.0 / np.arange(1, options + 1)
    if kpi is MULTIPLE:
        return multiple(random.random((people, options)) < 0.7 * parts, one.panel)
    return single(random.choice(options, people, p=parts / parts.sum()).tolist(), options, one.panel, kpi)


@pytest.mark.parametrize(("counts", "printed"), [([27, 28, 5], "45 47 8"), ([6, 1, 2, 2, 17], "21 4 7 7 61")])
def test_rare_answers_are_published_with_a_certificate(counts: list[int], printed: str) -> None:
    answers = [option for option, count in enumerate(counts) for _ in range(count)]
    table = single(answers, len(counts), cases.panel(len(answers)))
    outcome = protect_table(table, ORDINARY, Policy())
    cells = cases.shown(outcome.protected)
    assert [cells[f"share:o{i}"] for i in range(len(counts))] == printed.split()
    assert outcome.certificate is not None
    assert outcome.certificate.certified == 1
    check(table, ORDINARY, Policy())


@pytest.mark.parametrize("kpi", [ORDINARY, SENSITIVE, MULTIPLE], ids=["ordinary", "sensitive", "multiple"])
@pytest.mark.parametrize("held", [0.0, 0.3])
def test_every_witness_replays_through_the_whole_publisher(kpi: Indicator, held: float) -> None:
    made = check(random_table(5, 40 if kpi is SENSITIVE else 30, kpi, held=held), kpi, Policy())[1]
    assert made.published > 0
    kinds = {one.kind for one in made.certificate.witnesses}
    assert kinds >= ({"W1"} if kpi is SENSITIVE else {"W1", "W2"})


def test_merged_options_have_witnesses_across_groups() -> None:
    made = check(random_table(1, 75, SENSITIVE, categories=(2, 2, 2)), SENSITIVE, Policy())[1]
    assert "W2" in {one.kind for one in made.certificate.witnesses}


def test_forged_witnesses_are_noticed() -> None:
    table = random_table(1, 20, ORDINARY, categories=(2, 2))
    released, made = admitted(table, ORDINARY, Policy())
    cast = cast_of(table, (), Policy())

    def outcome(*witnesses: ShareWitness) -> tuple[int, int]:
        forged = replace(made.certificate, witnesses=witnesses)
        document, quick = (
            verify_shares(
                forged,
                cast,
                released,
                ORDINARY,
                Policy(),
                lambda done: release_document(done, ORDINARY, META),
                full=full,
            )
            for full in (True, False)
        )
        assert document == quick
        return document.mismatches, document.uncovered

    good = made.certificate.witnesses
    assert outcome(*good) == (0, 0)
    first = good[0]
    chosen = table.values.chosen
    assert chosen is not None
    still = replace(first, chosen=chosen[first.versions])  # nobody moved
    alone = replace(first, versions=first.versions[:1], chosen=first.chosen[:1])  # one percentage would differ
    nothing = replace(first, chosen=np.zeros_like(first.chosen))  # no answer at all
    both = replace(first, chosen=np.stack([first.chosen.any(axis=0), np.zeros_like(first.chosen[0])]))
    assert first.kind == "W1"  # so one gives both answers and the other none: the counts stay
    for bad in (still, alone, nothing, both):
        assert outcome(bad, *good[1:])[0] == 1
    mine = [one for one in good if one.claim == first.claim]
    assert len(mine) > 1
    assert outcome(*(one for one in good if one.claim != first.claim)) == (0, 1)
    assert outcome(*(one for one in good if one.claim != first.claim), mine[0]) == (0, 1)  # its donor knows better


def test_fewest_shares_go_and_all_goes_last() -> None:
    """Of 12 organisations 6 in x; all who answered b are in x, and there all did: x goes, all stays."""
    dimensions = {"d": list("x" * 6 + "y" * 6)}
    panel = Panel.build(range(1, 13), dimensions)
    policy = small_policy(unanimous_share=0.99)
    answers = [1] * 5 + [0] + [0] * 6
    released, made = check(single(answers, 2, panel), ORDINARY, policy)
    assert released.group("all").cells["share:o0"].status == "released"
    assert released.group("d=y").cells["share:o0"].reason == "protected"  # unanimous
    assert (made.offered, made.published) == (2, 1)
    assert made.withheld == {("d=x", "share:o0"), ("d=x", "share:o1")}  # else all − x would tell that y chose a


def test_shares_given_up_are_as_few_as_trying_every_subset_finds() -> None:
    for seed in range(6):
        table = random_table(seed, 12, ORDINARY, categories=(2, 2), options=2)
        policy = small_policy()
        passed = protect(table, indicator=ORDINARY, policy=policy)
        made = check(table, ORDINARY, policy)[1]
        keys = [group.key for group in passed.groups if group.cells["share:o0"].status == "released"]
        fewest = min(
            len(gone)
            for size in range(len(keys) + 1)
            for gone in combinations(keys, size)
            if not verdicts(table, ORDINARY, policy, without(table, policy, gone)).get(-1)
        )
        assert fewest <= made.offered - made.published <= fewest + 1


def without(table: Table, policy: Policy, keys: Sequence[str]) -> ProtectedTable:
    withheld = [(key, "share:o0") for key in keys]
    return protect(table, indicator=ORDINARY, policy=policy, withheld=withheld)


def test_withheld_shares_do_not_tell_what_was_merged() -> None:
    answers = [0] * 20 + [1] * 15 + [2] * 1 + [3] * 2 + [4] * 2
    table = single(answers, 5, cases.panel(40), SENSITIVE)
    merged = protect(table, indicator=SENSITIVE, policy=Policy())
    assert "share:o2+o3+o4" in merged.group("all").cells
    gone = protect(table, indicator=SENSITIVE, policy=Policy(), withheld=[("all", "share:o0")])
    assert list(gone.group("all").cells) == ["n", *(f"share:o{i}" for i in range(5))]
    assert {cell.reason for name, cell in gone.group("all").cells.items() if name != "n"} == {"protected"}
    assert withheld_shares(gone) == {("all", f"share:o{i}") for i in range(5)}


def test_a_leaver_does_not_follow_from_two_rounds() -> None:
    """Eleven of twelve answer as before; the twelfth is gone: both rounds together would tell its answer."""
    policy, everybody, rest = Policy(), cases.panel(12), cases.panel(11)
    before = single([0] * 6 + [1] * 6, 2, everybody)
    earlier = EarlierRelease(before, protect(before, indicator=ORDINARY, policy=policy))
    now = single([0] * 6 + [1] * 5, 2, rest)
    released, made = check(now, ORDINARY, policy)
    assert made.published == 1
    released, made = check(now, ORDINARY, policy, [earlier])
    assert released.group("all").cells["share:o0"].reason == "protected"
    assert {(one.version, one.option) for one in made.certificate.claims} == {(i, -1) for i in range(12)}
    changed = single([1, 1] + [0] * 4 + [1] * 3 + [0] * 2, 2, rest)  # four changed: the leaver may have been one
    released, made = check(changed, ORDINARY, policy, [earlier])
    assert released.group("all").cells["share:o0"].status == "released"


def test_unchanged_answers_are_one_unknown_over_rounds() -> None:
    """By themselves both rounds are safe; the same people in other sectors make four rows of two."""
    policy = small_policy()
    then = Panel.build(range(1, 7), {"d": list("xxxyyy")})
    now = Panel.build(range(1, 7), {"d": list("xxyxyy")})
    answers = [0, 1, 0, 1, 0, 1]
    before = single(answers, 2, then)
    old, _ = admitted(before, ORDINARY, policy)
    table = single(answers, 2, now)
    alone = admitted(table, ORDINARY, policy)[1]
    released, made = check(table, ORDINARY, policy, [EarlierRelease(before, old)])
    assert made.published <= alone.published
    data = oracle.every_answer(6, 2)
    truth = np.array(answers)
    groups = [(m, [[0], [1]]) for m in rows_of(old, before) + rows_of(released, table)]
    good = oracle.believed(data, truth, groups)
    assert oracle.known(data[good], truth, list(range(6)), range(6), 1) == set()


def test_same_data_give_the_same_certificate() -> None:
    one, two = (admitted(random_table(2, 60, ORDINARY), ORDINARY, Policy())[1] for _ in range(2))
    assert share_certificate_data(one.certificate) == share_certificate_data(two.certificate)
    assert one.withheld == two.withheld


@pytest.mark.parametrize("kpi", [ORDINARY, SENSITIVE], ids=["ordinary", "sensitive"])
def test_large_coalitions_from_a_hundred_contributors(kpi: Indicator) -> None:
    _, made = admitted(random_table(0, 120, kpi), kpi, Policy())
    assert made.certificate.coalition == 2
    assert made.certificate.open_claims == ()


@pytest.mark.slow
@pytest.mark.parametrize(("people", "seconds"), [(300, 6.0), (5000, 12.0)])
def test_speed_does_not_depend_on_the_data(people: int, seconds: float) -> None:
    table = random_table(0, people, ORDINARY, categories=(5, 4, 3), options=6)
    started = time.process_time()
    _, made = admitted(table, ORDINARY, Policy())
    assert time.process_time() - started < seconds
    assert made.certificate.certified == 1
