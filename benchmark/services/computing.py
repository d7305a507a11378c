"""Compute → protect → release document, per KPI; then everything is written in one transaction.

The inputs are read in one transaction, the figures are made outside of any, and a worker that is killed leaves
nothing behind but a job to be taken over. The same inputs give the same bytes: no clock, no row ids, no dict order.
"""

import tomllib
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from benchmark.models import IndicatorSet
from benchmark.selectors.contributions import Contributions, read_contributions
from benchmark.services.indicators import columns_of, indicator_set_for, options_of
from benchmark.services.storing import store_release
from benchmark.stats.disclosure import Policy, profile, protect
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import Flag, kpi_values
from benchmark.stats.peers import PeerGroup, lattice
from benchmark.stats.release import CellRow, ReleaseMeta, cell_rows, content_hash, read_document, release_document
from benchmark.stats.tables import compute_table
from portal.errors import NotPossibleNow
from portal.models import User
from portal.tenancy import worker_scope
from surveys.models import Round
from surveys.questionnaire import QuestionnaireFile

CROSSINGS = 2  # peer groups: all, each dimension, each pair of dimensions
Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything that decides the bytes of a release."""

    round: Round
    indicators: IndicatorSet
    contributions: Contributions
    policy: Policy

    @property
    def questionnaire(self) -> QuestionnaireFile:
        """The questionnaire that was answered."""
        return self.round.version.file


@dataclass(eq=False)
class Computed:
    """Documents by KPI code in the order of the indicator file, their cells, and flags per KPI (for staff only)."""

    documents: dict[str, bytes] = field(default_factory=dict)
    cells: list[CellRow] = field(default_factory=list)
    flagged: dict[str, dict[str, int]] = field(default_factory=dict)


def compute_release(
    round_id: int,
    edition: int,
    *,
    by: int | None,
    progress: Progress = lambda done, total: None,
    finishing: Callable[[], AbstractContextManager[Any]] = worker_scope,
) -> None:
    """Make and store the release of a frozen edition and advance the round; `by` is a user id.

    `progress` is told after each KPI; `finishing` opens the transaction that writes everything. Raises
    NotPossibleNow when the edition is not frozen, is not the one under way, or was published.
    """
    with worker_scope():
        inputs = read_inputs(round_id, edition)
        person = User.objects.filter(pk=by).first() if by is not None else None
    computed = compute_documents(inputs, edition, progress)
    with finishing():
        store_release(
            inputs.round,
            edition,
            inputs_id=inputs.contributions.edition_id,
            indicators=inputs.indicators,
            documents=computed.documents,
            cells=computed.cells,
            manifest=manifest(inputs, edition, computed),
            flagged=computed.flagged,
            by=person,
        )


def read_inputs(round_id: int, edition: int) -> Inputs:
    """What a release of this edition is made of; needs the worker's scope."""
    current = Round.objects.select_related("version__questionnaire").get(pk=round_id)
    indicators = indicator_set_for(current)
    questionnaire = current.version.file
    wanted = {spec.code for item in indicators.file.items for spec in columns_of(item, questionnaire)}
    contributions = read_contributions(round_id, edition, wanted)
    if contributions is None:
        raise NotPossibleNow(
            _("Edition %(edition)s of round “%(round)s” is not frozen yet: freeze the round first.")
            % {"edition": edition, "round": current.code}
        )
    return Inputs(current, indicators, contributions, profile("standard"))


def compute_documents(inputs: Inputs, edition: int, progress: Progress) -> Computed:
    """The release documents of all indicators; no database is touched except through `progress`."""
    groups = lattice(inputs.contributions.panel, order=CROSSINGS)
    items = inputs.indicators.file.items
    computed = Computed()
    progress(0, len(items))
    for done, indicator in enumerate(items, start=1):
        document, flagged = _document(inputs, edition, indicator, groups)
        computed.documents[indicator.code] = document
        computed.cells.extend(cell_rows([read_document(document)]))
        if flagged:
            computed.flagged[indicator.code] = flagged
        progress(done, len(items))
    return computed


def manifest(inputs: Inputs, edition: int, computed: Computed) -> dict[str, Any]:
    """What the release was made from and what is in it; readable by everybody once it is published."""
    status = Counter(cell.status for cell in computed.cells)
    reasons = Counter(cell.reason for cell in computed.cells if cell.reason)
    return {
        "round": inputs.round.code,
        "edition": edition,
        "inputs": {"hash": inputs.contributions.content_hash, "organisations": len(inputs.contributions.panel)},
        "questionnaire": {"version": inputs.round.version.version, "hash": inputs.round.version.content_hash},
        "indicators": {"version": inputs.indicators.version, "hash": inputs.indicators.content_hash},
        "policy": {"profile": inputs.policy.profile, "version": inputs.policy.version},
        "cells": {"released": status["released"], "suppressed": status["suppressed"], "reasons": dict(reasons)},
        "documents": len(computed.documents),
        "content_hash": content_hash(computed.documents),
        "software": software_version(),
    }


@lru_cache(maxsize=1)
def software_version() -> str:
    """The version of this software, from the project file."""
    return str(tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _document(
    inputs: Inputs, edition: int, indicator: Indicator, groups: tuple[PeerGroup, ...]
) -> tuple[bytes, dict[str, int]]:
    """The bytes of one indicator, and how many organisations staff should look at."""
    given, questionnaire = inputs.contributions, inputs.questionnaire
    needed = {spec.code for spec in columns_of(indicator, questionnaire)}
    missing = sorted((needed or set(indicator.columns)) - set(given.columns))
    if missing:
        raise NotPossibleNow(
            _("Indicator “%(indicator)s” needs the question “%(column)s”, which this round did not ask.")
            % {"indicator": indicator.code, "column": missing[0]}
        )
    columns = {code: given.columns[code] for code in sorted(needed)}
    values = kpi_values(indicator, columns, given.unattributed, options_of(indicator, questionnaire))
    table = compute_table(indicator, values, given.panel, groups)
    protected = protect(table, indicator=indicator, policy=inputs.policy)
    version = inputs.round.version
    meta = ReleaseMeta(
        inputs.round.code, edition, version.questionnaire.code, version.version, inputs.round.reference_period
    )
    flags = {flag.name.lower(): values.flagged(flag) for flag in Flag if flag.name and values.flagged(flag)}
    return release_document(protected, indicator, meta), flags
