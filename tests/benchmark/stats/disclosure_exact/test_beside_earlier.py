"""What has no proof beside all that is shown, and what it has beside the earlier releases alone."""

import numpy as np
import pytest

from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, admission_earlier, protect
from benchmark.stats.disclosure.admission_earlier import Before, Earlier
from benchmark.stats.disclosure.atoms import goal_of
from benchmark.stats.disclosure.figures import Figures
from benchmark.stats.disclosure.scenes import EarlierRelease, cast_of
from benchmark.stats.disclosure.witness import Claim, former_needs, needs_of
from benchmark.stats.disclosure.witness_cone import Found
from benchmark.stats.disclosure.witness_local import Search
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.tables import Table, compute_table
from tests.benchmark.stats.cases import indicator

AMOUNT, POLICY = indicator(), Policy()
SOME = [Claim(version, direction) for version in (3, 8, 14) for direction in (1, -1)]


def table(seed: int) -> Table:
    """Twenty organisations whose amounts change by a little from one round to the next."""
    x = np.random.default_rng(1).lognormal(4, 0.4, 20) * np.random.default_rng([seed, 2]).uniform(0.97, 1.03, 20)
    panel = Panel.build(range(1, 21), {"sector": ["a", "b"] * 10})
    values = kpi_values(AMOUNT, {"amount": Column.from_values(np.round(x, 1))})
    return compute_table(AMOUNT, values, panel, lattice(panel))


def nothing() -> tuple[Found, ...]:
    return ()


@pytest.fixture
def earlier() -> Earlier:
    """The second round beside the first, of which the mean of all is known; no claim has a witness yet."""
    old, new = table(0), table(1)
    every = protect(old, indicator=AMOUNT, policy=POLICY)
    rest = {
        (group.key, cell.statistic) for group, cell in every.cells() if (group.key, cell.statistic) != ("all", "mean")
    }
    released = protect(old, indicator=AMOUNT, policy=POLICY, withheld=rest)
    cast = cast_of(new, [EarlierRelease(old, released)], POLICY)
    goal = goal_of(AMOUNT, POLICY, new.values.value)
    search = Search(Figures(cast, protect(new, indicator=AMOUNT, policy=POLICY), AMOUNT), needs_of(cast, goal), 1)
    return Earlier(search, Before(former_needs(search.needs, cast, [goal], POLICY), nothing))


def ask(earlier: Earlier) -> None:
    """Prove some claims beside the mean of the first round."""
    assert earlier.ask(SOME) == []


def test_witnesses_beside_earlier_figures_are_used_as_far_as_all_that_is_shown_can_stand_them(earlier: Earlier) -> None:
    search, figures = earlier.search, earlier.search.figures
    shown = int(figures.active.sum())
    ask(earlier)
    assert int(figures.active.sum()) == shown
    earlier.take_over(SOME, give_up=False)
    assert int(figures.active.sum()) == shown
    assert all(search.gives(one) for one in search.witnesses)


def test_others_make_up_for_what_they_would_not_give(earlier: Earlier) -> None:
    search, figures = earlier.search, earlier.search.figures
    shown = int(figures.active.sum())
    ask(earlier)
    earlier.take_over(SOME, give_up=False)
    assert any(search.blocked_by(one) is not None for one in SOME)
    assert earlier.take_over(SOME)
    assert [search.blocked_by(one) for one in SOME] == [None] * len(SOME)
    assert int(figures.active.sum()) == shown
    assert all(search.gives(one) for one in search.witnesses)


def test_what_nobody_can_make_up_for_is_given_up_and_nothing_else(
    earlier: Earlier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission_earlier, "FEW_MOVE", 0)
    search, figures = earlier.search, earlier.search.figures
    before = figures.active.copy()
    ask(earlier)
    assert any(search.blocked_by(one) is not None for one in SOME)
    assert earlier.take_over(SOME)
    assert [search.blocked_by(one) for one in SOME] == [None] * len(SOME)
    given_up = np.flatnonzero(before & ~figures.active).tolist()
    assert 0 < len(given_up) < int(before.sum()) - 1
    assert not any(figures.all[one].fixed for one in given_up)
    assert all(search.gives(one) for one in search.witnesses)
    for number in given_up:
        assert any(not search.gives(one, only=number) for one in search.witnesses)


def test_what_has_a_proof_is_promised_in_full(earlier: Earlier) -> None:
    needs = earlier.search.needs
    assert earlier.as_promised(SOME) == ()
    assert earlier.search.needs.up.tolist() == needs.up.tolist()
    assert [earlier.search.blocked_by(one) for one in SOME] == [None] * len(SOME)
