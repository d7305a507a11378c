"""The demonstration's content: consistent, reproducible, with the shares that were published for an earlier edition."""

import os
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from benchmark.demo.answering_times import spread_answers
from benchmark.demo.answers import LANGUAGE, answers_of
from benchmark.demo.choices import CHAIN, NOT_KNOWN, REASONS
from benchmark.demo.filling import A_YEAR, INDICATORS, OPEN_FOR, fill, is_filled, part_of
from benchmark.demo.organisations import ORGANISATIONS, taking_part
from benchmark.demo.people import PEOPLE
from benchmark.models import IndicatorSet
from benchmark.selectors.releases import published_release
from benchmark.stats.indicators import load_indicators
from portal.models import Membership, Organisation, User
from portal.tenancy import api_scope, staff_scope
from scripts.live_portal import SAMPLE
from surveys.models import Answer, Round, Submission
from surveys.questionnaire import AnswerValue, QuestionnaireFile, check_submission, load_questionnaire
from surveys.selectors.response_board import board_counts, response_forecast
from surveys.services.organisations import OrganisationRow, save_organisations
from tests.surveys.answering_case import build_case

YEARS = (2024, 2025, 2026)


def questionnaire(year: int) -> QuestionnaireFile:
    path = Path(settings.BASE_DIR) / "surveys" / "instruments" / f"national-{year}.yaml"
    return load_questionnaire(path.read_text(encoding="utf-8"), path.name)


def values(number: int, year: int, file: QuestionnaireFile) -> dict[str, AnswerValue]:
    return {code: answer.value for code, answer in answers_of(ORGANISATIONS[number], year, file).items()}


def test_there_are_sixty_organisations_spread_over_everything() -> None:
    assert len({one.code for one in ORGANISATIONS}) == len({one.name for one in ORGANISATIONS}) == 60
    for dimension in ("sector", "size_band", "kind", "market"):
        counts = Counter(one.dimensions[dimension] for one in ORGANISATIONS)
        assert min(counts.values()) >= 5, f"{dimension}: {counts}"
    assert max(Counter(one.group for one in ORGANISATIONS if one.group).values()) == 3


@pytest.mark.parametrize("year", YEARS)
def test_answers_hold_together_and_most_need_no_explanation(year: int) -> None:
    file, before = questionnaire(year), questionnaire(year - 1) if year > 2024 else None
    soft = 0
    for one in taking_part(year):
        joined = one not in taking_part(year - 1)
        previous = values(one.number, year - 1, before) if before and not joined else None
        findings = check_submission(file, values(one.number, year, file), previous, LANGUAGE)
        assert [finding.code for finding in findings if finding.kind == "hard"] == [], one.code
        soft += len(findings)
    assert soft <= 10


def test_the_same_answers_come_out_every_time() -> None:
    file = questionnaire(2025)
    assert answers_of(ORGANISATIONS[7], 2025, file) == answers_of(ORGANISATIONS[7], 2025, file)
    assert answers_of(ORGANISATIONS[7], 2025, file) != answers_of(ORGANISATIONS[8], 2025, file)


@pytest.mark.parametrize("year", YEARS)
def test_choices_add_up_as_told(year: int) -> None:
    file = questionnaire(year)
    given = [values(one.number, year, file) for one in taking_part(year)]
    assert Counter(answers["chain_responsible"].choice for answers in given) == CHAIN[year]
    reasons = Counter(
        answers["outsourcing_reason"].choice or NOT_KNOWN for answers in given if "outsourcing_reason" in answers
    )
    assert reasons == REASONS[year]


def test_figures_hang_together_over_organisations() -> None:
    """Better solving goes with happier customers: a demonstration of relations needs relations."""
    file = questionnaire(2025)
    pairs = []
    for one in ORGANISATIONS:
        numbers = {code: value.number for code, value in values(one.number, 2025, file).items()}
        if numbers.get("fcr_resolved") and numbers.get("fcr_measured"):
            pairs.append((numbers["fcr_resolved"] / numbers["fcr_measured"], numbers["ktv_score"]))  # type: ignore[operator]
    middle = sorted(fcr for fcr, _score in pairs)[len(pairs) // 2]
    better = [score for fcr, score in pairs if fcr > middle and score is not None]
    worse = [score for fcr, score in pairs if fcr <= middle and score is not None]
    assert sum(better) / len(better) > sum(worse) / len(worse) + 0.1


def test_command_refuses_outside_a_demonstration(settings: object) -> None:
    settings.DEMO_MODE = False  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="PORTAL_DEMO"):
        call_command("demo")


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("LONG_TESTS"), reason="`make demo-content`; the running portal of the tests has a part of it"
)
@pytest.mark.django_db
def test_filling_makes_two_published_rounds_and_one_open_and_then_nothing_more() -> None:
    assert fill()
    assert is_filled()
    assert not fill(), "a second run finds it there"
    check_filled()
    with staff_scope():
        counts = Counter(Submission.objects.values_list("round__code", "state"))
        unread = Answer.objects.filter(is_valid=False).count()
        sets = {one.version: len(one.file.items) for one in IndicatorSet.objects.filter(questionnaire__code="national")}
    assert counts["national-2026", "submitted"] >= 10
    assert counts["national-2026", "started"] >= 5
    assert unread == 1
    assert min(sets.values()) >= 49


def check_filled() -> None:
    """The demonstration, or a part of it, is there; also after people worked in its open round."""
    _check_people()
    _check_published_shares()
    with staff_scope():
        states = dict(Round.objects.filter(code__startswith="national-").values_list("code", "state"))
        counts = Counter(Submission.objects.values_list("round__code", "state"))
    assert states == {"national-2024": "published", "national-2025": "published", "national-2026": "open"}
    assert counts["national-2024", "submitted"] == 56
    assert counts["national-2025", "submitted"] == 60


@pytest.mark.django_db
def test_the_last_finished_round_was_answered_online_so_that_this_one_can_be_foretold() -> None:
    case = build_case()
    with staff_scope():
        save_organisations([OrganisationRow(f"many-{n}", f"Veel {n}", "", {}) for n in range(60)], by=None)
        now = timezone.now()
        Round.objects.filter(pk=case.open.pk).update(closes_at=now + OPEN_FOR)
        for at, one in enumerate(Organisation.objects.filter(code__startswith="many-")):
            done = {"organisation": one, "state": "submitted", "submitted_at": now}
            Submission.objects.create(round=case.closed, source="import", **done)
            if at % 4 == 0:
                Submission.objects.create(round=case.open, **done)
        case.closed.refresh_from_db()
    closed = now + OPEN_FOR - A_YEAR
    for _turn in range(2):
        spread_answers(case.closed, closed)
    with staff_scope():
        case.open.refresh_from_db()
        found = response_forecast(case.open, board_counts(case.open)).forecast
        rows = list(Submission.objects.filter(round=case.closed))
    assert {one.source for one in rows} == {"online"}
    assert all(one.created_at < one.submitted_at <= closed for one in rows if one.submitted_at)
    assert len({one.submitted_at for one in rows}) == len(rows)
    assert found is not None
    assert 50 <= found.expected <= 62
    assert found.low < found.expected < found.high


def test_a_part_of_the_indicators_is_a_file_of_its_own() -> None:
    text = (Path(settings.BASE_DIR) / INDICATORS / "national-2025.yaml").read_text(encoding="utf-8")
    whole, part = load_indicators(text), load_indicators(part_of(text, SAMPLE))
    assert part.items == tuple(item for item in whole.items if item.code in SAMPLE)
    assert {(item.kind, item.scale_type) for item in part.items} == {
        (item.kind, item.scale_type) for item in whole.items
    }
    with pytest.raises(ValueError, match="nonsense"):
        part_of(text, ["nonsense"])


def _check_people() -> None:
    with staff_scope():
        assert not Organisation.objects.filter(is_invented=False).exists()
        assert User.objects.count() == len(PEOPLE)
        assert Membership.objects.filter(user__email="both@example.org").count() == 2


def _check_published_shares() -> None:
    with api_scope():
        release = published_release("national-2025")
        assert release is not None
        groups = [release.tables[kpi].groups["all"] for kpi in ("chain_responsible", "outsourcing_reason")]
    shares = [{name: group.value(name) for name in group.cells if name.startswith("share:")} for group in groups]
    assert [group.n for group in groups] == [60, 28]
    assert shares[0] == {"share:yes": 45, "share:no_other_department": 47, "share:not_formally_arranged": 8}
    assert shares[1] == {"share:time": 21, "share:quality": 4, "share:risk": 7, "share:skills": 7, "share:cost": 61}
