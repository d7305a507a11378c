"""Released shares against the attacker, who shares no code with what protects them."""

import pytest

from benchmark.stats.attack.attacker import attack_all
from benchmark.stats.attack.reading import Participants
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.publisher import protect_table
from benchmark.stats.indicators import Indicator
from benchmark.stats.release import release_document
from benchmark.stats.tables import Table
from tests.benchmark.stats.cases import META
from tests.benchmark.stats.disclosure_exact.test_shares import MULTIPLE, ORDINARY, random_table
from tests.oracles.rounds import RandomRound


def own_answers(table: Table) -> dict[str, dict[int, float]]:
    """What every organisation knows of itself: option by option."""
    chosen, organisation = table.values.chosen, table.panel.organisation.tolist()
    assert chosen is not None
    return {
        f"kpi:{option}": dict(zip(organisation, chosen[:, place].astype(float).tolist(), strict=True))
        for place, option in enumerate(table.values.options)
    }


@pytest.mark.parametrize(
    ("seed", "kpi", "held", "worked_out"),
    [(3, ORDINARY, 0.0, 11), (7, ORDINARY, 0.0, 7), (4, MULTIPLE, 0.0, 29)],
)
def test_attacker_works_nobody_out(seed: int, kpi: Indicator, held: float, worked_out: int) -> None:
    table = random_table(seed, 40, kpi, options=3, held=held)
    one = RandomRound(table.panel, table.values.value)
    everybody, own = Participants(one.attributes, one.holding), own_answers(table)

    def recovered(certified: bool) -> set[int]:
        if certified:
            made = protect_table(table, kpi, Policy()).protected
        else:
            made = protect(table, indicator=kpi, policy=Policy())
        return {found.organisation for found in attack_all([release_document(made, kpi, META)], everybody, own)}

    assert len(recovered(False)) == worked_out  # the primary rules alone leave the hole that this closes
    assert recovered(True) == set()
