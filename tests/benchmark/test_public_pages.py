"""Pages for everybody: released figures only, each with its name, its base and a file; nothing before publication."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from django.test import Client

from benchmark.services.releasing import publish_release, review_release
from benchmark.stats.columns import Column, Panel
from portal.models import User
from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from surveys.models import Round
from tests.benchmark.frozen import computed, frozen_round, indicator_set, person, questionnaire_version, small_round
from tests.world import World, canaries_in

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("/", "/en/", "/rounds/world-2025/", "/rounds/world-2025/aht/", "/en/rounds/world-2025/owner/")

NATIONAL = {"answered_pct": "54,8\u00a0%", "missed_pct": "11,8\u00a0%"}  # of the published totals


@pytest.fixture
def people(db: None) -> tuple[User, User]:
    return person(FoundationRole.RESEARCHER, "ruth"), person(FoundationRole.PUBLISHER, "paul")


def published(round_: Round, people: tuple[User, User]) -> Round:
    with staff_scope():
        review_release(computed(round_).pk, by=people[0])
        publish_release(round_.pk, by=people[1])
    return round_


def text(url: str) -> str:
    answer = Client().get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def readable(page: str) -> str:
    """The page without the coordinates of its drawings, in which any number occurs."""
    return re.sub(r"<svg.*?</svg>", lambda found: re.sub(r"<[^>]*>", " ", found[0]), page, flags=re.DOTALL)


@pytest.mark.django_db
def test_before_anything_is_published_the_front_page_says_so() -> None:
    page = text("/en/")
    assert "No figures have been published yet" in page
    assert "/en/method/" in page


def test_the_overview_names_each_figure_its_base_and_its_edition(world: World) -> None:
    page = text("/en/")
    assert "ratio of sums" in page
    assert "18 organisations" in page
    assert "Edition 1, published on" in page
    assert "fingerprint" in page
    assert "Invented data." in page
    assert "/en/rounds/world-2025/aht.csv" in page


def test_no_public_page_holds_an_answer_of_one_organisation(world: World) -> None:
    for url in (*PAGES, "/rounds/world-2025/aht.csv", "/rounds/world-2025/satisfaction/"):
        page = readable(text(url))
        assert canaries_in(page.encode()) == [], url


def test_an_indicator_shows_all_groups_and_says_why_some_are_blank(world: World) -> None:
    page = text("/en/rounds/world-2025/aht/")
    assert "Public sector" in page
    assert "Private sector" in page
    assert 'class="suppressed"' in page
    assert "The mean and the median of the organisations are other figures." in page


def test_the_file_holds_every_released_cell(world: World) -> None:
    answer = Client().get("/rounds/world-2025/aht.csv")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert {row["peer_group"] for row in rows} == {"all", "sector=public", "sector=private"}
    assert {row["statistic"] for row in rows} == {"n", "ratio", "mean", "p10", "p25", "p50", "p75", "p90"}
    assert all(bool(row["value"]) != bool(row["reason"]) for row in rows)


@pytest.mark.parametrize(
    "url",
    [
        "/rounds/world-2026/",
        "/rounds/nothing/",
        "/rounds/world-2025/nothing/",
        "/rounds/world-2025/nothing.csv",
        "/rounds/world-2025/?edition=2",
        "/rounds/world-2025/?edition=-1",
        "/rounds/world-2025/?edition=99999999999",
    ],
)
def test_what_is_not_published_is_not_found(world: World, url: str) -> None:
    assert Client().get(url).status_code == 404


def test_an_anonymous_reader_may_be_served_from_a_cache_and_gets_no_cookie(world: World) -> None:
    answer = Client().get("/rounds/world-2025/aht/")
    assert "public" in answer["Cache-Control"]
    assert not answer.cookies


def test_pages_take_few_queries(world: World, django_assert_max_num_queries: Callable[[int], object]) -> None:
    for url in PAGES:
        text(url)
    for url in PAGES:
        with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
            text(url)


def test_two_rounds_are_joined_by_a_line_and_a_broken_lineage_is_not(people: tuple[User, User]) -> None:
    published(small_round("small-2024", "2024", seed=2), people)
    published(small_round("small-2025", "2025", relation="broken"), people)
    joined = text("/en/rounds/small-2025/satisfaction/")
    assert "Satisfaction over the rounds" in joined
    assert "Break in series" not in joined
    assert "Break in series in 2025" in text("/en/rounds/small-2025/aht/")
    assert "over the rounds" not in text("/en/rounds/small-2024/satisfaction/")  # the first round stays as it was


@pytest.mark.real_data
def test_the_national_percentages_are_the_published_ones_and_say_what_they_are(
    real_data: Path, people: tuple[User, User]
) -> None:
    version = questionnaire_version((ROOT / "surveys/instruments/gp_telephony-2025.yaml").read_text(encoding="utf-8"))
    file = yaml.safe_load((ROOT / "benchmark/indicators/gp_telephony-2025.yaml").read_text(encoding="utf-8"))
    file["items"] = [item for item in file["items"] if item["code"] in NATIONAL]
    indicator_set(yaml.safe_dump(file, allow_unicode=True))
    with (real_data / "answers_2025-10.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["month"] == "2025-10"]
    codes = [spec.code for spec in version.file.columns() if spec.kind == "number"]
    own = [row for row in rows if row["ods_code"] != "Unassigned"]
    rest = [row for row in rows if row["ods_code"] == "Unassigned"]
    columns = {code: Column.from_values([float(row[code] or "nan") for row in own]) for code in codes}
    amounts = {
        code: float(np.nansum([float(row[code] or "nan") for row in rest])) for code in codes if code != "list_size"
    }
    panel = Panel.build(range(1, len(own) + 1), {})
    published(frozen_round("gp-2025-10", version, (panel, columns), period="2025-10", amounts=amounts), people)
    for kpi, figure in NATIONAL.items():
        assert figure in text("/")
        page = text(f"/rounds/gp-2025-10/{kpi}/")
        assert figure in page
        english = text(f"/en/rounds/gp-2025-10/{kpi}/")
        assert figure.replace(",", ".") in english
        assert "ratio of sums" in english
        assert "The mean and the median of the organisations are other figures." in english
