"""What the attacker has in hand: documents as plain JSON, and who takes part with which public attributes."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class UnreadableDocumentError(ValueError):
    """The bytes are not a released document."""


@dataclass(frozen=True)
class Participants:
    """Public knowledge: `attributes` per organisation (dimension → category), `holding` for those that have one.

    `silent`: KPI code → organisations that are known to have no value. Where it is not known who, the sizes of the
    groups are all that the attacker uses.
    """

    attributes: Mapping[int, Mapping[str, str]]
    holding: Mapping[int, int] = field(default_factory=dict)
    silent: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def members(self, key: str) -> frozenset[int]:
        """Organisations of a peer group, from the group's key."""
        terms = [part.split("=") for part in key.split("&")] if key != "all" else []
        wanted = [(name, _unquoted(category)) for name, category in terms]
        return frozenset(i for i, own in self.attributes.items() if all(own.get(d) == c for d, c in wanted))

    def same_owner(self, organisation: int) -> frozenset[int]:
        """The organisation and those of its holding: they know each other's values."""
        holding = self.holding.get(organisation)
        if holding is None:
            return frozenset({organisation})
        return frozenset(i for i, other in self.holding.items() if other == holding)


@dataclass(frozen=True)
class Group:
    """A peer group in a document: its members by public attributes, the number with a value, the released figures."""

    key: str
    members: frozenset[int]
    n: int | None
    figures: Mapping[str, tuple[float, str]]  # statistic → value and "", "<" or ">"


@dataclass(frozen=True)
class Document:
    """One indicator of a release: the legal range of a value and the groups."""

    kpi: str
    low: float
    high: float
    percentage: bool
    digits: int
    quantile_digits: int
    quantile_digits_below: int
    groups: tuple[Group, ...]

    def quantile_digits_of(self, group: Group) -> int:
        """Significant digits of this group's quantiles."""
        few = group.n is None or group.n < self.quantile_digits_below
        return self.quantile_digits if few else self.digits


def read(data: bytes, participants: Participants) -> Document:
    """Read the bytes of a document; raises UnreadableDocumentError."""
    try:
        content = json.loads(data)
        indicator, policy = content["indicator"], content["policy"]
        silent = participants.silent.get(indicator["code"], frozenset())
        groups = tuple(_group(item, participants, silent) for item in content["groups"])
        limits = indicator.get("range", {})
        low = limits.get("min")
        if low is None and indicator.get("scale_type") != "signed":
            low = 0.0
        return Document(
            indicator["code"],
            -math.inf if low is None else float(low),
            math.inf if limits.get("max") is None else float(limits["max"]),
            indicator.get("unit") == "%",
            int(policy["digits"]),
            int(policy["quantile_digits"]),
            int(policy["quantile_digits_below"]),
            groups,
        )
    except (KeyError, TypeError, ValueError) as error:
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


def _group(item: Mapping[str, Any], participants: Participants, silent: frozenset[int]) -> Group:
    figures = {
        cell["statistic"]: (float(cell["value"]), str(cell.get("coded", "")))
        for cell in _cells(item["cells"])
        if cell["status"] == "released" and "value" in cell
    }
    n = item["n"]
    return Group(item["key"], participants.members(item["key"]) - silent, None if n is None else int(n), figures)


def _cells(cells: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [cell for cell in cells if cell["statistic"] != "n"]


def _unquoted(text: str) -> str:
    return text.replace("%3D", "=").replace("%26", "&").replace("%25", "%")
