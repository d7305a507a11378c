"""Every shipped indicator runs from columns to a release document, on invented answers with all kinds of gaps."""

from pathlib import Path

import numpy as np
import pytest

from benchmark.stats.columns import Column, Panel, Status
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.indicators import load_indicators, option_codes
from benchmark.stats.kpis import kpi_values
from benchmark.stats.peers import lattice
from benchmark.stats.release import ReleaseMeta, read_document, release_document
from benchmark.stats.tables import compute_table
from surveys.questionnaire import load_questionnaire

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "benchmark" / "indicators").glob("*.yaml"))
SIZE = 60


def invented(kind: str, options: tuple[str, ...], random: np.random.Generator) -> Column:
    if kind == "number":
        values = random.lognormal(3, 0.5, SIZE)
    else:
        values = random.integers(0, len(options) if kind == "choice" else 2, SIZE).astype(np.float64)
    status = random.choice(list(Status), SIZE, p=[0.88, 0.04, 0.03, 0.03, 0.02])
    return Column.from_values(values, status)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_indicator_reaches_a_document(file: Path) -> None:
    random = np.random.default_rng(11)
    questionnaire = load_questionnaire((ROOT / "surveys" / "instruments" / file.name).read_text(encoding="utf-8"))
    columns = {
        spec.code: invented(spec.kind, spec.options, random) for spec in questionnaire.columns() if spec.kind != "text"
    }
    panel = Panel.build(range(SIZE), {"sector": random.choice(["a", "b", "c"], SIZE).tolist()})
    groups = lattice(panel)
    meta = ReleaseMeta("round", 1, questionnaire.questionnaire, questionnaire.version, "2025")
    for item in load_indicators(file.read_text(encoding="utf-8"), file.name).items:
        values = kpi_values(item, columns, None, option_codes(item, questionnaire))
        protected = protect(compute_table(item, values, panel, groups), indicator=item, policy=Policy())
        table = read_document(release_document(protected, item, meta))
        assert list(table.groups) == [group.key for group in groups]
        if item.kind == "share":
            options = {f"share:{option}" for option in option_codes(item, questionnaire)}
            assert options <= set(table.groups["all"].cells)
        elif item.headline_statistic:
            assert item.headline_statistic in table.groups["all"].cells
