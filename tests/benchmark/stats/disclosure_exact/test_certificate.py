"""Certificates: found witnesses replay byte for byte, forged ones do not, and unproven quantiles stay back."""

from dataclasses import replace

import numpy as np
import pytest

from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.certificate import Certificate, Publisher, certify, verify_certificate
from benchmark.stats.disclosure.publisher import ProtectedTables
from benchmark.stats.disclosure.witness_cone import quantile_rows
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import lattice
from benchmark.stats.release import release_document
from benchmark.stats.tables import Table
from tests.benchmark.stats.cases import META, indicator
from tests.benchmark.stats.disclosure_exact.made import protected_round
from tests.oracles.rounds import RandomRound, random_round


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


def test_verifier_notices_forgery() -> None:
    publisher, certificate, _ = certified_round(0)
    first = certificate.witnesses[-1]
    forged = replace(first, value=first.value * 1.05)  # other bytes
    still = replace(first, value=publisher.table.values.value[first.rows])  # nothing moved
    for bad in (forged, still):
        outcome = verify_certificate(replace(certificate, witnesses=(*certificate.witnesses[:-1], bad)), publisher)
        assert outcome.mismatches == 1
        assert not outcome.sound
    missing = tuple(one for one in certificate.witnesses if one.claim != first.claim)
    assert verify_certificate(replace(certificate, witnesses=missing), publisher).uncovered == 1


def test_one_altered_figure_makes_witnesses_fail() -> None:
    publisher, certificate, _ = certified_round(0)
    values = publisher.table.values
    other = replace(publisher, table=replace(publisher.table, values=replace(values, value=values.value * 1.5)))
    assert verify_certificate(certificate, other).mismatches == len(certificate.witnesses)


def test_quantiles_without_proof_stay_back() -> None:
    one, kpi = random_round(2, 24), indicator()
    table, before = protected_round(one, kpi)
    _, after = protected_round(one, kpi, certified=True)
    open_before = certify(table, before["kpi"], kpi, Policy()).open_claims
    report = after.reports["kpi"]
    assert bool(open_before) == bool(report.quantiles_withheld)
    assert len(quantile_rows(table, after["kpi"], Policy())) == report.quantiles_offered - len(
        report.quantiles_withheld
    )


def test_means_alone_need_no_order() -> None:
    """Primary rules leave a disclosure; the certificate finds it too, without the audit."""
    one, kpi = random_round(3, 30), indicator()
    table, made = protected_round(one, kpi)
    quantiles = [(row.key, row.statistic) for row in quantile_rows(table, made["kpi"], Policy())]
    primary = protect(table, indicator=kpi, policy=Policy(), withheld=quantiles)
    assert certify(table, primary, kpi, Policy()).open_claims
    sums = {tuple(name.rsplit("|", 1)) for name in made.reports["kpi"].withheld}
    safe = protect(table, indicator=kpi, policy=Policy(), withheld=[*quantiles, *sums])
    assert certify(table, safe, kpi, Policy()).open_claims == ()


def test_witnesses_stay_in_the_legal_range() -> None:
    one = random_round(1, 24)
    scale = indicator(unit="%", range={"min": 0, "max": 100}, scale_type="bounded")
    bounded = RandomRound(one.panel, np.clip(one.values, 0, 100))
    _, made = protected_round(bounded, scale, certified=True)
    certificate = made.reports["kpi"].certificate
    assert certificate is not None
    assert certificate.open_claims == ()
    assert all(((w.value >= 0) & (w.value <= 100)).all() for w in certificate.witnesses)
