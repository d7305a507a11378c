"""Primary rules for option shares: which options may be shown, which only together, and rounded how."""

import math
from dataclasses import dataclass

from benchmark.stats.columns import IntArray
from benchmark.stats.disclosure.policy import Policy
from benchmark.stats.disclosure.reasons import Reason
from benchmark.stats.disclosure.rounding import round_percentage
from benchmark.stats.indicators import Indicator
from benchmark.stats.kpis import BoolArray
from benchmark.stats.tables import GroupRow, Table, count_contributors

MERGE = "+"


@dataclass(frozen=True)
class Share:
    """Verdict on one option, or on options merged (`a+b`): a whole percentage, an end (`<` or `>` it), or a reason.

    `parts`: numbers of the options whose count it shows, () when it shows none.
    """

    option: str
    value: int | None = None
    coded: str = ""
    reason: Reason | None = None
    parts: tuple[int, ...] = ()


def share_verdicts(table: Table, row: GroupRow, indicator: Indicator, policy: Policy) -> list[Share]:
    """One verdict per option, in the order of the questionnaire, followed by merged options if any."""
    options = table.values.options
    if table.values.chosen is None:
        return []
    minimum = policy.minimum(indicator.scale_type)
    base = rounding_base(row.n_contributors, policy) if indicator.sensitive else 1
    if row.n_contributors < minimum:
        return [Share(option, reason=Reason.TOO_FEW) for option in options]
    if row.n_contributors < policy.share_min_contributors or base is None:
        return [Share(option, reason=Reason.TOO_FEW_FOR_SHARES) for option in options]
    chosen = table.values.chosen[row.members]
    contributor = table.panel.contributor[row.members]
    exclusive = table.values.exclusive  # the shares add up to 100, so one follows from the others
    unanimous = [_unanimous(chosen[:, i], contributor, policy, table.single) for i in range(len(options))]
    if exclusive and any(unanimous):
        return [Share(option, reason=Reason.PROTECTED) for option in options]
    if not indicator.sensitive:
        return [
            Share(option, reason=Reason.PROTECTED) if unanimous[i] else _shown(option, chosen[:, i], 0, (i,))
            for i, option in enumerate(options)
        ]
    if exclusive:
        return _merged(options, chosen, contributor, base, policy, table.single)
    return [
        Share(option, reason=Reason.PROTECTED)
        if unanimous[i] or not _countable(chosen[:, i], contributor, policy, table.single)
        else _shown(option, chosen[:, i], base, (i,))
        for i, option in enumerate(options)
    ]


def rounding_base(n: int, policy: Policy) -> int | None:
    """Smallest base (in percentage points) with enough organisations a step; None when no base has them."""
    return next((base for base in policy.share_bases if base * n >= 100 * policy.share_step), None)


def printed(count: int, total: int, base: int) -> tuple[int, str]:
    """The figure for `count` of `total` organisations: whole percentages for base 0; else multiples of the base with
    coded ends (`<` and `>`)."""
    if base == 0:
        return round_percentage(count, total), ""
    if 100 * count < base * total:
        return base, "<"
    if 100 * (total - count) < base * total:
        return 100 - base, ">"
    return round_percentage(count, total, base), ""


def printed_alike(count: int, total: int, base: int) -> tuple[int, int]:
    """The smallest and the largest count that are printed as this one is."""
    figure = printed(count, total, base)

    def reach(end: int) -> int:
        same, other = count, end + (1 if end > count else -1)  # the figure is monotone in the count
        while abs(other - same) > 1:
            middle = (same + other) // 2
            same, other = (middle, other) if printed(middle, total, base) == figure else (same, middle)
        return same

    return reach(0) if count else 0, reach(total) if count < total else total


def not_unanimous(total: int, policy: Policy) -> int:
    """The largest count that is not nearly all, when every organisation is its own contributor."""
    return max(math.ceil(policy.unanimous_share * total - 1e-9) - 1, total - policy.coalition - 2)


def _shown(option: str, chosen: BoolArray, base: int, parts: tuple[int, ...]) -> Share:
    value, coded = printed(int(chosen.sum()), int(chosen.size), base)
    return Share(option, value, coded, parts=parts)


def _unanimous(chosen: BoolArray, contributor: IntArray, policy: Policy, single: bool) -> bool:
    """Nearly all chose it, and those who did not are so few that they know the rest."""
    others = count_contributors(contributor[~chosen], single=single)
    return bool(chosen.sum() >= math.ceil(policy.unanimous_share * chosen.size - 1e-9)) and (
        others <= policy.coalition + 1
    )


def _countable(chosen: BoolArray, contributor: IntArray, policy: Policy, single: bool) -> bool:
    """Whether those who chose it, and those who did not, are nobody or enough contributors."""
    sides = [count_contributors(contributor[side], single=single) for side in (chosen, ~chosen)]
    return all(side == 0 or side >= policy.share_sensitive_count for side in sides)


def _merged(
    options: tuple[str, ...], chosen: BoolArray, contributor: IntArray, base: int, policy: Policy, single: bool
) -> list[Share]:
    """Merge the options with too few contributors, smallest first, until each published count is large enough."""
    units: list[tuple[tuple[int, ...], BoolArray]] = [((i,), chosen[:, i]) for i in range(len(options))]
    while True:
        small = [unit for unit in units if not _countable(unit[1], contributor, policy, single)]
        if not small:
            break
        filled = sorted((u for u in units if u[1].any()), key=lambda u: (int(u[1].sum()), u[0]))
        if len(filled) < 3:  # merging two of two would say 100 %
            return [Share(option, reason=Reason.PROTECTED) for option in options]
        first = min(small, key=lambda u: (int(u[1].sum()), u[0]))
        second = next(unit for unit in filled if unit is not first)
        units = [u for u in units if u is not first and u is not second]
        units.append((tuple(sorted(first[0] + second[0])), first[1] | second[1]))
    alone = {unit[0][0]: unit[1] for unit in units if len(unit[0]) == 1}
    shares = [
        _shown(option, alone[i], base, (i,)) if i in alone else Share(option, reason=Reason.MERGED)
        for i, option in enumerate(options)
    ]
    together = sorted(unit for unit in ((u[0], i) for i, u in enumerate(units)) if len(unit[0]) > 1)
    return shares + [_shown(MERGE.join(options[j] for j in key), units[i][1], base, key) for key, i in together]
