"""Certified KPIs of invented organisations, kept on this machine: making the demonstration again takes seconds.

    with kept_work(round_id, edition, folder):
        …                                         # compute the round, to its end

Work is kept under its key, the hash of everything that decides its bytes, the source of the engine included, and it
is handed to a round the way that a killed worker leaves it: as rows that are done. So the same round resumes; one
whose answers, rules or engine differ finds nothing. Only for invented data: what is kept holds answers.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmark.models import KpiWork, ReleaseCertificate, ReleasedDocument
from benchmark.services.inputs import inputs_of
from benchmark.services.kpi_works import plan_work
from benchmark.services.storing import COUNTED
from portal.tenancy import worker_scope

BYTES = ("document", "certificate")


@contextmanager
def kept_work(round_id: int, edition: int, folder: Path) -> Iterator[None]:
    """Lay out what is kept of this round's work; afterwards keep what the release holds."""
    with worker_scope():
        keys = inputs_of(round_id, edition).keys()
        plan_work(round_id, edition, keys)
        for kpi, key in keys.items():
            made = _read(folder / key)
            rows = KpiWork.objects.filter(round_id=round_id, edition=edition, kpi=kpi, state=KpiWork.State.WAITING)
            if made is not None:
                rows.update(state=KpiWork.State.DONE, done_by="kept", **made)
    yield
    missing = {kpi: key for kpi, key in keys.items() if not (folder / key).is_file()}
    with suppress(OSError):  # where nothing can be written, nothing is kept
        if missing:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _keep(round_id, edition, missing, folder)


def _keep(round_id: int, edition: int, keys: dict[str, str], folder: Path) -> None:
    of_release = {"release__round_id": round_id, "release__edition": edition, "kpi__in": list(keys)}
    with worker_scope():
        documents = {row.kpi: bytes(row.body) for row in ReleasedDocument.objects.filter(**of_release)}
        for row in ReleaseCertificate.objects.select_related("stored").filter(**of_release):
            made = {"document": documents[row.kpi], "certificate": bytes(row.stored.body), "seconds": row.seconds}
            made["report"] = {**row.report, **{name: getattr(row, name) for name in (*COUNTED, "kinds")}}
            _write(folder / keys[row.kpi], made)


def _read(path: Path) -> dict[str, Any] | None:
    """What was kept; None when there is nothing that can be read."""
    try:
        made: dict[str, Any] = json.loads(path.read_bytes())
        return {**made, **{name: b64decode(made[name]) for name in BYTES}}
    except (OSError, ValueError, KeyError):
        return None


def _write(path: Path, made: dict[str, Any]) -> None:
    text = json.dumps({**made, **{name: b64encode(made[name]).decode() for name in BYTES}})
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(text)
    part.replace(path)
