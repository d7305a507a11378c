"""The real panel: raw statistics against those computed in R, national percentages against those published."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.indicators import load_indicators
from benchmark.stats.kpis import Flag, kpi_values
from benchmark.stats.peers import group_key, lattice
from benchmark.stats.tables import Table, compute_table

pytestmark = pytest.mark.real_data

ROOT = Path(__file__).resolve().parents[3]
INDICATORS = load_indicators((ROOT / "benchmark" / "indicators" / "gp_telephony-2025.yaml").read_text(encoding="utf-8"))
FIVE = ("answered_pct", "missed_pct", "ivr_pct", "answered_lt1m_pct", "calls_per_1000")
DIMENSIONS = ("region_code", "contract_type", "rurality", "size_band")
NOT_COUNTS = {"month", "ods_code", "gp_name", "region_code", "region_name", "icb_code"}
MONTHS = ("2025-10", "2025-11", "2025-12")


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables(folder: Path, month: str) -> dict[str, Table]:
    rows = read(folder / f"answers_{month}.csv")
    counts = [name for name in rows[0] if name not in NOT_COUNTS]
    named = [row for row in rows if row["ods_code"] != "Unassigned"]
    known = {row["ods_code"]: row for row in read(folder / "organisations.csv")}
    dimensions = {
        name: [(row if name == "region_code" else known[row["ods_code"]])[name] for row in named] for name in DIMENSIONS
    }
    panel = Panel.build(range(len(named)), dimensions)
    columns = {name: Column.from_values([float(row[name] or "nan") for row in named]) for name in counts}
    loose = [row for row in rows if row["ods_code"] == "Unassigned"]
    amounts = {name: sum(float(row[name]) for row in loose if row[name]) for name in counts}
    del amounts["list_size"]  # shared accounts have no patients
    groups = lattice(panel)
    return {
        code: compute_table(item, kpi_values(item, columns, amounts), panel, groups)
        for code in FIVE
        for item in [INDICATORS.item(code)]
    }


@pytest.mark.parametrize("month", MONTHS)
def test_raw_statistics_equal_the_reference(real_data: Path, month: str) -> None:
    ours = tables(real_data, month)
    compared: dict[str, int] = defaultdict(int)
    for line in read(real_data / "reference_percentiles.csv"):
        if line["month"] != month or line["qtype"] != "7" or not line["level"]:
            continue  # no level: organisations whose category is unknown are no peer group here
        terms = () if line["group"] == "all" else ((line["group"], line["level"]),)
        row = ours[line["kpi"]].row(group_key(terms))
        assert row.n_organisations == int(line["n"])
        np.testing.assert_allclose(row.mean, float(line["mean"]), rtol=1e-9)
        for name, value in row.quantiles.items():
            np.testing.assert_allclose(value, float(line[name]), rtol=1e-9, err_msg=f"{line}")
        compared[line["kpi"]] += 1
    assert dict(compared) == dict.fromkeys(FIVE, 18)


def test_national_percentages_of_october_equal_the_published_ones(real_data: Path) -> None:
    ours = tables(real_data, "2025-10")
    published = {"answered_pct": 54.8, "missed_pct": 11.8, "ivr_pct": 26.0, "answered_lt1m_pct": 43.7}
    assert {code: round(ours[code].row("all").ratio, 1) for code in published} == published
    assert round(ours["answered_pct"].row("all").mean, 1) == 59.4
    assert round(ours["answered_pct"].row("all").quantiles["p50"], 1) == 61.6


def test_protected_panel_shows_the_published_percentages_and_hides_three_unknown_contracts(real_data: Path) -> None:
    ours = tables(real_data, "2025-10")
    protected = {code: protect(table, indicator=INDICATORS.item(code), policy=Policy()) for code, table in ours.items()}
    figures = {code: table.group("all").cells["ratio"].value for code, table in protected.items()}
    assert figures == {
        "answered_pct": 54.8,
        "missed_pct": 11.8,
        "ivr_pct": 26.0,
        "answered_lt1m_pct": 43.7,
        "calls_per_1000": 649.0,
    }
    cells = [cell for table in protected.values() for _, cell in table.cells()]
    assert sum(cell.status == "released" for cell in cells) / len(cells) > 0.8
    unknown = protected["answered_pct"].group("contract_type=Unknown")
    assert unknown.n is None
    assert {cell.reason for name, cell in unknown.cells.items() if name != "n"} == {"too_few"}


def test_sums_equal_the_published_totals(real_data: Path) -> None:
    totals = {line["month"]: line for line in read(real_data / "published_totals.csv")}
    for month in MONTHS:
        row = tables(real_data, month)["answered_pct"].row("all")
        assert row.numerator_sum == int(totals[month]["answered"])
        assert row.denominator_sum == int(totals[month]["inbound"])


def test_calls_per_1000_leave_out_the_calls_without_patients(real_data: Path) -> None:
    row = tables(real_data, "2025-10")["calls_per_1000"].row("all")
    assert round(row.ratio, 1) == 648.6  # with the unassigned calls it would be 689.3
    assert row.n_organisations == 4376


def test_the_practice_with_two_patients_and_the_zero_denominators_are_flagged(real_data: Path) -> None:
    found = {code: table.values for code, table in tables(real_data, "2025-11").items()}
    assert found["answered_lt1m_pct"].flagged(Flag.ZERO_DENOMINATOR) == 3
    assert found["calls_per_1000"].flagged(Flag.FAR_OUT) == 7
