"""Closure as imports: no page, PDF, export or API can reach what works on organisations' values, new modules included.

import-linter checks the contract `closure` of pyproject.toml in `make lint`. Its lists are written by hand; here every
module of the packages concerned is looked up, so that one nobody thought of is found too.
"""

import tomllib
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[2]
HARMLESS = {"cells", "policy", "reasons", "rounding"}  # types, texts and rules: no organisation's value
DOORS = {"benchmark.selectors.contributions"}  # selectors that do read everybody's answers, for background work
READERS = ("benchmark.views", "benchmark.api", "benchmark.tables", "benchmark.reports", "benchmark.charts")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("portal", "surveys", "benchmark")


def below(graph: grimp.ImportGraph, package: str) -> set[str]:
    return graph.find_descendants(package)


def on_values(graph: grimp.ImportGraph) -> set[str]:
    """Everything that works on values: protection with its witnesses, tables, the door, and the computation."""
    package = "benchmark.stats.disclosure"
    protection = {one for one in below(graph, package) if one.removeprefix(package + ".") not in HARMLESS}
    names = ("computing", "earlier", "inputs", "kpi_works", "protecting", "storing")
    services = {f"benchmark.services.{name}" for name in names}
    return protection | DOORS | services | {package, "benchmark.stats.tables", "benchmark.stats.continuity"}


def reached(graph: grimp.ImportGraph, sources: set[str]) -> list[str]:
    wanted = on_values(graph)
    chains = (graph.find_shortest_chain(one, other) for one in sorted(sources) for other in sorted(wanted))
    return [" imports ".join(chain) for chain in chains if chain]


def test_what_readers_see_cannot_reach_anybodys_values(graph: grimp.ImportGraph) -> None:
    assert reached(graph, set().union(*(below(graph, package) for package in READERS))) == []


def test_selectors_cannot_either_but_for_the_known_doors(graph: grimp.ImportGraph) -> None:
    assert reached(graph, below(graph, "benchmark.selectors") - DOORS) == []


def test_a_forbidden_import_would_be_noticed(graph: grimp.ImportGraph) -> None:
    assert any("benchmark.selectors.contributions" in chain for chain in reached(graph, {"benchmark.tasks"}))


def test_the_contract_allows_no_exceptions_and_names_every_module(graph: grimp.ImportGraph) -> None:
    contracts: list[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    found = next(one for one in contracts if one["id"] == "closure")
    assert not found.get("ignore_imports")
    assert not found.get("allow_indirect_imports")
    assert set(READERS) <= set(found["source_modules"])
    assert on_values(graph) - {"benchmark.stats.disclosure"} == set(found["forbidden_modules"])
