"""Mutants are still made of what the source says; a few are killed here, all by `make mutants`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.listing import MUTANTS, QUICK, Mutant
from tests.mutants.run import PROJECT, copied, failed, killed, places


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.name)
def test_mutant_fits_the_source_and_its_tests_exist(mutant: Mutant) -> None:
    assert places(mutant) == 1, f"{mutant.path} has changed: make the mutant anew"
    assert mutant.before != mutant.after
    for killer in mutant.killers:
        path, _, name = killer.partition("::")
        assert f"def {name}(" in (PROJECT / path).read_text()


def test_there_are_enough_and_each_has_its_own_name() -> None:
    assert len({one.name for one in MUTANTS}) == len(MUTANTS) >= 24
    assert {one.name for one in MUTANTS} >= set(QUICK)


@pytest.fixture(scope="module")
def copy() -> Iterator[Path]:
    """The source in a copy, where the tests pass as long as nothing is wrong."""
    with copied() as root:
        assert not failed(root, [killer for one in MUTANTS if one.name in QUICK for killer in one.killers])
        yield root


@pytest.mark.parametrize("name", QUICK)
def test_quick_mutant_is_killed(copy: Path, name: str) -> None:
    assert killed(copy, next(one for one in MUTANTS if one.name == name))
