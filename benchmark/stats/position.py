"""Where an organisation stands: a band between released quantiles (closure).

The band is a function of released figures and the reader's own value alone. It never looks at other members'
records, so a page, a PDF or an alert cannot add anything to the release.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmark.stats.disclosure.rounding import half_step
from benchmark.stats.indicators import Direction
from benchmark.stats.quantiles import PERCENT
from benchmark.stats.release import ReleasedTable

CANNOT_SAY = "cannot_say"

# standing → sentence. "Beyond P90" is said only beyond the released P90, on the good side.
SENTENCES: Mapping[str, Mapping[str, str]] = {
    "best_tenth": {
        "en": "Better than the released 10 % mark on the good side of this group.",
        "nl": "Beter dan de gepubliceerde 10 %-grens aan de goede kant van deze groep.",
    },
    "best_quarter": {
        "en": "In the better quarter of this group, by the released figures.",
        "nl": "In het betere kwart van deze groep, volgens de gepubliceerde cijfers.",
    },
    "better_half": {
        "en": "In the better half of this group, by the released figures.",
        "nl": "In de betere helft van deze groep, volgens de gepubliceerde cijfers.",
    },
    "around_median": {"en": "Around the middle of this group.", "nl": "Rond het midden van deze groep."},
    "worse_half": {
        "en": "In the half of this group with most room to improve, by the released figures.",
        "nl": "In de helft van deze groep met de meeste ruimte voor verbetering, volgens de gepubliceerde cijfers.",
    },
    "worst_quarter": {
        "en": "In the quarter of this group with most room to improve, by the released figures.",
        "nl": "In het kwart van deze groep met de meeste ruimte voor verbetering, volgens de gepubliceerde cijfers.",
    },
    "worst_tenth": {
        "en": "Beyond the released 10 % mark on the side with most room to improve.",
        "nl": "Voorbij de gepubliceerde 10 %-grens aan de kant met de meeste ruimte voor verbetering.",
    },
    "highest_tenth": {
        "en": "Above the released P90 of this group.",
        "nl": "Boven het gepubliceerde P90 van deze groep.",
    },
    "highest_quarter": {
        "en": "Above the released P75 of this group.",
        "nl": "Boven het gepubliceerde P75 van deze groep.",
    },
    "higher_half": {
        "en": "Above the released median of this group.",
        "nl": "Boven de gepubliceerde mediaan van deze groep.",
    },
    "lower_half": {
        "en": "Below the released median of this group.",
        "nl": "Onder de gepubliceerde mediaan van deze groep.",
    },
    "lowest_quarter": {
        "en": "Below the released P25 of this group.",
        "nl": "Onder het gepubliceerde P25 van deze groep.",
    },
    "lowest_tenth": {
        "en": "Below the released P10 of this group.",
        "nl": "Onder het gepubliceerde P10 van deze groep.",
    },
    CANNOT_SAY: {
        "en": "The released figures of this group do not say where this value stands.",
        "nl": "De gepubliceerde cijfers van deze groep zeggen niet waar deze waarde staat.",
    },
}

_FROM_LOW = {"p90": "highest_tenth", "p75": "highest_quarter", "p50": "higher_half"}
_FROM_HIGH = {"p10": "lowest_tenth", "p25": "lowest_quarter", "p50": "lower_half"}
_GOOD_HIGH = {
    "highest_tenth": "best_tenth",
    "highest_quarter": "best_quarter",
    "higher_half": "better_half",
    "lower_half": "worse_half",
    "lowest_quarter": "worst_quarter",
    "lowest_tenth": "worst_tenth",
}
_GOOD_LOW = {
    "lowest_tenth": "best_tenth",
    "lowest_quarter": "best_quarter",
    "lower_half": "better_half",
    "higher_half": "worse_half",
    "highest_quarter": "worst_quarter",
    "highest_tenth": "worst_tenth",
}


@dataclass(frozen=True)
class Band:
    """A position: surely above the released quantile `lower` and surely below `upper` (None = no such quantile).

    `near`: released quantiles from which rounding does not tell the own value apart. `standing`: key of SENTENCES.
    """

    lower: str | None
    upper: str | None
    near: tuple[str, ...]
    standing: str

    def sentence(self, language: str) -> str:
        """The standing in words, `nl` or else English."""
        texts = SENTENCES[self.standing]
        return texts.get(language, texts["en"])


def position_band(
    own_value: float, released_quantiles: Mapping[str, float | None], direction: Direction, digits: int = 3
) -> Band:
    """Band of an own value between released quantiles (`p10` … `p90`; None or absent = withheld).

    `digits`: significant digits to which the quantiles were rounded; within half a step of a quantile nobody can
    say on which side the value lies, so that quantile bounds nothing.
    """
    lower, upper, near = None, None, []
    for name in PERCENT:
        quantile = released_quantiles.get(name)
        if quantile is None:
            continue
        if abs(own_value - quantile) <= half_step(quantile, digits) * (1 + 1e-9):
            near.append(name)
        elif own_value > quantile:
            lower = name
        elif upper is None:
            upper = name
    return Band(lower, upper, tuple(near), _standing(lower, upper, tuple(near), direction))


def group_position(table: ReleasedTable, key: str, own_value: float) -> Band:
    """Band of an own value in a group of a release document; raises KeyError for a group that is not there."""
    group = table.groups[key]
    quantiles = {name: group.value(name) for name in PERCENT}
    direction: Direction = table.indicator["direction"]
    return position_band(own_value, quantiles, direction, table.quantile_digits(key))


def _standing(lower: str | None, upper: str | None, near: tuple[str, ...], direction: Direction) -> str:
    high, low = _FROM_LOW.get(lower or ""), _FROM_HIGH.get(upper or "")
    if high is None and low is None:
        if "p50" in near or (lower == "p25" and upper == "p75"):
            return "around_median"
        return CANNOT_SAY
    neutral = high or low or CANNOT_SAY
    if direction == "higher":
        return _GOOD_HIGH[neutral]
    return _GOOD_LOW[neutral] if direction == "lower" else neutral
