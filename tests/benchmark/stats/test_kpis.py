import numpy as np
import pytest

from benchmark.stats.columns import Column, Status
from benchmark.stats.kpis import Flag, MissingColumn, kpi_values
from tests.benchmark.stats.cases import indicator

AHT = indicator(kind="ratio", numerator="talk + 2 * wrap", denominator="handled", range={"min": 0, "max": 500})


def columns(**values: list[float]) -> dict[str, Column]:
    return {name: Column.from_values(numbers) for name, numbers in values.items()}


def test_ratio_is_computed_per_organisation_and_scaled() -> None:
    kpi = indicator(kind="ratio", numerator="talk - wrap", denominator="handled", scale=100)
    values = kpi_values(kpi, columns(talk=[30.0, 50.0], wrap=[10.0, 0.0], handled=[40.0, 40.0]))
    assert values.value.tolist() == [50.0, 125.0]
    assert values.numerator is not None
    assert values.numerator.tolist() == [20.0, 50.0]


def test_zero_denominator_has_no_value_but_keeps_its_amounts_and_a_flag() -> None:
    values = kpi_values(AHT, columns(talk=[10.0, 10.0], wrap=[0.0, 0.0], handled=[0.0, 5.0]))
    assert np.isnan(values.value[0])
    assert values.value[1] == 2
    assert values.status.tolist() == [Status.NOT_APPLICABLE, Status.ANSWERED]
    assert values.flagged(Flag.ZERO_DENOMINATOR) == 1
    assert values.numerator is not None
    assert values.numerator.tolist() == [10.0, 10.0]


def test_value_outside_the_legal_range_is_flagged_and_still_counts() -> None:
    values = kpi_values(AHT, columns(talk=[1_355_000.0, 10.0], wrap=[0.0, 0.0], handled=[1.0, 1.0]))
    assert values.flagged(Flag.OUTSIDE_RANGE) == 1
    assert values.answered.tolist() == [True, True]


def test_strongest_reason_wins_when_parts_are_missing() -> None:
    talk = Column.from_values([1, np.nan, np.nan, np.nan], [0, 1, 3, 1])
    handled = Column.from_values([np.nan, np.nan, np.nan, np.nan], [1, 2, 1, 1])
    values = kpi_values(AHT, {"talk": talk, "wrap": talk, "handled": handled})
    expected = [Status.NONRESPONSE, Status.NOT_APPLICABLE, Status.NOT_AVAILABLE, Status.NONRESPONSE]
    assert values.status.tolist() == expected
    assert np.isnan(values.value).all()


def test_unattributed_amounts_count_only_when_complete() -> None:
    answers = columns(talk=[1.0], wrap=[1.0], handled=[1.0])
    complete = kpi_values(AHT, answers, {"talk": 10, "wrap": 1, "handled": 4, "else": 3})
    assert (complete.unattributed_numerator, complete.unattributed_denominator) == (12, 4)
    half = kpi_values(AHT, answers, {"talk": 10, "wrap": 1})
    assert (half.unattributed_numerator, half.unattributed_denominator) == (0, 0)
    unknown = kpi_values(AHT, answers, {"talk": 10, "wrap": 1, "handled": float("nan")})
    assert (unknown.unattributed_numerator, unknown.unattributed_denominator) == (0, 0)


def test_single_choice_gives_one_option_per_organisation() -> None:
    kpi = indicator(kind="share", question="outsources", unit="%", direction="neutral")
    answers = {"outsources": Column.from_values([0, 1, np.nan], [0, 0, 2])}
    values = kpi_values(kpi, answers, options=("yes", "no"))
    assert values.chosen is not None
    assert values.chosen.tolist() == [[True, False], [False, True], [False, False]]
    assert values.exclusive


def test_multiple_choice_reads_one_column_per_option() -> None:
    kpi = indicator(kind="share", question="tools", unit="%", direction="neutral")
    answers = columns(**{"tools.crm": [1.0, 0.0], "tools.bot": [1.0, 0.0], "toolsets.x": [1.0, 1.0]})
    values = kpi_values(kpi, answers)
    assert values.options == ("crm", "bot")
    assert values.chosen is not None
    assert values.chosen.tolist() == [[True, True], [False, False]]
    assert not values.exclusive
    assert values.answered.all()


def test_missing_column_is_named() -> None:
    with pytest.raises(MissingColumn, match="handled"):
        kpi_values(AHT, columns(talk=[1.0], wrap=[1.0]))
    with pytest.raises(MissingColumn, match="tools"):
        kpi_values(indicator(kind="share", question="tools", unit="%", direction="neutral"), {})


def test_value_far_from_all_others_is_flagged_and_still_counts() -> None:
    handled = [10.0 + 0.1 * i for i in range(40)]
    values = kpi_values(AHT, columns(talk=[100.0] * 40 + [400.0], wrap=[0.0] * 41, handled=[*handled, 1.0]))
    assert values.flagged(Flag.FAR_OUT) == 1
    assert values.flags[-1] == Flag.FAR_OUT
    assert values.answered.all()


def test_skewed_and_equal_values_are_not_far_out() -> None:
    skewed = np.exp(np.random.default_rng(5).normal(0, 0.7, 500)).tolist()
    for talk in (skewed, [7.0] * 40 + [8.0], [1.0] * 5 + [400.0]):
        ones = [1.0] * len(talk)
        values = kpi_values(AHT, columns(talk=talk, wrap=[0.0] * len(talk), handled=ones))
        assert values.flagged(Flag.FAR_OUT) == 0
