"""The replay of share certificates: every witness goes through the whole publisher, and must give the same bytes.

The rules for shares decide by the data which options are merged, so the witness's answers go through `protect` with
the same shares withheld, in every scene that they change. None of the search is needed or trusted here.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.cells import Cell, ProtectedGroup, ProtectedTable
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.protect import protect
from benchmark.stats.disclosure.scenes import Cast
from benchmark.stats.disclosure.shares_admission import ShareCertificate, withheld_shares
from benchmark.stats.disclosure.shares_rows import SHARE, SINGLE, Answers, answers_of
from benchmark.stats.disclosure.witness_pattern import membership
from benchmark.stats.disclosure.witness_shares import ShareClaim, ShareWitness, changed_table, hitting
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import BoolArray
from benchmark.stats.peers import PeerGroup
from benchmark.stats.tables import Table, compute_table


@dataclass(frozen=True)
class ShareVerification:
    """`mismatches`: witnesses that would not give the same bytes, or do not do what they say; `uncovered`: claims that
    some coalition could still refute, whether the certificate names them or not."""

    replayed: int
    mismatches: int
    uncovered: int

    @property
    def sound(self) -> bool:
        """Whether the certificate proves what it says."""
        return self.mismatches == 0 and self.uncovered == 0


def verify_shares(
    certificate: ShareCertificate,
    cast: Cast,
    released: ProtectedTable,
    indicator: Indicator,
    policy: Policy,
    release: Callable[[ProtectedTable], bytes],
    *,
    full: bool = True,
) -> ShareVerification:
    """Replay every witness. `released`: what is shown of the newest scene; `release`: makes its bytes. `full`: the
    bytes of the whole document for every witness; else all that is said of the groups that it touches.
    """
    replay = _Replay(cast, answers_of(cast), released, indicator, policy, release if full else None)
    good: dict[ShareClaim, list[ShareWitness]] = defaultdict(list)
    mismatches = 0
    for witness in certificate.witnesses:
        if replay.moves_its_claim(witness) and replay.same_everywhere(witness):
            good[witness.claim].append(witness)
        else:
            mismatches += 1
    size = cast.coalition(policy)
    uncovered = 0
    for claim in replay.claims():
        donors = [one.donors(cast.contributor) for one in good[claim]]
        uncovered += hitting(donors, size) is not None
    return ShareVerification(len(certificate.witnesses), mismatches, uncovered)


class _Replay:
    def __init__(
        self,
        cast: Cast,
        answers: Answers,
        released: ProtectedTable,
        indicator: Indicator,
        policy: Policy,
        release: Callable[[ProtectedTable], bytes] | None,
    ) -> None:
        self.cast, self.answers, self.indicator, self.policy = cast, answers, indicator, policy
        self.released, self.release = released, release
        self.expected = release(released) if release else b""
        self._counted = [membership(scene.table) for scene in cast.scenes]
        self._groups = [{one.key: one for one in (scene.released or released).groups} for scene in cast.scenes]
        self._withheld = [withheld_shares(scene.released or released) for scene in cast.scenes]

    def moves_its_claim(self, witness: ShareWitness) -> bool:
        """Whether the claimed answer is another one, and all answers are of a kind that can be given."""
        claim, before = witness.claim, self.answers.chosen[witness.versions]
        own = np.flatnonzero(witness.versions == claim.version)
        if own.size != 1 or np.unique(witness.versions).size != witness.versions.size:
            return False
        changed = before[own[0]] != witness.chosen[own[0]]
        legal = not (witness.chosen & ~self.answers.offered[witness.versions]).any()
        if self.answers.exclusive:
            legal = legal and bool((witness.chosen.sum(axis=1) == 1).all())
        return legal and bool(changed.any() if claim.option == SINGLE else changed[claim.option])

    def same_everywhere(self, witness: ShareWitness) -> bool:
        """Whether every scene would have been released as it is."""
        for number, scene in enumerate(self.cast.scenes):
            row = self.cast.row[number][witness.versions]
            place = [self.answers.options.index(name) for name in scene.table.values.options]
            inside = row >= 0
            if inside.any() and not self._same(number, row[inside], witness.chosen[inside][:, place]):
                return False
        return True

    def _same(self, number: int, rows: IntArray, chosen: BoolArray) -> bool:
        scene, table = self.cast.scenes[number], self.cast.scenes[number].table
        if self.release is None:
            touched = np.flatnonzero(self._counted[number][:, rows].any(axis=1)).tolist()
            table = replace(table, rows=tuple(table.rows[place] for place in touched))
        table = _recomputed(changed_table(table, rows, chosen), self.indicator)
        keys = {row.key for row in table.rows}
        withheld = [(key, name) for key, name in self._withheld[number] if key in keys]
        made = protect(table, indicator=self.indicator, policy=self.policy, withheld=withheld)
        if self.release is not None and not scene.fixed:
            return self.release(made) == self.expected
        said = _figures if scene.fixed else _cells
        return all(said(group) == said(self._groups[number][group.key]) for group in made.groups)

    def claims(self) -> list[ShareClaim]:
        """Everybody whom a shown share counts, with every option shown of a multiple choice."""
        found: set[ShareClaim] = set()
        for number, scene in enumerate(self.cast.scenes):
            for group in (scene.released or self.released).groups:
                shown = [name for name, cell in group.cells.items() if name.startswith(SHARE) and _is_shown(cell)]
                if shown:
                    counted = self.cast.versions(number, scene.table.row(group.key).members).tolist()
                    options = [
                        self.answers.options.index(name.removeprefix(SHARE))
                        for name in shown
                        if not self.answers.exclusive
                    ]
                    found |= {ShareClaim(version, option) for version in counted for option in options or [SINGLE]}
        return sorted(found)


def share_certificate_data(certificate: ShareCertificate) -> dict[str, Any]:
    """The certificate as plain data; `read_share_certificate` reads it back. Chosen options are listed by number."""
    return {
        "indicator": certificate.indicator_code,
        "coalition": certificate.coalition,
        "claims": [[one.version, one.option] for one in certificate.claims],
        "open": [[one.version, one.option] for one in certificate.open_claims],
        "options": int(certificate.witnesses[0].chosen.shape[1]) if certificate.witnesses else 0,
        "witnesses": [
            [
                [one.claim.version, one.claim.option],
                one.kind,
                one.versions.tolist(),
                [np.flatnonzero(row).tolist() for row in one.chosen],
            ]
            for one in certificate.witnesses
        ],
    }


def read_share_certificate(data: Mapping[str, Any]) -> ShareCertificate:
    """What `share_certificate_data` wrote; raises KeyError, ValueError or IndexError for anything else."""
    witnesses = []
    for (version, option), kind, versions, answers in data["witnesses"]:
        chosen = np.zeros((len(versions), int(data["options"])), dtype=bool)
        for row, options in zip(chosen, answers, strict=True):
            row[options] = True
        claim = ShareClaim(int(version), int(option))
        witnesses.append(ShareWitness(claim, str(kind), np.array(versions, dtype=np.int64), chosen))
    claims, left = ([ShareClaim(int(v), int(o)) for v, o in data[name]] for name in ("claims", "open"))
    return ShareCertificate(data["indicator"], int(data["coalition"]), tuple(claims), tuple(witnesses), tuple(left))


def _recomputed(table: Table, indicator: Indicator) -> Table:
    groups = [PeerGroup(row.key, row.terms, np.sort(row.members)) for row in table.rows]
    return compute_table(indicator, table.values, table.panel, groups)


def _figures(group: ProtectedGroup) -> tuple[object, ...]:
    shown = {
        name: (cell.value, cell.coded) if _is_shown(cell) else None
        for name, cell in group.cells.items()
        if name.startswith(SHARE)
    }
    return group.key, group.n, sorted(shown.items())


def _cells(group: ProtectedGroup) -> tuple[object, ...]:
    """All that is said of a group by itself: what is shown instead follows from all groups together."""
    return group.n, group.contributors, group.n_below, {k: replace(v, alternative="") for k, v in group.cells.items()}


def _is_shown(cell: Cell) -> bool:
    return cell.status == "released"
