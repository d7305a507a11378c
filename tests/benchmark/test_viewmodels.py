"""What is said of a release: every figure is released, every sentence follows from it, every blank has a reason."""

import re
from collections.abc import Iterator

import pytest
from django.utils import translation

from benchmark.reports.viewmodels import KpiResult, ParticipantResult
from benchmark.reports.viewmodels_build import national_kpi, national_result, participant_result
from benchmark.reports.viewmodels_words import figure_format, position_sentence, rounded_own
from benchmark.selectors.own_values import OwnValue, OwnValues, own_values
from benchmark.selectors.releases import ReleaseView, published_release
from benchmark.stats.columns import Status
from benchmark.stats.indicators import load_indicators
from benchmark.stats.position import Band
from portal.tenancy import api_scope, participant_scope
from tests.world import INDICATORS, World

ITEMS = load_indicators(INDICATORS.format(year=2025))
AHT, SATISFACTION = ITEMS.item("aht"), ITEMS.item("satisfaction")
SPACE = "\u00a0"


@pytest.fixture
def view(world: World) -> Iterator[ReleaseView]:
    with participant_scope(world.a.pk):
        found = published_release(world.finished.code)
        assert found is not None
        yield found


@pytest.fixture
def mine(world: World, view: ReleaseView) -> ParticipantResult:
    own = own_values(world.a, world.finished, view.indicators)
    return participant_result(view, own, world.a.dimensions, "en")


def with_own(view: ReleaseView, own: OwnValue, kpi: str = "aht", language: str = "en") -> KpiResult:
    return participant_result(view, OwnValues(True, {kpi: own}), {"sector": "public"}, language).kpi(kpi)


def test_a_figure_is_written_with_the_digits_that_were_released() -> None:
    assert figure_format(AHT, "nl")(312.0) == f"312{SPACE}s"
    assert figure_format(AHT, "nl")(98.7) == f"98,7{SPACE}s"
    assert figure_format(SATISFACTION, "nl", 3)(26.0) == "26,0"
    assert figure_format(SATISFACTION, "nl", 2)(26.0) == "26"
    assert figure_format(AHT, "en")(1360000.0) == f"1,360,000{SPACE}s"


def test_an_own_value_keeps_what_was_typed_or_three_digits() -> None:
    assert rounded_own(7.61, SATISFACTION) == 7.61
    assert rounded_own(243.2871, AHT) == 243
    assert rounded_own(9.87654, AHT) == 9.88
    assert rounded_own(0.0, AHT) == 0.0


@translation.override("en")
def test_a_position_is_said_as_a_band_and_never_more() -> None:
    group = "60 organisations"
    between = position_sentence(Band("p25", "p50", (), "lower_half"), group)
    assert between == "Your value lies between the first quartile and the median of 60 organisations."
    assert position_sentence(Band("p90", None, (), "highest_tenth"), group).startswith("Your value lies above the 90th")
    assert position_sentence(Band(None, "p10", (), "lowest_tenth"), group).startswith("Your value lies below the 10th")
    assert "equals the median" in position_sentence(Band("p25", "p75", ("p50",), "around_median"), group)
    assert position_sentence(Band(None, None, (), "cannot_say"), group) == ""


def test_every_shown_figure_is_in_the_release(view: ReleaseView, mine: ParticipantResult) -> None:
    for kpi in mine.kpis():
        for group in kpi.groups:
            for figure in group.figures:
                cell = view.tables[kpi.code].groups[group.key].cells[figure.statistic]
                assert bool(figure.reason) == (cell.status == "suppressed")
                if figure.text:
                    number = re.sub(r"[^\d.]", "", figure.text)
                    assert float(number) == cell.value
                else:
                    assert figure.reason


def test_the_position_of_an_own_value_is_true_of_the_released_quantiles(
    view: ReleaseView, mine: ParticipantResult
) -> None:
    kpi = mine.kpi("aht")
    assert kpi.own is not None
    assert kpi.own.text == f"300{SPACE}s"
    assert view.tables["aht"].groups["all"].value("p25") == 300.0  # rounded: nobody can say on which side 300 lies
    assert (
        kpi.position == "Your value equals the first quartile of 18 organisations, as far as the rounded figures tell."
    )
    assert kpi.standing == "In the better half of this group, by the released figures."  # lower is better
    fast = with_own(view, OwnValue(Status.ANSWERED, 280.0))
    assert fast.position == "Your value lies below the first quartile of 18 organisations."
    assert fast.standing == "In the better quarter of this group, by the released figures."


def test_nothing_is_said_where_the_quantiles_are_withheld(view: ReleaseView) -> None:
    kpi = with_own(view, OwnValue(Status.ANSWERED, 300.0))
    private = participant_result(
        view, OwnValues(True, {"aht": OwnValue(Status.ANSWERED, 300.0)}), {"sector": "private"}, "en"
    ).kpi("aht")
    assert kpi.groups[1].position
    assert private.groups[1].key == "sector=private"  # six organisations: no median
    assert private.groups[1].position == ""
    assert private.groups[1].standing == ""
    assert any("Too few organisations" in note for note in private.groups[1].notes) or private.groups[1].blank


def test_a_withheld_figure_names_the_nearest_one_that_is_shown(view: ReleaseView) -> None:
    private = participant_result(view, OwnValues(), {"sector": "private"}, "en").kpi("aht").groups[1]
    median = private.figure("p50")
    assert median is not None
    assert median.reason.endswith("Shown for: All participants.")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.NONRESPONSE, "did not fill this in"),
        (Status.NOT_APPLICABLE, "does not apply"),
        (Status.NOT_AVAILABLE, "does not have this figure"),
    ],
)
def test_an_own_blank_is_said_in_words(view: ReleaseView, status: Status, words: str) -> None:
    own = with_own(view, OwnValue(status)).own
    assert own is not None
    assert words in own.sentence
    assert own.text == ""


def test_who_did_not_take_part_is_told_so(view: ReleaseView) -> None:
    result = participant_result(view, OwnValues(), {}, "en")
    assert not result.took_part
    assert all(kpi.own and "did not submit" in kpi.own.sentence for kpi in result.kpis())


def test_the_own_answer_is_marked_and_its_share_said(mine: ParticipantResult) -> None:
    kpi = mine.kpi("owner")
    assert kpi.chart is not None
    assert [bar.own for bar in kpi.chart.data.bars] == [True, False]  # type: ignore[union-attr]
    assert kpi.position == f"Your answer was given by 50{SPACE}% of 18 organisations."


def test_the_statistic_is_named_and_the_others_stand_beside_it(mine: ParticipantResult) -> None:
    kpi = mine.kpi("aht")
    assert kpi.headline is not None
    assert kpi.headline.name == "ratio of sums"
    assert [other.statistic for other in kpi.others] == ["mean", "p50"]
    assert "other figures" in kpi.texts.statistic


def test_a_position_depends_on_the_own_value_and_the_release_alone(view: ReleaseView) -> None:
    first = with_own(view, OwnValue(Status.ANSWERED, 320.0))
    assert first == with_own(view, OwnValue(Status.ANSWERED, 320.0))
    assert first.position != with_own(view, OwnValue(Status.ANSWERED, 500.0)).position


def test_charts_have_tables_and_two_widths(mine: ParticipantResult) -> None:
    chart = mine.kpi("aht").chart
    assert chart is not None
    assert 'id="kpi-aht' in chart.svg or "kpi-aht" in chart.svg
    assert chart.svg != chart.svg_phone != chart.svg_print
    assert [row.head for row in chart.rows][:2] == ["All participants", "Sector: Public sector"]


def test_the_public_sees_every_group_and_no_own_value(world: World) -> None:
    with api_scope():
        view = published_release(world.finished.code)
        assert view is not None
        kpi = national_kpi(view, "aht", "en")
        assert [group.key for one in kpi.group_sets for group in one.groups] == [
            "all",
            "sector=public",
            "sector=private",
        ]
        assert all(one.own is None for one in national_result(view, "nl").kpis())
        assert national_result(view, "nl").kpi("aht").name == "Afhandeltijd"
