"""Work under way shared by many workers: a row per KPI, a lease per row, and results that outlive whoever made them.

    plan_work(round_id, edition, keys)                  # a row per KPI; results with another key are thrown away
    with Turn() as turn:                                # renews the leases of what this process works at
        work = turn.take(round_id, edition, keys)       # the next KPI, or None
        turn.finish(work, made) / turn.give_up(work, "why, for staff")
    progress_of(round_id, edition)

Any number of workers may do this at once; `SKIP LOCKED` gives each another row. A worker that is killed loses the one
KPI that it worked at. Nothing here is read by anybody but workers: the rows hold true values.
"""

import logging
import os
import secrets
import socket
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import close_old_connections, connection
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from benchmark.models import KpiWork
from portal.tenancy import worker_scope

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=15)
RENEW_SECONDS = 4.0
MAX_ATTEMPTS = 5  # a KPI that took so many workers with it is not tried again
NOTHING: dict[str, Any] = {
    "state": KpiWork.State.WAITING,
    "lease_until": None,
    "lease_token": "",
    "attempt": 0,
    "done_by": "",
    "document": None,
    "certificate": None,
    "report": {},
    "seconds": 0,
    "error": "",
}


@dataclass(frozen=True, eq=False)
class Made:
    """What came out of one KPI. `report`: numbers for staff; `seconds`: of the processor, part of no bytes."""

    document: bytes
    certificate: bytes
    report: dict[str, Any]
    seconds: float = 0.0


@dataclass(frozen=True)
class Progress:
    """How far a release is. `failed`: reasons for staff by KPI code, in order."""

    done: int
    total: int
    waiting: int
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.done + len(self.failed) == self.total


def plan_work(round_id: int, edition: int, keys: Mapping[str, str]) -> int:
    """Make the rows of a release under way; returns how many KPIs are still to be done.

    What is done with the same key stays, what failed is tried again, everything else begins anew.
    """
    with worker_scope():
        rows = KpiWork.objects.filter(round_id=round_id, edition=edition)
        rows.exclude(kpi__in=list(keys)).delete()
        KpiWork.objects.bulk_create(
            [
                KpiWork(round_id=round_id, edition=edition, kpi=kpi, position=position, key=key)
                for position, (kpi, key) in enumerate(keys.items())
            ],
            ignore_conflicts=True,
        )
        places = {kpi: place for place, kpi in enumerate(keys)}
        for row in rows.select_for_update().only("kpi", "key", "state", "position"):
            fields = {} if row.key == keys[row.kpi] and row.state != KpiWork.State.FAILED else {**NOTHING}
            if fields or row.position != places[row.kpi]:
                again = KpiWork.objects.filter(pk=row.pk)
                again.update(**fields, key=keys[row.kpi], position=places[row.kpi])
        return rows.exclude(state=KpiWork.State.DONE).count()


def progress_of(round_id: int, edition: int) -> Progress:
    """How far the release is."""
    with worker_scope():
        rows = KpiWork.objects.filter(round_id=round_id, edition=edition)
        states = list(rows.order_by("position").values_list("kpi", "state", "error"))
    failed = {kpi: error for kpi, state, error in states if state == KpiWork.State.FAILED}
    count = [state for _kpi, state, _error in states].count
    return Progress(count(KpiWork.State.DONE), len(states), count(KpiWork.State.WAITING), failed)


class Turn:
    """A while of working at KPIs, one at a time; the lease of the one in hand is renewed by a thread."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(16)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def take(self, round_id: int, edition: int, keys: Mapping[str, str]) -> KpiWork | None:
        """Lease the next KPI that nobody works at; only one whose key is the same here. None when there is none."""
        free = Q(state=KpiWork.State.WAITING) | Q(state=KpiWork.State.WORKING, lease_until__lt=Now())
        with worker_scope():
            rows = KpiWork.objects.filter(free, round_id=round_id, edition=edition, key__in=list(keys.values()))
            found = rows.select_for_update(skip_locked=True).defer("document", "certificate").order_by("position")
            work = found.first()
            if work is None:
                return None
            mine = KpiWork.objects.filter(pk=work.pk)
            if work.attempt >= MAX_ATTEMPTS:
                why = _("given up: the worker was lost too often")
                mine.update(state=KpiWork.State.FAILED, error=why, lease_until=None)
                return None
            mine.update(
                state=KpiWork.State.WORKING,
                lease_token=self.token,
                lease_until=Now() + LEASE,
                attempt=F("attempt") + 1,
                done_by=f"{socket.gethostname()[:60]}:{os.getpid()}",
            )
            return work

    def finish(self, work: KpiWork, made: Made) -> bool:
        """Store what came out; False (and nothing stored) when another worker has taken the KPI over."""
        return self._end(
            work,
            state=KpiWork.State.DONE,
            document=made.document,
            certificate=zlib.compress(made.certificate, 6),
            report=made.report,
            seconds=made.seconds,
            error="",
        )

    def give_up(self, work: KpiWork, why: str) -> bool:
        """Store that this KPI cannot be released, in words for staff."""
        return self._end(work, state=KpiWork.State.FAILED, error=why[:2000])

    def _end(self, work: KpiWork, **fields: Any) -> bool:
        with worker_scope():
            return bool(self._mine().filter(pk=work.pk, key=work.key).update(**fields, lease_until=None))

    def _mine(self) -> Any:
        return KpiWork.objects.filter(lease_token=self.token, state=KpiWork.State.WORKING)

    def _renew(self) -> None:
        while not self._stop.wait(RENEW_SECONDS):
            try:
                with worker_scope():
                    self._mine().update(lease_until=Now() + LEASE)
            except Exception:
                log.warning("could not renew the lease of a KPI")
                close_old_connections()
        connection.close()

    def __enter__(self) -> "Turn":
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join(timeout=RENEW_SECONDS + 2)


def open_certificate(stored: bytes) -> bytes:
    """The certificate's bytes from what is stored."""
    return zlib.decompress(stored)
