"""The rules of a policy in words: what each is called, what it does, how its value is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _

from benchmark.charts import number_format
from benchmark.stats.disclosure.policy import CONFIDENTIAL

Kind = Literal["count", "percentage", "points", "list"]


@dataclass(frozen=True)
class Rule:
    """One rule: its name in the policy (`quantile_minima.p50` inside a mapping), words, and least and most value.

    `kind`: a whole number, a fraction written as a percentage, percentage points, or whole numbers with commas.
    """

    name: str
    kind: Kind
    label: Any
    text: Any
    least: float = 1
    most: float = 1000

    @property
    def field(self) -> str:
        """Name of the input."""
        return self.name.replace(".", "_")

    @property
    def confidential(self) -> bool:
        """Whether the value stays with the foundation."""
        return self.name in CONFIDENTIAL

    def value(self, rules: Mapping[str, Any]) -> Any:
        """The value in a policy's plain data; None where it has none."""
        name, _dot, key = self.name.partition(".")
        found = rules.get(name)
        return found.get(key) if key and isinstance(found, Mapping) else found

    def written(self, value: Any, language: str) -> str:
        """The value as people write it: `5`, `12,5 %`, `1, 2, 5, 10`; – for none."""
        if value is None:
            return "–"
        if self.kind == "list":
            return ", ".join(str(one) for one in value)
        if self.kind == "percentage":
            return _number(float(value) * 100, language, "%")
        return _number(float(value), language)

    def typed(self, value: Any, language: str) -> str:
        """The value as it stands in the input: without a unit and a separator of thousands."""
        if value is None or self.kind == "list":
            return "" if value is None else self.written(value, language)
        number = round(float(value) * (100 if self.kind == "percentage" else 1), 6)
        text = repr(int(number) if number == int(number) else number)
        return text.replace(".", ",") if language == "nl" else text


def _number(number: float, language: str, unit: str = "") -> str:
    decimals = next(digits for digits in range(7) if round(number, digits) == round(number, 6))
    write: Callable[[float], str] = number_format(language, decimals, unit)
    return write(number)


GROUPS: tuple[tuple[Any, tuple[Rule, ...]], ...] = (
    (
        _("What must stay uncertain"),
        (
            Rule(
                "p", "percentage", _("Uncertainty of every value"),
                _("For every organisation a value this much higher and this much lower must stay possible."), 0.1, 99.9,
            ),
            Rule(
                "p_sensitive", "percentage", _("Uncertainty of sensitive values"),
                _("The same for pay, prices and cost; not less than the one above."), 0.1, 99.9,
            ),
            Rule(
                "bounded_percentage_points", "points", _("Uncertainty of a percentage, in points"),
                _("For figures that are percentages themselves, in percentage points up and down."), 0.1, 50,
            ),
            Rule(
                "bounded_scale_fraction", "percentage", _("Uncertainty of a mark or score"),
                _("As a part of the scale: a tenth of a scale from 1 to 10 is 0.9."), 0.1, 50,
            ),
            Rule(
                "coalition", "count", _("How many participants may pool what they know"),
                _("The protection must hold against this many together. A holding counts as one."), 1, 10,
            ),
            Rule(
                "coalition_from", "count", _("From this many participants on: more may pool"),
                _("In a round of at least this many contributors the next number counts."), 5, 100_000,
            ),
            Rule(
                "coalition_large", "count", _("How many may pool in a large round"),
                _("Not fewer than in a small round."), 1, 10,
            ),
        ),
    ),
    (
        _("How many organisations a figure needs"),
        (
            Rule(
                "min_contributors", "count", _("Anything at all"),
                _("A group with fewer contributors shows nothing. At least 3."), 3,
            ),
            Rule(
                "min_contributors_signed", "count", _("Figures that can be below zero"),
                _("Such as NPS; not fewer than for anything at all."), 3,
            ),
            *(
                Rule(
                    f"quantile_minima.{name}", "count", name.upper(),
                    _("The smallest group that shows this percentile."), 5,
                )
                for name in ("p10", "p25", "p50", "p75", "p90")
            ),
            Rule(
                "quantile_outside", "count", _("Outside the window of a percentile"),
                _("Contributors on each side of the values that are averaged."),
            ),
            Rule(
                "quantile_inside", "count", _("Inside the window of a percentile"),
                _("Different contributors among the values that are averaged."),
            ),
            Rule(
                "share_min_contributors", "count", _("Shares of answers"),
                _("The smallest group that shows how answers are divided."), 3,
            ),
        ),
    ),
    (
        _("Sums, and answers that few gave"),
        (
            Rule(
                "largest_share", "percentage", _("Largest share of one organisation"),
                _("A sum or mean of which one makes up more is not shown."), 0.1, 99.9,
            ),
            Rule(
                "two_largest_share", "percentage", _("Largest share of two organisations"),
                _("A sum or mean of which two together make up more is not shown."), 0.1, 99.9,
            ),
            Rule(
                "share_sensitive_count", "count", _("Sensitive answers"),
                _("An answer to a sensitive question is shown when nobody gave it, or at least this many."), 2,
            ),
            Rule(
                "share_step", "count", _("Organisations in a rounding step"),
                _("Shares of sensitive questions are rounded so far that a step holds this many."), 2,
            ),
            Rule(
                "share_bases", "list", _("Steps of rounding, in points"),
                _("From fine to coarse, with commas between."), 1, 50,
            ),
            Rule(
                "unanimous_share", "percentage", _("Nearly everybody"),
                _("A share this large is not shown when the few others could tell what the rest answered."), 50, 99.9,
            ),
        ),
    ),
    (
        _("Rounding"),
        (
            Rule("digits", "count", _("Significant digits"), _("Of every figure, in every channel. At most 4."), 1, 4),
            Rule(
                "quantile_digits", "count", _("Significant digits of percentiles in small groups"),
                _("Not more than of other figures."), 1, 4,
            ),
            Rule("quantile_digits_below", "count", _("A small group has fewer than"), _("Organisations."), 1),
        ),
    ),
    (
        _("Rounds together"),
        (
            Rule(
                "change_tied", "percentage", _("A small change since an earlier round"),
                _("Readers are taken to know the exact change of a value that changed no more than this."), 0, 99.9,
            ),
            Rule(
                "rounds_together", "count", _("Releases protected together"),
                _("This round and the ones before it, with all their editions."), 1, 20,
            ),
        ),
    ),
)  # fmt: skip

RULES: Mapping[str, Rule] = {rule.name: rule for _title, rules in GROUPS for rule in rules}
