"""The p%-rule by trying every target and every coalition, and by searching for another data set."""

from collections.abc import Sequence
from itertools import combinations, product


def p_rule_holds(totals: Sequence[float], p: float, coalition: int) -> bool:
    """For every target and every coalition without it: what the rest adds up to is at least p times the target."""
    places = range(len(totals))
    for target in places:
        for attackers in combinations([i for i in places if i != target], coalition):
            rest = sum(totals[i] for i in places if i != target and i not in attackers)
            if rest < p * totals[target] * (1 - 1e-9):
                return False
    return True


def another_data_set_exists(
    totals: Sequence[int], low: int, high: int, width: int, target: int, attacker: int, sign: int
) -> bool:
    """Whether the target can move by `width` (or to the end of the scale) while the sum, the attacker's value and
    the scale stay as they are: tries all data sets of whole numbers."""
    moved = min(high, totals[target] + width) if sign > 0 else max(low, totals[target] - width)
    free = [i for i in range(len(totals)) if i not in (target, attacker)]
    wanted = sum(totals) - moved - totals[attacker]
    return any(sum(values) == wanted for values in product(range(low, high + 1), repeat=len(free)))
