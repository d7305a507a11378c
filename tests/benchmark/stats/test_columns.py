import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.columns import Column, ColumnFormatError, Panel, Status

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)  # the machine may be busy
@given(st.lists(st.one_of(FINITE, st.sampled_from([1, 2, 3]).map(lambda s: Status(s)))))
def test_column_comes_back_from_its_bytes(cells: list[float | Status]) -> None:
    values = [np.nan if isinstance(cell, Status) else cell for cell in cells]
    status = [int(cell) if isinstance(cell, Status) else 0 for cell in cells]
    column = Column.from_values(values, status)
    again = Column.from_bytes(column.to_bytes())
    np.testing.assert_array_equal(again.values, column.values)
    np.testing.assert_array_equal(again.status, column.status)
    assert again.content_hash() == column.content_hash()


def test_column_bytes_are_fixed() -> None:
    column = Column.from_values([1.5, np.nan], [0, 2])
    assert column.to_bytes().hex() == (
        "424d4b434f4c3031" + "0200000000000000" + "000000000000f83f" + "000000000000f87f" + "0002"
    )


def test_negative_zero_and_other_nans_give_the_same_bytes() -> None:
    strange = np.array([0x7FF8000000000001], dtype=np.uint64).view(np.float64)
    assert Column.from_values([-0.0, float("nan")]).to_bytes() == Column.from_values([0.0, strange[0]]).to_bytes()


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b"X" + b[1:], lambda b: b""])
def test_damaged_column_is_refused(damage) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ColumnFormatError):
        Column.from_bytes(damage(Column.from_values([1.0]).to_bytes()))


def test_value_without_the_status_answered_is_refused() -> None:
    with pytest.raises(ColumnFormatError):
        Column(np.array([1.0]), np.array([1], dtype=np.uint8))
    with pytest.raises(ColumnFormatError):
        Column(np.array([np.nan]), np.array([0], dtype=np.uint8))


def test_panel_comes_back_from_its_bytes() -> None:
    panel = Panel.build([7, 5, 9], {"sector": ["care", None, "énergie"], "size": ["s", "l", ""]}, [None, 3, 3])
    again = Panel.from_bytes(panel.to_bytes())
    assert again.categories == {"sector": ("care", "énergie"), "size": ("l", "s")}
    assert again.dimensions["sector"].tolist() == [0, -1, 1]
    assert again.dimensions["size"].tolist() == [1, 0, -1]
    assert again.contributor.tolist() == [0, 1, 1]
    assert again.content_hash() == panel.content_hash()


def test_group_and_organisation_with_the_same_number_are_different_contributors() -> None:
    assert Panel.build([1, 2], {}, [None, 1]).contributor.tolist() == [0, 1]


def test_unlisted_category_is_refused() -> None:
    with pytest.raises(ColumnFormatError, match="sector"):
        Panel.build([1], {"sector": ["care"]}, None, {"sector": ["public"]})
