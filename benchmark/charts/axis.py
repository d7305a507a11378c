"""The value axis under a chart."""

from collections.abc import Iterable
from dataclasses import dataclass

from benchmark.charts.drawing import Drawing
from benchmark.charts.marks import place_within
from benchmark.charts.palette import AXIS, LINE, MUTED
from benchmark.charts.scale import Scale, check_values, readable_axis, widen
from benchmark.charts.setting import Setting
from benchmark.charts.text import text_width


@dataclass(frozen=True)
class ValueAxis:
    """A scale with its ticks."""

    scale: Scale
    ticks: tuple[float, ...]


def value_axis(
    values: Iterable[float | None],
    own: float | None,
    start: float,
    end: float,
    setting: Setting,
    legal: tuple[float | None, float | None] = (None, None),
) -> ValueAxis:
    """Axis from `start` to `end` for the released `values` and the own one.

    An own value further from the released values than one and a half times their spread stays outside: one outlier
    must not press everybody else into a line.
    """
    present = check_values(values)
    own_present = check_values([own])
    low, high = widen(*_extent(present or own_present or [0.0, 1.0]))
    if own_present and present:
        reach = 1.5 * (high - low)
        if low - reach <= own_present[0] <= high + reach:
            low, high = min(low, own_present[0]), max(high, own_present[0])
    low, high = _inside_legal(low, high, present, legal)
    widest = max(text_width(setting.write(value), setting.small) for value in (low, high)) + 14
    most = int(max(2, min(8, (end - start) // widest)))
    first, last, ticks = readable_axis(low, high, most, setting.write, lowest=legal[0], highest=legal[1])
    return ValueAxis(Scale(first, last, start, end), ticks)


def draw_grid(drawing: Drawing, axis: ValueAxis, top: float, bottom: float) -> None:
    """Light vertical lines at the ticks and a base line; drawn before the data."""
    draw_ticks(drawing, axis, top, bottom)
    drawing.line(axis.scale.start, bottom, axis.scale.end, bottom, AXIS, kind="axis")


def draw_ticks(drawing: Drawing, axis: ValueAxis, top: float, bottom: float) -> None:
    """The light vertical lines only."""
    for tick in axis.ticks:
        x = axis.scale(tick)
        drawing.line(x, top, x, bottom, LINE, kind="grid")


def draw_tick_labels(drawing: Drawing, axis: ValueAxis, bottom: float, low: float, high: float) -> float:
    """Labels under the base line, held between `low` and `high`; returns the y under them."""
    size = drawing.setting.small
    reached = low - 8
    for tick in axis.ticks:
        label = drawing.setting.write(tick)
        half = text_width(label, size) / 2
        x = axis.scale(tick)
        drawing.line(x, bottom, x, bottom + 4, AXIS)
        centre = place_within(x, half, low, high)
        if centre - half >= reached + 6:
            drawing.text(centre, bottom + 6 + size, label, fill=MUTED, anchor="middle", kind="tick")
            reached = centre + half
    return bottom + 6 + size * 1.3


def _extent(values: list[float]) -> tuple[float, float]:
    return min(values), max(values)


def _inside_legal(
    low: float, high: float, present: list[float], legal: tuple[float | None, float | None]
) -> tuple[float, float]:
    """Widening never shows impossible values, unless a released value is there already."""
    lowest, highest = legal
    if lowest is not None and low < lowest and not any(value < lowest for value in present):
        low = lowest
    if highest is not None and high > highest and not any(value > highest for value in present):
        high = highest
    return (low, high) if high > low else (low, low + 1.0)
