"""The one cross-tenant door: the frozen answers of all organisations of a round.

Statistics need everybody's answers at once; nothing else in the product does. So this module alone reads the frozen
inputs, it answers only in the worker's scope (the database gives no other role the columns), and what it returns
goes into `benchmark.stats`, from which only a ProtectedTable comes out. A test says who imports it.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from benchmark.stats.columns import Column, Panel
from portal.tenancy import Role, current_scope
from surveys.models import ColumnSnapshot, Edition


class OutsideWorker(RuntimeError):
    """Contributions were asked for outside background work."""


class InputsDamaged(RuntimeError):
    """A frozen column is not what was frozen: its bytes do not have the hash that was recorded."""


@dataclass(frozen=True, eq=False)
class Contributions:
    """What a round edition was answered, by everybody. `unattributed`: sums that belong to no organisation."""

    edition_id: int
    content_hash: str
    panel: Panel
    columns: Mapping[str, Column]
    unattributed: Mapping[str, float]


def read_contributions(round_id: int, edition: int, wanted: Collection[str] | None = None) -> Contributions | None:
    """The frozen inputs of an edition (`wanted`: only these columns), or None when it was never frozen.

    Raises OutsideWorker in any other scope than the worker's, InputsDamaged when bytes and hash differ.
    """
    scope = current_scope()
    if scope is None or scope.role is not Role.WORKER:
        raise OutsideWorker("contributions of all organisations are read by background work only")
    frozen = Edition.objects.filter(round_id=round_id, number=edition).first()
    if frozen is None:
        return None
    rows = ColumnSnapshot.objects.filter(edition=frozen).order_by("column")
    if wanted is not None:
        rows = rows.filter(column__in=list(wanted))
    return Contributions(
        edition_id=frozen.pk,
        content_hash=frozen.content_hash,
        panel=Panel.from_bytes(bytes(frozen.panel)),
        columns={row.column: _column(row) for row in rows.iterator(chunk_size=50)},
        unattributed={column: float(total) for column, total in frozen.unattributed.items()},
    )


def _column(row: ColumnSnapshot) -> Column:
    data = bytes(row.values)
    if hashlib.sha256(data).hexdigest() != row.content_hash:
        raise InputsDamaged(f"column {row.column} of edition {row.edition_id} is not what was frozen")
    return Column.from_bytes(data)
