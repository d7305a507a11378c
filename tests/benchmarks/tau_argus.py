"""tau-ARGUS in a process of its own: which cells of tables it publishes. For comparison only, never shipped.

`pip install pytauargus` (wheels carry the engine and the HiGHS solver); without it `published` raises Missing. The
engine protects cells of one table. Several linked tables are not linked by this interface: each is protected by
itself, and a figure that one of them withholds is withheld.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RULES = "NK(1,50)|NK(2,67)|P(10,1)|FREQ(5,10)"  # dominance 50 and 67 %, p% of 10, at least five


class Missing(RuntimeError):
    """pytauargus is not installed here."""


def published(
    dimensions: dict[str, list[str]], values: list[float], tables: list[list[str]], method: str
) -> tuple[set[str], float]:
    """Keys of the groups that tau-ARGUS publishes, and CPU seconds of its process without starting it.

    `method`: "OPT" (optimal) or "MOD" (modular, HiTaS).
    """
    suppress = {"OPT": "OPT(1)", "MOD": "MOD(1,5,1,1,1)"}[method]
    task = {"dimensions": dimensions, "values": values, "tables": tables, "suppress": suppress}
    command = [sys.executable, str(Path(__file__).resolve())]
    with tempfile.TemporaryDirectory() as folder:  # the engine leaves its logs where it is started
        done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=False, cwd=folder)
    if done.returncode:
        raise (
            Missing(done.stderr[-400:]) if "No module named 'pytauargus'" in done.stderr else RuntimeError(done.stderr)
        )
    answer = json.loads(done.stdout.splitlines()[-1])
    shown: dict[str, bool] = {}
    for names, rows in zip(tables, answer["tables"], strict=True):
        for row in rows:
            key = "&".join(f"{name}={row[name]}" for name in names if row[name] != "Total") or "all"
            shown[key] = shown.get(key, True) and row["status"] in "SP"
    return {key for key, good in shown.items() if good}, answer["seconds"]


def main() -> None:
    """Read a task from standard input, write the statuses to standard output."""
    from pytauargus import protect  # development only, in this process only

    task = json.load(sys.stdin)
    started = time.process_time()
    data = {**task["dimensions"], "v": task["values"]}
    result = protect(
        data, task["tables"], response="v", safety_rules=RULES, suppress=task["suppress"], workdir=Path.cwd()
    )
    seconds = time.process_time() - started
    tables = [table.rows for table in result.tables]
    sys.stdout.write("\n" + json.dumps({"tables": tables, "seconds": seconds}) + "\n")


if __name__ == "__main__":
    main()
