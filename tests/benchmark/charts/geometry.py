"""Reads a chart back as an outsider would: parsed XML, positions of marks, and the box that each mark takes."""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from benchmark.charts.text import text_width

NAMESPACE = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "text", "path", "rect", "circle"}
ATTRIBUTES = {
    *("class", "id", "role", "aria-labelledby", "viewBox", "width", "height", "font-family", "font-size"),
    *("font-weight", "text-anchor", "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin"),
    *("x", "y", "d", "cx", "cy", "r"),
}


@dataclass(frozen=True)
class Box:
    """Left, top, right, bottom in user units."""

    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: "Box") -> bool:
        """Whether `other` lies inside this box."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom

    def overlaps(self, other: "Box", slack: float = 0.5) -> bool:
        """Whether two boxes share more than `slack` units in both directions."""
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > slack and along > slack


def parse(svg: str) -> ET.Element:
    """The chart as an element tree; raises on anything that is not well-formed."""
    return ET.fromstring(svg)  # noqa: S314 (our own chart: that it parses is the test)


def name(element: ET.Element) -> str:
    return element.tag.removeprefix(NAMESPACE)


def marks(svg: str, kind: str) -> list[ET.Element]:
    """Elements that carry `kind` among their classes, in order of drawing."""
    return [element for element in parse(svg).iter() if kind in element.get("class", "").split()]


def texts(svg: str, kind: str | None = None) -> list[str]:
    """Visible texts, all or those of one kind."""
    return [
        element.text or ""
        for element in parse(svg).iter(f"{NAMESPACE}text")
        if kind is None or element.get("class") == kind
    ]


def words_of(svg: str) -> str:
    """Everything that the chart says, alternative text included."""
    return " ".join(element.text or "" for element in parse(svg).iter())


def text_box(element: ET.Element) -> Box:
    """The box around a text's letters (cap height, no descenders)."""
    size = float(element.get("font-size", "0"))
    width = text_width(element.text or "", size, bold=element.get("font-weight") == "600")
    x, y = float(element.get("x", "0")), float(element.get("y", "0"))
    left = x - {"start": 0.0, "middle": width / 2, "end": width}[element.get("text-anchor", "start")]
    return Box(left, y - size * 0.66, left + width, y)


def box(element: ET.Element) -> Box | None:
    """The box around any visible mark; None for what is not drawn."""
    kind = name(element)
    if kind == "text":
        return text_box(element)
    if kind == "rect":
        x, y = float(element.get("x", "0")), float(element.get("y", "0"))
        return Box(x, y, x + float(element.get("width", "0")), y + float(element.get("height", "0")))
    if kind == "circle":
        x, y, r = (float(element.get(key, "0")) for key in ("cx", "cy", "r"))
        return Box(x - r, y - r, x + r, y + r)
    if kind == "path":
        points = walk(element.get("d", ""))
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return Box(min(xs), min(ys), max(xs), max(ys)) if points else None
    return None


def walk(d: str) -> list[tuple[float, float]]:
    """Every point that a path of M, L, H, V, Z (both cases) passes."""
    points: list[tuple[float, float]] = []
    x = y = 0.0
    for command, rest in re.findall(r"([MLHVZmlhvz])([^MLHVZmlhvz]*)", d):
        numbers = [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", rest)]
        relative = command.islower()
        if command in "Hh":
            steps = [(value, 0.0 if relative else y) for value in numbers]
        elif command in "Vv":
            steps = [(0.0 if relative else x, value) for value in numbers]
        else:
            steps = list(zip(numbers[::2], numbers[1::2], strict=True))
        for dx, dy in steps:
            x, y = (x + dx, y + dy) if relative else (dx, dy)
            points.append((x, y))
    return points


def middle_x(element: ET.Element) -> float:
    """Horizontal middle of a mark."""
    found = box(element)
    assert found is not None
    return (found.left + found.right) / 2
