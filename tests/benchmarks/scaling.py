"""Time, memory and information kept of protection, from 30 to 100,000 organisations: `make benchmark-scaling`.

ARGS="KPIS SIZES WHAT", for instance ARGS="6 30,60,100 whole". `sums`: means alone, selected and audited. `whole`:
quantiles and certificates too. Every size runs in two worker processes of its own, so that memory is its own.
"""

import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from benchmark.stats.columns import Column
from benchmark.stats.disclosure import Policy
from benchmark.stats.disclosure.publisher import protect_table
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.quantiles import PERCENT
from benchmark.stats.tables import compute_table
from tests.benchmark.stats.cases import indicator
from tests.oracles.rounds import SHAPES, random_round

CATEGORIES = {
    30: (3, 3, 2),
    60: (3, 3, 3),
    100: (4, 4, 3),
    300: (6, 5, 4),
    1000: (8, 6, 5),
    5000: (10, 8, 6),
    100_000: (14, 10, 8),
}
WORKERS = 2


@dataclass(frozen=True)
class Measured:
    """One KPI: groups of the lattice, sums and quantiles that pass the primary rules and that stay, CPU seconds of
    table and of protection, peak memory of the process (MB)."""

    groups: int
    offered: int
    published: int
    kept: float
    quantiles_offered: int
    quantiles: int
    table_seconds: float
    seconds: float
    megabytes: float


def measure(task: tuple[int, int, bool]) -> Measured:
    """Protect one KPI of a random round (size, number of the KPI, whole)."""
    size, number, whole = task
    shapes = sorted(SHAPES)
    one = random_round(number, size, CATEGORIES[size], shape=shapes[number % len(shapes)], held=0.1, silent=0.05)
    kpi = indicator()
    started = time.process_time()
    values = kpi_values(kpi, {"amount": Column.from_values(one.values)})
    table = compute_table(kpi, values, one.panel, lattice(one.panel))
    made = time.process_time()
    outcome = protect_table(table, kpi, Policy(), certified=whole)
    done = time.process_time()
    report = outcome.report
    shown = [cell for _, cell in outcome.protected.cells() if cell.statistic in PERCENT and cell.status == "released"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(
        len(table.rows),
        report.offered,
        report.published,
        report.kept,
        report.quantiles_offered,
        len(shown),
        made - started,
        done - made,
        peak,
    )


def line(size: int, kpis: int, *, whole: bool) -> str:
    """One size as a row of the table."""
    started = time.perf_counter()
    with ProcessPoolExecutor(WORKERS) as pool:
        found = list(pool.map(measure, [(size, number, whole) for number in range(kpis)]))
    wall = time.perf_counter() - started
    offered, published = sum(one.offered for one in found), sum(one.published for one in found)
    kept = sum(one.kept for one in found) / kpis
    quantiles, of = sum(one.quantiles for one in found), sum(one.quantiles_offered for one in found)
    parts = [
        f"{size:,}",
        f"{kpis}",
        f"{found[0].groups}",
        f"{published} of {offered}",
        f"{kept:.1%}",
        f"{quantiles} of {of}" if whole else "–",
        f"{sum(one.table_seconds for one in found) / kpis:.2f}",
        f"{sum(one.seconds for one in found) / kpis:.2f}",
        f"{max(one.seconds for one in found):.2f}",
        f"{wall:.1f}",
        f"{max(one.megabytes for one in found):.0f}",
    ]
    return f"| {' | '.join(parts)} |"


def main() -> None:
    """Print the table, a line as soon as it is known."""
    kpis = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    sizes = [int(size) for size in sys.argv[2].split(",")] if len(sys.argv) > 2 else list(CATEGORIES)
    whole = len(sys.argv) > 3 and sys.argv[3] == "whole"
    heads = ("N", "KPIs", "groups", "sums", "weight kept", "quantiles", "table CPU s", "CPU s a KPI", "most", "wall s")
    rows = [f"| {' | '.join((*heads, 'peak MB'))} |", "|---" * (len(heads) + 1) + "|"]
    sys.stdout.write("\n".join(rows) + "\n")
    for size in sizes:
        sys.stdout.write(line(size, kpis, whole=whole) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
