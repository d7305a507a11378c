"""The gate: no release without a certificate for every document, every claim proven, and every witness checked.

    check_certificates(release)      # raises NotPossibleNow, naming what is not proven; for review and publication

Numbers only: the certificates themselves hold true values and are read by workers and the command
`verify_certificate`, which replays them whole.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from benchmark.models import PolicyVersion, Release, ReleaseCertificate, ReleasedDocument
from benchmark.services.earlier import published_past
from benchmark.services.kpi_works import open_certificate
from benchmark.services.policies import policy_for, rules_of
from benchmark.services.storing import COUNTED, sum_of_certificates
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.release import read_document
from portal.errors import InvalidInput, NotPossibleNow


def check_certificates(release: Release) -> None:
    """Every document of the release is proven, under the policy in force, beside what is published now.

    Raises NotPossibleNow. Needs the staff's or the worker's scope; the bytes of the documents are checked elsewhere.
    """
    _check_policy(release)
    _check_past(release)
    hashes = dict(ReleasedDocument.objects.filter(release=release).values_list("kpi", "content_hash"))
    rows = {row.kpi: row for row in ReleaseCertificate.objects.filter(release=release).order_by("position")}
    for kpi in hashes:
        why = _not_proven(rows[kpi], hashes[kpi]) if kpi in rows else _("it has no certificate")
        if why:
            raise NotPossibleNow(
                _("Nothing may be published before it is proven to protect everybody. “%(kpi)s”: %(why)s.")
                % {"kpi": kpi, "why": why}
            )
    told = sum_of_certificates({kpi: _report(row) for kpi, row in rows.items()})
    if set(rows) != set(hashes) or told != release.manifest.get("certificates"):
        raise NotPossibleNow(_("The stored certificates are not the ones that were made: compute the results again."))


def _not_proven(row: ReleaseCertificate, document_hash: str) -> str:
    """What is wrong with a certificate, "" when nothing is."""
    if row.document_hash != document_hash:
        return _("its certificate is about other figures")
    if row.proven != row.claims or row.uncovered:
        return _("%(proven)s of %(claims)s claims are proven") % {
            "proven": row.proven - row.uncovered,
            "claims": row.claims,
        }
    if row.mismatches or row.replayed != row.witnesses:
        return _("%(good)s of %(witnesses)s witnesses were checked and give the same figures") % {
            "good": row.replayed - row.mismatches,
            "witnesses": row.witnesses,
        }
    return ""


def _report(row: ReleaseCertificate) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*COUNTED, "kinds")} | {"certificate_hash": row.content_hash}


def _check_policy(release: Release) -> None:
    """The policy that the results were made with is approved, and the one of this round."""
    found = _approved_policy(release)
    if found is None or found != policy_for(release.round):
        raise NotPossibleNow(
            _("These results were not protected under the approved policy of this round: compute them again.")
        )


def _approved_policy(release: Release) -> PolicyVersion | None:
    """The approved version that the release names, when it has the hash that the release says."""
    told, told_hash = release.manifest.get("policy", {}), release.manifest.get("policy_hash", "")
    named = PolicyVersion.objects.filter(profile=told.get("profile"), version=told.get("version"))
    return named.filter(approved_at__isnull=False, content_hash=told_hash).first()


def _check_past(release: Release) -> None:
    """Nothing about the same people was published since these results were protected together with what was."""
    policy = rules_of(policy_for(release.round))
    past = published_past(release.round, release.edition, policy.rounds_together)
    if past.hashes() != release.manifest.get("earlier"):
        raise NotPossibleNow(
            _("Other results about the same organisations were published meanwhile: compute these again.")
        )


@dataclass(frozen=True)
class StoredProof:
    """A certificate of a release as it is stored. `body`: the file; `document`: the KPI's released bytes; `policy`:
    the approved rules that the release names, None when there are none.
    """

    kpi: str
    body: bytes
    content_hash: str
    document: bytes
    policy: Policy | None

    @property
    def name(self) -> str:
        """What the file is called when it is written to a folder."""
        return f"{self.kpi}.proof"


def stored_proofs(round_code: str, edition: int | None = None, kpi: str | None = None) -> Iterator[StoredProof]:
    """The certificates of the newest (or the named) edition of a round, published or not, one at a time.

    For the command, in the worker's scope: they hold true values. Raises InvalidInput when there is none.
    """
    releases = Release.objects.filter(round__code=round_code).order_by("-edition")
    release = (releases if edition is None else releases.filter(edition=edition)).first()
    rows = ReleaseCertificate.objects.filter(release=release, **({"kpi": kpi} if kpi else {})).order_by("position")
    if release is None or not rows.exists():
        raise InvalidInput(_("There is no such certificate of round “%(round)s”.") % {"round": round_code})
    for pk in rows.values_list("pk", flat=True):
        row = ReleaseCertificate.objects.select_related("stored").get(pk=pk)
        document = ReleasedDocument.objects.get(release=row.release_id, kpi=row.kpi)
        body, policy = open_certificate(bytes(row.stored.body)), _approved_policy(release)
        rules = rules_of(policy) if policy else None
        yield StoredProof(row.kpi, body, row.content_hash, bytes(document.body), rules)


def differences(proof: StoredProof, document: bytes, policy: Policy) -> list[str]:
    """What is wrong with a stored certificate besides what its check finds. `document`, `policy`: what it is about."""
    found = []
    if policy != proof.policy:
        found.append("the certificate is about other rules than the approved ones that the release names")
    if hashlib.sha256(proof.body).hexdigest() != proof.content_hash:
        found.append("the stored certificate is not the one that was made")
    if document != proof.document and read_document(proof.document).repeats is None:
        found.append("the certificate is about other bytes than those that are released")
    return found
