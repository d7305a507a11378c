import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.blocks import MOST, NO_BLOCKS, USUAL, Blocks, partition
from benchmark.stats.columns import Panel
from benchmark.stats.peers import lattice, parse_key

LABEL = st.sampled_from(["a", "b", "c", None])
HOLDING = st.one_of(st.none(), st.integers(1, 6))


def members(blocks: Blocks) -> list[list[int]]:
    return [group.members.tolist() for group in blocks.groups]


@settings(deadline=None)
@given(st.lists(st.tuples(LABEL, LABEL, HOLDING), max_size=90), st.integers(3, 8))
def test_every_organisation_is_in_one_block_of_enough_contributors(
    rows: list[tuple[str | None, str | None, int | None]], size: int
) -> None:
    labels = {"sector": [row[0] for row in rows], "band": [row[1] for row in rows]}
    panel = Panel.build(range(1, len(rows) + 1), labels, [row[2] for row in rows])
    blocks = partition(panel, size=size, salt="round")
    if np.unique(panel.contributor).size < 2 * size:
        assert blocks is NO_BLOCKS
        return
    assert sorted(row for part in members(blocks) for row in part) == list(range(len(rows)))
    for group in blocks.groups:
        inside = panel.contributor[group.members]
        assert np.unique(inside).size >= size
        outside = np.delete(panel.contributor, group.members)
        assert not set(inside.tolist()) & set(outside.tolist())  # a holding is in one block
        facts = blocks.facts[group.key]
        assert facts.organisations == len(group)
        of_members = {
            tuple((name, label[row]) for name, label in labels.items() if label[row]) for row in group.members
        }
        assert {parse_key(key) for key in facts.strata} == of_members


def test_small_strata_join_the_nearest_of_the_same_first_category() -> None:
    sizes = {("a", "1"): 3, ("a", "2"): 6, ("a", "4"): 7, ("b", "1"): 2, ("b", "4"): 1, ("c", "3"): 8}
    rows = [cell for cell, count in sizes.items() for _ in range(count)]
    panel = Panel.build(
        range(len(rows)),
        {"x": [row[0] for row in rows], "y": [row[1] for row in rows]},
        categories={"x": ["a", "b", "c"], "y": ["1", "2", "3", "4"]},
    )
    blocks = partition(panel, size=5, salt="s")
    held = [set(facts.strata) for facts in blocks.facts.values()]
    # a·1 joins a·2; b has only three in all: they join each other, and then a·4, the nearest by x, then by y
    assert held == [{"x=a&y=1", "x=a&y=2"}, {"x=a&y=4", "x=b&y=1", "x=b&y=4"}, {"x=c&y=3"}]
    assert [group.key for group in blocks.groups] == ["block=b01", "block=b02", "block=b03"]
    assert blocks.codes(len(rows))[:4] == ("b01", "b01", "b01", "b01")


def test_the_order_inside_a_stratum_follows_the_salt_and_the_identifiers_only() -> None:
    ids = list(range(1, 61))
    panel = Panel.build(ids, {"x": ["a"] * 60})
    turned = Panel.build(ids[::-1], {"x": ["a"] * 60})
    once = partition(panel, size=5, salt="s")

    def organisations(found: Blocks, of: Panel) -> list[set[int]]:
        return [set(of.organisation[group.members].tolist()) for group in found.groups]

    assert organisations(once, panel) == organisations(partition(turned, size=5, salt="s"), turned)
    assert organisations(once, panel) != organisations(partition(panel, size=5, salt="t"), panel)
    assert [len(part) for part in members(once)] == [10] * 6
    assert USUAL == 10


def test_a_large_panel_has_larger_blocks_and_not_more() -> None:
    panel = Panel.build(range(3000), {"x": ["a", "b", "c"] * 1000})
    blocks = partition(panel, size=5, salt="s")
    assert len(blocks.groups) <= MOST
    assert min(map(len, blocks.groups)) >= 25


def test_blocks_stand_behind_the_lattice_and_are_not_crossed() -> None:
    panel = Panel.build(range(40), {"x": ["a", "b"] * 20})
    blocks = partition(panel, size=5, salt="s")
    keys = [group.key for group in lattice(panel, blocks=blocks.groups)]
    assert keys == ["all", "x=a", "x=b", "block=b01", "block=b02", "block=b03", "block=b04"]


@pytest.mark.parametrize(("dimensions", "wanted"), [({"block": ["a"]}, None), ({"x": ["a"]}, ["y"])])
def test_wrong_dimensions_are_refused(dimensions: dict[str, list[str]], wanted: list[str] | None) -> None:
    with pytest.raises(ValueError, match="blocks cannot"):
        partition(Panel.build([1], dimensions), size=5, salt="s", dimensions=wanted)
