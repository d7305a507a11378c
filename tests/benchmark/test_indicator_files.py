"""The indicator files that ship with the portal: complete, tied to a questionnaire, honest about breaks, right."""

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from benchmark.stats.columns import Column
from benchmark.stats.indicators import Indicator, IndicatorFile, load_indicators
from benchmark.stats.kpis import kpi_values
from surveys.questionnaire import QuestionnaireFile, load_questionnaire

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in (ROOT / "benchmark" / "indicators").glob("*.yaml"))
EDITIONS = ("2024", "2025", "2026")
STRENGTH = {"same": 0, "equivalent": 1, "broken": 2}

# One organisation's raw components, with the value of each indicator worked out by hand.
RAW: dict[str, float] = {
    "talk_hours": 16_200, "hold_hours": 1_080, "acw_hours": 3_240, "wait_hours": 2_700,
    "calls_handled": 216_000, "calls_offered": 240_000, "calls_abandoned": 18_000, "calls_within_threshold": 168_000,
    "threshold_seconds": 30, "fcr_resolved": 6_000, "fcr_measured": 8_000, "contacts_handled": 360_000,
    "customers_served": 300_000, "contact_costs": 2_520_000, "logged_in_hours": 52_000, "occupied_hours": 41_600,
    "outsourced_contacts": 36_000, "selfservice_resolved": 240_000, "selfservice_sessions": 500_000,
    "switch_contacts": 2_000, "switch_base": 8_000, "absent_hours": 6_300, "paid_hours": 90_000, "leavers": 15,
    "headcount_average": 60, "training_days": 300, "fte_first_line": 40, "fte_total": 50, "nps_promoters": 1_000,
    "nps_detractors": 1_500, "nps_responses": 4_000, "complaints": 1_950,
}  # fmt: skip
WORKED_OUT = {
    "aht": 342.0,  # (16,200 + 1,080 + 3,240) h × 3,600 ÷ 216,000
    "asa": 45.0,
    "service_level": 70.0,
    "service_level_limit": 30.0,
    "abandonment": 7.5,
    "fcr": 75.0,
    "contacts_per_customer": 1.2,
    "cost_per_contact": 7.0,
    "occupancy": 80.0,
    "outsourced_share": 10.0,
    "self_service_share": 40.0,
    "self_service_success": 48.0,
    "channel_switching": 25.0,
    "absenteeism": 7.0,
    "turnover": 25.0,
    "training_days": 5.0,
    "first_line_share": 80.0,
    "fte_first_line": 40.0,
    "nps": -12.5,
    "complaints_per_1000": 6.5,
}
# FIELD: the KPIs that every contact centre knows, next to those worked out above
WELL_KNOWN = {*WORKED_OUT, "wage_per_hour", "ktv", "ces", "chain_responsible", "outsourcing_reason", "channel_stage"}


def indicators(name: str) -> IndicatorFile:
    path = ROOT / "benchmark" / "indicators" / f"{name}.yaml"
    return load_indicators(path.read_text(encoding="utf-8"), path.name)


def questionnaire(name: str) -> QuestionnaireFile:
    path = ROOT / "surveys" / "instruments" / f"{name}.yaml"
    return load_questionnaire(path.read_text(encoding="utf-8"), path.name)


def value_of(indicator: Indicator, raw: Mapping[str, float]) -> float:
    columns = {
        code: Column(np.array([raw[code]], dtype=np.float64), np.zeros(1, np.uint8)) for code in indicator.columns
    }
    return float(kpi_values(indicator, columns).value[0])


@pytest.mark.parametrize("name", NAMES)
def test_each_indicator_reads_columns_that_its_questionnaire_has(name: str) -> None:
    file, asked = indicators(name), questionnaire(name)
    assert (file.questionnaire, file.version) == (asked.questionnaire, asked.version)
    kinds = {column.code: column.kind for column in asked.columns()}
    for item in file.items:
        wanted = "choice" if item.kind == "share" else "number"
        assert {kinds.get(code) for code in item.columns} == {wanted}, item.code
        assert item.theme in {section.code for section in asked.sections}, item.code


@pytest.mark.parametrize("name", NAMES)
def test_each_indicator_explains_itself_in_both_languages(name: str) -> None:
    for item in indicators(name).items:
        assert item.why_it_matters is not None, item.code
        for text in (item.name, item.definition, item.why_it_matters):
            assert {language for language, words in text.root.items() if words.strip()} == {"nl", "en"}, item.code
        assert item.headline is not None, item.code


@pytest.mark.parametrize("name", NAMES)
def test_indicator_is_sensitive_exactly_when_a_question_behind_it_is(name: str) -> None:
    file, asked = indicators(name), questionnaire(name)
    for item in file.items:
        behind = any(asked.question(code.partition(".")[0]).sensitive for code in item.columns)
        assert item.sensitive == behind, item.code


@pytest.mark.parametrize("name", NAMES)
def test_question_bounds_lie_within_the_range_of_the_indicator(name: str) -> None:
    """A value that may be submitted must be legal for the indicator, or it would be flagged for no reason."""
    file, asked = indicators(name), questionnaire(name)
    for item in file.items:
        if item.kind != "value" or item.question is None or "." in item.question:
            continue
        hard = asked.question(item.question).hard
        assert hard is not None, item.code
        low, high = item.range.min, item.range.max
        assert low is None or (hard.min is not None and hard.min >= low), item.code
        assert high is None or (hard.max is not None and hard.max <= high), item.code


@pytest.mark.parametrize("edition", EDITIONS)
def test_national_has_the_indicators_that_every_contact_centre_knows(edition: str) -> None:
    file = indicators(f"national-{edition}")
    assert {item.code for item in file.items} >= WELL_KNOWN
    parts = questionnaire(f"national-{edition}").question("channel_mix").parts or ()
    shown = {item.question for item in file.items}
    assert {f"channel_mix.{part.code}" for part in parts} <= shown


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("code", sorted(WORKED_OUT))
def test_indicator_gives_the_value_worked_out_by_hand(edition: str, code: str) -> None:
    item = indicators(f"national-{edition}").item(code)
    assert value_of(item, RAW) == pytest.approx(WORKED_OUT[code], rel=1e-12)


@pytest.mark.parametrize("edition", EDITIONS)
def test_national_nps_is_signed_and_effort_points_the_right_way(edition: str) -> None:
    file = indicators(f"national-{edition}")
    assert (file.item("nps").scale_type, file.item("nps").range.min) == ("signed", -100)
    effort = file.item("ces")
    reversed_scale = edition == "2024"
    assert (effort.direction, effort.range.max) == (("higher", 7) if reversed_scale else ("lower", 5))


@pytest.mark.parametrize("edition", EDITIONS[1:])
def test_indicator_never_claims_a_firmer_series_than_its_questions(edition: str) -> None:
    file, asked = indicators(f"national-{edition}"), questionnaire(f"national-{edition}")
    for item in file.items:
        stated = [asked.question(code.partition(".")[0]).same_as for code in item.columns]
        weakest = max((STRENGTH[lineage.relation] for lineage in stated if lineage), default=0)
        assert STRENGTH[item.lineage.relation] == weakest, item.code


@pytest.mark.parametrize("edition", EDITIONS)
def test_since_names_the_first_edition_of_an_unbroken_series(edition: str) -> None:
    """A break or a new indicator starts a series; else the start is that of the edition before."""
    earlier = (
        {item.code: item for item in indicators(f"national-{int(edition) - 1}").items} if edition != "2024" else {}
    )
    for item in indicators(f"national-{edition}").items:
        before = earlier.get(item.code)
        starts = before is None or item.lineage.relation == "broken"
        assert item.lineage.since == (edition if starts else before and before.lineage.since), item.code
        assert item.lineage.relation == "same" or item.lineage.note is not None, item.code


def test_known_breaks_in_series_are_there() -> None:
    assert indicators("national-2025").item("ces").lineage.relation == "broken"
    assert indicators("national-2026").item("cost_per_contact").lineage.relation == "broken"
    assert indicators("national-2026").item("fcr").lineage.relation == "equivalent"


def test_telephony_has_the_reference_indicators_and_shows_ratios_of_sums() -> None:
    file = indicators("gp_telephony-2025")
    reference = {"answered_pct", "missed_pct", "ivr_pct", "answered_lt1m_pct", "calls_per_1000"}
    assert {item.code for item in file.items} == reference | {"callback_pct"}
    assert {item.headline for item in file.items} == {"ratio"}


@pytest.mark.real_data
def test_telephony_percentages_of_the_totals_are_the_published_ones(real_data: Path) -> None:
    with (real_data / "published_totals.csv").open(newline="", encoding="utf-8") as handle:
        rows = {row.pop("month"): row for row in csv.DictReader(handle)}
    october = {code: float(text) for code, text in rows["2025-10"].items()}
    file = indicators("gp_telephony-2025")
    published = {
        "answered_pct": 54.8,
        "missed_pct": 11.8,
        "ivr_pct": 26.0,
        "callback_pct": 7.3,
        "answered_lt1m_pct": 43.7,
    }
    found = {code: round(value_of(file.item(code), october), 1) for code in published}
    assert found == published
