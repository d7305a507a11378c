"""The forecast on the response board: from when an earlier round was answered, or honestly none."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.models import Organisation
from portal.tenancy import staff_scope
from surveys.models import Round, Submission
from surveys.selectors.response_board import ForecastView, board_counts, response_forecast
from surveys.services.organisations import OrganisationRow, save_organisations
from tests.surveys.answering_case import Case, build_case

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def case() -> Case:
    """Twenty organisations; the round closes in ten days."""
    made = build_case()
    with staff_scope():
        save_organisations([OrganisationRow(f"many-{i:02}", f"Veel {i}", "", {}) for i in range(20)], by=None)
        Round.objects.filter(pk=made.open.pk).update(closes_at=NOW + timedelta(days=10, minutes=5))
        Submission.objects.filter(round=made.closed).delete()
    return made


def submitted(current: Round, days_before: list[int], closes: object, source: str = "online") -> None:
    with staff_scope():
        Round.objects.filter(pk=current.pk).update(closes_at=closes)
        for one, days in zip(Organisation.objects.filter(code__startswith="many-"), days_before, strict=False):
            at = closes - timedelta(days=days)  # type: ignore[operator]
            Submission.objects.create(
                organisation=one, round=current, state="submitted", submitted_at=at, source=source
            )


def forecast(case: Case) -> ForecastView:
    with staff_scope():
        case.open.refresh_from_db()
        return response_forecast(case.open, board_counts(case.open))


def test_half_had_answered_by_then_so_twice_as_many_are_expected(case: Case) -> None:
    submitted(case.closed, [1, 2, 3, 4, 5, 11, 12, 13, 14, 15], NOW - timedelta(days=300))
    submitted(case.open, [12, 13, 14, 15], NOW + timedelta(days=10, minutes=5))
    found = forecast(case)
    assert found.forecast is not None
    assert found.forecast.expected == 8
    assert 4 <= found.forecast.low < 8 < found.forecast.high <= 22
    assert (found.days_left, found.rounds) == (10, ("Small 2025",))


@pytest.mark.parametrize(
    ("days", "source", "reason"),
    [
        ([], "online", "No earlier round was answered online"),
        (list(range(1, 20)), "import", "No earlier round was answered online"),
        ([3, 11], "online", "Too few organisations"),
        (list(range(1, 10)), "online", "too early"),
    ],
)
def test_without_something_to_go_by_there_is_no_forecast(case: Case, days: list[int], source: str, reason: str) -> None:
    submitted(case.closed, days, NOW - timedelta(days=300), source)
    submitted(case.open, [12], NOW + timedelta(days=10, minutes=5))
    found = forecast(case)
    assert found.forecast is None
    assert reason in str(found.reason)


def test_without_a_closing_time_there_is_nothing_to_count_down_to(case: Case) -> None:
    with staff_scope():
        Round.objects.filter(pk=case.open.pk).update(closes_at=None)
    assert "No closing time" in str(forecast(case).reason)
