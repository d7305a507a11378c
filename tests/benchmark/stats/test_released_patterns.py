"""The door from released bytes back to a pattern: the same bytes again, and nothing that was not released."""

from pathlib import Path
from typing import Any

import pytest

from benchmark.stats.columns import Panel
from benchmark.stats.disclosure import Policy, protect
from benchmark.stats.disclosure.released import FiguresDiffer, check_figures, definition_of, pattern_of
from benchmark.stats.indicators import Indicator
from benchmark.stats.release import (
    DocumentError,
    cell_rows,
    document_hash,
    read_document,
    release_document,
    repeated_document,
)
from benchmark.stats.tables import Table
from tests.benchmark.stats.cases import META, indicator, table_of

PANEL = Panel.build(range(1, 31), {"sector": ["public"] * 18 + ["private"] * 9 + ["semi"] * 3})
VALUES = [100 + 7.3 * i for i in range(30)]
NUMBER = indicator()
SHARE = indicator(kind="share", unit="%", direction="neutral")
SENSITIVE = indicator(kind="share", unit="%", direction="neutral", sensitive=True)


def released(kpi: Indicator, values: list[float], **more: Any) -> tuple[Table, bytes]:
    table = table_of(values, kpi, of=PANEL, options=("a", "b") if kpi.kind == "share" else ())
    protected = protect(table, indicator=kpi, policy=Policy(), withheld=more.pop("withheld", ()))
    return table, release_document(protected, kpi, META, **more)


def answers(kpi: Indicator) -> list[float]:
    return [float(i % 3 == 0) for i in range(30)] if kpi.kind == "share" else VALUES


@pytest.mark.parametrize("kpi", [NUMBER, SHARE, SENSITIVE])
def test_released_bytes_give_the_pattern_and_the_same_bytes_again(kpi: Indicator) -> None:
    table, data = released(kpi, answers(kpi), held={"sector=public"})
    pattern = pattern_of(data, document_hash(data))
    assert release_document(pattern, definition_of(read_document(data)), META, held={"sector=public"}) == data
    check_figures(table, pattern, kpi, Policy())


def test_what_was_withheld_stays_withheld() -> None:
    withheld = {("sector=private", "mean"), ("all", "p50")}
    table, data = released(NUMBER, VALUES, withheld=withheld)
    pattern = pattern_of(data, document_hash(data))
    assert all(pattern.group(key).cells[name].status == "suppressed" for key, name in withheld)
    check_figures(table, pattern, NUMBER, Policy())


def test_other_bytes_do_not_get_through() -> None:
    _table, data = released(NUMBER, VALUES)
    altered = data.replace(b'"value":206', b'"value":207')
    assert altered != data
    with pytest.raises(DocumentError, match="not what was released"):
        pattern_of(altered, document_hash(data))
    spaced = data.replace(b",", b", ", 1)  # reads the same, is not canonical
    with pytest.raises(DocumentError, match="same"):
        pattern_of(spaced, document_hash(spaced))
    with pytest.raises(DocumentError):
        pattern_of(b"{}\n", document_hash(b"{}\n"))


@pytest.mark.parametrize("kpi", [NUMBER, SHARE])
def test_figures_that_do_not_follow_from_the_answers_are_noticed(kpi: Indicator) -> None:
    """One answer that is another number than it was when the release was made."""
    _table, data = released(kpi, answers(kpi))
    pattern = pattern_of(data, document_hash(data))
    others = [1 - answers(kpi)[0], *answers(kpi)[1:]] if kpi.kind == "share" else [9_000.0, *VALUES[1:]]
    with pytest.raises(FiguresDiffer):
        check_figures(released(kpi, others)[0], pattern, kpi, Policy())


def test_another_number_of_organisations_or_other_groups_are_noticed() -> None:
    _table, data = released(NUMBER, VALUES)
    pattern = pattern_of(data, document_hash(data))
    fewer = table_of([float("nan"), *VALUES[1:]], NUMBER, of=PANEL)
    with pytest.raises(FiguresDiffer, match="number of organisations"):
        check_figures(fewer, pattern, NUMBER, Policy())
    with pytest.raises(FiguresDiffer, match="groups"):
        check_figures(table_of(VALUES, NUMBER), pattern, NUMBER, Policy())


def test_a_repeated_document_has_the_same_cells_and_says_whose_they_are() -> None:
    _table, data = released(NUMBER, VALUES, held={"all"})
    again = repeated_document(repeated_document(data, 2), 3)
    first, third = read_document(data), read_document(again)
    assert (third.meta.edition, third.repeats, first.repeats) == (3, 1, None)
    assert third.groups == first.groups
    assert third.groups["all"].trend_held
    figures = [
        [(row.peer_group, row.statistic, row.value, row.n) for row in cell_rows([one])] for one in (first, third)
    ]
    assert figures[0] == figures[1]
    with pytest.raises(DocumentError, match="repeated"):
        pattern_of(again, document_hash(again))


def test_the_door_from_released_bytes_is_used_by_what_protects_again_and_by_what_checks_proofs() -> None:
    root = Path(__file__).resolve().parents[3]
    users = {
        str(path.relative_to(root))
        for app in ("portal", "surveys", "benchmark")
        for path in (root / app).rglob("*.py")
        if "pattern_of" in path.read_text(encoding="utf-8") and path.name != "released.py"
    }
    assert users == {"benchmark/services/earlier.py", "benchmark/stats/disclosure/proofs.py"}
