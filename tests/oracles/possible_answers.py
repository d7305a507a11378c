"""Which answers are possible, by trying every way in which everybody could have answered: no programs, no atoms."""

from collections.abc import Callable, Sequence
from itertools import combinations, product

import numpy as np

Group = tuple[Sequence[int], Sequence[Sequence[int]]]  # members, and per shown figure the answers that it counts


def percentage(count: int, n: int) -> int:
    """100 × count / n, half to even, in whole numbers."""
    whole, rest = divmod(100 * count, n)
    return whole + (1 if 2 * rest > n or (2 * rest == n and whole % 2 == 1) else 0)


def every_answer(people: int, answers: int) -> np.ndarray:
    """All data sets: one row each, the answer of everybody."""
    return np.array(list(product(range(answers), repeat=people)), dtype=np.int64)


def believed(data: np.ndarray, truth: np.ndarray, groups: Sequence[Group]) -> np.ndarray:
    """Which data sets print the same whole percentages as the truth."""
    good = np.ones(len(data), dtype=bool)
    for members, figures in groups:
        table = np.array([percentage(k, len(members)) for k in range(len(members) + 1)])
        for counted in figures:
            number = np.isin(data[:, list(members)], list(counted)).sum(axis=1)
            true = int(np.isin(truth[list(members)], list(counted)).sum())
            good &= table[number] == table[true]
    return good


def nobody_unanimous(data: np.ndarray, members: Sequence[int], owners: Sequence[int], coalition: int) -> np.ndarray:
    """Data sets in which not all of a small group answered alike, or enough holdings answered otherwise."""
    good = np.ones(len(data), dtype=bool)
    for answer in range(int(data.max()) + 1):
        here = data[:, list(members)] == answer
        nearly = here.sum(axis=1) * 10 >= 9 * len(members)
        others = np.array([len({owners[m] for m, same in zip(members, row, strict=True) if not same}) for row in here])
        good &= ~(nearly & (others <= coalition + 1))
    return good


def known(data: np.ndarray, truth: np.ndarray, owners: Sequence[int], targets: Sequence[int], size: int) -> set[int]:
    """Targets whose answer some coalition of `size` owners (their own not among them) can work out. `data`: what
    everybody must believe possible."""
    found = set()
    for target in targets:
        others = sorted(set(owners) - {owners[target]})
        for coalition in combinations(others, min(size, len(others))):
            mine = [i for i, owner in enumerate(owners) if owner in coalition]
            left = data[(data[:, mine] == truth[mine]).all(axis=1)]
            if not (left[:, target] != truth[target]).any():
                found.add(target)
                break
    return found


def printing_alike(data: np.ndarray, publish: Callable[[np.ndarray], bytes], truth: np.ndarray) -> np.ndarray:
    """Which data sets give the same bytes, by publishing every one of them."""
    expected = publish(truth)
    return np.array([publish(one) == expected for one in data], dtype=bool)
