"""Campaign on the real panel of practices: three months × five indicators, protected, replayed, attacked.

    python -m tests.campaigns.panel --folder ../shared/data/contact_centre_panel [--holding] [--months 1] [--kpi …]

Groups: all, region, contract type, rurality, size band, all pairs. Attackers: the public and 100 participants, first
those in the smallest groups. `--holding`: practices of one integrated care board are one contributor. `--region`: a
slice. Witnesses are replayed for the groups that they touch, with `--whole` for the whole document (twenty times as
long). `kept` is the weighted part of the sums that passed the primary rules and stay (log₂(1 + n), times a priority:
all before single dimensions before pairs); `cells_shown` of `cells` is the plain share of all figures.
"""

import argparse
import csv
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.stats.columns import Column, Panel
from benchmark.stats.disclosure.policy import profile
from benchmark.stats.disclosure.publisher import NotCertifiedError
from benchmark.stats.indicators import Indicator, load_indicators
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import ReleaseMeta
from tests.campaigns.measure import Given, attacked, release, summary, table_of

MONTHS = ("2025-10", "2025-11", "2025-12")
DIMENSIONS = ("region_code", "contract_type", "rurality", "size_band")
KPIS = ("answered_pct", "missed_pct", "ivr_pct", "callback_pct", "answered_lt1m_pct")
FILE = Path(__file__).resolve().parents[2] / "benchmark" / "indicators" / "gp_telephony-2025.yaml"
COLUMNS = (
    *("kpi", "months", "organisations", "offered", "published", "kept", "quantiles_offered", "quantiles_withheld"),
    *("cells", "cells_shown", "replayed", "mismatches", "uncovered", "attackers", "disclosed", "within_5", "within_10"),
    *("false", "protect_seconds", "attack_seconds", "failed"),
)


def rows_of(path: Path) -> list[dict[str, str]]:
    """The lines of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scene_of(
    folder: Path, month: str, indicator: Indicator, *, holding: bool, region: str = "", most: int = 0
) -> Given:
    """One month: panel and values of those that delivered it and are in the register; others are unattributed."""
    register = {row["ods_code"]: row for row in rows_of(folder / "organisations.csv")}
    numbers = {code: place for place, code in enumerate(sorted(register), start=1)}
    answers = rows_of(folder / f"answers_{month}.csv")
    inside = [row for row in answers if row["ods_code"] in register]
    if region:
        inside = [row for row in inside if register[row["ods_code"]]["region_code"] == region]
    inside = sorted(inside, key=lambda row: row["ods_code"])[: most or None]
    own = [register[row["ods_code"]] for row in inside]
    dimensions = {d: [(row[d] if row[d] != "Unknown" else None) or None for row in own] for d in DIMENSIONS}
    boards = sorted({row["icb_code"] for row in own})
    group = [boards.index(row["icb_code"]) + 1 if row["icb_code"] else None for row in own] if holding else None
    panel = Panel.build([numbers[row["ods_code"]] for row in own], dimensions, group)
    columns = {name: Column.from_values([_number(row[name]) for row in inside]) for name in indicator.columns}
    rest = [] if region or most else [row for row in answers if row["ods_code"] not in register]
    amounts = {name: float(np.nansum([_number(row[name]) for row in rest])) for name in indicator.columns if rest}
    values = kpi_values(indicator, columns, amounts)
    meta = ReleaseMeta(f"gp-{month}", 1, "gp_telephony", "2025", month)
    return Given(panel, values, meta, lattice(panel))


def attackers_of(given: Given, count: int = 100) -> list[int]:
    """First one from each of the smallest groups, then a fixed sample."""
    chosen: dict[int, None] = {}
    answered = given.values.answered
    for group in sorted(given.groups, key=lambda one: (len(one), one.key)):
        rows = group.members[answered[group.members]]
        for row in rows[:2]:
            chosen.setdefault(int(given.panel.organisation[row]))
        if len(chosen) >= count // 2:
            break
    everybody = np.random.default_rng(0).permutation(given.panel.organisation[answered])
    for i in everybody:
        if len(chosen) >= count:
            break
        chosen.setdefault(int(i))
    return list(chosen)


def run(
    folder: Path,
    kpi: str,
    months: Sequence[str],
    *,
    holding: bool = False,
    region: str = "",
    most: int = 0,
    attackers: int = 100,
    pairs: int = 0,
    certified: bool = True,
    whole: bool = False,
) -> dict[str, Any]:
    """Protect, replay and attack one indicator over these months."""
    indicator = load_indicators(FILE.read_text(encoding="utf-8")).item(kpi)
    given = [scene_of(folder, month, indicator, holding=holding, region=region, most=most) for month in months]
    line: dict[str, Any] = {"kpi": kpi, "months": len(months), "organisations": len(given[-1].panel)}
    try:
        done = release(given, indicator, profile("standard"), certified=certified, full=whole)
    except NotCertifiedError as error:
        return line | {"failed": str(error)}
    wanted = attackers_of(given[-1], attackers)
    return line | summary(done) | attacked(done, indicator, attackers=wanted, pairs=pairs)


def _number(text: str) -> float:
    return float(text) if text not in ("", "NA") else np.nan


def main() -> None:
    """The campaign from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("../shared/data/contact_centre_panel"))
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--kpi", action="append", default=[])
    parser.add_argument("--holding", action="store_true")
    parser.add_argument("--region", default="")
    parser.add_argument("--most", type=int, default=0, help="only so many organisations")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--means-only", action="store_true", help="no certificates: quick, not what is published")
    parser.add_argument("--whole", action="store_true", help="replay whole documents")
    parser.add_argument("--output", type=Path, default=Path(".campaign-panel.jsonl"))
    options = parser.parse_args()
    lines = []
    for kpi in options.kpi or KPIS:
        started = time.perf_counter()
        line = run(
            options.folder,
            kpi,
            MONTHS[-options.months :],
            holding=options.holding,
            region=options.region,
            most=options.most,
            pairs=options.pairs,
            certified=not options.means_only,
            whole=options.whole,
        )
        lines.append(line | {"holding": options.holding, "wall": round(time.perf_counter() - started, 1)})
        with options.output.open("a") as file:
            file.write(json.dumps(lines[-1], default=float) + "\n")
    print(table_of(lines, (*COLUMNS, "wall")))  # noqa: T201 - talks to a terminal


if __name__ == "__main__":
    main()
