"""Who is known when means and smoothed medians are printed, by trying every data set of whole numbers on a short scale.

No programs, no orders, no rounding from the product: a window of the sorted values and Python's own formatting.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

Figure = tuple[tuple[int, ...], str]  # members and "mean" or "p50"
Known = tuple[int | None, int, int]  # who knows it (None: the public), of whom, direction


@cache
def every_data_set(people: int, top: int) -> np.ndarray:
    """People × data sets: everybody may have any whole number from 0 to `top`."""
    return np.indices((top + 1,) * people, dtype=np.int8).reshape(people, -1)


def median_window(n: int) -> tuple[int, int]:
    """The five middle places of an odd number, the six of an even one."""
    width = 5 if n % 2 else 6
    return (n - width) // 2, (n + width) // 2


def printed_sums(values: np.ndarray, statistic: str) -> tuple[np.ndarray, list[str]]:
    """Per column the sum that the figure is made of, and what is printed for each possible sum."""
    count, digits = len(values), 3
    if statistic == "p50":
        first, last = median_window(count)
        values, count, digits = np.sort(values, axis=0)[first:last], last - first, 2
    most = 127 * count
    return values.sum(axis=0, dtype=np.int64), [f"{total / count:.{digits}g}" for total in range(most + 1)]


def believed(truth: Sequence[int], figures: Sequence[Figure], top: int) -> np.ndarray:
    """People × data sets that print what the truth prints."""
    left = every_data_set(len(truth), top)
    for members, statistic in figures:
        sums, printed = printed_sums(left[list(members)], statistic)
        own, _ = printed_sums(np.array([[truth[i]] for i in members]), statistic)
        same = np.array([one == printed[own[0]] for one in printed])
        left = left[:, same[sums]]
    return left


def known(truth: Sequence[int], figures: Sequence[Figure], top: int) -> set[Known]:
    """Of whom the public or one participant can tell that the value is not a whole step higher (1), or lower (−1)."""
    left, found = believed(truth, figures, top), set()
    inside = {i for members, _ in figures for i in members}
    for attacker in (None, *range(len(truth))):
        mine = left if attacker is None else left[:, left[attacker] == truth[attacker]]
        for target in inside - {attacker}:
            if mine[target].max() < min(top, truth[target] + 1):
                found.add((attacker, target, 1))
            if mine[target].min() > max(0, truth[target] - 1):
                found.add((attacker, target, -1))
    return found
