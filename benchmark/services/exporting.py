"""Every released cell of an edition as CSV or JSON, from the stored documents: the same release, the same bytes."""

from collections.abc import Iterable
from dataclasses import asdict, astuple, fields
from itertools import repeat
from typing import Literal

from django.utils.translation import gettext as _

from benchmark.selectors.releases import SHARE, ReleaseView, label_peer_group, label_share, published_release
from benchmark.stats.disclosure.reasons import reason_text
from benchmark.stats.release import CellRow, canonical_json, cell_rows
from portal.errors import InvalidInput
from portal.spreadsheet import csv_bytes

Format = Literal["csv", "json"]
COLUMNS = tuple(field.name for field in fields(CellRow))
FIGURES = frozenset({"edition", "value", "n"})  # made by us from numbers: a minus sign there is a minus sign


def export_release(round_code: str, *, edition: int | None = None, format: Format = "csv") -> bytes:
    """All cells of the newest (or the named) published edition; raises InvalidInput when there is none."""
    release = published_release(round_code, edition)
    if release is None:
        raise InvalidInput(
            _("Round “%(round)s” has no published results of that edition.") % {"round": round_code}
            if edition is not None
            else _("Round “%(round)s” has no published results.") % {"round": round_code}
        )
    cells = cell_rows(release.tables.values())
    return cells_as_csv(cells) if format == "csv" else cells_as_json(release, cells)


def cells_as_csv(cells: Iterable[CellRow]) -> bytes:
    """UTF-8 CSV with a header and lines that end in CRLF (RFC 4180); texts cannot become formulas in a spreadsheet."""
    return _as_csv(cells)


def explained_csv(release: ReleaseView, kpi: str, language: str) -> bytes:
    """All cells of one indicator as CSV, for people: at each blank also why, and which nearest figure is shown.

    `why` and `shown_for` are in the language; both say no more than the page does. Raises KeyError.
    """
    table, indicator = release.tables[kpi], release.indicators.item(kpi)
    told = []
    for group in table.groups.values():
        for cell in group.cells.values():
            why = reason_text(cell.reason, language) if cell.reason else ""
            nearest = ""
            if cell.alternative.startswith(SHARE):
                nearest = label_share(cell.alternative, indicator, release.questionnaire, language)
            elif cell.alternative:
                nearest = label_peer_group(cell.alternative, release.questionnaire, language, release.round.unions)
            told.append((why, nearest))
    return _as_csv(cell_rows([table]), ("why", "shown_for"), told)


def cells_as_json(release: ReleaseView, cells: Iterable[CellRow]) -> bytes:
    """Canonical JSON: the release's hash and its cells, in the order of the documents."""
    return canonical_json(
        {
            "round": release.round.code,
            "edition": release.edition,
            "content_hash": release.content_hash,
            "cells": [asdict(cell) for cell in cells],
        }
    )


def _as_csv(
    cells: Iterable[CellRow], more: tuple[str, ...] = (), told: Iterable[tuple[str, ...]] = repeat(())
) -> bytes:
    """The cells, with further columns of text behind them."""
    rows = ((*astuple(cell), *words) for cell, words in zip(cells, told, strict=False))
    return csv_bytes((*COLUMNS, *more), rows, figures=FIGURES)
