"""Our selection beside tau-ARGUS on the same instances: `make benchmark-selection`. Prints a table.

ARGS="SEEDS SIZES", for instance ARGS="3 30,60,100".
"""

import sys
from collections import defaultdict

from tests.benchmarks.comparison import Outcome, outcomes


def main() -> None:
    """Run all instances, print one line per lattice, size and method: sums over the seeds."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    sizes = [int(size) for size in (sys.argv[2] if len(sys.argv) > 2 else "30,60,100,200").split(",")]
    say("| lattice | N | method | groups published | weighted loss | goal fails for | placed within 10 % | CPU s |")
    say("|---|---|---|---|---|---|---|---|")
    for order, name in ((3, "three-way"), (2, "pairs")):
        for size in sizes:
            by_method: dict[str, list[Outcome]] = defaultdict(list)
            for seed in range(seeds):
                for one in outcomes(size, seed, order):
                    by_method[one.method].append(one)
            for method, found in by_method.items():
                parts = (
                    f"{sum(len(one.groups) for one in found)}",
                    f"{sum(one.loss for one in found):.1f}",
                    f"{sum(one.violated for one in found)}",
                    f"{sum(one.recovered for one in found)}",
                    f"{sum(one.seconds for one in found):.2f}",
                )
                say(f"| {name} | {size} × {seeds} | {method} | {' | '.join(parts)} |")


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
