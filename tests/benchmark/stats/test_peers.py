from itertools import combinations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Panel
from benchmark.stats.peers import belongs, group_key, lattice, parents, parse_key, unions_among

LABEL = st.sampled_from(["x", "y", "<5k", "a&b=c%|d", None])


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


@pytest.mark.parametrize("key", ["", "sector", "sector=", "=x", "a=1&", "a=1|", "a=|1", "a=1|1"])
def test_malformed_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError):
        parse_key(key)


@settings(deadline=None)
@given(st.lists(st.tuples(LABEL, LABEL), max_size=30))
def test_union_equals_the_rows_of_its_categories_in_pandas(rows: list[tuple[str | None, ...]]) -> None:
    labels = ["x", "y", "<5k", "a&b=c%|d"]
    panel = Panel.build(
        range(len(rows)),
        {name: [row[i] for row in rows] for i, name in enumerate(("sector", "size"))},
        categories={"sector": labels, "size": labels},
    )
    frame = pd.DataFrame(rows, columns=["sector", "size"])
    union, wide = ("y", "a&b=c%|d"), ("x", "y", "<5k")
    groups = lattice(panel, unions={"sector": [("a&b=c%|d", "y")], "size": [wide]})
    found = {group.key: group.members.tolist() for group in groups}
    expected = {group.key: group.members.tolist() for group in lattice(panel)}
    for sectors in [*((one,) for one in labels), union, None]:
        for sizes in [*((one,) for one in labels), wide, None]:
            if sectors != union and sizes != wide:
                continue
            inside = pd.Series(True, index=frame.index)
            inside &= frame["sector"].isin(sectors) if sectors else True
            inside &= frame["size"].isin(sizes) if sizes else True
            part = frame[inside]
            of_one = (len(sectors or ()) > 1 and part["sector"].nunique() < 2) or (
                len(sizes or ()) > 1 and part["size"].nunique() < 2
            )
            if not of_one:
                given_terms = [("sector", sectors), ("size", sizes)]
                terms = tuple((name, codes[0] if len(codes) == 1 else codes) for name, codes in given_terms if codes)
                expected[group_key(terms)] = list(part.index)
    assert found == expected
    assert all(parse_key(group.key) == group.terms for group in groups)
    for group in groups:
        as_read = [
            number
            for number, row in enumerate(rows)
            if belongs({name: label for name, label in zip(("sector", "size"), row, strict=True) if label}, group.terms)
        ]
        assert as_read == group.members.tolist()


def test_keys_of_unions_are_written_in_the_order_of_the_categories() -> None:
    panel = Panel.build([1, 2, 3], {"sector": ["a", "b|c", "d"]}, categories={"sector": ["d", "b|c", "a"]})
    keys = [group.key for group in lattice(panel, unions={"sector": [("a", "b|c"), ("b|c", "a")]})]
    assert keys == ["all", "sector=d", "sector=b%7Cc", "sector=a", "sector=b%7Cc|a"]
    assert parse_key("sector=b%7Cc|a") == (("sector", ("b|c", "a")),)
    assert parse_key("sector=b%7Cc") == (("sector", "b|c"),)
    assert unions_among([parse_key(key) for key in keys]) == {"sector": (("b|c", "a"),)}


@pytest.mark.parametrize("union", [("a",), ("a", "a"), ("a", "x"), ()])
def test_union_needs_two_known_categories(union: tuple[str, ...]) -> None:
    panel = Panel.build([1, 2], {"sector": ["a", "b"]})
    with pytest.raises(ValueError, match="union"):
        lattice(panel, unions={"sector": [union]})


def test_a_union_is_a_parent_of_its_categories_and_of_smaller_unions() -> None:
    unions = {"a": [("1", "2", "3"), ("1", "2")]}
    keys = [group_key(terms) for terms in parents(parse_key("a=1&b=2"), unions)]
    assert keys == ["a=1|2&b=2", "a=1|2|3&b=2", "a=1", "a=1|2", "a=1|2|3", "b=2", "all"]
    assert [group_key(terms) for terms in parents(parse_key("a=1|2"), unions)] == ["a=1|2|3", "all"]
    assert [group_key(terms) for terms in parents(parse_key("a=9"), unions)] == ["all"]
