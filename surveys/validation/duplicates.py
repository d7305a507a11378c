"""Two organisations that filled in the same: a questionnaire sent in twice, or copied."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from surveys.validation.robust import FloatArray

SHARED_BY = 3  # a value that more organisations have tells nothing about two of them
LEAST_SHARED = 5
LEAST_PART = 0.6


@dataclass(frozen=True)
class Twin:
    """Two organisations by place, with the columns in which they gave the same telling value, of how many both gave."""

    first: int
    second: int
    columns: tuple[str, ...]
    both: int


def find_twins(columns: Mapping[str, FloatArray]) -> list[Twin]:
    """Pairs with the same telling values in at least five columns and in most of those that both filled in.

    A telling value has at least three significant digits and at most two others gave it.
    """
    shared: dict[tuple[int, int], list[str]] = defaultdict(list)
    given: dict[str, set[int]] = {}
    for code, values in columns.items():
        by_value: dict[float, list[int]] = defaultdict(list)
        for place in np.flatnonzero(np.isfinite(values)).tolist():
            value = float(values[place])
            if telling(value):
                by_value[value].append(place)
        given[code] = {place for places in by_value.values() for place in places}
        for places in by_value.values():
            if 1 < len(places) <= SHARED_BY:
                for pair in combinations(places, 2):
                    shared[pair].append(code)
    found = []
    for (first, second), codes in shared.items():
        both = sum(first in places and second in places for places in given.values())
        if len(codes) >= LEAST_SHARED and len(codes) >= LEAST_PART * both:
            found.append(Twin(first, second, tuple(codes), both))
    return sorted(found, key=lambda one: (-len(one.columns), one.first, one.second))


def telling(value: float) -> bool:
    """Whether a value is so exact that two give it by chance only seldom: three significant digits or more."""
    digits = f"{abs(value):.12g}".partition("e")[0].replace(".", "").strip("0")
    return len(digits) >= 3
