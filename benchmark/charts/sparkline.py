"""Sparkline: a line the height of a table row; gaps stay gaps."""

from dataclasses import dataclass

from benchmark.charts.drawing import Drawing, number
from benchmark.charts.palette import ACCENT
from benchmark.charts.scale import Scale, check_values, widen
from benchmark.charts.setting import Setting


@dataclass(frozen=True)
class SparklineData:
    """Values by round, None = blank; the text beside it carries the figures."""

    title: str
    values: tuple[float | None, ...]


def sparkline(data: SparklineData, setting: Setting) -> str:
    """The line as one <svg> of 28 units high; the last value gets a dot."""
    present = check_values(data.values)
    low, high = widen(min(present, default=0.0), max(present, default=1.0))
    scale = Scale(low, high, 24, 4)
    step = (setting.width - 10) / max(1, len(data.values) - 1)
    drawing = Drawing(setting, "sparkline")
    d, pen_down = "", False
    for index, value in enumerate(data.values):
        if value is not None:
            d += f"{'L' if pen_down else 'M'}{number(5 + index * step)} {number(scale(value))}"
        pen_down = value is not None
    if d:
        drawing.path(d, stroke=ACCENT, weight=2, kind="series")
    known = [index for index, value in enumerate(data.values) if value is not None]
    for index in known[-1:]:
        drawing.circle(5 + index * step, scale(data.values[index] or 0.0), 3.5, ACCENT, kind="point")
    said = ", ".join(setting.words["suppressed"] if v is None else setting.write(v) for v in data.values)
    return drawing.finish(28, data.title, said)


def sparkline_table(data: SparklineData, setting: Setting) -> tuple[list[str], list[list[str]]]:
    """A row per round, numbered."""
    words = setting.words
    rows = [
        [str(index), words["suppressed"] if value is None else setting.write(value)]
        for index, value in enumerate(data.values, start=1)
    ]
    return [words["round"], words["value"]], rows
