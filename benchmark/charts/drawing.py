"""The pen: SVG elements with presentation attributes only (strict CSP; page CSS reaches no inline SVG in print)."""

import re
from xml.sax.saxutils import escape, quoteattr

from benchmark.charts.palette import FONT, INK
from benchmark.charts.setting import Setting

# Characters that XML 1.0 forbids, lone surrogates among them: one would make the whole page unreadable.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def number(value: float) -> str:
    """A coordinate with at most two decimals, always written the same way."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def clean(text: str) -> str:
    """`text` escaped for XML content, without characters that XML forbids."""
    return escape(_FORBIDDEN.sub("\ufffd", text))


def element(name: str, attributes: dict[str, str | float | None], content: str = "") -> str:
    """One element; attributes that are None are left out, `_` in a name becomes `-`."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}="
        + quoteattr(_FORBIDDEN.sub("\ufffd", value) if isinstance(value, str) else number(value))
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


class Drawing:
    """One SVG in the making. Coordinates in user units, y downwards."""

    def __init__(self, setting: Setting, kind: str) -> None:
        self.setting = setting
        self.kind = kind
        self._parts: list[str] = []

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        *,
        stroke: str | None = None,
        kind: str | None = None,
    ) -> None:
        """A filled rectangle; `kind` becomes its class."""
        self._add(
            "rect", class_=kind, x=x, y=y, width=max(0.0, width), height=max(0.0, height), fill=fill, stroke=stroke
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        stroke: str,
        *,
        weight: float = 1,
        dash: str | None = None,
        kind: str | None = None,
    ) -> None:
        """A straight line of `weight` units."""
        self._add(
            "path",
            class_=kind,
            d=f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}",
            fill="none",
            stroke=stroke,
            stroke_width=weight,
            stroke_dasharray=dash,
        )

    def path(
        self,
        d: str,
        *,
        fill: str = "none",
        stroke: str | None = None,
        weight: float | None = None,
        kind: str | None = None,
    ) -> None:
        """Any path."""
        self._add("path", class_=kind, d=d, fill=fill, stroke=stroke, stroke_width=weight, stroke_linejoin="round")

    def circle(
        self, x: float, y: float, radius: float, fill: str, *, stroke: str | None = None, kind: str | None = None
    ) -> None:
        """A dot."""
        self._add(
            "circle", class_=kind, cx=x, cy=y, r=radius, fill=fill, stroke=stroke, stroke_width=1.5 if stroke else None
        )

    def text(
        self,
        x: float,
        y: float,
        content: str,
        *,
        size: float | None = None,
        fill: str = INK,
        anchor: str = "start",
        bold: bool = False,
        kind: str | None = None,
    ) -> None:
        """One line of text on baseline `y`."""
        attributes: dict[str, str | float | None] = {
            "class_": kind,
            "x": x,
            "y": y,
            "font_family": FONT,
            "font_size": size or self.setting.small,
            "font_weight": "600" if bold else None,
            "fill": fill,
            "text_anchor": None if anchor == "start" else anchor,
        }
        self._parts.append(element("text", attributes, clean(content) or " "))

    def finish(self, height: float, title: str, summary: str) -> str:
        """The whole SVG: `title` and `summary` become its alternative text."""
        ident, width = self.setting.ident, self.setting.width
        spoken = f"{title}. {summary}".strip() if self.setting.medium == "print" and summary else title
        parts = [element("title", {"id": f"{ident}-title"}, clean(spoken) or " ")]
        labels = f"{ident}-title"
        if self.setting.medium == "page" and summary:
            parts.append(element("desc", {"id": f"{ident}-desc"}, clean(summary)))
            labels += f" {ident}-desc"
        attributes: dict[str, str | float | None] = {
            "xmlns": "http://www.w3.org/2000/svg",
            "class_": f"chart chart-{self.kind}",
            "id": ident,
            "role": "img",
            "aria_labelledby": labels,
            "viewBox": f"0 0 {width} {number(height)}",
            "width": width,
            "height": height,
            "font_family": FONT,
        }
        return element("svg", attributes, "".join(parts + self._parts))

    def _add(self, name: str, **attributes: str | float | None) -> None:
        self._parts.append(element(name, attributes))
