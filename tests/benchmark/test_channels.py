"""Page, participant page, PDF, CSV and API say the same: each figure in a cell or a tile is in the release store.

A figure that no released cell, no number of organisations and no own value accounts for would be one that somebody
made elsewhere, and nobody protected.
"""

import csv
import io
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from benchmark.models import Report
from benchmark.selectors.own_values import own_values
from benchmark.selectors.releases import published_release
from benchmark.services.exporting import export_release
from benchmark.services.reports import report_page, request_report
from portal.tenancy import api_scope, participant_scope, staff_scope
from tests.sign_in import sign_in
from tests.world import World, build_world

CELLS = re.compile(r"<td[^>]*>(.*?)</td>|<p class=\"stat-value\">(.*?)</p>|<span class=\"own\">(.*?)</span>", re.S)
TAGS = re.compile(r"<svg.*?</svg>|<[^>]*>|P(?:10|25|75|90)|\b(?:10|25|75|90)(?:e|th)\b", re.S)
NUMBER = re.compile(r"\d+(?:\.\d{3})*(?:,\d+)?")
PROSE = {1.0, 2.0}  # “two organisations”, edition 1
YEARS = {2025.0, 2026.0}


def figures(html: str) -> set[float]:
    """The numbers in the cells and tiles of a page, as a Dutch reader reads them."""
    found: set[float] = set()
    for groups in CELLS.findall(html):
        text = TAGS.sub(" ", "".join(groups)).replace("&nbsp;", " ")
        found |= {float(number.replace(".", "").replace(",", ".")) for number in NUMBER.findall(text)}
    return found


def unaccounted(html: str, known: set[float]) -> set[float]:
    """Figures of a page that are no known number, nor one in its last place."""
    near = {one for one in figures(html) if any(math.isclose(one, other, rel_tol=5e-4) for other in known)}
    return figures(html) - near


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with translation.override("nl"):
        yield build_world()


def released(world: World) -> set[float]:
    """Every number of the store: values, numbers of organisations, and the limits that reasons name."""
    with api_scope():
        exported = csv.DictReader(io.StringIO(export_release(world.finished.code).decode(), newline=""))
        rows = [(row["value"], row["n"]) for row in exported]
    texts = [text.strip("<>") for row in rows for text in row]
    return {float(text) for text in texts if text} | PROSE | YEARS


def own_numbers(world: World) -> set[float]:
    """The values of A itself, which only A's pages may show."""
    with participant_scope(world.a.pk):
        view = published_release(world.finished.code)
        assert view is not None
        values = own_values(world.a, world.finished, view.indicators).values()
    return {own.value for own in values if own.value is not None}


def report_html(world: World) -> str:
    with staff_scope():
        request_report(world.a, world.finished, "nl", by=None, in_line=False)
        report = Report.objects.get(organisation=world.a)
    with participant_scope(world.a.pk):
        return report_page(Report.objects.select_related("organisation", "release__round").get(pk=report.pk))


def test_every_public_figure_is_in_the_store(world: World, client: Client) -> None:
    known, seen = released(world), 0
    for path in ("", "aht/", "satisfaction/", "owner/"):
        html = client.get(f"/rounds/{world.finished.code}/{path}").content.decode()
        seen += len(figures(html))
        assert unaccounted(html, known) == set(), path
    assert seen > 20


def test_every_figure_of_a_participant_and_of_its_report_is_released_or_its_own(world: World, client: Client) -> None:
    known = released(world) | own_numbers(world)
    sign_in(client, world.person("coordinator of A"))
    for path in ("", "aht/", "satisfaction/", "owner/"):
        html = client.get(f"/my/results/{world.finished.code}/{path}").content.decode()
        assert unaccounted(html, known) == set(), path
    report = report_html(world)
    pages = {float(number) for number in re.findall(r">\s*(\d{1,2})\s*</a>", report)}
    assert len(figures(report)) > 10
    assert unaccounted(report, known | pages) == set()


def test_a_figure_that_is_not_in_the_store_is_noticed(world: World, client: Client) -> None:
    html = client.get(f"/rounds/{world.finished.code}/aht/").content.decode()
    with_one_more = html.replace("</td>", " 4.711,5</td>", 1)
    assert unaccounted(with_one_more, released(world)) == {4711.5}


def test_csv_of_the_page_export_and_api_have_the_same_cells(world: World, client: Client) -> None:
    code = world.finished.code
    with api_scope():
        exported = list(csv.DictReader(io.StringIO(export_release(code).decode(), newline="")))
    answer: dict[str, Any] = client.get(f"/api/v1/rounds/{code}/observations/?limit=5000").json()
    assert [{name: str(value) for name, value in row.items()} for row in answer["results"]] == exported
    for kpi in ("aht", "satisfaction", "owner"):
        page = client.get(f"/rounds/{code}/{kpi}.csv").content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(page, newline="")))
        wanted = [row for row in exported if row["kpi"] == kpi]
        assert [(row["peer_group"], row["statistic"], row["value"], row["reason"]) for row in rows] == [
            (row["peer_group"], row["statistic"], row["value"], row["reason"]) for row in wanted
        ]
