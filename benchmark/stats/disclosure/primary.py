"""Primary rules for figures made of sums and order statistics: may this group's mean, ratio, quantiles be shown?

Rules on numbers of participants come first and have their own reason; a rule on values only ever says PROTECTED.
"""

import math
from dataclasses import dataclass

import numpy as np

from benchmark.stats.columns import FloatArray, IntArray
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.indicators import Indicator
from benchmark.stats.peers import is_block
from benchmark.stats.quantiles import PERCENT, smoothing_window
from benchmark.stats.tables import GroupRow, Table, count_contributors

Verdicts = dict[str, Reason | None]  # statistic → why it may not be shown, None when it may

TOLERANCE = 1e-12  # a rule that holds exactly on paper must not fail by the last binary digit


@dataclass(frozen=True, eq=False)
class Holdings:
    """Totals per contributor: `total` of the values, `magnitude` of their absolute values, `size` in organisations."""

    total: FloatArray
    magnitude: FloatArray
    size: FloatArray


def number_verdicts(table: Table, row: GroupRow, indicator: Indicator, policy: Policy) -> Verdicts:
    """Verdict on mean, ratio (where the indicator has one) and the five quantiles of a group; of a block only on
    mean and median."""
    names = ["mean", *PERCENT] + (["ratio"] if row.ratio_members is not None else [])
    if is_block(row.terms):
        names = ["mean", "p50"]
    if row.n_contributors < policy.minimum(indicator.scale_type):
        return dict.fromkeys(names, Reason.TOO_FEW)
    if indicator.sensitive and _all_alike(table.values.value[row.members], policy.p_sensitive):
        return dict.fromkeys(names, Reason.PROTECTED)
    verdicts: Verdicts = {"mean": _mean(table, row, indicator, policy)}
    if row.ratio_members is not None:
        verdicts["ratio"] = _ratio(table, row, indicator, policy)
    verdicts.update(_quantiles(table, row, policy))
    return {name: verdicts[name] for name in verdicts if name in names}


def holdings(values: FloatArray, contributor: IntArray, *, single: bool = False) -> Holdings:
    """Add up the values per contributor; `single`: it is known that each contributor has one organisation."""
    if single:
        return Holdings(values, np.abs(values), np.ones(values.size))
    numbers, inverse = np.unique(contributor, return_inverse=True)
    count = numbers.size
    weights = (values, np.abs(values), np.ones(values.size))
    total, magnitude, size = (np.bincount(inverse, w, count).astype(np.float64) for w in weights)
    return Holdings(total, magnitude, size)


def stays_uncertain(room: FloatArray, need: FloatArray, coalition: int) -> bool:
    """Whether each contributor's total can move by `need` inside an unchanged sum.

    `room`: how far each total can move the other way. The target's move must be taken up by contributors that
    neither are the target nor belong to the attackers; the worst attackers are the `coalition` with the most room
    other than the target. With room = x ≥ 0 and need = p·x this is the p%-rule: X − Σ of the c + 1 largest ≥ p·x₁.
    """
    if room.size <= coalition:
        return False  # the attackers know everything
    largest = np.argpartition(room, room.size - coalition - 1)
    attackers, next_one = largest[-coalition:], largest[-coalition - 1]
    rest = math.fsum(np.delete(room, attackers).tolist())  # what the attackers do not know, target included
    others = rest - room
    # A target that is itself among the largest is attacked by the next largest instead.
    others[attackers] = rest - room[next_one]
    return bool(np.all(others + TOLERANCE * rest >= need))


def not_dominated(magnitude: FloatArray, policy: Policy) -> bool:
    """Whether neither the largest contributor nor the two largest make up too much of the sum."""
    total = math.fsum(magnitude.tolist()) * (1 + TOLERANCE)
    second, first = np.partition(magnitude, magnitude.size - 2)[-2:]
    return bool(first <= policy.largest_share * total and first + second <= policy.two_largest_share * total)


def sum_is_safe(parts: Holdings, policy: Policy, p: float) -> bool:
    """p%-rule and dominance on absolute values: for a sum of amounts without an upper limit."""
    return stays_uncertain(parts.magnitude, p * parts.magnitude, policy.coalition) and not_dominated(
        parts.magnitude, policy
    )


def _mean(table: Table, row: GroupRow, indicator: Indicator, policy: Policy) -> Reason | None:
    contributor = table.panel.contributor[row.members]
    parts = holdings(table.values.value[row.members], contributor, single=table.single)
    p = policy.relative_width(sensitive=indicator.sensitive)
    low, high = indicator.range.min, indicator.range.max
    if low is not None and high is not None:
        # A finite scale: absolute width, up and down, clipped to the scale; then dominance as for any sum.
        fraction = policy.bounded_percentage_points / 100 if indicator.unit == "%" else policy.bounded_scale_fraction
        width = fraction * (high - low)
        safe = not_dominated(parts.magnitude, policy) and _both_ways(parts, low, high, width, policy.coalition)
        if indicator.scale_type == "signed":
            safe = safe and sum_is_safe(parts, policy, p)
    elif low is not None and low > 0:
        # What everybody knows to be there protects nobody: only what exceeds the least legal value counts.
        room = np.maximum(parts.magnitude - low * parts.size, 0)
        safe = stays_uncertain(room, p * parts.magnitude, policy.coalition) and not_dominated(parts.magnitude, policy)
    else:
        safe = sum_is_safe(parts, policy, p)
    return None if safe else Reason.PROTECTED


def _both_ways(parts: Holdings, low: float, high: float, width: float, coalition: int) -> bool:
    down = np.maximum(parts.total - low * parts.size, 0)
    up = np.maximum(high * parts.size - parts.total, 0)
    return stays_uncertain(down, np.minimum(width, up), coalition) and stays_uncertain(
        up, np.minimum(width, down), coalition
    )


def _ratio(table: Table, row: GroupRow, indicator: Indicator, policy: Policy) -> Reason | None:
    values, members = table.values, row.ratio_members
    if members is None or values.numerator is None or values.denominator is None:
        return Reason.PROTECTED
    contributor = table.panel.contributor[members]
    if count_contributors(contributor, single=table.single) < policy.minimum(indicator.scale_type):
        return Reason.TOO_FEW
    if not math.isfinite(row.ratio):
        return Reason.PROTECTED
    p = policy.relative_width(sensitive=indicator.sensitive)
    for amounts in (values.numerator[members], values.denominator[members]):
        if not sum_is_safe(holdings(amounts, contributor, single=table.single), policy, p):
            return Reason.PROTECTED
    return None


def _quantiles(table: Table, row: GroupRow, policy: Policy) -> Verdicts:
    contributor = table.panel.contributor[row.members]
    verdicts: Verdicts = {}
    for name, percent in PERCENT.items():
        window = smoothing_window(row.n_organisations, percent)
        outside = min(window.below, window.above)
        if row.n_contributors < policy.quantile_minima[name] or outside < policy.quantile_outside:
            verdicts[name] = Reason.TOO_FEW_FOR_PERCENTILE
            continue
        parts = (contributor[: window.start], contributor[window.start : window.stop], contributor[window.stop :])
        below, inside, above = (count_contributors(part, single=table.single) for part in parts)
        enough = min(below, above) >= policy.quantile_outside and inside >= policy.quantile_inside
        verdicts[name] = None if enough else Reason.PROTECTED
    return verdicts


def _all_alike(values: FloatArray, p: float) -> bool:
    """Whether a sensitive figure would tell everybody's value: they differ less than p times the median."""
    return float(values.max() - values.min()) <= p * abs(float(np.median(values)))
