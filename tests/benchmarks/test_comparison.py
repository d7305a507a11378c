"""Small instances of the comparison: ours is the optimum, discloses nobody, and shows no less than tau-ARGUS."""

import pytest

from tests.benchmarks import tau_argus
from tests.benchmarks.comparison import Instance, all_subsets


@pytest.mark.parametrize("seed", range(6))
def test_no_other_set_of_groups_weighs_more(seed: int) -> None:
    instance = Instance(20, seed, 2)
    assert len(instance.offered.rows) <= 12
    ours, best = (instance.outcome(name, how) for name, how in (("o", instance.ours()), ("b", all_subsets(instance))))
    assert ours.loss == pytest.approx(best.loss)
    assert (ours.violated, ours.recovered) == (0, 0)


def test_primary_rules_alone_disclose_somebody() -> None:
    """The attack that finds nobody in what we publish finds somebody here."""
    instance = Instance(30, 0, 2)
    careless = instance.outcome("primary", instance.primary())
    assert careless.violated >= careless.recovered > 0


@pytest.mark.parametrize("method", ["OPT", "MOD"])
def test_shows_no_less_than_tau_argus(method: str) -> None:
    instance = Instance(30, 0, 3)
    try:
        theirs = instance.outcome(method, instance.tau_argus(method))
    except tau_argus.Missing:
        pytest.skip("pytauargus is not installed: it is for comparison only")
    ours = instance.outcome("ours", instance.ours())
    assert ours.violated == 0
    assert ours.loss <= theirs.loss
    assert len(ours.groups) >= len(theirs.groups) > 5
