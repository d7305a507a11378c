"""How figures, statistics and positions are said: one place for page and PDF. Texts in the active language."""

from decimal import Decimal
from functools import lru_cache

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from benchmark.charts import NumberFormat, number_format
from benchmark.reports.viewmodels import OwnView
from benchmark.selectors.own_values import OwnValue, OwnValues
from benchmark.stats.columns import Status
from benchmark.stats.indicators import Indicator
from benchmark.stats.position import CANNOT_SAY, Band
from benchmark.stats.quantiles import PERCENT

NO_BREAK = "\u00a0"
QUANTILES = tuple(PERCENT)
MIDDLE = ("p25", "p50", "p75")
OWN_DIGITS = 3


def figure_format(indicator: Indicator, language: str, digits: int | None = None) -> NumberFormat:
    """A function value → text with unit: every digit that was released, and no other.

    `digits`: significant digits to which the value was rounded; then zeros at the end that carry something are
    written too (26,0 %), up to the indicator's decimals.
    """
    units = {
        "s": "s",
        "%": "%",
        "eur": "€",
        "eur_per_hour": "€",
        "days": _("days"),
        "fte": _("FTE"),
        "per_1000": _("per 1,000"),
    }
    unit = units.get(indicator.unit, "")
    after = NO_BREAK + _("per hour") if indicator.unit == "eur_per_hour" else ""

    def write(value: float) -> str:
        decimals = _decimals(value)
        if digits is not None and value:
            places = digits - 1 - Decimal(repr(abs(value))).adjusted()
            decimals = max(decimals, min(indicator.decimals, places))
        if unit == "€" and decimals == 1:
            decimals = 2  # an amount of money is written with two decimals or none
        return number_format(language, decimals, unit)(value) + after

    return write


def rounded_own(value: float, indicator: Indicator) -> float:
    """An own value as it is shown: what was typed stays as it is, a computed value gets as many digits as a release."""
    if indicator.kind == "value":
        return round(value, 4)
    places = OWN_DIGITS - 1 - Decimal(repr(abs(value) or 1.0)).adjusted()
    return round(value, max(indicator.decimals, min(places, 6)))


def profile_name(profile: str) -> str:
    """A profile of protection rules in words; one of the foundation's own by the name that it was given."""
    return {
        "standard": _("Standard"),
        "official": _("Official statistics"),
        "antitrust": _("Competitors"),
    }.get(profile, profile)


def statistic_name(statistic: str) -> str:
    """A statistic in words, as said beside its figure."""
    return _statistic_names(get_language() or "")[statistic]


@lru_cache(maxsize=8)  # a page of a thousand figures names each of them
def _statistic_names(language: str) -> dict[str, str]:
    """Names in the active language, which is `language`."""
    return {
        "ratio": _("ratio of sums"),
        "mean": _("mean of the organisations"),
        "p10": _("10th percentile, smoothed"),
        "p25": _("first quartile, smoothed"),
        "p50": _("median of the organisations, smoothed"),
        "p75": _("third quartile, smoothed"),
        "p90": _("90th percentile, smoothed"),
    }


def statistic_head(statistic: str) -> str:
    """A statistic as the head of a column."""
    return _statistic_heads(get_language() or "").get(statistic, statistic.upper())


@lru_cache(maxsize=8)
def _statistic_heads(language: str) -> dict[str, str]:
    """Heads in the active language, which is `language`."""
    return {"ratio": _("Ratio of sums"), "mean": _("Mean"), "p50": _("Median")}


def statistic_note(indicator: Indicator) -> str:
    """What the headline figure is, and what it is not."""
    return {
        "ratio": _(
            "The figure is a ratio of sums: the amounts of all organisations together, divided by each other, so a"
            " large organisation counts for more. The mean and the median of the organisations are other figures."
        ),
        "mean": _("The figure is the mean of the organisations: each counts equally. The median is another figure."),
        "median": _(
            "The figure is the median of the organisations: half have a lower value, half a higher one. The mean is"
            " another figure."
        ),
        "share": _("The figures are shares of the organisations that answered: each counts equally."),
    }[indicator.headline_figure]


def direction_text(direction: str) -> str:
    """The direction of good as a sentence."""
    return {
        "higher": _("Higher is better."),
        "lower": _("Lower is better."),
        "neutral": _("Higher is neither better nor worse."),
    }[direction]


def organisations_text(n: int | None, below: int | None) -> str:
    """`60 organisations`, `fewer than 5 organisations`."""
    if n is None:
        return _("fewer than %(number)s organisations") % {"number": below}
    return ngettext("%(number)s organisation", "%(number)s organisations", n) % {"number": count_text(n)}


def count_text(n: int) -> str:
    """A whole number as the reader writes it: `4.376`."""
    return number_format(get_language() or "nl")(n)


def position_sentence(band: Band, group: str) -> str:
    """Where the own value lies between released quantiles; "" when they do not say. `group`: `60 organisations`."""
    if len(band.near) > 2:
        return _("Your value equals everything from %(low)s to %(high)s of %(group)s, as far as rounding tells.") % {
            "low": _quantile(band.near[0]),
            "high": _quantile(band.near[-1]),
            "group": group,
        }
    if band.near:
        return _("Your value equals %(quantiles)s of %(group)s, as far as the rounded figures tell.") % {
            "quantiles": and_text([_quantile(name) for name in band.near]),
            "group": group,
        }
    words = {"group": group}
    if band.lower and band.upper:
        words |= {"low": _quantile(band.lower), "high": _quantile(band.upper)}
        return _("Your value lies between %(low)s and %(high)s of %(group)s.") % words
    if band.lower:
        return _("Your value lies above %(low)s of %(group)s.") % (words | {"low": _quantile(band.lower)})
    if band.upper:
        return _("Your value lies below %(high)s of %(group)s.") % (words | {"high": _quantile(band.upper)})
    return ""


def standing_text(band: Band, language: str) -> str:
    """What the position means given the direction of good; "" when it cannot be said."""
    return "" if band.standing == CANNOT_SAY else band.sentence(language)


def own_view(own: OwnValue | None, indicator: Indicator, write: NumberFormat, labels: dict[str, str]) -> OwnView:
    """The own value in words; `labels`: option code → label. None means that the organisation did not take part."""
    if own is None:
        return OwnView("absent", sentence=_("Your organisation did not submit answers to this round."))
    if own.without_denominator:
        return OwnView("not_applicable", sentence=_("No value: the figure would divide by zero with your answers."))
    if own.status is Status.NONRESPONSE:
        return OwnView("nonresponse", sentence=_("Your organisation did not fill this in."))
    if own.status is Status.NOT_APPLICABLE:
        return OwnView("not_applicable", sentence=_("This does not apply to your organisation."))
    if own.status is Status.NOT_AVAILABLE:
        return OwnView("not_available", sentence=_("Your organisation answered that it does not have this figure."))
    if own.status is Status.EXCLUDED:
        return OwnView("excluded", sentence=_("The foundation left your answer out of this figure, and told you why."))
    if own.value is None:
        chosen = [labels.get(code, code) for code in own.options]
        return OwnView("answered", text=", ".join(chosen) or _("none of the answers"), options=own.options)
    shown = rounded_own(own.value, indicator)
    return OwnView("answered", text=write(shown), value=shown)


def smoothed_note() -> str:
    """What the quantiles in a chart are."""
    return _(
        "Quartiles, median and percentiles are smoothed: each is the mean of neighbouring values, so that none of them"
        " is the value of one organisation."
    )


def _quantile(name: str) -> str:
    return {
        "p10": _("the 10th percentile"),
        "p25": _("the first quartile"),
        "p50": _("the median"),
        "p75": _("the third quartile"),
        "p90": _("the 90th percentile"),
    }[name]


def and_text(parts: list[str]) -> str:
    """Parts as said in a sentence: `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return _("%(first)s and %(last)s") % {"first": ", ".join(parts[:-1]), "last": parts[-1]}


def _decimals(value: float) -> int:
    exponent = Decimal(repr(round(value, 6))).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def newer_words(own: OwnValues) -> tuple[str, ...]:
    """The sentence for values that changed after the results were made; nothing when they did not."""
    if not own.newer:
        return ()
    return (
        _(
            "Your answers were changed after these results were made. Your own values shown here are the changed ones;"
            " the figures of the groups were made with your earlier answers."
        ),
    )
