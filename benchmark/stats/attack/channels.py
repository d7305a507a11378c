"""Attack on the channels (T9): the same figure on page, in the report, in an export, in a chart.

A channel may say the released figure or a coarser one. Whatever lies between the released figure and what it was
rounded from is new: it narrows the interval of the unrounded figure. Coordinates of a chart are figures too, once two
places on the axis are known.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from benchmark.stats.attack.reading import Document, unrounded

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
DRAWN = 0.005  # coordinates have two decimals


class Figure(NamedTuple):
    """What a figure is about."""

    kpi: str
    group: str
    statistic: str


@dataclass(frozen=True)
class Finer:
    """A channel says more than the document: the unrounded figure lies between these."""

    figure: Figure
    channel: str
    released: float
    low: float
    high: float


def figures_of(document: Document) -> dict[Figure, tuple[float, float, float]]:
    """Released figures with the least and greatest value that is written like that."""
    found = {}
    for group in document.groups:
        for name, (value, coded) in group.figures.items():
            if not coded:
                found[Figure(document.kpi, group.key, name)] = (
                    value,
                    *unrounded(value, document.digits_of(group, name)),
                )
    return found


def finer_texts(document: Document, channels: Mapping[str, Mapping[Figure, str]]) -> Iterator[Finer]:
    """Texts (with a decimal point) that are neither the released figure nor a coarser one."""
    for figure, (value, low, high) in figures_of(document).items():
        for channel, texts in channels.items():
            said = spoken(texts.get(figure, ""))
            if said is None or said[0] <= value <= said[1]:
                continue
            both = max(low, said[0]), min(high, said[1])
            yield Finer(figure, channel, value, *(both if both[0] <= both[1] else said))


def finer_marks(
    document: Document, figure: Figure, coordinates: Sequence[float], axis: Sequence[tuple[float, float]]
) -> Iterator[Finer]:
    """Marks of a chart that stand for the unrounded figure: inside its rounding interval, but not at the figure.

    `axis`: two places, (coordinate, value) each.
    """
    value, low, high = figures_of(document)[figure]
    (at0, value0), (at1, value1) = axis
    slope = (value1 - value0) / (at1 - at0)
    for at in coordinates:
        middle, reach = value0 + (at - at0) * slope, 2 * DRAWN * abs(slope)
        if not middle - reach <= value <= middle + reach and low <= middle <= high:
            yield Finer(figure, "chart", value, max(low, middle - reach), min(high, middle + reach))


def coordinates(svg: str) -> list[float]:
    """Every number in the attributes of a drawing, each once."""
    attributes = re.findall(r'="([^"]*)"', svg)
    return sorted({float(number) for text in attributes for number in NUMBER.findall(text)})


def spoken(text: str) -> tuple[float, float] | None:
    """Between what a figure lies that is written like this; None for no number."""
    try:
        number = Decimal(text.strip().lstrip("<>"))
    except InvalidOperation:
        return None
    exponent = number.as_tuple().exponent
    half = Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
    return float(number - half), float(number + half)
