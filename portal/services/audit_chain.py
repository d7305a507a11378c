"""Replaying the chain over the audit trail (docs/adr/0014): finds what was altered, removed or put in between."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from portal.audit_sql import CONTENT
from portal.errors import InvalidInput
from portal.models import AuditEntry

CHUNK = 20_000
MOST_FAULTS = 50
EXPIRED = "audit.expired"  # its detail says up to which seal entries were removed by policy, and that seal's hash
# An entry's content as text is asked for here and not of a function in the database, which could have been altered.
SEALED = (
    "SELECT s.number, s.entry_id, s.entry_hash, s.chain_hash, CASE WHEN e.id IS NULL THEN NULL ELSE "  # noqa: S608
    + CONTENT.format("e")
    + " END FROM portal_auditseal s LEFT JOIN portal_auditentry e ON e.id = s.entry_id"
    " WHERE s.number > %s ORDER BY s.number LIMIT %s"
)
UNSEALED = (
    "SELECT e.id FROM portal_auditentry e LEFT JOIN portal_auditseal s ON s.entry_id = e.id"
    " WHERE s.entry_id IS NULL ORDER BY e.id LIMIT %s"
)
Row = tuple[int, int, bytes, bytes, str | None]


@dataclass(frozen=True)
class Anchor:
    """The end of the chain at some moment, kept elsewhere: who has it notices when the chain is made anew."""

    number: int
    chain_hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.chain_hash}"

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """`12:ab34…`; raises InvalidInput."""
        number, _colon, chain_hash = text.strip().partition(":")
        if not (number.isascii() and number.isdigit() and len(chain_hash) == 64):
            raise InvalidInput(f"An anchor is NUMBER:HASH, as verify_audit prints it, not {text!r}.")
        return cls(int(number), chain_hash.lower())


@dataclass
class ChainReport:
    """What the replay saw: how many entries, where the chain ends, what is wrong."""

    entries: int = 0
    starts_after: int = 0  # entries up to this number expired by policy
    end: Anchor = field(default_factory=lambda: Anchor(0, ""))
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        """Note a fault; there is no use in millions."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(text)


def verify_chain(anchors: list[Anchor] | None = None) -> ChainReport:
    """Replay the whole chain; needs the staff or worker scope. Entries that are written meanwhile do no harm."""
    report = ChainReport()
    expected = {anchor.number: anchor.chain_hash for anchor in anchors or []}
    number, chain = _start(report)
    for row in _rows():
        number, chain = _replay(row, number, chain, report)
        if expected.pop(number, chain.hex()) != chain.hex():
            report.fault(f"seal {number}: not what the anchor says; the chain was made anew")
    report.end = Anchor(number, chain.hex())
    for missing in sorted(one for one in expected if one > number):
        report.fault(f"seal {missing}: an anchor knows it, but the chain ends at {number}; its end was cut off")
    with connection.cursor() as cursor:
        cursor.execute(UNSEALED, [MOST_FAULTS])
        for (entry_id,) in cursor.fetchall():
            report.fault(f"entry {entry_id}: was put in without a seal")
    return report


def _start(report: ChainReport) -> tuple[int, bytes]:
    """Where the chain begins: at nothing, or after what the newest `audit.expired` says."""
    expired = AuditEntry.objects.filter(action=EXPIRED).order_by("-id").first()
    if expired is None:
        return 0, b""
    report.starts_after = int(expired.detail["number"])
    return report.starts_after, bytes.fromhex(expired.detail["chain_hash"])


def _rows() -> Iterator[Row]:
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(SEALED, [after, CHUNK])
            rows: list[Any] = cursor.fetchall()
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1][0]


def _replay(row: Row, number: int, chain: bytes, report: ChainReport) -> tuple[int, bytes]:
    """Check one seal against its entry and the one before; go on from what it says, so each fault is told once."""
    this, entry_id, entry_hash, chain_hash, content = row
    entry_hash, chain_hash = bytes(entry_hash), bytes(chain_hash)
    if this != number + 1:
        report.fault(f"seals {number + 1} to {this - 1}: removed")
    elif chain_hash != hashlib.sha256(chain + entry_hash).digest():
        report.fault(f"seal {this}: does not follow from the one before; a seal was altered")
    if content is None:
        report.fault(f"entry {entry_id} (seal {this}): removed")
    elif hashlib.sha256(content.encode()).digest() != entry_hash:
        report.fault(f"entry {entry_id} (seal {this}): altered")
    report.entries += 1
    return this, chain_hash
