import numpy as np
import pytest

from benchmark.stats.columns import Panel
from benchmark.stats.disclosure import Policy, ProtectedTable, Reason, protect, reason_text
from benchmark.stats.disclosure.reasons import TEXTS
from tests.benchmark.stats.cases import indicator, panel, protected_of, shown, table_of


def test_only_protect_makes_a_protected_table() -> None:
    with pytest.raises(TypeError):
        ProtectedTable("kpi", "standard", 1, 3, 2, 30, ())
    with pytest.raises(TypeError):
        ProtectedTable("kpi", "standard", 1, 3, 2, 30, (), door=object())


def test_table_of_another_indicator_is_refused() -> None:
    with pytest.raises(ValueError, match="other"):
        protect(table_of([1.0] * 5), indicator=indicator(code="other"), policy=Policy())


def test_no_raw_figure_is_reachable_from_what_comes_out() -> None:
    values = np.random.default_rng(1).lognormal(3, 0.3, 60)
    protected = protected_of(values.tolist())
    raw = {repr(float(value)) for value in values}
    assert not any(text in repr(protected) for text in raw)
    assert not hasattr(protected, "values")


def two_dimensions() -> Panel:
    """20 organisations: 12 public (of which 4 large), 8 private (of which 4 large)."""
    sector = ["public"] * 12 + ["private"] * 8
    size = ["large"] * 4 + ["small"] * 8 + ["large"] * 4 + ["small"] * 4
    return panel(20, dimensions={"sector": sector, "size": size})


def test_blank_points_at_the_nearest_group_that_shows_the_figure() -> None:
    protected = protected_of([100.0 + i for i in range(20)], of=two_dimensions())
    blank = protected.group("sector=public&size=large").cells["mean"]
    assert (blank.status, blank.reason, blank.alternative) == ("suppressed", "too_few", "size=large")  # 8, not 12
    median = protected.group("sector=private&size=small").cells["p50"]
    assert median.alternative == "size=small"  # the private sector has 8, too few for a median
    assert protected.group("sector=private").cells["p50"].alternative == "all"
    assert protected.group("all").cells["p10"].alternative == ""


def test_number_below_the_minimum_is_a_band() -> None:
    protected = protected_of([100.0 + i for i in range(20)], of=two_dimensions())
    group = protected.group("sector=public&size=large")
    assert (group.n, group.contributors, group.n_below) == (None, None, 5)
    assert shown(protected, group.key)["n"] == "<5"
    assert protected.group("all").n == 20


def test_nobody_answered_is_a_table_of_blanks() -> None:
    cells = shown(protected_of([float("nan")] * 6))
    assert cells.pop("n") == "<5"
    assert set(cells.values()) == {"(too_few)"}


@pytest.mark.parametrize("reason", list(Reason))
def test_each_reason_has_a_dutch_and_an_english_sentence(reason: Reason) -> None:
    assert set(TEXTS[reason]) == {"nl", "en"}
    assert reason_text(str(reason), "nl") != reason_text(str(reason), "en")
    assert reason_text(str(reason), "fr") == reason_text(str(reason), "en")


def test_one_reason_covers_all_rules_on_values() -> None:
    dominated, skewed = [900.0, 50.0, 50.0, 50.0, 50.0], [50.0, 40.0, 20.0, 15.0, 9.0]
    assert shown(protected_of(dominated))["mean"] == shown(protected_of(skewed))["mean"] == "(protected)"
    assert "domin" not in reason_text("protected", "en")
