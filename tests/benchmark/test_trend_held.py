"""What readers and staff see of held trends and of corrections that wait: page, own pages, CSV, API and review."""

import json
import re

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from benchmark.models import Release
from benchmark.selectors.trends import trend
from portal.models import User
from portal.roles import FoundationRole
from portal.services.audit import record
from portal.tenancy import api_scope, staff_scope
from surveys.models import Round
from tests.benchmark.editions_case import Answers, corrected, published, with_changes
from tests.benchmark.frozen import (
    INDICATORS,
    QUESTIONNAIRE,
    frozen_round,
    indicator_set,
    person,
    questionnaire_version,
    small_answers,
    small_round,
)
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
HELD = "is not set beside the one before it, because only one or two participants joined or left"
REPEATED = "These are the figures of edition 1."


def without(answers: Answers, *rows: int) -> Answers:
    """The answers, with no score from these organisations."""
    panel, columns = answers
    values, status = columns["satisfaction"].values.copy(), columns["satisfaction"].status.copy()
    values[list(rows)], status[list(rows)] = np.nan, 1
    column = type(columns["satisfaction"])(values, status)
    return panel, {**columns, "satisfaction": column}


@pytest.fixture
def rounds() -> list[Round]:
    """2023, 2024 with one score fewer, and 2025 with the scores of 2024."""
    answers = {"2023": small_answers(), "2024": without(small_answers(2), 4), "2025": without(small_answers(3), 4)}
    made = []
    for year, given in answers.items():
        version = questionnaire_version(QUESTIONNAIRE.format(version=year))
        indicator_set(INDICATORS.format(version=year, relation="same"))
        made.append(published(frozen_round(f"small-{year}", version, given, period=year), given))
    return made


def text_of(url: str, client: Client | None = None) -> str:
    response = (client or Client()).get(url)
    assert response.status_code == 200, url
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_held_point_is_blank_and_the_line_starts_anew(rounds: list[Round]) -> None:
    with api_scope():
        found = trend("satisfaction", "small")
        other = trend("aht", "small")
    assert found is not None
    assert other is not None
    assert found.held == ("2024",)
    assert [len(series) for series in found.series] == [1, 2]
    assert (found.series[1][0].value, found.series[1][0].reason) == (None, "trend_held")
    assert found.series[1][1].value is not None
    assert other.held == ()


def test_the_page_explains_it_and_still_shows_the_figure_itself(rounds: list[Round]) -> None:
    page = text_of(reverse("kpi_page", args=["small-2024", "satisfaction"]))
    assert HELD in page
    assert "Not set beside the round before: too few organisations joined or left in between." in page
    with api_scope():
        cell = Release.objects.get(round__code="small-2024").documents.get(kpi="satisfaction")
        shown = {group["key"]: group for group in json.loads(bytes(cell.body))["groups"]}
    mean = next(one["value"] for one in shown["all"]["cells"] if one["statistic"] == "mean")
    assert f"{mean:.2f}" in page
    assert HELD not in text_of(reverse("kpi_page", args=["small-2024", "aht"]))
    with translation.override("nl"):
        dutch = text_of(reverse("kpi_page", args=["small-2024", "satisfaction"]))
    assert "Niet naast de vorige ronde gezet" in dutch


def test_the_api_s_document_says_which_groups_are_held(rounds: list[Round]) -> None:
    with api_scope():
        body = bytes(Release.objects.get(round__code="small-2024").documents.get(kpi="satisfaction").body)
    held = {group["key"]: group.get("trend") for group in json.loads(body)["groups"]}
    assert held["all"] == held["sector=public"] == "held"
    assert held["sector=private"] is None


def test_readers_are_told_whose_figures_a_repeated_edition_shows() -> None:
    round_ = published(small_round())
    one = with_changes(small_answers(), 4)
    published(corrected(round_, one), one)
    page = text_of(reverse("kpi_page", args=["small-2025", "satisfaction"]))
    assert REPEATED in page
    assert REPEATED in text_of(reverse("kpi_page", args=["small-2025", "aht"])), "the same words where nothing changed"
    assert REPEATED not in text_of(reverse("kpi_page", args=["small-2025", "satisfaction"]) + "?edition=1")


def test_staff_see_which_corrections_wait_in_counts() -> None:
    round_ = published(small_round())
    one = with_changes(small_answers(), 4)
    published(corrected(round_, one), one)
    researcher: User = person(FoundationRole.RESEARCHER, "ruth")
    with staff_scope():
        release = Release.objects.get(edition=2)
        waiting = {"satisfaction": {"changed": 1, "groups": 4}}
        record("release.computed", subject=release, by=None, waiting=waiting)
    client = Client()
    sign_in(client, researcher)
    page = text_of(reverse("staff_release", args=["small-2025", 2]), client)
    assert "3 indicators show the figures of an earlier edition again" in page
    assert "1 contributor changed; in 4 published groups only one or two." in page
    assert "Corrections" not in text_of(reverse("staff_release", args=["small-2025", 1]), client)
