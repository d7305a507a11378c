import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.release import (
    DocumentError,
    cell_rows,
    content_hash,
    document_hash,
    read_document,
    release_document,
)
from tests.benchmark.stats.cases import META, indicator, panel, protected_of, table_of

VALUES = [100.0 + i for i in range(40)]


def document(values: list[float] | None = None) -> bytes:
    of = panel(40, dimensions={"sector": ["public"] * 36 + ["private"] * 4})
    return release_document(protected_of(values or VALUES, of=of), indicator(), META)


def test_document_comes_back() -> None:
    table = read_document(document())
    assert table.meta == META
    assert table.kpi == "kpi"
    assert table.indicator["headline"] == "mean"
    assert table.policy == {
        "profile": "standard",
        "version": 1,
        "digits": 3,
        "quantile_digits": 2,
        "quantile_digits_below": 30,
    }
    assert table.groups["all"].value("mean") == 120
    assert table.groups["all"].n_text == "40"
    assert table.groups["sector=private"].n_text == "<5"
    assert table.groups["sector=private"].value("n") is None
    assert table.groups["sector=private"].cells["mean"].alternative == "all"
    assert table.groups["sector=public"].terms == (("sector", "public"),)


def test_bytes_are_canonical_and_hold_no_secret_of_the_policy() -> None:
    data = document()
    assert data.endswith(b"}\n")
    again = json.dumps(json.loads(data), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert data == again.encode() + b"\n"
    assert b"coalition" not in data
    assert b"p_sensitive" not in data


def test_bytes_are_the_same_on_every_machine() -> None:
    # Recorded; a change means that every released document changes, so raise FORMAT and say so.
    assert document_hash(document()) == "30c524ae8e92cb884bdeed02bc27585a665d9a1155be7631a66e92a0e55a7f39"
    assert document_hash(document()) == hashlib.sha256(document()).hexdigest()
    cells = [(row.peer_group, row.statistic, row.value) for row in cell_rows([read_document(document())])]
    assert cells[:4] == [("all", "n", "40"), ("all", "mean", "120"), ("all", "p10", "104"), ("all", "p25", "110")]


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(40)))
def test_order_of_the_organisations_does_not_change_the_bytes(order: list[int]) -> None:
    values = np.random.default_rng(3).lognormal(3, 1, 40)
    one = release_document(protected_of(values.tolist()), indicator(), META)
    assert release_document(protected_of(values[order].tolist()), indicator(), META) == one


def test_raw_table_is_refused() -> None:
    with pytest.raises(TypeError):
        release_document(table_of(VALUES), indicator(), META)  # type: ignore[arg-type]


def test_another_indicator_is_refused() -> None:
    with pytest.raises(ValueError, match="other"):
        release_document(protected_of(VALUES), indicator(code="other"), META)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"format":2}', b"\xff", document()[:-9]])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentError):
        read_document(data)


def test_rows_carry_everything_an_export_needs() -> None:
    rows = list(cell_rows([read_document(document())]))
    blank = next(row for row in rows if row.peer_group == "sector=private" and row.statistic == "mean")
    assert (blank.round, blank.edition, blank.kpi) == ("national-2025", 1, "kpi")
    assert (blank.value, blank.status, blank.n, blank.reason) == ("", "suppressed", "<5", "too_few")
    number = next(row for row in rows if row.peer_group == "sector=private" and row.statistic == "n")
    assert (number.value, number.status) == ("<5", "released")
    assert len(rows) == 3 * 7


def test_content_hash_depends_on_documents_and_codes_but_not_on_their_order() -> None:
    one, other = document(), document([value + 1 for value in VALUES])
    assert content_hash({"a": one, "b": other}) == content_hash({"b": other, "a": one})
    assert len({content_hash({"a": one, "b": other}), content_hash({"a": other, "b": one}), content_hash({})}) == 3
