"""Compute → protect → certify → store: KPI by KPI, by as many workers as there are, then everything at once.

The inputs are read in one transaction, each KPI's document and certificate are made outside of any and stored as soon
as they are there (`kpi_works.py`), and the release is written in one transaction when all are. A worker that is
killed leaves nothing behind but one KPI to be made again. The same inputs give the same bytes: no clock, no row ids,
no dict order, whoever did what.
"""

import logging
import time
import tomllib
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from benchmark.services.inputs import Inputs, inputs_of
from benchmark.services.kpi_works import Progress, Turn, plan_work, progress_of
from benchmark.services.protecting import release_kpi
from benchmark.services.storing import MadeRelease, made_release, store_release
from benchmark.stats.indicators import Indicator
from benchmark.stats.release import content_hash, read_document
from portal.errors import NotPossibleNow, PortalError
from portal.models import User
from portal.services.jobs import NotYet, enqueue
from portal.tenancy import worker_scope

log = logging.getLogger(__name__)
HELP = "benchmark.help_compute"
HELPERS = 8  # messages sent; as many workers as are idle take one up
TURN_SECONDS = 30.0  # then other tasks get their turn
POLL_SECONDS = 0.25
Told = Callable[[int, int], None]


def compute_release(
    round_id: int,
    edition: int,
    *,
    by: int | None,
    progress: Told = lambda done, total: None,
    finishing: Callable[[], AbstractContextManager[Any]] = worker_scope,
    patience: float = float("inf"),
    helpers: int = 0,
) -> None:
    """Make and store the release of a frozen edition and advance the round; `by` is a user id.

    `progress` is told after each KPI; `finishing` opens the transaction that writes everything. After `patience`
    seconds it raises NotYet, and goes on from there when it is called again. Up to `helpers` other workers are asked
    to work along. Raises NotPossibleNow when the edition is not frozen, is not the one under way, or was published,
    and when a KPI could not be made, naming all of those.
    """
    with worker_scope():
        inputs = inputs_of(round_id, edition)
        person = User.objects.filter(pk=by).first() if by is not None else None
        keys = inputs.keys()
        if plan_work(round_id, edition, keys) > 1:
            for _message in range(helpers):
                enqueue(HELP, round_id, edition)
    _make_all(inputs, keys, progress, time.monotonic() + patience)
    with worker_scope():
        made = made_release(round_id, edition, keys)
    if made is None:
        raise NotYet
    described = manifest(inputs, made)
    with finishing():
        store_release(inputs, made, manifest=described, by=person)


def help_compute(round_id: int, edition: int, *, patience: float = TURN_SECONDS) -> int:
    """Make KPIs of a release that is under way, for so many seconds or until none is left; returns how many."""
    end, count = time.monotonic() + patience, 0
    if not progress_of(round_id, edition).waiting:
        return 0
    with worker_scope():
        inputs = inputs_of(round_id, edition)
        keys = inputs.keys()
    with Turn() as turn:
        while time.monotonic() < end and _make_one(inputs, keys, turn):
            count += 1
    return count


def _make_all(inputs: Inputs, keys: dict[str, str], progress: Told, end: float) -> None:
    """Work at KPIs until all are there, whoever makes them. Raises NotYet at the end of the turn, NotPossibleNow."""
    round_id, edition, told, tried = inputs.round.pk, inputs.edition, -1, False
    with Turn() as turn:
        while True:
            now = progress_of(round_id, edition)
            if now.done != told:
                progress(now.done, now.total)
                told = now.done
            if now.finished:
                break
            if tried and time.monotonic() >= end:
                raise NotYet
            tried = True  # however short a turn is, something comes of it
            if not _make_one(inputs, keys, turn):
                time.sleep(POLL_SECONDS)
    _refuse_failures(inputs, now)


def _make_one(inputs: Inputs, keys: dict[str, str], turn: Turn) -> bool:
    """Make the next KPI that nobody works at; False when there is none."""
    work = turn.take(inputs.round.pk, inputs.edition, keys)
    if work is None:
        return False
    try:
        turn.finish(work, release_kpi(inputs, inputs.indicators.file.item(work.kpi)))
    except PortalError as error:
        turn.give_up(work, str(error))
    except (OperationalError, InterfaceError):
        raise  # the database was away: no fault of this KPI, which is taken up again when its lease ends
    except Exception as error:
        log.exception("%s could not be made", work)
        turn.give_up(work, f"{type(error).__name__}: {error}")
    return True


def _refuse_failures(inputs: Inputs, now: Progress) -> None:
    if not now.failed:
        return
    names = {item.code: item for item in inputs.items}
    told = "; ".join(f"{_name(names[kpi])} ({kpi}): {why}" for kpi, why in now.failed.items())
    raise NotPossibleNow(
        _("These indicators cannot be released: %(failed)s. The others (%(done)s) are kept for the next attempt.")
        % {"failed": told, "done": now.done}
    )


def _name(indicator: Indicator) -> str:
    return indicator.name.text("nl")


def manifest(inputs: Inputs, made: MadeRelease) -> dict[str, Any]:
    """What the release was made from, what is in it and what was proven; readable by everybody once it is published."""
    status = Counter(cell.status for cell in made.cells)
    reasons = Counter(cell.reason for cell in made.cells if cell.reason)
    return {
        "round": inputs.round.code,
        "edition": inputs.edition,
        "inputs": {"hash": inputs.contributions.content_hash, "organisations": len(inputs.contributions.panel)},
        "questionnaire": {"version": inputs.round.version.version, "hash": inputs.round.version.content_hash},
        "indicators": {"version": inputs.indicators.version, "hash": inputs.indicators.content_hash},
        "policy": inputs.policy.public_rules(),
        "policy_hash": inputs.policy_version.content_hash,
        "earlier": inputs.past.hashes(),
        "certificates": made.certificates,
        "cells": {"released": status["released"], "suppressed": status["suppressed"], "reasons": dict(reasons)},
        "documents": len(made.documents),
        "excluded": excluded_values(inputs, made),
        "content_hash": content_hash(made.documents),
        "software": software_version(),
    }


def excluded_values(inputs: Inputs, made: MadeRelease) -> dict[str, int]:
    """How many values validators left out of each indicator, where they did; the method page shows it.

    Figures that are repeated from an earlier edition were made without those that were left out of that one.
    """
    earlier = {release.edition: release.manifest.get("excluded", {}) for release in inputs.past.own}
    found = {}
    for indicator in inputs.items:
        repeats = read_document(made.documents[indicator.code]).repeats
        then = earlier.get(repeats, {}) if repeats is not None else None
        count = inputs.excluded(indicator) if then is None else int(then.get(indicator.code, 0))
        if count:
            found[indicator.code] = count
    return found


@lru_cache(maxsize=1)
def software_version() -> str:
    """The version of this software, from the project file."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
