"""Certificates: found witnesses replay byte for byte, forged ones do not, and unproven quantiles stay back."""

from dataclasses import replace

import numpy as np
import pytest

from benchmark.stats.disclosure import Policy
from benchmark.stats.disclosure.certificate import Certificate, Publisher, verify_certificate
from benchmark.stats.disclosure.publisher import ProtectedTables, protect_table
from benchmark.stats.disclosure.scenes import EarlierRelease
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import lattice
from benchmark.stats.quantiles import PERCENT
from benchmark.stats.release import release_document
from benchmark.stats.tables import Table
from tests.benchmark.stats.cases import META, indicator
from tests.benchmark.stats.disclosure_exact.made import protected_round, table_of_round
from tests.oracles.rounds import RandomRound, next_round, random_round


def publisher_of(one: RandomRound, table: Table, made: ProtectedTables, kpi: Indicator) -> Publisher:
    return Publisher(
        table, lattice(one.panel), kpi, Policy(), made["kpi"], lambda done: release_document(done, kpi, META)
    )


def certified_round(seed: int, **kinds: float) -> tuple[Publisher, Certificate, ProtectedTables]:
    one, kpi = random_round(seed, 24, **kinds), indicator()
    table, made = protected_round(one, kpi, certified=True)
    certificate = made.reports["kpi"].certificate
    assert certificate is not None
    return publisher_of(one, table, made, kpi), certificate, made


@pytest.mark.parametrize(("seed", "held", "silent"), [(0, 0.0, 0.0), (1, 0.3, 0.1), (2, 0.0, 0.2)])
def test_every_claim_is_proven_and_every_witness_gives_the_same_bytes(seed: int, held: float, silent: float) -> None:
    publisher, certificate, _ = certified_round(seed, held=held, silent=silent)
    answered = int(publisher.table.values.answered.sum())
    assert len(certificate.claims) == 2 * answered
    assert certificate.certified == 1
    outcome = verify_certificate(certificate, publisher)
    assert outcome.sound
    assert outcome.replayed == len(certificate.witnesses)
    assert {one.kind for one in certificate.witnesses} == {"W1", "W2"}
    assert verify_certificate(certificate, publisher, full=False).sound


def test_verifier_notices_forgery() -> None:
    publisher, certificate, _ = certified_round(0)
    first = next(one for one in certificate.witnesses if one.value is not None)
    others = tuple(one for one in certificate.witnesses if one is not first)
    values = publisher.table.values.value
    assert first.value is not None
    forged = replace(first, value=first.value * 1.05)  # other bytes
    negative = replace(first, value=np.full(first.value.shape, -1.0))  # not legal
    twice = replace(first, versions=np.repeat(first.versions[:1], first.versions.size))
    for bad in (forged, negative, twice):
        for full in (True, False):
            outcome = verify_certificate(replace(certificate, witnesses=(*others, bad)), publisher, full=full)
            assert outcome.mismatches == 1
            assert not outcome.sound
    still = replace(first, value=values[first.versions][None, :])  # nothing moved
    outcome = verify_certificate(replace(certificate, witnesses=(still,)), publisher)
    assert (outcome.mismatches, outcome.uncovered) == (1, len(certificate.claims))


def test_a_claim_without_its_witnesses_is_noticed() -> None:
    publisher, certificate, _ = certified_round(0)
    for claim in certificate.claims[:4]:
        left = tuple(one for one in certificate.witnesses if claim.version not in one.versions.tolist())
        assert verify_certificate(replace(certificate, witnesses=left), publisher, full=False).uncovered >= 1


def test_a_claim_about_somebody_who_left_is_not_excused_while_anything_new_is_shown() -> None:
    """That no new figure counts a leaver is no proof: what new figures say of the others tells of the leaver too."""
    first, kpi = random_round(0, 24), indicator()
    second = next_round(first, 1)
    tables = [table_of_round(one, kpi) for one in (first, second)]
    before = EarlierRelease(tables[0], protect_table(tables[0], kpi, Policy()).protected)
    done = protect_table(tables[1], kpi, Policy(), earlier=[before])
    certificate = done.certificate
    assert isinstance(certificate, Certificate)
    publisher = Publisher(
        tables[1],
        lattice(second.panel),
        kpi,
        Policy(),
        done.protected,
        lambda made: release_document(made, kpi, META),
        [before],
    )
    assert verify_certificate(certificate, publisher, full=False).sound
    left = next(one for one in certificate.claims if one.version >= len(second.panel))
    others = tuple(one for one in certificate.witnesses if left.version not in one.versions.tolist())
    excused = replace(certificate, witnesses=others, inherited=(left,))
    assert verify_certificate(excused, publisher, full=False).uncovered >= 1


def test_one_altered_figure_makes_witnesses_fail() -> None:
    publisher, certificate, _ = certified_round(0)
    values = publisher.table.values
    other = replace(publisher, table=replace(publisher.table, values=replace(values, value=values.value * 1.5)))
    assert verify_certificate(certificate, other).mismatches == len(certificate.witnesses)


def shown_quantiles(made: ProtectedTables) -> int:
    return sum(cell.status == "released" and cell.statistic in PERCENT for _, cell in made["kpi"].cells())


def test_quantiles_without_proof_stay_back() -> None:
    one = random_round(2, 24)
    _, before = protected_round(one)
    _, after = protected_round(one, certified=True)
    report = after.reports["kpi"]
    assert report.quantiles_offered == shown_quantiles(before)
    assert shown_quantiles(after) == report.quantiles_offered - len(report.quantiles_withheld)
    assert report.quantiles_withheld
    assert 0 < report.kept_weight < 1


def test_nothing_less_is_proven_where_all_is_shown() -> None:
    """The primary rules alone leave what the search cannot prove, and the verifier says so."""
    one, kpi = random_round(2, 24), indicator()
    _, before = protected_round(one)
    table, after = protected_round(one, certified=True)
    certificate = after.reports["kpi"].certificate
    assert isinstance(certificate, Certificate)
    assert not verify_certificate(certificate, publisher_of(one, table, before, kpi), full=False).sound


def test_witnesses_stay_in_the_legal_range() -> None:
    one = random_round(1, 24)
    scale = indicator(unit="%", range={"min": 0, "max": 100}, scale_type="bounded")
    bounded = RandomRound(one.panel, np.clip(one.values, 0, 100))
    _, made = protected_round(bounded, scale, certified=True)
    certificate = made.reports["kpi"].certificate
    assert certificate is not None
    assert certificate.open_claims == ()
    found = [one.value for one in certificate.witnesses if one.value is not None]
    assert found
    assert all(((value >= 0) & (value <= 100)).all() for value in found)
