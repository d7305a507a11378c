"""The frozen input of the statistics: one column per question, one panel per round edition.

Both turn into bytes and back. The bytes are little-endian with a fixed header, so their SHA-256
is the same on every machine and names the input of a release.
"""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
StatusArray = NDArray[np.uint8]

COLUMN_MAGIC = b"BMKCOL01"
PANEL_MAGIC = b"BMKPAN01"
UNKNOWN = -1  # the organisation does not carry this dimension


class Status(IntEnum):
    """Why a value is there or not; different things that are never mixed (zero is a value)."""

    ANSWERED = 0
    NONRESPONSE = 1  # item nonresponse: it applied, nothing was filled in
    NOT_APPLICABLE = 2  # also: routed away
    NOT_AVAILABLE = 3  # the participant said that the figure is not known
    EXCLUDED = 4  # a validator left the answer out, with a reason


class ColumnFormatError(ValueError):
    """The bytes are not a column or panel of this format, or the arrays do not belong together."""


@dataclass(frozen=True, eq=False)
class Column:
    """Answers of all organisations of a round to one question (or one part or option of it).

    `values`: numbers; for a single choice the index of the chosen option; for an option of a
    multiple choice 1 or 0. NaN exactly where `status` is not ANSWERED. Rows are in the panel's order.
    Raises ColumnFormatError when values and status contradict each other.
    """

    values: FloatArray
    status: StatusArray

    def __post_init__(self) -> None:
        if self.values.dtype != np.float64 or self.status.dtype != np.uint8:
            raise ColumnFormatError("a column needs float64 values and uint8 status")
        if self.values.ndim != 1 or self.values.shape != self.status.shape:
            raise ColumnFormatError("values and status of a column need the same length")
        if self.status.size and int(self.status.max()) > max(Status):
            raise ColumnFormatError("unknown status in a column")
        answered = self.status == Status.ANSWERED
        if not np.array_equal(np.isfinite(self.values), answered):
            raise ColumnFormatError("a value must be a finite number exactly where the status is ANSWERED")

    def __len__(self) -> int:
        return int(self.values.size)

    @classmethod
    def from_values(cls, values: ArrayLike, status: ArrayLike | None = None) -> "Column":
        """Build a column from plain numbers; NaN without a given status is item nonresponse."""
        array = np.array(values, dtype=np.float64)
        if status is None:
            codes = np.where(np.isfinite(array), Status.ANSWERED, Status.NONRESPONSE).astype(np.uint8)
        else:
            codes = np.array(status, dtype=np.uint8)
        return cls(np.where(codes == Status.ANSWERED, array, np.nan), codes)

    def to_bytes(self) -> bytes:
        """Header (magic, number of rows), values as little-endian float64, then one status byte each."""
        # One bit pattern for NaN, and no negative zero: equal columns must have equal bytes.
        values = np.where(np.isnan(self.values), np.nan, self.values + 0.0)
        header = COLUMN_MAGIC + struct.pack("<Q", len(self))
        return header + values.astype("<f8").tobytes() + self.status.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Column":
        """Read what `to_bytes` wrote; raises ColumnFormatError on anything else."""
        if len(data) < 16 or data[:8] != COLUMN_MAGIC:
            raise ColumnFormatError("not a column")
        (rows,) = struct.unpack("<Q", data[8:16])
        if len(data) != 16 + 9 * rows:
            raise ColumnFormatError("a column of the wrong length")
        values = np.frombuffer(data, dtype="<f8", count=rows, offset=16).astype(np.float64)
        status = np.frombuffer(data, dtype=np.uint8, count=rows, offset=16 + 8 * rows).copy()
        return cls(values, status)

    def content_hash(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


@dataclass(frozen=True, eq=False)
class Panel:
    """Who takes part in a round edition, and the peer dimensions that each organisation carries.

    `organisation`: identifiers, unique. `contributor`: equal for organisations of one holding
    (see `contributors`). `dimensions`: per dimension the index into `categories`, UNKNOWN (-1) where the
    organisation carries none. The order of `dimensions` is the canonical order of peer-group keys.
    """

    organisation: IntArray
    contributor: IntArray
    dimensions: Mapping[str, NDArray[np.int16]]
    categories: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        size = self.organisation.size
        if self.contributor.shape != self.organisation.shape:
            raise ColumnFormatError("a panel needs one contributor per organisation")
        if np.unique(self.organisation).size != size:
            raise ColumnFormatError("an organisation occurs twice in the panel")
        if list(self.dimensions) != list(self.categories):
            raise ColumnFormatError("dimensions and categories of a panel differ")
        for code, index in self.dimensions.items():
            if index.shape != self.organisation.shape:
                raise ColumnFormatError(f"dimension {code} has the wrong length")
            if size and not (int(index.min()) >= UNKNOWN and int(index.max()) < len(self.categories[code])):
                raise ColumnFormatError(f"dimension {code} points outside its categories")

    def __len__(self) -> int:
        return int(self.organisation.size)

    @classmethod
    def build(
        cls,
        organisation: Sequence[int],
        dimensions: Mapping[str, Sequence[str | None]],
        group: Sequence[int | None] | None = None,
        categories: Mapping[str, Sequence[str]] | None = None,
    ) -> "Panel":
        """Build a panel from plain lists; None or "" as category or group means none.

        Without `categories` those that occur are taken in alphabetical order. A category that is not
        listed raises ColumnFormatError.
        """
        indexes, lists = {}, {}
        for code, labels in dimensions.items():
            listed = (categories or {}).get(code) or sorted({label for label in labels if label})
            lists[code] = tuple(listed)
            indexes[code] = _category_index(code, labels, lists[code])
        ids = np.array(organisation, dtype=np.int64)
        return cls(ids, contributors(ids, group), indexes, lists)

    def to_bytes(self) -> bytes:
        """Header (magic, length of the JSON part), JSON with names and categories, then the arrays."""
        names = {"rows": len(self), "categories": [[code, list(c)] for code, c in self.categories.items()]}
        text = json.dumps(names, ensure_ascii=True, separators=(",", ":")).encode("ascii")
        parts = [PANEL_MAGIC, struct.pack("<Q", len(text)), text]
        parts += [self.organisation.astype("<i8").tobytes(), self.contributor.astype("<i8").tobytes()]
        parts += [index.astype("<i2").tobytes() for index in self.dimensions.values()]
        return b"".join(parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Panel":
        """Read what `to_bytes` wrote; raises ColumnFormatError on anything else."""
        if len(data) < 16 or data[:8] != PANEL_MAGIC:
            raise ColumnFormatError("not a panel")
        (length,) = struct.unpack("<Q", data[8:16])
        try:
            names = json.loads(data[16 : 16 + length])
            rows = int(names["rows"])
            categories = {code: tuple(labels) for code, labels in names["categories"]}
        except (ValueError, KeyError, TypeError) as error:
            raise ColumnFormatError("a panel with an unreadable header") from error
        at = 16 + length
        if len(data) != at + rows * (16 + 2 * len(categories)):
            raise ColumnFormatError("a panel of the wrong length")
        organisation = np.frombuffer(data, dtype="<i8", count=rows, offset=at).astype(np.int64)
        contributor = np.frombuffer(data, dtype="<i8", count=rows, offset=at + 8 * rows).astype(np.int64)
        at += 16 * rows
        dimensions = {
            code: np.frombuffer(data, dtype="<i2", count=rows, offset=at + 2 * rows * i).astype(np.int16)
            for i, code in enumerate(categories)
        }
        return cls(organisation, contributor, dimensions, categories)

    def content_hash(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.to_bytes()).hexdigest()


def contributors(organisation: IntArray, group: Sequence[int | None] | None) -> IntArray:
    """Number the contributors 0, 1, 2 …: one per group of organisations, one per organisation without.

    The numbers follow the order of first appearance, so they say nothing about the group's identity.
    """
    if group is None:
        return np.arange(organisation.size, dtype=np.int64)
    if len(group) != organisation.size:
        raise ColumnFormatError("one group (or None) per organisation is needed")
    numbers: dict[tuple[str, int], int] = {}
    keys = (
        ("organisation", int(own)) if g is None else ("group", int(g))
        for own, g in zip(organisation, group, strict=True)
    )
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _category_index(code: str, labels: Sequence[str | None], listed: tuple[str, ...]) -> NDArray[np.int16]:
    index = {label: i for i, label in enumerate(listed)}
    try:
        return np.array([index[label] if label else UNKNOWN for label in labels], dtype=np.int16)
    except KeyError as error:
        raise ColumnFormatError(f"dimension {code} has no category {error.args[0]!r}") from error
