import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Column, Panel
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.quantiles import PERCENT
from benchmark.stats.tables import compute_table
from tests.benchmark.stats.cases import indicator, table_of

ROW = st.tuples(
    st.floats(0, 1e6),
    st.one_of(st.just(0.0), st.floats(0.01, 1e6)),
    st.sampled_from(["a", "b", None]),
    st.sampled_from([1, 2, None]),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=60))
def test_table_equals_pandas(rows: list[tuple[float, float, str | None, int | None]]) -> None:
    frame = pd.DataFrame(rows, columns=["over", "under", "sector", "holding"])
    panel = Panel.build(range(len(rows)), {"sector": [row[2] for row in rows]}, [row[3] for row in rows])
    kpi = indicator(kind="ratio", numerator="over", denominator="under", scale=100)
    columns = {name: Column.from_values(frame[name].to_numpy()) for name in ("over", "under")}
    table = compute_table(kpi, kpi_values(kpi, columns), panel, lattice(panel))
    frame["value"] = 100 * frame.over / frame.under.where(frame.under > 0)
    frame["contributor"] = frame.holding.where(frame.holding.notna(), -1 - frame.index)
    for row in table.rows:
        part = frame if row.key == "all" else frame[frame.sector == row.terms[0][1]]
        values = part.dropna(subset=["value"])
        assert row.n_organisations == len(values)
        assert row.n_contributors == values.contributor.nunique()
        assert row.mean == pytest.approx(values.value.mean(), rel=1e-9, nan_ok=True)
        for name, percent in PERCENT.items():
            expected = values.value.quantile(percent / 100)
            assert row.quantiles[name] == pytest.approx(expected, rel=1e-9, nan_ok=True)
        assert row.numerator_sum == pytest.approx(part.over.sum(), rel=1e-9)
        assert row.denominator_sum == pytest.approx(part.under.sum(), rel=1e-9)


def test_unattributed_amounts_count_in_the_national_ratio_only() -> None:
    panel = Panel.build([1, 2], {"sector": ["a", "a"]})
    kpi = indicator(kind="ratio", numerator="over", denominator="under")
    columns = {"over": Column.from_values([1.0, 2.0]), "under": Column.from_values([2.0, 4.0])}
    table = compute_table(kpi, kpi_values(kpi, columns, {"over": 7, "under": 4}), panel, lattice(panel))
    assert table.row("all").ratio == 1.0
    assert table.row("sector=a").ratio == 0.5
    assert table.row("all").mean == 0.5


def test_option_counts_are_over_those_who_answered() -> None:
    kpi = indicator(kind="share", unit="%", direction="neutral")
    row = table_of([0, 0, 1, np.nan], kpi, options=("yes", "no", "maybe")).row("all")
    assert row.counts == {"yes": 2, "no": 1, "maybe": 0}
    assert row.n_organisations == 3


def test_figures_do_not_depend_on_the_order_of_the_organisations() -> None:
    values = np.random.default_rng(5).lognormal(size=301) * 1e6
    one, other = table_of(values.tolist()).row("all"), table_of(values[::-1].tolist()).row("all")
    assert (one.mean, one.quantiles, one.smoothed) == (other.mean, other.quantiles, other.smoothed)
