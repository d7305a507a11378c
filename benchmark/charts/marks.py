"""Marks that several charts share: the own diamond, hatching, lines of text, legends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmark.charts.drawing import Drawing, number
from benchmark.charts.palette import HATCH, INK, MUTED, OWN, PAPER
from benchmark.charts.text import text_width, wrap

LEADING = 1.3  # line height as a multiple of the text size


def diamond(drawing: Drawing, x: float, y: float, radius: float = 6.5, *, kind: str = "own-mark") -> None:
    """The reader's own organisation: a filled diamond with a paper rim, known by its shape when the colour is gone."""
    r = radius
    d = f"M{number(x)} {number(y - r)}l{number(r)} {number(r)}l{number(-r)} {number(r)}l{number(-r)} {number(-r)}Z"
    drawing.path(d, fill=OWN, stroke=PAPER, weight=1.5, kind=kind)


def edge_arrow(drawing: Drawing, x: float, y: float, *, right: bool) -> None:
    """The own value lies beyond the axis: a triangle with its point at the edge `x`."""
    back = -11 if right else 11
    d = f"M{number(x)} {number(y)}l{back} -6.5v13Z"
    drawing.path(d, fill=OWN, stroke=PAPER, weight=1.5, kind="own-mark own-beyond")


def arrow(drawing: Drawing, x: float, y: float, dx: float, dy: float, colour: str) -> None:
    """A thin arrow with its point at (x, y), coming from (x − dx, y − dy); drawn, because not every font has one."""
    length = (dx * dx + dy * dy) ** 0.5
    ux, uy = dx / length * 4, dy / length * 4
    corners = ((x - dx, y - dy), (x, y), (x - ux - uy, y - uy + ux), (x, y), (x - ux + uy, y - uy - ux))
    d = "M" + "L".join(f"{number(across)} {number(down)}" for across, down in corners)
    drawing.path(d, stroke=colour, weight=1.25)


def stripes(x: float, y: float, width: float, height: float, gap: float = 6, *, rising: bool = True) -> str:
    """Path of parallel diagonals clipped to a rectangle (computed, so that every renderer shows the same)."""
    parts = []
    offset = gap / 2
    while offset < width + height:
        x1, x2 = max(0.0, offset - height), min(width, offset)
        y1, y2 = min(offset, height), max(0.0, offset - width)
        if rising:
            parts.append(f"M{number(x + x1)} {number(y + y1)}L{number(x + x2)} {number(y + y2)}")
        else:
            parts.append(f"M{number(x + x1)} {number(y + height - y1)}L{number(x + x2)} {number(y + height - y2)}")
        offset += gap
    return "".join(parts)


def hatch(drawing: Drawing, x: float, y: float, width: float, height: float, *, kind: str = "suppressed") -> None:
    """Hatching for a figure that is not shown; the words beside it are the caller's."""
    drawing.rect(x, y, width, height, PAPER)
    drawing.path(stripes(x, y, width, height), stroke=HATCH, weight=1, kind=kind)


def lines_of_text(
    drawing: Drawing,
    x: float,
    y: float,
    content: str,
    width: float,
    *,
    size: float | None = None,
    fill: str = INK,
    bold: bool = False,
    kind: str | None = None,
) -> float:
    """Wrapped text whose first line has its top at `y`; returns where the next block may start."""
    used = size or drawing.setting.small
    for line in wrap(content, used, width, bold=bold):
        drawing.text(x, y + used * 0.95, line, size=used, fill=fill, bold=bold, kind=kind)
        y += used * LEADING
    return y


def text_height(content: str, size: float, width: float, *, bold: bool = False) -> float:
    """Height that `lines_of_text` will take."""
    return len(wrap(content, size, width, bold=bold)) * size * LEADING


@dataclass(frozen=True)
class Key:
    """One entry of a legend: `draw(drawing, x, y)` draws a swatch of `width` around the middle line `y`."""

    text: str
    draw: Callable[[Drawing, float, float], None]
    width: float = 20


def legend(drawing: Drawing, x: float, y: float, width: float, keys: Sequence[Key]) -> float:
    """Keys in running lines from the top `y`; returns where the next block may start."""
    size = drawing.setting.small
    row = size * 1.6
    cursor = x
    for key in keys:
        room = width - key.width - 6
        parts = wrap(key.text, size, room)
        needed = key.width + 6 + max(text_width(part, size) for part in parts)
        if cursor > x and cursor + needed > x + width:
            cursor, y = x, y + row
        key.draw(drawing, cursor, y + row / 2)
        for index, part in enumerate(parts):
            y += row * 0.8 if index else 0
            drawing.text(cursor + key.width + 6, y + row / 2 + size * 0.34, part, fill=MUTED)
        cursor += needed + 18
    return y + row if keys else y


def place_within(centre: float, half: float, low: float, high: float) -> float:
    """`centre` moved as little as needed for `half` on both sides to lie in [low, high]."""
    return max(low + half, min(high - half, centre))
