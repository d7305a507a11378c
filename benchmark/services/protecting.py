"""One KPI of a release: table → protection with everything that was published before → document → certificate → check.

Pure but for the earlier releases, which are read in the worker's scope: the same inputs give the same bytes, whoever
makes them.
"""

import hashlib
import time
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from benchmark.models import ReleaseCertificate
from benchmark.services.earlier import place_among
from benchmark.services.inputs import Inputs
from benchmark.services.kpi_works import Made, open_certificate
from benchmark.stats.disclosure.proofs import Proof, check_proof, numbers_of, proof_bytes
from benchmark.stats.disclosure.publisher import NotCertifiedError, Outcome, no_collection, protect_table
from benchmark.stats.disclosure.scenes import EarlierRelease
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import Flag, KpiValues
from benchmark.stats.release import release_document
from portal.errors import NotPossibleNow
from portal.tenancy import worker_scope

NUMBERS = ("claims", "proven", "witnesses", "kinds", "replayed", "mismatches", "uncovered")


def release_kpi(inputs: Inputs, indicator: Indicator) -> Made:
    """The document and the certificate of one indicator.

    Raises NotPossibleNow, with a text for staff, when the round did not ask what the indicator needs, when a stored
    release does not fit its answers, or when what would be released cannot be proven to protect everybody.
    """
    with no_collection():
        return _release_kpi(inputs, indicator)


def _release_kpi(inputs: Inputs, indicator: Indicator) -> Made:
    started = time.process_time()
    values = inputs.values_of(indicator)
    table = inputs.table_of(indicator, values)
    place = place_among(inputs.past, indicator, table)
    notes = {"flags": _flags(values), "waiting": place.waiting()}
    if place.repeated is not None:
        certificate, report = _proven_before(inputs, indicator.code)
        return _made(place.repeated, certificate, {**report, **notes}, started)
    table = inputs.numbered(table)
    earlier = [EarlierRelease(inputs.numbered(one.table), one.released) for one in place.earlier]
    try:
        outcome = protect_table(
            table,
            indicator,
            inputs.policy,
            earlier=earlier,
            withheld_before=place.withheld_before,
            effort=settings.PROTECTION_EFFORT / 100,
        )
    except NotCertifiedError as error:
        raise NotPossibleNow(
            _("what would be released cannot be proven to protect everybody (%(why)s)") % {"why": error}
        ) from error
    held, blocks = place.held(outcome.protected), inputs.blocks.facts
    document = release_document(outcome.protected, indicator, inputs.meta, held=held, blocks=blocks)
    if outcome.certificate is None:
        raise NotPossibleNow(_("there is no proof for indicators of this kind"))
    proof = Proof(indicator, inputs.policy, inputs.meta, table, earlier, document, held, blocks, outcome.certificate)
    certificate, numbers = _certified(proof)
    return _made(document, certificate, {**numbers, **_report(outcome), **notes}, started)


def _made(document: bytes, certificate: bytes, report: dict[str, Any], started: float) -> Made:
    report = {**report, "certificate_hash": hashlib.sha256(certificate).hexdigest()}
    return Made(document, certificate, report, time.process_time() - started)


def _certified(proof: Proof) -> tuple[bytes, dict[str, Any]]:
    """The certificate's bytes and its numbers, after a check of every witness."""
    checked = check_proof(proof, full=False)
    if not checked.sound:
        found = f"{checked.mismatches} / {checked.witnesses}, {checked.uncovered} / {checked.claims}"
        why = "; ".join((found, *checked.problems))
        raise NotPossibleNow(_("the proof is not sound (%(why)s)") % {"why": why})
    return proof_bytes(proof), numbers_of(proof, checked)


def _report(outcome: Outcome) -> dict[str, Any]:
    """How protection came out, for staff: numbers and names of groups, no values."""
    told = outcome.report
    return {
        "offered": told.offered,
        "published": told.published,
        "withheld": list(told.withheld),
        "kept": round(told.kept, 4),
        "optimal": told.optimal,
        "programs": told.programs,
        "quantiles_offered": told.quantiles_offered,
        "quantiles_withheld": len(told.quantiles_withheld),
    }


def _flags(values: KpiValues) -> dict[str, int]:
    """How many organisations staff should look at, by flag."""
    return {flag.name.lower(): values.flagged(flag) for flag in Flag if flag.name and values.flagged(flag)}


def _proven_before(inputs: Inputs, kpi: str) -> tuple[bytes, dict[str, Any]]:
    """The proof of the figures that an earlier edition published and this one repeats: nothing new is said.

    It is not replayed. Every witness was checked before that edition was published, publication refused anything else,
    the database lets nobody change a published certificate, and these figures are out whatever a replay would find now.
    But a copy gets a hash of its own, which would make a proof that was damaged since look whole: hence the comparison.
    `verify_certificate` replays the copy like any other.
    """
    with worker_scope():
        last = inputs.past.own[0]
        row = ReleaseCertificate.objects.select_related("stored").filter(release_id=last.pk, kpi=kpi).first()
        if row is None:
            raise NotPossibleNow(
                _("edition %(edition)s, whose figures stand, was published without a certificate")
                % {"edition": last.edition}
            )
        body, numbers = open_certificate(bytes(row.stored.body)), {name: getattr(row, name) for name in NUMBERS}
        if hashlib.sha256(body).hexdigest() != row.content_hash:
            raise NotPossibleNow(
                _("the certificate of edition %(edition)s, whose figures stand, is not the one that was published")
                % {"edition": last.edition}
            )
        return body, {**row.report, **numbers, "repeats": last.edition}
