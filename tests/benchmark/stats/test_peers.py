from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Panel
from benchmark.stats.peers import group_key, lattice, parents, parse_key

LABEL = st.sampled_from(["x", "y", "<5k", "a&b=c%", None])


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.tuples(LABEL, LABEL, LABEL), max_size=40), st.integers(1, 3))
def test_lattice_equals_groupby_of_pandas(rows: list[tuple[str | None, ...]], order: int) -> None:
    names = ["sector", "size", "kind"]
    panel = Panel.build(range(len(rows)), {name: [row[i] for row in rows] for i, name in enumerate(names)})
    frame = pd.DataFrame(rows, columns=names)
    expected = {"all": list(range(len(rows)))}
    for size in range(1, order + 1):
        for codes in combinations(names, size):
            for labels, part in frame.dropna(subset=list(codes)).groupby(list(codes)):
                expected[group_key(tuple(zip(codes, labels, strict=True)))] = list(part.index)
    groups = lattice(panel, order)
    assert {group.key: group.members.tolist() for group in groups} == expected
    assert len(groups) == len(expected)
    assert all(parse_key(group.key) == group.terms for group in groups)


def test_keys_follow_the_order_of_the_dimensions() -> None:
    panel = Panel.build([1], {"size_band": ["large"], "sector": ["public"]})
    assert [group.key for group in lattice(panel)] == [
        "all",
        "size_band=large",
        "sector=public",
        "size_band=large&sector=public",
    ]


def test_parents_come_nearest_first() -> None:
    keys = [group_key(terms) for terms in parents(parse_key("a=1&b=2"))]
    assert keys == ["a=1", "b=2", "all"]
    assert parents(()) == ()


@pytest.mark.parametrize("key", ["", "sector", "sector=", "=x", "a=1&"])
def test_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError):
        parse_key(key)
