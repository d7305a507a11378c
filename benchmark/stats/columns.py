"""The arrays that statistics work on; frozen by surveys, so their format lives there (surveys/snapshots.py)."""

from surveys.snapshots import (
    UNKNOWN,
    Column,
    ColumnFormatError,
    FloatArray,
    IntArray,
    Panel,
    Status,
    StatusArray,
    contributors,
)

__all__ = [
    "UNKNOWN",
    "Column",
    "ColumnFormatError",
    "FloatArray",
    "IntArray",
    "Panel",
    "Status",
    "StatusArray",
    "contributors",
]
