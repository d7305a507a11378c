"""What the attacker has in hand: documents as plain JSON, and who takes part with which public attributes."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ALL = "all"
MERGE = "+"


class UnreadableDocumentError(ValueError):
    """The bytes are not a released document."""


@dataclass(frozen=True)
class Participants:
    """Public knowledge: `attributes` per organisation (dimension → category), `holding` for those that have one.

    `silent`: KPI code → organisations that are known to have no value. Where it is not known who, the sizes of the
    groups are all that the attacker uses. `denominators`: KPI code → organisation → denominator of a ratio, where
    those are public. `unattributed`: KPI code → numerator and denominator that belong to no organisation.
    """

    attributes: Mapping[int, Mapping[str, str]]
    holding: Mapping[int, int] = field(default_factory=dict)
    silent: Mapping[str, frozenset[int]] = field(default_factory=dict)
    denominators: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    unattributed: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    _found: dict[tuple[str, str], frozenset[int]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def members(self, key: str) -> frozenset[int]:
        """Organisations of a peer group, from the group's key (`sector=a|b` are those of a and those of b)."""
        if key == ALL:
            return frozenset(self.attributes)
        parts = []
        for term in key.split("&"):
            dimension, _, categories = term.partition("=")
            parts.append(frozenset().union(*(self._category(dimension, one) for one in categories.split("|"))))
        return frozenset.intersection(*parts)

    def same_owner(self, organisation: int) -> frozenset[int]:
        """The organisation and those of its holding: they know each other's values."""
        holding = self.holding.get(organisation)
        if holding is None:
            return frozenset({organisation})
        return frozenset(i for i, other in self.holding.items() if other == holding)

    def owners(self) -> list[int]:
        """The first organisation of every contributor."""
        first: dict[int, int] = {}
        for i, holding in sorted(self.holding.items()):
            first.setdefault(holding, i)
        alone = [i for i in self.attributes if i not in self.holding]
        return sorted([*alone, *(i for i in first.values() if i in self.attributes)])

    def _category(self, dimension: str, category: str) -> frozenset[int]:
        if not self._found:
            places: dict[tuple[str, str], list[int]] = {}
            for i, own in self.attributes.items():
                for pair in own.items():
                    places.setdefault(pair, []).append(i)
            self._found.update({pair: frozenset(inside) for pair, inside in places.items()})
        return self._found.get((dimension, unquoted(category)), frozenset())


@dataclass(frozen=True)
class Group:
    """A peer group in a document: its members by public attributes, the number with a value, the released figures.

    `blank`: statistic → reason code of what is withheld.
    """

    key: str
    members: frozenset[int]
    n: int | None
    figures: Mapping[str, tuple[float, str]]  # statistic → value and "", "<" or ">"
    contributors: int | None = None
    blank: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether it is known who has a value in the group."""
        return self.n is not None and self.n == len(self.members)


@dataclass(frozen=True)
class Document:
    """One indicator of a release: the legal range of a value and the groups.

    `scale`: what a numerator over a denominator is multiplied by. `absolute`: a bounded scale or a percentage, where
    closeness is a part of the scale.
    """

    kpi: str
    low: float
    high: float
    percentage: bool
    digits: int
    quantile_digits: int
    quantile_digits_below: int
    groups: tuple[Group, ...]
    round: str = ""
    edition: int = 1
    kind: str = "value"
    scale: float = 1.0
    sensitive: bool = False
    denominator_public: bool = False
    expressions: tuple[str, str] = ("", "")

    @property
    def absolute(self) -> bool:
        """Whether closeness is measured on the scale, not relative to the value."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def scene(self) -> tuple[str, int]:
        """Round and edition."""
        return self.round, self.edition

    @property
    def speaks(self) -> bool:
        """Whether any figure is shown besides the numbers of organisations."""
        return any(group.figures for group in self.groups)

    def digits_of(self, group: Group, statistic: str) -> int:
        """Significant digits of this figure."""
        return self.quantile_digits_of(group) if statistic.startswith("p") else self.digits

    def quantile_digits_of(self, group: Group) -> int:
        """Significant digits of this group's quantiles."""
        few = group.n is None or group.n < self.quantile_digits_below
        return self.quantile_digits if few else self.digits

    def width(self, within: float) -> float:
        """How far from a value is close, on a scale with two ends; `within` of a percentage is half as wide."""
        return within * (self.high - self.low) / (2 if self.percentage else 1)


def read(data: bytes, participants: Participants) -> Document:
    """Read the bytes of a document; raises UnreadableDocumentError."""
    try:
        content = json.loads(data)
        indicator, policy = content["indicator"], content["policy"]
        silent = participants.silent.get(indicator["code"], frozenset())
        low, high = _limits(indicator)
        meta = content.get("meta", {})
        return Document(
            kpi=indicator["code"],
            low=low,
            high=high,
            percentage=indicator.get("unit") == "%",
            digits=int(policy["digits"]),
            quantile_digits=int(policy["quantile_digits"]),
            quantile_digits_below=int(policy["quantile_digits_below"]),
            groups=tuple(_group(item, participants, silent) for item in content["groups"]),
            round=str(meta.get("round", "")),
            edition=int(meta.get("edition", 1)),
            kind=str(indicator.get("kind", "value")),
            scale=float(indicator.get("scale", 1.0)),
            sensitive=bool(indicator.get("sensitive", False)),
            denominator_public=bool(indicator.get("denominator_public", False)),
            expressions=(str(indicator.get("numerator") or ""), str(indicator.get("denominator") or "")),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableDocumentError(f"not a released document: {error}") from error


def unrounded(value: float, digits: int) -> tuple[float, float]:
    """Least and greatest figure that is written like this with so many significant digits."""
    if value == 0:
        return 0.0, 0.0
    size = abs(value)
    decade = math.floor(math.log10(size) + 1e-12)
    half = 0.5 * 10.0 ** (decade - digits + 1)
    below = half / 10 if math.isclose(size, 10.0**decade, rel_tol=1e-12) else half
    low, high = size - below, size + half
    return (low, high) if value > 0 else (-high, -low)


def unquoted(text: str) -> str:
    """A category as it was before it became part of a key."""
    for code, character in (("%3D", "="), ("%26", "&"), ("%7C", "|"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def _limits(indicator: Mapping[str, Any]) -> tuple[float, float]:
    limits = indicator.get("range") or {}
    low = limits.get("min")
    if low is None and indicator.get("scale_type") != "signed":
        low = 0.0
    high = limits.get("max")
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)


def _group(item: Mapping[str, Any], participants: Participants, silent: frozenset[int]) -> Group:
    cells = _cells(item["cells"])
    figures = {
        cell["statistic"]: (float(cell["value"]), str(cell.get("coded", "")))
        for cell in cells
        if cell["status"] == "released" and "value" in cell
    }
    blank = {cell["statistic"]: str(cell.get("reason", "")) for cell in cells if cell["status"] != "released"}
    n, owners = item["n"], item.get("contributors")
    return Group(
        item["key"],
        participants.members(item["key"]) - silent,
        None if n is None else int(n),
        figures,
        None if owners is None else int(owners),
        blank,
    )


def _cells(cells: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [cell for cell in cells if cell["statistic"] != "n"]
