"""Mix chart: one stacked bar per row (channel mix), its parts told apart by tone and pattern as well as colour."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmark.charts.drawing import Drawing, number
from benchmark.charts.marks import Key, diamond, hatch, legend, lines_of_text, stripes
from benchmark.charts.palette import AXIS, INK, PAPER, TONES
from benchmark.charts.scale import ChartDataError, check_values
from benchmark.charts.setting import Setting
from benchmark.charts.text import text_width

BAR = 34.0


@dataclass(frozen=True)
class MixBar:
    """One bar: a value per part (same unit, usually percent; None = not released, `note` says why)."""

    label: str
    values: tuple[float | None, ...]
    own: bool = False
    note: str = ""


@dataclass(frozen=True)
class MixData:
    """`parts`: labels in fixed order, at most eight. `total`: what a complete bar adds up to."""

    title: str
    parts: tuple[str, ...]
    bars: tuple[MixBar, ...]
    total: float = 100.0


def mix_chart(data: MixData, setting: Setting) -> str:
    """The chart as one <svg>. Raises ChartDataError for negative parts, a wrong number of parts, or more than eight."""
    if len(data.parts) > len(TONES) or data.total <= 0:
        raise ChartDataError(f"a stacked bar has at most {len(TONES)} parts and a total above zero")
    for bar in data.bars:
        if len(bar.values) != len(data.parts) or any(value < 0 for value in check_values(bar.values)):
            raise ChartDataError(f"the parts of {bar.label!r} do not fit")
    drawing = Drawing(setting, "mix")
    y = 2.0
    for bar in data.bars:
        y = _draw_bar(drawing, bar, data.total, y)
    y = legend(drawing, 0, y, setting.width, _keys(data, setting))
    return drawing.finish(y + 4, data.title, _summary(data, setting))


def mix_table(data: MixData, setting: Setting) -> tuple[list[str], list[list[str]]]:
    """A row per part, a column per bar."""
    rows = [
        [part, *(_written(bar.values[index], setting) for bar in data.bars)] for index, part in enumerate(data.parts)
    ]
    return [setting.words["part"], *(bar.label for bar in data.bars)], rows


def _written(value: float | None, setting: Setting) -> str:
    return setting.words["suppressed"] if value is None else setting.write(value)


def _draw_bar(drawing: Drawing, bar: MixBar, total: float, y: float) -> float:
    """One bar with its label above, from the top `y`; returns the top of the next."""
    setting = drawing.setting
    indent = 20.0 if bar.own else 0.0
    if bar.own:
        diamond(drawing, 8, y + setting.label * 0.62)
    room = setting.width - indent
    y = lines_of_text(drawing, indent, y, bar.label, room, size=setting.label, bold=bar.own, kind="label") + 2
    known = check_values(bar.values)
    whole = max(total, sum(known))
    x = 1.0
    inner = setting.width - 2.0
    for index, value in enumerate(bar.values):
        if value:
            width = value / whole * inner
            _segment(drawing, index, x, y, width, setting.write(value))
            x += width
    if len(known) < len(bar.values) and x < setting.width - 2:
        hatch(drawing, x, y, setting.width - 1 - x, BAR)
    drawing.path(f"M1 {number(y)}H{number(setting.width - 1)}v{number(BAR)}H1Z", stroke=AXIS, weight=1)
    y += BAR + 5
    if bar.note:
        y = lines_of_text(drawing, 0, y, bar.note, setting.width, fill=INK, kind="reason")
    return y + 10


def _segment(drawing: Drawing, index: int, x: float, y: float, width: float, label: str) -> None:
    """One part, with its value where it fits on the part itself."""
    _tone(drawing, index, x, y, width, BAR, kind="part")
    drawing.line(x + width, y, x + width, y + BAR, PAPER if index % 2 == 0 else AXIS, weight=1)
    size = drawing.setting.label
    needed = text_width(label, size, bold=True)
    if needed + 10 > width:
        return
    fill, pattern, _, ink = TONES[index]
    middle = x + width / 2
    if pattern != "plain":
        drawing.rect(middle - needed / 2 - 4, y + BAR / 2 - size * 0.7, needed + 8, size * 1.4, fill)
    drawing.text(
        middle, y + BAR / 2 + size * 0.34, label, size=size, fill=ink, anchor="middle", bold=True, kind="value"
    )


def _tone(
    drawing: Drawing, index: int, x: float, y: float, width: float, height: float, *, kind: str | None = None
) -> None:
    fill, pattern, colour, _ = TONES[index]
    drawing.rect(x, y, width, height, fill, kind=kind)
    if pattern in ("rising", "cross"):
        drawing.path(stripes(x, y, width, height, 7), stroke=colour, weight=1)
    if pattern in ("falling", "cross"):
        drawing.path(stripes(x, y, width, height, 7, rising=False), stroke=colour, weight=1)
    if pattern == "dots":
        drawing.path(_dots(x, y, width, height), fill=colour)


def _dots(x: float, y: float, width: float, height: float, gap: float = 6.5) -> str:
    parts = []
    row = 0
    top = gap / 2
    while top + 1 <= height:
        left = gap / 2 + (gap / 2 if row % 2 else 0.0)
        while left + 1 <= width:
            parts.append(f"M{number(x + left - 1)} {number(y + top - 1)}h2v2h-2Z")
            left += gap
        top += gap * 0.8
        row += 1
    return "".join(parts) or "M0 0"


def _keys(data: MixData, setting: Setting) -> list[Key]:
    keys = []
    for index, part in enumerate(data.parts):
        text = part
        if len(data.bars) == 1:
            text = f"{part} {_written(data.bars[0].values[index], setting)}"
        keys.append(Key(text, _swatch(index), 22))
    return keys


def _swatch(index: int) -> Callable[[Drawing, float, float], None]:
    def draw(drawing: Drawing, x: float, y: float) -> None:
        _tone(drawing, index, x + 1, y - 7, 20, 14)
        drawing.path(f"M{number(x + 1)} {number(y - 7)}h20v14h-20Z", stroke=AXIS, weight=1)

    return draw


def _summary(data: MixData, setting: Setting) -> str:
    sentences = []
    for bar in data.bars:
        said = [f"{part} {_written(value, setting)}" for part, value in zip(data.parts, bar.values, strict=True)]
        sentences.append(f"{bar.label}: {', '.join(said)}." + (f" {bar.note}" if bar.note else ""))
    return " ".join(sentences)
