"""Two rounds as one family, against a program that knows nothing of versions: a variable per organisation and round."""

import highspy
import numpy as np
import pytest

from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.atoms import Family
from benchmark.stats.disclosure.audit import PUBLIC, audit
from benchmark.stats.disclosure.publisher_rows import family_of
from benchmark.stats.disclosure.rounding import rounding_interval
from benchmark.stats.disclosure.scenes import EarlierRelease, cast_of, cast_of_all
from benchmark.stats.disclosure.selection import select, weights_of
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.tables import Table, compute_table
from tests.benchmark.stats.cases import indicator

POLICY = Policy()


def table(organisations: list[int], values: np.ndarray, sector: list[str]) -> Table:
    panel = Panel.build(organisations, {"sector": sector})
    made = kpi_values(indicator(), {"amount": Column.from_values(values)})
    return compute_table(indicator(), made, panel, lattice(panel))


def two_rounds(seed: int) -> tuple[Table, Table]:
    """Twenty organisations then; one left, one joined, one moved, and few changed by more than 5 %."""
    random = np.random.default_rng(seed)
    then = random.lognormal(3, 0.5, 20)
    sector = [f"s{i % 3}" for i in range(20)]
    now = np.where(random.random(20) < 0.93, then * random.uniform(0.97, 1.03, 20), random.lognormal(3, 0.5, 20))
    newer = sector.copy()
    newer[4] = "s0"
    gone = int(random.integers(0, 20))
    stay = [i for i in range(20) if i != gone]
    return (
        table([*stay, 20], np.append(now[stay], 25.0), [*(newer[i] for i in stay), "s1"]),
        table(list(range(20)), then, sector),
    )


def released(one: Table) -> EarlierRelease:
    return EarlierRelease(one, protect(one, indicator=indicator(), policy=POLICY))


def family(now: Table, then: Table) -> Family:
    passed = protect(now, indicator=indicator(), policy=POLICY)
    return family_of(now, passed, indicator(), POLICY, earlier=[released(then)])


def ends(tables: list[Table], organisation: int, scene: int, own: int) -> tuple[float, float]:
    """Least and greatest value of an organisation in a round, to who knows all values of `own` (−1: nobody)."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    place: dict[tuple[int, int], int] = {}
    known: dict[tuple[int, int], float] = {}
    for number, one in enumerate(tables):
        for who, value in zip(one.panel.organisation.tolist(), one.values.value.tolist(), strict=True):
            place[who, number] = len(place)
            known[who, number] = value
            solver.addVar(value, value) if who == own else solver.addVar(0, highspy.kHighsInf)
    for number, one in enumerate(tables):
        cells = protect(one, indicator=indicator(), policy=POLICY)
        for row in one.rows:
            mean = cells.group(row.key).cells["mean"].value
            if mean is not None:
                low, high = (end * len(row.members) for end in rounding_interval(mean, POLICY.digits))
                who = [place[int(one.panel.organisation[i]), number] for i in row.members]
                solver.addRow(low, high, len(who), np.array(who, np.int32), np.ones(len(who)))
    for (who, number), value in known.items():
        then = known.get((who, 1), np.inf)
        if number == 0 and abs(value - then) <= 0.05 * value:
            pair = np.array([place[who, 0], place[who, 1]], np.int32)
            solver.addRow(value - then, value - then, 2, pair, np.array([1.0, -1.0]))
    found = []
    for sign in (1.0, -1.0):
        solver.changeColCost(place[organisation, scene], sign)
        solver.run()
        bounded = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        found.append(solver.getSolution().col_value[place[organisation, scene]] if bounded else np.inf)
    return found[0], found[1]


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_verdict_equals_a_program_over_all_rounds(seed: int) -> None:
    now, then = two_rounds(seed)
    of = family(now, then)
    found = audit(of, range(len(of.rows)), exhaustive=True)
    cast = cast_of(now, [released(then)], POLICY)
    numbers = dict(zip(cast.contributor.tolist(), cast.organisation.tolist(), strict=True))
    by_public = {v.contributor for v in found.violations + found.given if v.attacker == PUBLIC}
    ours = {(v.contributor, v.attacker) for v in found.violations + found.given}
    assert found.violations
    for target in numbers:
        for attacker in (PUBLIC, *list(numbers)[::8]):
            if attacker == target or (attacker != PUBLIC and target in by_public):
                continue
            scenes = [s for s, one in enumerate((now, then)) if numbers[target] in one.panel.organisation]
            own = numbers.get(attacker, -1)
            truth = any(too_narrow([now, then], numbers[target], scene, own) for scene in scenes)
            assert ((target, attacker) in ours) == truth


def too_narrow(tables: list[Table], organisation: int, scene: int, own: int) -> bool:
    one = tables[scene]
    value = float(one.values.value[one.panel.organisation.tolist().index(organisation)])
    low, high = ends(tables, organisation, scene, own)
    return low > value * 0.9 * (1 + 1e-6) or high < value * 1.1 * (1 - 1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_selection_keeps_what_was_published_and_protects_all_versions(seed: int) -> None:
    now, then = two_rounds(seed)
    of = family(now, then)
    chosen = select([of], weights_of(of))
    left = [i for i, row in enumerate(of.rows) if row.fixed or row.name in chosen.published]
    assert chosen.optimal
    assert set(chosen.published) | set(chosen.withheld) == {row.name for row in of.rows if not row.fixed}
    assert audit(of, left, exhaustive=True).clean
    for row in of.rows:
        assert row.low <= of.values[row.members].sum() <= row.high


def test_bounds_of_a_version_are_the_tightest_of_its_rounds() -> None:
    first = table([1, 2, 3], np.array([98.0, 40, 10]), ["s"] * 3)
    later = table([1, 2, 3], np.array([100.0, 80, 10]), ["s"] * 3)
    passed, cast = (
        protect(later, indicator=indicator(), policy=POLICY),
        cast_of_all(later, [released(first)], POLICY),
    )
    of = family_of(later, passed, indicator(), POLICY, cast=cast)
    assert of.bounds(np.arange(4))[0].tolist() == [2, 0, 0, 0]
    assert of.values.tolist() == [100, 80, 10, 40]
