"""The style guide shows every component, and what components promise to people who cannot see or click is kept."""

import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from tests.house.style_samples import context

COMPONENTS = Path(__file__).resolve().parents[2] / "templates" / "components"
BY_BASE_OR_FORMS = {"site_name", "language_switch", "user_menu", "messages", "footer", "breadcrumbs"} | {
    "form",
    "form_field",
    "form_fields",
    "confirm_form",
    "progress",
    "suppressed",
}


@pytest.fixture(scope="module")
def page() -> str:
    """The style guide as an anonymous reader gets it, in English."""
    with translation.override("en"):
        return render_to_string("styleguide.html", context(), RequestFactory().get("/"))


def test_styleguide_shows_every_component() -> None:
    guide = (COMPONENTS.parent / "styleguide.html").read_text(encoding="utf-8")
    names = {path.stem for path in COMPONENTS.glob("*.html") if not path.stem.startswith("_")}
    assert names - BY_BASE_OR_FORMS == set(re.findall(r'"components/(\w+)\.html"', guide))


def test_ids_are_unique(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))


def test_references_point_at_something(page: str) -> None:
    ids = set(re.findall(r'\sid="([^"]+)"', page))
    named = re.findall(r'\s(?:for|aria-describedby|aria-labelledby)="([^"]+)"', page)
    assert {name for names in named for name in names.split()} <= ids


def test_suppressed_figure_says_why_in_visible_text() -> None:
    html = render_to_string("components/suppressed.html", {"reason": "fewer than 10 organisations"})
    assert 'aria-hidden="true">–<' in html
    assert html.rstrip().endswith("fewer than 10 organisations</span>")


def test_number_field_takes_dutch_numbers(page: str) -> None:
    assert 'type="number"' not in page
    assert re.search(r'<input[^>]*type="text" inputmode="decimal"[^>]*value="31,5"', page)


def test_ended_job_stops_asking(page: str) -> None:
    running, done = page.split('id="job-1"')[1].split('id="job-2"')
    assert 'hx-trigger="every 2s"' in running
    assert "hx-get" not in done


def test_server_error_page_needs_no_context() -> None:
    assert "<h1>" in render_to_string("500.html")


def test_not_found_page_is_the_same_every_time() -> None:
    requests = [RequestFactory().get("/rounds/1/"), RequestFactory().get("/rounds/999/?a=b")]
    assert len({render_to_string("404.html", {}, request) for request in requests}) == 1
