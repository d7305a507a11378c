"""What the product releases withstands its own attacker, and what it withholds is little and reproducible."""

import numpy as np
import pytest

from benchmark.stats.attack.attacker import attack_all
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.audit import audit
from benchmark.stats.disclosure.publisher import protect_family, protect_table
from benchmark.stats.disclosure.publisher_rows import family_of, parse_row_name
from tests.benchmark.stats.attack.test_attacker import public, truth
from tests.benchmark.stats.cases import indicator
from tests.benchmark.stats.disclosure_exact.made import RATIO, protected_round, released_round, table_of_round
from tests.oracles.rounds import SHAPES, random_round

ROUNDS = [(shape, seed, held, silent) for shape in sorted(SHAPES) for seed, held, silent in ((0, 0, 0), (1, 0.3, 0.1))]


@pytest.mark.parametrize(("shape", "seed", "held", "silent"), ROUNDS)
def test_attacker_recovers_nobody(shape: str, seed: int, held: float, silent: float) -> None:
    one = random_round(seed, 30, shape=shape, held=held, silent=silent)
    assert attack_all([released_round(one)], public(one), truth(one), within=0.099) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_attacker_recovers_nobody_in_more_rounds(seed: int) -> None:
    random = np.random.default_rng(seed)
    shape = sorted(SHAPES)[seed % len(SHAPES)]
    one = random_round(seed, int(random.integers(20, 70)), shape=shape, held=0.2 * (seed % 3), silent=0.1 * (seed % 2))
    assert attack_all([released_round(one)], public(one), truth(one), within=0.099) == []


@pytest.mark.parametrize(
    "changes", [{}, RATIO, {"unit": "%", "range": {"min": 0, "max": 100}, "scale_type": "bounded"}]
)
def test_secondary_suppression_is_exactly_what_the_report_says(changes: dict) -> None:
    one, kpi = random_round(3, 30), indicator(**changes)
    table, made = protected_round(one, kpi)
    first, report = protect(table, indicator=kpi, policy=Policy()), made.reports["kpi"]
    gone = {
        (group.key, name)
        for group in first.groups
        for name, cell in group.cells.items()
        if cell.status == "released" and made["kpi"].group(group.key).cells[name].status == "suppressed"
    }
    assert gone == {parse_row_name(name) for name in report.withheld}
    assert report.offered == report.published + len(report.withheld)
    assert (report.violations, report.optimal) == (0, True)
    assert all(made["kpi"].group(key).cells[name].reason == "protected" for key, name in gone)


def test_primary_rules_alone_leave_somebody_and_the_family_does_not() -> None:
    one, kpi = random_round(3, 30), indicator()
    table, made = protected_round(one, kpi)
    before = family_of(table, protect(table, indicator=kpi, policy=Policy()), kpi, Policy())
    after = family_of(table, made["kpi"], kpi, Policy())
    assert audit(before, range(len(before.rows))).violations
    assert audit(after, range(len(after.rows)), exhaustive=True).clean


def test_ratios_are_audited_with_known_denominators() -> None:
    one, kpi = random_round(2, 30), indicator(**RATIO)
    table, made = protected_round(one, kpi)
    family = family_of(table, made["kpi"], kpi, Policy())
    assert {parse_row_name(row.name)[1] for row in family.rows} == {"mean", "ratio"}
    assert audit(family, range(len(family.rows)), exhaustive=True).clean
    for row in family.rows:  # the truth lies in every published interval
        weights = np.ones(row.members.size) if row.weights is None else row.weights
        assert row.low <= float(weights @ family.values[row.members]) <= row.high


def test_pattern_of_last_round_is_preferred_and_results_are_reproducible() -> None:
    one, kpi = random_round(3, 30), indicator()
    table = table_of_round(one, kpi)
    first = protect_family([table], {"kpi": kpi}, Policy(), certified=False)
    before = {"kpi": frozenset(first.reports["kpi"].withheld)}
    again = protect_family([table], {"kpi": kpi}, Policy(), withheld_before=before, certified=False)
    assert first["kpi"] == again["kpi"]


def test_table_without_indicator_is_refused() -> None:
    with pytest.raises(KeyError):
        protect_family([table_of_round(random_round(1), indicator())], {}, Policy())


def test_a_round_of_which_nothing_may_be_shown_is_released_blank() -> None:
    """A sensitive figure that is nearly the same for everybody passes no primary rule: there is nothing to select."""
    one, kpi = random_round(199, 30, shape="alike"), indicator(unit="eur", range={"min": 0}, sensitive=True)
    _, made = protected_round(one, kpi)
    assert (made.reports["kpi"].offered, made.reports["kpi"].violations) == (0, 0)
    assert all(cell.status == "suppressed" for _, cell in made["kpi"].cells() if cell.statistic != "n")


def test_more_effort_shows_more_percentiles_and_proves_all_of_them() -> None:
    table, shown = table_of_round(random_round(2, 60), indicator()), []
    for effort in (0.2, 1.0, 3.0):
        report = protect_table(table, indicator(), Policy(), effort=effort).report
        assert report.certificate is not None
        assert report.certificate.certified == 1
        shown.append(report.quantiles_offered - len(report.quantiles_withheld))
    assert shown[0] < shown[1] < shown[2]
