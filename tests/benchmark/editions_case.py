"""Editions of the small round published without the exact protection: quick, for what happens between releases.

Everything but `protect` is the real thing: frozen answers, the place among what was published, documents, rows.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models.functions import Now

from benchmark.models import Release, ReleasedDocument
from benchmark.services.earlier import Past, Place, place_among, published_past
from benchmark.services.indicators import columns_of, indicator_set_for, options_of
from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import ReleaseMeta, content_hash, document_hash, release_document
from benchmark.stats.tables import Table, compute_table
from portal.tenancy import staff_scope, worker_scope
from surveys.models import Edition, Round
from surveys.services.rounds import advance_round
from tests.benchmark.frozen import freeze, small_answers, small_round

Answers = tuple[Panel, dict[str, Column]]
TOGETHER = 3
KPIS = ("aht", "satisfaction", "owner")


def published(
    round_: Round, answers: Answers | None = None, given: Mapping[str, bytes] | None = None, crossings: int = 2
) -> Round:
    """The edition under way, published. `answers`: as frozen; `given`: documents in place of those that belong."""
    made, frozen = given or {}, answers or small_answers()
    documents = {kpi: made.get(kpi) or document_of(round_, kpi, frozen, crossings) for kpi in KPIS}
    with worker_scope():
        release = Release.objects.create(
            round=round_,
            edition=round_.edition,
            inputs=Edition.objects.get(round=round_, number=round_.edition),
            indicators=indicator_set_for(round_),
            state=Release.State.PUBLISHED,
            published_at=Now(),
            content_hash=content_hash(documents),
            manifest=manifest(len(frozen[0])),
        )
        for position, (kpi, body) in enumerate(documents.items()):
            digest = document_hash(body)
            ReleasedDocument.objects.create(release=release, kpi=kpi, position=position, body=body, content_hash=digest)
        Round.objects.filter(pk=round_.pk).update(state=Round.State.PUBLISHED)
        return Round.objects.select_related("version__questionnaire").get(pk=round_.pk)


def document_of(round_: Round, kpi: str, answers: Answers, crossings: int = 2) -> bytes:
    """What the computation makes of a KPI, with the primary rules alone."""
    indicator, table = indicator_of(round_, kpi), table_of(round_, kpi, answers, crossings)
    place = place_of(round_, kpi, answers, round_.edition)
    if place.repeated is not None:
        return place.repeated
    protected = protect(table, indicator=indicator, policy=Policy())
    meta = ReleaseMeta(round_.code, round_.edition, "small", round_.version.version, round_.reference_period)
    return release_document(protected, indicator, meta, held=place.held(protected))


def manifest(organisations: int) -> dict[str, Any]:
    """As much of a manifest as the pages read."""
    return {
        "inputs": {"hash": "0" * 64, "organisations": organisations},
        "questionnaire": {"version": "2025", "hash": "0" * 64},
        "indicators": {"version": "2025", "hash": "0" * 64},
        "policy": Policy().public_rules(),
        "cells": {"released": 0, "suppressed": 0, "reasons": {}},
        "software": "0",
    }


def past_of(round_: Round, edition: int) -> Past:
    """What was published before the edition."""
    with worker_scope():
        return published_past(round_, edition, TOGETHER)


def place_of(round_: Round, kpi: str, answers: Answers, edition: int = 2) -> Place:
    """Where the KPI's table of these answers stands."""
    return place_among(past_of(round_, edition), indicator_of(round_, kpi), table_of(round_, kpi, answers))


def corrected(round_: Round, answers: Answers) -> Round:
    """The next edition, frozen with these answers."""
    with staff_scope():
        advance_round(round_.pk, "correct", by=None)
        again = Round.objects.select_related("version__questionnaire").get(pk=round_.pk)
    freeze(again, *answers, {})
    return again


def frozen_year(year: str, seed: int) -> Round:
    """A frozen round of that year."""
    return small_round(f"small-{year}", year, seed=seed)


def with_changes(answers: Answers, *rows: int, column: str = "satisfaction") -> Answers:
    """The answers with another number in these rows."""
    panel, columns = answers
    values = columns[column].values.copy()
    values[list(rows)] = values[list(rows)] * 0.5 + 1
    return panel, {**columns, column: Column(values, columns[column].status)}


def indicator_of(round_: Round, kpi: str) -> Indicator:
    """The definition that the round is computed with."""
    with worker_scope():
        return indicator_set_for(round_).file.item(kpi)


def table_of(round_: Round, kpi: str, answers: Answers, crossings: int = 2) -> Table:
    """The raw table of the KPI."""
    indicator, file = indicator_of(round_, kpi), round_.version.file
    columns = {spec.code: answers[1][spec.code] for spec in columns_of(indicator, file)}
    values = kpi_values(indicator, columns, {}, options_of(indicator, file))
    return compute_table(indicator, values, answers[0], lattice(answers[0], crossings))
