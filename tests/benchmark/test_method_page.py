"""The method page prints the rules of the release in use, from its data, and neither p nor c."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.test import Client

from benchmark.reports.viewmodels_method import method_view
from benchmark.services.policies import approve_policy, propose_policy
from benchmark.services.releasing import publish_release, review_release
from benchmark.stats.disclosure.policy import CONFIDENTIAL, Policy
from benchmark.stats.disclosure.reasons import Reason, reason_text
from portal.roles import FoundationRole
from portal.tenancy import staff_scope
from tests.benchmark.frozen import computed, person, small_round

UNUSUAL = Policy(
    profile="unusual",
    version=7,
    min_contributors=6,
    min_contributors_signed=13,
    p=0.137,
    p_sensitive=0.237,
    coalition=3,
    coalition_from=8317,
    coalition_large=4,
    bounded_percentage_points=6.37,
    bounded_scale_fraction=0.157,
    change_tied=0.041,
    rounds_together=8,
    largest_share=0.44,
    two_largest_share=0.61,
    quantile_minima={"p10": 43, "p25": 19, "p50": 11, "p75": 19, "p90": 43},
    share_min_contributors=12,
    share_sensitive_count=9,
    share_step=14,
    share_bases=(3, 15, 25),
    unanimous_share=0.83,
    digits=4,
    quantile_digits=1,
    quantile_digits_below=27,
    quantile_inside=16,
    quantile_outside=17,
)


def words(policy: Policy | None = None, language: str = "en") -> str:
    """The method as text."""
    parts = method_view(language, policy)
    facts = [f"{fact.key}: {fact.value}" for part in parts for fact in part.facts]
    return " ".join([part.title + " ".join(part.paragraphs) for part in parts] + facts).replace("\u00a0", " ")


@pytest.mark.parametrize(
    "said",
    [
        "Any figure at all: from 6 organisations",
        "such as NPS: from 13 organisations",
        "Median: from 11 organisations",
        "Quartiles (P25 and P75): from 19 organisations",
        "P10 and P90: from 43 organisations",
        "Shares of answers: from 12 organisations",
        "one organisation at most 44 %, the two largest together at most 61 %",
        "by at least 9, else answers",
        "from 83 % on not shown",
        "Figures: 4 significant digits",
        "fewer than 27 organisations: 1 significant digit",
        "steps of 3, 15 or 25 percentage points, so large that at least 14",
        "at least 16 different holdings",
        "on each side: at least 17 organisations",
        "at most 4.1 % of the value",
        "8 rounds, this one included",
        "profile unusual, version 7",
        "blocks of at least 6",
    ],
)
def test_every_rule_is_printed_with_the_number_of_the_policy(said: str) -> None:
    assert said in words(UNUSUAL)
    assert said not in words()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_stays_with_the_foundation_is_printed_nowhere(language: str) -> None:
    said = words(UNUSUAL, language)
    numbers = set(re.findall(r"\d+(?:[.,]\d+)?", said))
    kept = {"13.7", "13,7", "23.7", "23,7", "8317", "6.37", "6,37", "15.7", "15,7", "0.137", "0.237"}
    assert not numbers & kept
    hidden = dict.fromkeys(CONFIDENTIAL, 1)
    assert set(hidden) == {name for name in UNUSUAL.to_dict() if name not in UNUSUAL.public_rules()}
    other = replace(UNUSUAL, p=0.2, p_sensitive=0.3, coalition=2, coalition_from=50, coalition_large=2)
    other = replace(other, bounded_percentage_points=9.0, bounded_scale_fraction=0.3)
    assert words(other, language) == said


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_reason_of_a_blank_is_explained(language: str) -> None:
    blanks = next(part for part in method_view(language) if part.code == "blanks")
    assert {fact.key for fact in blanks.facts} == {reason_text(code, language) for code in Reason}
    assert all(fact.value for fact in blanks.facts)


def test_it_says_what_participants_ask() -> None:
    said = words()
    for wanted in (
        "about what is possible, not about chances",
        "A holding with several organisations counts as one contributor",
        "Whoever withdraws after a round was frozen stays in what was published",
        "A correction becomes the next edition",
        "rounded once, in the same way on every page",
        "All these checks together are the certificate",
        "manage.py attack_release",
        "manage.py verify_certificate",
        "applies to rounds that open later only",
    ):
        assert wanted in said, wanted


def test_the_page_follows_the_policy_that_a_release_was_made_with(db: None) -> None:
    assert "from 5 organisations" in page()
    changes = {"min_contributors": 6, "largest_share": 0.45, "quantile_digits_below": 31}
    ruth, paul = person(FoundationRole.RESEARCHER, "ruth"), person(FoundationRole.PUBLISHER, "paul")
    with staff_scope():
        approve_policy(propose_policy("standard", changes, note="advice", by=ruth).pk, by=paul)
    round_ = computed(small_round())
    with staff_scope():
        review_release(round_.pk, by=ruth)
    assert "from 5 organisations" in page()
    with staff_scope():
        publish_release(round_.pk, by=paul)
    text = page()
    assert f"{round_.title_en}, edition 1, was protected" in text
    assert "from 6 organisations" in text
    assert "one organisation at most 45 %" in text
    assert "fewer than 31 organisations" in text
    assert "profile Standard, version 2" in text
    assert "from 5 organisations" not in text


def page(language: str = "en") -> str:
    """The page as everybody gets it, with plain spaces."""
    html = Client().get("/method/" if language == "nl" else f"/{language}/method/").content.decode()
    return html.replace("\u00a0", " ").replace("&nbsp;", " ")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_picture_is_an_accessible_drawing_in_the_readers_language(db: None, language: str) -> None:
    assert f"exchange.{language}." in page(language)
    source = Path(settings.BASE_DIR) / "portal/static/portal/img" / f"exchange.{language}.svg"
    drawing = ElementTree.parse(source).getroot()  # noqa: S314  our own file
    inside = {child.tag.rpartition("}")[2]: child.text for child in drawing}
    assert inside["title"]
    assert inside["desc"]
    assert not [one for one in drawing.iter() if one.tag.endswith(("script", "style", "image", "foreignObject"))]
