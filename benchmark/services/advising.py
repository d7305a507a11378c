"""Advice for staff who look at computed results: which unions would keep more, and what chosen groups cost.

Worked out by a worker when somebody asks, from the frozen answers, by trying the sets of peer groups. What is stored
are weights and names of groups: no value, and no part of any release.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from benchmark.models import Release
from benchmark.selectors.gate import ADVISED
from benchmark.services.inputs import inputs_of
from benchmark.stats.merging import Measured, kept, price_of_blocks, ranked_merges
from portal.models import User
from portal.services.audit import record
from portal.tenancy import worker_scope
from surveys.services.peer_groups import declared_unions

MOST_MERGES = 10


def advise_release(
    round_id: int,
    edition: int,
    *,
    by: int | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    finishing: Callable[[], AbstractContextManager[Any]] = worker_scope,
) -> None:
    """Try out merges and blocks for a computed release and note the outcome in the audit trail; `by` is a user id."""
    with worker_scope():
        inputs = inputs_of(round_id, edition)
        release = Release.objects.get(round_id=round_id, edition=edition)
        person = User.objects.filter(pk=by).first() if by is not None else None
        unions, order = declared_unions(inputs.round), inputs.round.crossings
        measured = [
            Measured(item, inputs.values_of(item), inputs.contributions.panel)
            for item in inputs.items
            if item.kind != "share"
        ]
    progress(0, 3)
    now = sum(kept(one, inputs.groups, inputs.policy).weight for one in measured)
    progress(1, 3)
    merges = ranked_merges(measured, inputs.policy, unions=unions, order=order)[:MOST_MERGES]
    progress(2, 3)
    price = None
    if inputs.blocks.groups:
        found = price_of_blocks(measured, inputs.policy, inputs.blocks, unions=unions, order=order)
        told = {"without": found.without, "with": found.with_blocks, "total": found.total}
        price = {**told, "given_up": len(found.given_up)}
    detail = [
        {"dimension": one.dimension, "categories": list(one.categories)}
        | {"gain": one.gain, "won": one.won, "lost": one.lost}
        for one in merges
    ]
    with finishing():
        record(ADVISED, subject=release, by=person, merges=detail, price=price, now=now)
