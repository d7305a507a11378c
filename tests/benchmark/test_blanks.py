"""Blanks explain themselves on page, PDF and CSV: why, and which nearest figure is shown, and no more than that."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from benchmark.models import Report
from benchmark.selectors.releases import ReleaseView, label_peer_group, published_release
from benchmark.services.reports import report_page, request_report
from benchmark.stats.disclosure.reasons import TEXTS, Reason, reason_text
from portal.tenancy import api_scope, participant_scope, staff_scope
from tests.world import World

LANGUAGES = {"nl": "", "en": "/en"}


@pytest.fixture
def view(world: World) -> Iterator[ReleaseView]:
    with api_scope():
        found = published_release(world.finished.code)
        assert found is not None
        yield found


def blanks(view: ReleaseView) -> list[tuple[str, str, str, str, str]]:
    """(kpi, group, statistic, reason, alternative) of every blank."""
    return [
        (kpi, group.key, cell.statistic, cell.reason, cell.alternative)
        for kpi, table in view.tables.items()
        for group in table.groups.values()
        for cell in group.cells.values()
        if cell.status == "suppressed"
    ]


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html).replace("&nbsp;", " ").replace("\u00a0", " "))


def test_every_reason_has_a_sentence_in_both_languages_without_a_number() -> None:
    assert set(TEXTS) == set(Reason)
    for texts in TEXTS.values():
        assert set(texts) == set(LANGUAGES)
        for sentence in texts.values():
            assert sentence.endswith(".")
            assert not re.search(r"\d|%", sentence)


def test_what_depends_on_values_has_one_sentence() -> None:
    """Dominance, combination, want of proof: which of them it was would itself tell something."""
    on_numbers = {Reason.TOO_FEW, Reason.TOO_FEW_FOR_PERCENTILE, Reason.TOO_FEW_FOR_SHARES, Reason.MERGED}
    assert set(Reason) - on_numbers == {Reason.PROTECTED, Reason.TREND_HELD}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_csv_of_a_page_explains_every_blank(view: ReleaseView, language: str) -> None:
    seen = 0
    for kpi in view.tables:
        data = Client().get(f"{LANGUAGES[language]}/rounds/{view.round.code}/{kpi}.csv").content
        rows = {
            (row["peer_group"], row["statistic"]): row for row in csv.DictReader(io.StringIO(data.decode(), newline=""))
        }
        for of, key, statistic, reason, alternative in blanks(view):
            if of != kpi:
                continue
            row = rows[key, statistic]
            assert row["why"] == reason_text(reason, language)
            assert row["value"] == ""
            if alternative and not alternative.startswith("share:"):
                assert row["shown_for"] == label_peer_group(alternative, view.questionnaire, language)
                assert rows[alternative, statistic]["value"]
                seen += 1
        assert all(row["why"] == row["shown_for"] == "" for row in rows.values() if row["status"] == "released")
    assert seen > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_the_reason_and_the_nearest_figure(view: ReleaseView, language: str) -> None:
    found = [one for one in blanks(view) if one[4] and not one[4].startswith("share:")]
    assert found
    kpi, _key, _statistic, reason, alternative = found[0]
    text = plain(Client().get(f"{LANGUAGES[language]}/rounds/{view.round.code}/{kpi}/").content.decode())
    assert reason_text(reason, language) in text
    with translation.override(language):
        wanted = label_peer_group(alternative, view.questionnaire, language)
        assert translation.gettext("Shown for: %(group)s.") % {"group": wanted} in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_names_the_reason_and_the_nearest_figure(world: World, language: str) -> None:
    with staff_scope():
        request_report(world.a, world.finished, language, by=None, in_line=False)
        report = Report.objects.select_related("organisation", "release__round").get(organisation=world.a)
    with participant_scope(world.a.pk):
        text = plain(report_page(report))
        found = published_release(world.finished.code)
        assert found is not None
        reasons = {one[3] for one in blanks(found) if one[1] in ("all", "sector=public")}
    assert reasons
    for reason in reasons - {Reason.MERGED}:
        assert reason_text(reason, language) in text
    with translation.override(language):
        wanted = translation.gettext("Shown for: %(group)s.").partition("%")[0]
    assert wanted in text


def test_blanks_of_one_reason_look_the_same_whatever_was_behind_them(view: ReleaseView) -> None:
    """Of a blank with a reason that depends on values, the CSV holds nothing else that could differ."""
    for kpi in view.tables:
        data = Client().get(f"/rounds/{view.round.code}/{kpi}.csv").content.decode()
        for row in csv.DictReader(io.StringIO(data, newline="")):
            if row["reason"] == Reason.PROTECTED:
                assert (row["value"], row["status"]) == ("", "suppressed")
                assert row["why"] == reason_text(Reason.PROTECTED, "nl")
