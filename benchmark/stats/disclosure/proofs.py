"""A certificate as a file: everything that a check of one released document needs, and the check.

    data = proof_bytes(Proof(…))
    outcome = check_proof(read_proof(data), data)
    outcome.sound, outcome.problems

The file holds the indicator, the rules, the answers, the earlier releases, the released bytes and the witnesses. The
check needs neither the search nor the database: it reads the released figures, computes them again from the answers,
and replays every witness. Internal: it holds true values.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.stats.blocks import BlockFacts
from benchmark.stats.columns import Panel
from benchmark.stats.disclosure.cells import ProtectedTable
from benchmark.stats.disclosure.certificate import Certificate, Publisher, verify_certificate
from benchmark.stats.disclosure.plain import PlainError, from_bytes, to_bytes
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.released import FiguresDiffer, check_figures, pattern_of
from benchmark.stats.disclosure.scenes import EarlierRelease, cast_of
from benchmark.stats.disclosure.shares_admission import ShareCertificate
from benchmark.stats.disclosure.shares_verify import verify_shares
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import KpiValues
from benchmark.stats.peers import PeerGroup, parse_key
from benchmark.stats.release import DocumentError, ReleaseMeta, document_hash, release_document
from benchmark.stats.tables import Table, compute_table

FORMAT = 2  # 1: before claims about parts of tied values; its proofs of later rounds do not prove what is asked now


@dataclass(frozen=True, eq=False)
class Proof:
    """All that the proof of one released document consists of. `table`: raw; `earlier`: the latest first.

    `document`: the released bytes; `held`, `blocks`: what the document says beside the figures (`release_document`).
    `certificate`: the witnesses, of numbers or of shares.
    """

    indicator: Indicator
    policy: Policy
    meta: ReleaseMeta
    table: Table
    earlier: Sequence[EarlierRelease]
    document: bytes
    held: frozenset[str]
    blocks: Mapping[str, BlockFacts]
    certificate: Certificate | ShareCertificate

    def release(self, protected: ProtectedTable) -> bytes:
        """The bytes of a protected table, released as this one was."""
        return release_document(protected, self.indicator, self.meta, held=self.held, blocks=self.blocks)


@dataclass(frozen=True)
class Checked:
    """Outcome of a check. `claims`: what had to be proven; `uncovered`: what is not. `mismatches`: witnesses that would
    not give the same bytes, or do not do what they say. `same_pattern`: witnesses for which the primary rules withhold
    the same, −1 when that was not asked. `problems`: everything else that is wrong, in words.
    """

    claims: int
    witnesses: int
    replayed: int
    mismatches: int
    uncovered: int
    same_pattern: int = -1
    problems: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the released document is proven to protect everybody."""
        return not (self.mismatches or self.uncovered or self.problems) and self.replayed == self.witnesses


@dataclass(frozen=True)
class ProofNames:
    """What a proof is about, for a heading."""

    round: str
    edition: int
    kpi: str
    document_hash: str


def proof_bytes(proof: Proof) -> bytes:
    """The file; equal proofs give equal bytes. Its last 32 bytes are the SHA-256 of what comes before."""
    data = to_bytes(
        {
            "format": FORMAT,
            "indicator": proof.indicator.model_dump(mode="json"),
            "policy": proof.policy.to_dict(),
            "meta": dict(vars(proof.meta)),
            "now": _scene(proof.table),
            "earlier": [(_scene(one.table), one.released) for one in proof.earlier],
            "document": np.frombuffer(proof.document, dtype=np.uint8),
            "held": sorted(proof.held),
            "blocks": {key: (facts.organisations, facts.strata) for key, facts in proof.blocks.items()},
            "certificate": proof.certificate,
        }
    )
    return data + hashlib.sha256(data).digest()


def read_proof(data: bytes) -> Proof:
    """What `proof_bytes` wrote; raises PlainError for anything else, a single changed byte included."""
    if hashlib.sha256(data[:-32]).digest() != data[-32:]:
        raise PlainError("the certificate was changed after it was made, or is no certificate")
    tree = from_bytes(data[:-32])
    try:
        if tree["format"] != FORMAT:
            raise PlainError(
                f"a certificate of format {tree['format']}: made and checked by another version of this software"
            )
        indicator, policy = Indicator.model_validate(_lists(tree["indicator"])), Policy.from_dict(tree["policy"])
        return Proof(
            indicator,
            policy,
            ReleaseMeta(**tree["meta"]),
            _table(tree["now"], indicator),
            [EarlierRelease(_table(scene, indicator), released) for scene, released in tree["earlier"]],
            tree["document"].tobytes(),
            frozenset(tree["held"]),
            {key: BlockFacts(count, strata) for key, (count, strata) in tree["blocks"].items()},
            tree["certificate"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlainError(f"the certificate cannot be read: {error}") from error


def names_of(proof: Proof) -> ProofNames:
    """Round, edition, KPI and the hash of the released document."""
    return ProofNames(proof.meta.round, proof.meta.edition, proof.indicator.code, document_hash(proof.document))


def check_proof(proof: Proof, *, patterns: bool = False, full: bool = True) -> Checked:
    """Read the released bytes, compute their figures again, and replay every witness. Never raises for a bad proof.

    `full`: the whole document for every witness; else the groups that it touches (`verify_certificate`).
    """
    try:
        released = pattern_of(proof.document, document_hash(proof.document))
        check_figures(proof.table, released, proof.indicator, proof.policy)
        if proof.release(released) != proof.document:
            return _unsound(proof, "the document says something else than the figures, groups and rules of the proof")
        return _replayed(proof, released, patterns=patterns, full=full)
    except (DocumentError, FiguresDiffer) as error:
        return _unsound(proof, str(error))
    except (KeyError, IndexError, TypeError, ValueError) as error:
        return _unsound(proof, f"the proof does not fit together: {error}")


def numbers_of(proof: Proof, checked: Checked) -> dict[str, Any]:
    """What a release says about its certificate, in numbers."""
    made = proof.certificate
    kinds = [one.kind for one in made.witnesses]
    return {
        "claims": len(made.claims),
        "proven": len(made.claims) - len(made.open_claims),
        "witnesses": len(made.witnesses),
        "kinds": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "replayed": checked.replayed,
        "mismatches": checked.mismatches,
        "uncovered": checked.uncovered,
    }


def _replayed(proof: Proof, released: ProtectedTable, *, patterns: bool, full: bool) -> Checked:
    made, table = proof.certificate, proof.table
    sizes = len(made.claims), len(made.witnesses)
    if isinstance(made, ShareCertificate):
        cast = cast_of(table, proof.earlier, proof.policy)
        shares = verify_shares(made, cast, released, proof.indicator, proof.policy, proof.release, full=full)
        return Checked(*sizes, shares.replayed, shares.mismatches, shares.uncovered)
    groups = _groups(table)
    publisher = Publisher(table, groups, proof.indicator, proof.policy, released, proof.release, proof.earlier)
    done = verify_certificate(made, publisher, patterns=patterns, full=full)
    return Checked(*sizes, done.replayed, done.mismatches, done.uncovered, done.same_pattern if patterns else -1)


def _unsound(proof: Proof, why: str) -> Checked:
    made = proof.certificate
    return Checked(len(made.claims), len(made.witnesses), 0, 0, len(made.claims), problems=(why,))


def _groups(table: Table) -> list[PeerGroup]:
    """The groups of a table, with everybody who counts in them: with a value, or with amounts only."""
    groups = []
    for row in table.rows:
        members = row.members if row.ratio_members is None else np.union1d(row.members, row.ratio_members)
        groups.append(PeerGroup(row.key, row.terms, np.sort(members)))
    return groups


def _scene(table: Table) -> dict[str, Any]:
    groups = [(group.key, group.members) for group in _groups(table)]
    return {"panel": table.panel, "values": table.values, "groups": groups}


def _table(scene: Mapping[str, Any], indicator: Indicator) -> Table:
    panel, values = scene["panel"], scene["values"]
    if not isinstance(panel, Panel) or not isinstance(values, KpiValues):
        raise PlainError("the certificate holds no answers")
    groups = [PeerGroup(key, parse_key(key), members) for key, members in scene["groups"]]
    return compute_table(indicator, values, panel, groups)


def _lists(data: Any) -> Any:
    """Tuples as lists again: as the definition of an indicator was written."""
    if isinstance(data, Mapping):
        return {key: _lists(value) for key, value in data.items()}
    return [_lists(item) for item in data] if isinstance(data, tuple) else data
