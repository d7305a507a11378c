"""The check modulo a prime names whom the attacker's own exact fractions name."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.attack.structure import determined
from benchmark.stats.columns import Panel
from benchmark.stats.disclosure.atoms import SumRow
from benchmark.stats.disclosure.audit import audit
from benchmark.stats.disclosure.selection import select
from benchmark.stats.disclosure.structure_check import PRIME, null_space, suspects
from tests.benchmark.stats.disclosure_exact.families import family, rounded_means
from tests.benchmark.stats.disclosure_exact.test_selection import random_family, weights_of


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 10**6), st.integers(4, 24), st.sampled_from([0.0, 0.4]))
def test_names_the_same_as_exact_fractions(seed: int, size: int, held: float) -> None:
    random = np.random.default_rng(seed)
    dimensions = {"x": random.choice(list("abc"), size).tolist(), "y": random.choice(list("de"), size).tolist()}
    holding = [int(random.integers(1, 4)) if random.random() < held else None for _ in range(size)]
    panel = Panel.build(range(size), dimensions, holding)
    of = rounded_means(random.lognormal(3, 1, size), panel, least=2)
    rows = [int(i) for i in np.flatnonzero(random.random(len(of.rows)) < 0.8)]
    units = of.units(rows)
    owner = panel.contributor
    ours = {
        (int(units.organisation[one.unit]), one.attacker)
        for one in suspects(of, rows)
        if units.organisation[one.unit] >= 0  # the totals of holdings are no values of organisations
    }
    groups = [frozenset(of.rows[i].members.tolist()) for i in rows]
    owners = {i: frozenset(np.flatnonzero(owner == owner[i]).tolist()) for i in range(size)}
    theirs = {(target, -1 if attacker < 0 else int(owner[attacker])) for target, attacker in determined(groups, owners)}
    public = {target for target, attacker in theirs if attacker == -1}
    assert {target for target, attacker in ours if attacker == -1} == public
    assert {one for one in ours if one[0] not in public} == {one for one in theirs if one[0] not in public}


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8), st.integers(1, 8))
def test_null_space_is_all_of_it(seed: int, rows: int, columns: int) -> None:
    matrix = np.random.default_rng(seed).integers(0, 2, (rows, columns))
    null = null_space(matrix)
    assert not ((matrix @ null) % PRIME).any()
    assert null.shape == (columns, columns - np.linalg.matrix_rank(matrix))


def test_exact_sums_make_every_suspect_a_disclosure() -> None:
    ever: set[tuple[int, int]] = set()
    for seed in range(6):
        of = random_family(seed, 30, (3, 3, 2))
        exact = tuple(
            SumRow(row.name, row.members, *[of.values[row.members].sum()] * 2, fixed=row.fixed) for row in of.rows
        )
        of = replace(of, rows=exact)
        everything = list(range(len(of.rows)))
        units = of.units(everything)
        found = {(v.contributor, v.atom) for v in audit(of, everything, exhaustive=True).violations}
        named = {(int(units.contributor[s.unit]), int(units.atom[s.unit])) for s in suspects(of, everything)}
        assert named <= found
        ever |= named
    assert ever


def test_suspects_that_rounding_protects_lead_to_no_cut() -> None:
    wide = family([10, 20, 30, 40, 50, 60], [(range(6), 207, 213), (range(5), 147, 153)])
    assert suspects(wide, [0, 1])
    assert select([wide], weights_of(wide)).withheld == ()
